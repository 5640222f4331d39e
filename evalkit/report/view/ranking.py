"""Ranks the candidates of a run, a `Ranking`: how far each is from human text, who is closest on what, and who is tied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

from evalkit._util.formatting import labels
from evalkit.report.view.judging.marks import away_interval, damage, within_range
from evalkit.results import FamilyDistance, HumanTest, Overall, Pair, Rank, Results, Row

ALPHA = 0.05
"""Level of tests, after correction for how many there are."""
_COPIED = ("novelty.chars_20", "novelty.chars_30", "copy.shadow")
"""Metrics that say how much of a text is copied; a good score on the others proves nothing where these are bad."""
_COPYING = ("novelty", "copy")
"""Groups of the metrics of copying."""
MUCH_COPIED = 0.1
"""A share of copied text from which a candidate is called a memoriser, if it is also three times the human one."""


def is_human(candidate: Mapping[str, Any]) -> bool:
    """Whether a candidate is held-out human text, the control that no generator competes with."""
    return candidate["kind"] == "generator" and str(candidate["spec"]).partition(":")[0] == "human"


@dataclass(frozen=True)
class CandidateSummary:
    """One candidate over all measures that are judged; in older files, over the headline measures.

    Args:
        name: of the candidate.
        human: whether it is held-out human text.
        position: how far it is from human text overall: 0 human, 1 as far as unigram noise. None where that is not known.
        n_measured: measures with a value.
        within: ids of those on which it is within the human range.
    """

    name: str
    human: bool
    position: float | None
    n_measured: int
    within: tuple[str, ...]


class Ranking:
    """The candidates of a run and how they compare."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self.metrics = results.metrics
        # Reports ask for rows thousands of times, and `Results.row` searches a list.
        self.rows = {(row.candidate, row.metric): row for row in results.results}
        self.candidates: Sequence[Mapping[str, Any]] = results.candidates
        self.headline = [id_ for id_, metric in results.metrics.items() if metric["headline"]]
        judged = [id_ for id_, metric in results.metrics.items() if metric.get("judged")]
        self.judged = judged or self.headline
        self.competing = [c["name"] for c in results.candidates if not is_human(c)]

    @cached_property
    def summaries(self) -> list[CandidateSummary]:
        """Nearest to human text first, human text among them."""
        summaries = [self._summary(candidate) for candidate in self.candidates]
        return sorted(summaries, key=lambda s: (s.position is None, s.position or 0.0, -len(s.within)))

    @property
    def names(self) -> list[str]:
        """Candidates from left to right: nearest first, those of a sweep by temperature."""
        return sorted(self.temperatures, key=self.temperatures.__getitem__) or [summary.name for summary in self.summaries]

    def head(self, name: str) -> str:
        """A candidate as tables and figures name it: by its temperature in a sweep, and otherwise by a short name."""
        return f"{self.temperatures[name]:g}" if name in self.temperatures else self._labels.get(name, name)

    @cached_property
    def _labels(self) -> dict[str, str]:
        return labels([str(candidate["name"]) for candidate in self.candidates])

    @property
    def shortened(self) -> list[tuple[str, str]]:
        """(short name, name) of the candidates whose names tables and figures shorten; none in a sweep, whose names say nothing more."""
        if self.temperatures:
            return []
        return [(head, name) for name in self.names if (head := self.head(name)) != name]

    @cached_property
    def ranked(self) -> list[CandidateSummary]:
        """The candidates that compete, all but human text, nearest first."""
        return [summary for summary in self.summaries if not summary.human]

    def _summary(self, candidate: Mapping[str, Any]) -> CandidateSummary:
        name = candidate["name"]
        measured = [id_ for id_ in self.judged if self.row(name, id_) is not None and self.rows[name, id_].value is not None]
        stored = self._stored.get(name)
        return CandidateSummary(
            name=name,
            human=is_human(candidate),
            position=stored.value if stored is not None else self._mean_position(name, measured),
            n_measured=len(measured),
            within=tuple(id_ for id_ in measured if within_range(self.rows[name, id_], self.metrics[id_])),
        )

    def _mean_position(self, name: str, measured: Sequence[str]) -> float | None:
        """The mean position of older files, each cut to 0 and 1, so that no measure outweighs the rest by being narrow."""
        positions = [position for id_ in measured if (position := self.rows[name, id_].position) is not None]
        return fmean(min(1.0, max(0.0, position)) for position in positions) if positions else None

    @cached_property
    def _stored(self) -> dict[str, Overall]:
        return {overall.candidate: overall for overall in self.results.overall}

    def row(self, candidate: str, metric: str) -> Row | None:
        """A candidate's row on a metric."""
        return self.rows.get((candidate, metric))

    def off(self, candidate: str, metric: str) -> float:
        """How far a measured row is from human text: in floor units, or by its position in older files; 0 where neither is known."""
        row = self.rows[candidate, metric]
        if row.distance is not None:
            return abs(row.distance)
        # A position is no scale for copying: noise copies nothing, so that a text which copies a little more than people do would lie beyond it.
        if row.value is not None and row.target is not None and row.metric.startswith("novelty.") and row.value < row.target:
            return min(1.0, (row.target - row.value) / MUCH_COPIED)
        return min(1.0, max(0.0, row.position or 0.0))

    def closest_on(self, metric: str) -> list[str]:
        """The competitor that is nearest to human text and significantly nearer than every other; empty where none is."""
        measured = [name for name in self.competing if (row := self.row(name, metric)) is not None and row.value is not None]
        if not measured:
            return []
        nearest = min(measured, key=lambda name: self._away(name, metric))
        others = [name for name in measured if name != nearest]
        return [nearest] if all(self._is_closer(nearest, name, metric) for name in others) else []

    def _away(self, name: str, metric: str) -> float:
        row = self.rows[name, metric]
        if row.distance is not None:
            return abs(row.distance)
        return damage(row.value or 0.0, row, self.metrics[metric])

    def _is_closer(self, first: str, second: str, metric: str) -> bool:
        a, b = self.rows[first, metric], self.rows[second, metric]
        within = within_range(a, self.metrics[metric]) and within_range(b, self.metrics[metric])
        if within or not self._away(first, metric) < self._away(second, metric):
            return False
        if a.distance is None or b.distance is None or a.distance * b.distance >= 0:
            return self._differ(a, b)
        # On either side of human text values differ although one may be as far from it as the other.
        near, far = away_interval(a), away_interval(b)
        return near is not None and far is not None and near[1] < far[0]

    def significantly_closer(self, first: str, second: str) -> tuple[list[str], list[str]]:
        """The measures on which the first is significantly closer, and those on which the second is; none on which both are within the human range."""
        shared = [
            id_
            for id_ in self.judged
            if all((row := self.row(name, id_)) is not None and row.value is not None for name in (first, second))
        ]
        return (
            [id_ for id_ in shared if self._is_closer(first, second, id_)],
            [id_ for id_ in shared if self._is_closer(second, first, id_)],
        )

    def _differ(self, a: Row, b: Row) -> bool:
        """Whether two rows differ significantly: by their test, or by intervals that do not overlap."""
        pair = self._pair(a.candidate, b.candidate, a.metric)
        if pair is not None and pair.p_adjusted is not None and pair.p_adjusted < ALPHA:
            return True
        # Few passages have few permutations, so that a corrected test cannot be significant however far apart they are; intervals can.
        return a.ci is not None and b.ci is not None and (a.ci.high < b.ci.low or b.ci.high < a.ci.low)

    @cached_property
    def _pairs(self) -> dict[tuple[str, str, str], Pair]:
        return {(pair.a, pair.b, pair.metric): pair for pair in self.results.comparisons}

    def _pair(self, first: str, second: str, metric: str) -> Pair | None:
        return self._pairs.get((first, second, metric), self._pairs.get((second, first, metric)))

    def is_copying(self, metric: str) -> bool:
        """Whether a metric says how much is copied."""
        return metric.partition(".")[0] in _COPYING

    def copies_less(self, row: Row) -> bool:
        """Whether a row says that less is copied than in human text, which can be told from it and is no fault."""
        human = row.target if row.distance is None else row.floor.median if row.floor else None
        return row.metric.startswith("novelty.") and row.value is not None and row.value > (human or 0.0)

    def overall(self, candidate: str) -> Overall:
        """The overall distance with its interval and floor; older files have the value only."""
        position = next(summary.position for summary in self.summaries if summary.name == candidate)
        return self._stored.get(candidate) or Overall(candidate=candidate, value=position)

    def families(self, candidate: str) -> list[FamilyDistance]:
        """The distance of each of its families; none in older files."""
        return [family for family in self.results.families if family.candidate == candidate]

    def human_test(self, candidate: str) -> HumanTest | None:
        """The test of all its measures at once; None in older files."""
        return next((test for test in self.results.human_tests if test.candidate == candidate), None)

    def worse_than_own(self, candidate: str) -> Sequence[str]:
        """The measures on which a gate would call a temperature of a sweep worse than temperature 1; none where that was not asked."""
        return next((facts.get("worse", ()) for facts in self.candidates if facts["name"] == candidate), ())

    @cached_property
    def temperatures(self) -> dict[str, float]:
        """Candidate -> the temperature at which it was sampled, for a sweep; empty for other runs."""
        if self.results.kind != "sweep":
            return {}
        names = [str(candidate["name"]) for candidate in self.candidates]
        return dict(zip(names, map(float, self.results.signature["temperature"]), strict=True))

    def tied(self, first: str, second: str) -> bool | None:
        """Whether the difference between two overall distances may be chance; None where no interval says it."""
        pair = self._pair(first, second, "overall")
        if pair is not None:
            return None if pair.ci is None else pair.ci.low <= 0 <= pair.ci.high
        a, b = self.overall(first), self.overall(second)
        ends = [(one.ci, other.value) for one, other in ((a, b), (b, a)) if one.ci is not None and other.value is not None]
        if self._stored:
            if not ends:
                return None
            return any(ci.low <= value <= ci.high for ci, value in ends if ci is not None and value is not None)
        if not any(self._has_interval(name) for name in (first, second)):
            return None
        return self.significantly_closer(first, second) == ([], [])

    def surely_apart(self, first: str, second: str) -> bool:
        """Whether the difference between two overall distances is significant after correction, and its interval leaves 0 out."""
        pair = self._pair(first, second, "overall")
        return self.tied(first, second) is False and pair is not None and pair.p_adjusted is not None and pair.p_adjusted < ALPHA

    def _has_interval(self, name: str) -> bool:
        return any(row.ci is not None for row in self.results.results if row.candidate == name)

    def rank(self, candidate: str) -> Rank | None:
        """The place overall; None where none was computed."""
        return next((rank for rank in self.results.ranking if rank.metric == "overall" and rank.candidate == candidate), None)

    def copied_share(self, candidate: str) -> tuple[float, float] | None:
        """How much of a candidate's text is copied, with the human figure, where it is far above that; None otherwise."""
        for id_ in _COPIED:
            row = self.row(candidate, id_)
            if row is None or row.value is None or row.floor is None:
                continue
            copied, human = (1 - row.value, 1 - row.floor.median) if id_.startswith("novelty") else (row.value, row.floor.median)
            if copied > max(MUCH_COPIED, 3 * human) and not within_range(row, self.metrics[id_]):
                return copied, human
        return None

    def by_distance(self, candidate: str | None, first: str | None = None) -> list[str]:
        """All metrics of text, those first on which the candidate is farthest from human text; in their own order without a candidate.

        Copying less than people do comes after every fault. The checks of the audit have a block of their own in every report.

        Args:
            candidate: its name.
            first: a metric to put on top: the one that the conclusion names.
        """
        audits = self.results.audit.checks if self.results.audit is not None else ()
        metrics = [id_ for id_ in self.metrics if id_ not in audits]
        if candidate is None:
            return metrics
        return sorted(metrics, key=lambda id_: (id_ != first, self._flaw_rank(candidate, id_), -self._off_or_0(candidate, id_)))

    def headline_by_distance(self, candidate: str | None, first: str | None = None) -> list[str]:
        """The headline metrics in the order of `by_distance`, and on top the metric that the conclusion names."""
        return [id_ for id_ in self.by_distance(candidate, first) if self.metrics[id_]["headline"] or id_ == first]

    def _off_or_0(self, candidate: str, metric: str) -> float:
        row = self.row(candidate, metric)
        return 0.0 if row is None or row.value is None else self.off(candidate, metric)

    def _flaw_rank(self, candidate: str, metric: str) -> int:
        row = self.row(candidate, metric)
        if row is None or within_range(row, self.metrics[metric]) is not False:
            return 2
        return int(self.copies_less(row))
