"""Ranks the candidates of a run, a `Ranking`: who is within the human range, who is closest on what, and in which order they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

from evalkit.results import FloorSummary, Overall, Rank, Results, Row

ALPHA = 0.05
"""Level of tests, after correction for how many there are."""
_COPIED = ("novelty.chars_20", "novelty.chars_30", "copy.shadow")
"""Metrics that say how much of a text is copied; a good score on the others proves nothing where these are bad."""
_COPYING = ("novelty", "copy")
"""Families of the metrics of copying."""
INSIDE, OUTSIDE = "●", "◆"
"""The marks of a value within the human range and of one outside it, in every format."""
MUCH_COPIED = 0.1
"""A share of copied text from which a candidate is called a memoriser, if it is also three times the human one."""


def damage(value: float, row: Row, metric: Mapping[str, Any]) -> float:
    """How far a value is from good, in the metric's unit."""
    if metric["direction"] == "lower":
        return value
    if metric["direction"] == "higher":
        best = (metric.get("bounds") or [None, None])[1]
        return (best or 0.0) - value
    return abs(value - (row.target or 0.0))


def within_range(row: Row, metric: Mapping[str, Any]) -> bool | None:
    """Whether the value is within the range of 95 % of human texts of this shape; None where that is not known."""
    if row.value is None or row.floor is None:
        return None
    return damage(row.value, row, metric) <= _human_limit(row.floor, row, metric)


def overall_within_range(overall: Overall) -> bool | None:
    """Whether an overall position is within the human range; None where that is not known."""
    return None if overall.value is None or overall.floor is None else overall.value <= overall.floor.p95


def _human_limit(floor: FloorSummary, row: Row, metric: Mapping[str, Any]) -> float:
    """The damage that 5 % of human texts exceed; older files store it for one-sided metrics only."""
    return floor.damage_p95 if floor.damage_p95 is not None else damage(floor.p95, row, metric)


def human_range(floor: FloorSummary, metric: Mapping[str, Any], target: float | None) -> tuple[float | None, float | None] | None:
    """The range of 95 % of human texts, None for an end that is open; None where that is not known."""
    if metric["direction"] == "lower":
        return None, floor.p95
    if metric["direction"] == "higher":
        return floor.p95, None
    if floor.damage_p95 is None or target is None:
        return None
    least, most = metric.get("bounds") or (None, None)
    low, high = target - floor.damage_p95, target + floor.damage_p95
    return low if least is None else max(low, least), high if most is None else min(high, most)


def severity(row: Row, metric: Mapping[str, Any]) -> float | None:
    """How bad a row is, to say the worst first: its position; for text that copies more than people do, the excess in units of `MUCH_COPIED`."""
    # A position is no scale for copying: noise copies nothing, so that a text which copies a little more than people do would lie beyond it.
    if row.value is not None and row.target is not None and row.metric.startswith("novelty.") and row.value < row.target:
        return (row.target - row.value) / MUCH_COPIED
    return row.position


def position_interval(row: Row, metric: Mapping[str, Any]) -> tuple[float, float] | None:
    """The interval of the position, from that of the value."""
    floor = row.floor
    if row.ci is None or row.position is None or floor is None or floor.damage_median is None or floor.noise is None:
        return None
    # Damage of a two-sided measure folds at the target: an interval that holds the target has its least damage there, not at an end.
    ends = sorted(damage(end, row, metric) for end in (row.ci.low, row.ci.high))
    if metric["direction"] == "target" and row.ci.low <= (row.target or 0.0) <= row.ci.high:
        ends[0] = 0.0
    span = floor.noise - floor.damage_median
    return (ends[0] - floor.damage_median) / span, (ends[1] - floor.damage_median) / span


def is_human(candidate: Mapping[str, Any]) -> bool:
    """Whether a candidate is held-out human text, the control that no generator competes with."""
    return candidate["kind"] == "generator" and str(candidate["spec"]).partition(":")[0] == "human"


@dataclass(frozen=True)
class CandidateSummary:
    """One candidate over the headline metrics.

    Args:
        name: of the candidate.
        human: whether it is held-out human text.
        position: mean position, each from 0 (human, or nearer) to 1; None where no position is known.
        surface: the same without the metrics of copying, on which a memoriser shows.
        n_measured: headline metrics with a value.
        within: ids of those on which it is within the human range.
        closest: ids of those on which no other generator is closer, or it is within the human range.
        worst: id of the one on which it is farthest off; None where it is never outside the human range.
    """

    name: str
    human: bool
    position: float | None
    surface: float | None
    n_measured: int
    within: tuple[str, ...]
    closest: tuple[str, ...]
    worst: str | None


class Ranking:
    """The candidates of a run and how they compare."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self.metrics = results.metrics
        # Reports ask for rows thousands of times, and `Results.row` searches a list.
        self.rows = {(row.candidate, row.metric): row for row in results.results}
        self.candidates: Sequence[Mapping[str, Any]] = results.candidates
        self.headline = [id_ for id_, metric in results.metrics.items() if metric["headline"]]
        self.competing = [c["name"] for c in results.candidates if not is_human(c)]

    @cached_property
    def summaries(self) -> list[CandidateSummary]:
        """Best first, human text among them."""
        summaries = [self._summary(candidate) for candidate in self.candidates]
        return sorted(summaries, key=lambda s: (s.position is None, s.position or 0.0, -len(s.within)))

    @property
    def names(self) -> list[str]:
        """Candidates from left to right: best first, those of a sweep by temperature."""
        return sorted(self.temperatures, key=self.temperatures.__getitem__) or [summary.name for summary in self.summaries]

    def head(self, name: str) -> str:
        """A candidate as the head of a column names it: by its temperature in a sweep."""
        return f"{self.temperatures[name]:g}" if name in self.temperatures else name

    @cached_property
    def ranked(self) -> list[CandidateSummary]:
        """The candidates that compete, all but human text, best first."""
        return [summary for summary in self.summaries if not summary.human]

    def _summary(self, candidate: Mapping[str, Any]) -> CandidateSummary:
        name = candidate["name"]
        measured = [id_ for id_ in self.headline if self.row(name, id_) is not None and self.rows[name, id_].value is not None]
        within = tuple(id_ for id_ in measured if within_range(self.rows[name, id_], self.metrics[id_]))
        # Cut to 0 and 1, so that no measure outweighs the rest by being narrow: beyond noise is no worse than noise.
        positions = {
            id_: min(1.0, max(0.0, position)) for id_ in measured if (position := self.rows[name, id_].position) is not None
        }
        surface = [position for id_, position in positions.items() if id_.partition(".")[0] not in _COPYING]
        outside = [id_ for id_ in measured if id_ not in within]
        # Copying less than people do is no flaw to name while there is another.
        outside = [id_ for id_ in outside if not self.copies_less(self.rows[name, id_])] or outside
        return CandidateSummary(
            name=name,
            human=is_human(candidate),
            position=fmean(positions.values()) if positions else None,
            surface=fmean(surface) if surface else None,
            n_measured=len(measured),
            within=within,
            closest=tuple(id_ for id_ in measured if name in self.closest_on(id_)),
            worst=max(outside, key=lambda id_: self._severity(name, id_)) if outside else None,
        )

    def _severity(self, candidate: str, metric: str) -> float:
        row = self.row(candidate, metric)
        severe = severity(row, self.metrics[metric]) if row is not None else None
        return -1.0 if severe is None else min(1.0, severe)

    def row(self, candidate: str, metric: str) -> Row | None:
        """A candidate's row on a metric."""
        return self.rows.get((candidate, metric))

    def closest_on(self, metric: str) -> list[str]:
        """The competitors with the least damage; all that are within the human range are tied."""
        distances = {}
        for name in self.competing:
            row = self.row(name, metric)
            if row is not None and row.value is not None:
                inside = within_range(row, self.metrics[metric])
                distances[name] = 0.0 if inside else damage(row.value, row, self.metrics[metric])
        least = min(distances.values(), default=0.0)
        return [name for name, distance in distances.items() if distance == least]

    def significantly_closer(self, first: str, second: str) -> tuple[list[str], list[str]]:
        """Headline metrics on which the first is significantly closer, and on which the second is; none on which both are within the human range."""
        closer: tuple[list[str], list[str]] = ([], [])
        for id_ in self.headline:
            a, b = self.row(first, id_), self.row(second, id_)
            if a is None or b is None or a.value is None or b.value is None:
                continue
            metric = self.metrics[id_]
            if self._differ(a, b) and not (within_range(a, metric) and within_range(b, metric)):
                closer[damage(a.value, a, metric) > damage(b.value, b, metric)].append(id_)
        return closer

    def _differ(self, a: Row, b: Row) -> bool:
        """Whether two rows differ significantly: by their test, or by intervals that do not overlap."""
        p = self._tests.get((a.candidate, b.candidate, a.metric), self._tests.get((b.candidate, a.candidate, a.metric)))
        if p is not None and p < ALPHA:
            return True
        # Few passages have few permutations, so that a corrected test cannot be significant however far apart they are; intervals can.
        return a.ci is not None and b.ci is not None and (a.ci.high < b.ci.low or b.ci.high < a.ci.low)

    @cached_property
    def _tests(self) -> dict[tuple[str, str, str], float | None]:
        return {(pair.a, pair.b, pair.metric): pair.p_adjusted for pair in self.results.comparisons}

    def is_copying(self, metric: str) -> bool:
        """Whether a metric says how much is copied."""
        return metric.partition(".")[0] in _COPYING

    def copies_less(self, row: Row) -> bool:
        """Whether a row says that less is copied than in human text."""
        return row.metric.startswith("novelty.") and row.value is not None and row.value > (row.target or 0.0)

    def overall(self, candidate: str) -> Overall:
        """The mean position with its interval and floor; older files have the position only."""
        stored = next((overall for overall in self.results.overall if overall.candidate == candidate), None)
        position = next(summary.position for summary in self.summaries if summary.name == candidate)
        return stored or Overall(candidate=candidate, value=position)

    @cached_property
    def temperatures(self) -> dict[str, float]:
        """Candidate -> the temperature at which it was sampled, for a sweep; empty for other runs."""
        if self.results.kind != "sweep":
            return {}
        names = [str(candidate["name"]) for candidate in self.candidates]
        return dict(zip(names, map(float, self.results.signature["temperature"]), strict=True))

    def best_temperature(self) -> tuple[str, list[str]] | None:
        """The candidate with the least overall position and those that cannot be told from it; None where nothing could be measured."""
        positions = {name: value for name in self.temperatures if (value := self.overall(name).value) is not None}
        if not positions:
            return None
        first = min(positions, key=lambda name: positions[name])
        return first, [name for name in positions if name != first and self.tied_overall(first, name)]

    def tied_overall(self, first: str, second: str) -> bool:
        """Whether either's interval of the overall position holds the other's value."""
        a, b = self.overall(first), self.overall(second)
        pairs = ((a.ci, b.value), (b.ci, a.value))
        return any(ci is not None and value is not None and ci.low <= value <= ci.high for ci, value in pairs)

    def rank(self, candidate: str) -> Rank | None:
        """The place over the headline metrics together; None where none was computed."""
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

    def by_distance(self, candidate: str | None) -> list[str]:
        """All metrics of text, those first on which the candidate is farthest from human text; in their own order without a candidate.

        As in `CandidateSummary.worst`, copying less than people do comes after every other flaw. The checks of the audit have a block of their
        own in every report.
        """
        audits = self.results.audit.checks if self.results.audit is not None else ()
        metrics = [id_ for id_ in self.metrics if id_ not in audits]
        if candidate is None:
            return metrics
        return sorted(metrics, key=lambda id_: (self._flaw_rank(candidate, id_), -self._severity(candidate, id_)))

    def headline_by_distance(self, candidate: str | None) -> list[str]:
        """The headline metrics in the order of `by_distance`."""
        return [id_ for id_ in self.by_distance(candidate) if self.metrics[id_]["headline"]]

    def _flaw_rank(self, candidate: str, metric: str) -> int:
        row = self.row(candidate, metric)
        if row is None or within_range(row, self.metrics[metric]) is not False:
            return 2
        return int(self.copies_less(row))
