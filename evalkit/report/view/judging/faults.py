"""Finds what is wrong with a candidate: its gravest fault (`gravest`), and what forbids that it wins (`disqualifying`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.report.view.audit import gravest as gravest_finding
from evalkit.report.view.judging.marks import family_within_range, side_of, within_range
from evalkit.report.view.ranking import ALPHA, MUCH_COPIED, CandidateSummary, Ranking
from evalkit.results import ErrorKind, FamilyDistance, Trace

SHADOW = "copy.shadow"
SHARED = "variety.shared"
MUCH_SHARED = 0.25
"""A share of spans that stand in other passages too from which a sample is called collapsed, if it is also three times the human one."""
PART_UNLIKE = "passages.far"
OUTSIDE = "passages.outside"
_VAGUE = frozenset(
    (
        "judge.bits",
        OUTSIDE,
        PART_UNLIKE,
        "caps.before",
        "caps.after_space",
        "form.places",
        "form.marks",
    )
)
"""Metrics that show that something is off, but not what."""
_DISORDER = {"order.context": -1, "order.avoided": 1, "order.surprises": 1, "grammar.distant": -1}
"""Metric -> the side on which words do not follow each other."""
_WITHOUT_SIDE = frozenset(("grammar.classes",))
"""Metrics that disorder and copied phrases bring to the same side."""
_SIDES_OF_COPYING = {
    "order.unseen_6": -1,
    "judge.bits": -1,
    "vocab.hit": 1,
    "vocab.dictionary": 1,
    "order.context": 1,
    "order.surprises": -1,
}
"""Metric -> the side on which copying brings it."""
_QUOTED = 0.95
"""Agreement with a document from which text that runs along it quotes it; guesses of a model agree less."""
_AUDITED_VARIETY = ("audit.identical", "audit.near_identical", "audit.loops")

Kind = Literal["audit", "follows", "copies", "collapsed"]


@dataclass(frozen=True)
class Disqualification:
    """A fault beside which no other measure proves anything.

    Args:
        kind: found by the audit, guessed along the real text, copied from the corpus, or one text again and again.
        value, human: the share of the text that has it, and of human text; not of faults that the audit found.
        family: whose measures it explains, so that they say nothing besides; None for none.
    """

    kind: Kind
    value: float = 0.0
    human: float = 0.0
    family: str | None = None


def disqualifying(ranking: Ranking, name: str) -> list[Disqualification]:
    """The disqualifying faults of a candidate, in the order in which they are said."""
    found = [_audited(ranking, name), _follows(ranking, name), _copies(ranking, name), _collapsed(ranking, name)]
    return [fault for fault in found if fault is not None]


def eligible(ranking: Ranking) -> list[CandidateSummary]:
    """The candidates that can win, nearest to human text first: something was measured of them, and nothing disqualifies them."""
    return [summary for summary in ranking.ranked if summary.n_measured and not disqualifying(ranking, summary.name)]


def best_temperature(ranking: Ranking) -> tuple[str, list[str]] | None:
    """The candidate of a sweep that is recommended, and those tied with it by temperature; None where none can win.

    It is the nearest to human text of those that a gate would not call worse than the model at temperature 1.
    """
    near = [summary.name for summary in eligible(ranking) if summary.position is not None]
    if not near:
        return None
    found = [name for name in near if not ranking.worse_than_own(name)] or near
    tied = [name for name in found[1:] if ranking.tied(found[0], name)]
    return found[0], sorted(tied, key=ranking.temperatures.__getitem__)


def _audited(ranking: Ranking, name: str) -> Disqualification | None:
    audit = ranking.results.audit.of(name) if ranking.results.audit is not None else None
    finding = gravest_finding(ranking.results, audit) if audit is not None else None
    if finding is None:
        return None
    return Disqualification("audit", family="variety" if finding.metric in _AUDITED_VARIETY else None)


def _follows(ranking: Ranking, name: str) -> Disqualification | None:
    row = ranking.row(name, SHADOW)
    if row is None or row.value is None or row.floor is None or within_range(row, ranking.metrics[SHADOW]):
        return None
    if row.value <= max(MUCH_COPIED, 3 * row.floor.median) or not _is_guessed(ranking, name):
        return None
    return Disqualification("follows", row.value, row.floor.median, "originality")


def kind_of_errors(traces: Sequence[Trace]) -> ErrorKind | None:
    """What most of a candidate's agreeing characters stand among, by which a sentence says how the text was made; None where it is not known.

    Only "guesses" are a sign that a model was fed the real text. With "layout" and "edits" real text was re-wrapped, rearranged or changed, and
    with "none" it was quoted.
    """
    weights = Counter[ErrorKind]()
    for trace in traces:
        if trace.errors is not None:
            weights[trace.errors] += round(trace.n_chars * trace.agreement)
    return weights.most_common(1)[0][0] if weights else None


def _is_guessed(ranking: Ranking, name: str) -> bool:
    """Whether what runs along the corpus differs from it as a model's guesses do; text that was re-wrapped, rearranged or edited does not."""
    traces = ranking.results.traces.get(name, ())
    kind = kind_of_errors(traces)
    if kind is not None:
        return kind == "guesses"
    # Older files do not say how it differs: guesses agree less than what quotes.
    n = sum(trace.n_chars for trace in traces)
    return n == 0 or sum(trace.agreement * trace.n_chars for trace in traces) / n < _QUOTED


def _copies(ranking: Ranking, name: str) -> Disqualification | None:
    copied = ranking.copied_share(name)
    if copied is None or _follows(ranking, name) is not None:
        return None
    # Held-out text is in no training text: a corpus may be compared with other human text of its own.
    if copied[0] == _value(ranking, name, SHADOW) and all(trace.held_out for trace in ranking.results.traces.get(name, ())):
        return None
    return Disqualification("copies", *copied, "originality")


def _value(ranking: Ranking, name: str, metric: str) -> float | None:
    row = ranking.row(name, metric)
    return None if row is None else row.value


def _collapsed(ranking: Ranking, name: str) -> Disqualification | None:
    row = ranking.row(name, SHARED)
    if row is None or row.value is None or row.floor is None or within_range(row, ranking.metrics[SHARED]):
        return None
    if row.value <= max(MUCH_SHARED, 3 * row.floor.median):
        return None
    return Disqualification("collapsed", row.value, row.floor.median, "variety")


def is_told(ranking: Ranking, name: str) -> bool | None:
    """Whether a candidate can be told from human text, by the test of all measures at once; None where there is none."""
    test = ranking.human_test(name)
    return None if test is None else test.p <= ALPHA


def gravest(ranking: Ranking, name: str, *, besides: str | None = None) -> str | None:
    """The metric of a candidate's gravest fault; None where it has none that can be named.

    It is of the family that is farthest beyond what human text has, and where no family is beyond it, the metric by which the candidate can be
    told from human text. Where it cannot be told, single metrics outside their range are chance. Three rules find what a reader would see:

    - Where a part of the passages is nothing like human ones, and the rest is, that comes first: it spoils all other measures.
    - Metrics that show that something is off but not what, such as the bits of a model, give way to those that say what, if these alone would tell
      the candidate from human text.
    - What copying brings about, such as that no word is new, gives way to copying itself; and that to words that do not follow each other, since
      text of copied pieces is a patchwork. So do faults of form that are no more than twice as grave, since capitals and marks move with words.

    Args:
        ranking: of the run.
        name: of the candidate.
        besides: a family that was named already.
    """
    told, test = is_told(ranking, name), ranking.human_test(name)
    if told is None or test is None:
        return _gravest_of_rows(ranking, name, besides)
    if not told:
        return None
    families = _beyond(ranking, name, besides)
    if besides != "variety" and _is_part_unlike(ranking, name):
        return PART_UNLIKE
    least = max((family.value for family in families), default=0.0) / 2
    clear = (_clearest(ranking, family, test.limit) for i, family in enumerate(families) if i == 0 or family.value >= least)
    told_by = [test.metric] if besides is None or _family(ranking, test.metric) != besides else []
    named = [*(id_ for id_ in clear if id_ is not None), *(family.metric for family in families), *told_by]
    return next((id_ for id_ in named if _is_outside(ranking, name, id_)), None)


def _beyond(ranking: Ranking, name: str, besides: str | None) -> list[FamilyDistance]:
    """The families beyond what human text has, the gravest first; what brings others about is as grave as they are, and comes before them."""
    found = [family for family in ranking.families(name) if not family_within_range(family) and family.family != besides]
    copied = [family.value for family in found if _is_on_side(ranking, name, family, _SIDES_OF_COPYING) or _is_copying(family)]
    disorder = next((family for family in found if _is_on_side(ranking, name, family, _DISORDER)), None)
    cause = disorder or next((family for family in found if _is_copying(family)), None)
    # Words that change places take capitals and punctuation marks with them.
    moved = [family.value for family in found if disorder and family.family == "form" and family.value <= 2 * disorder.value]
    brought = [*copied, *moved]
    gravity = {id(family): (max([family.value, *brought]) if family is cause else family.value) for family in found}
    return sorted(found, key=lambda family: (gravity[id(family)], family is cause), reverse=True)


def _is_on_side(ranking: Ranking, name: str, family: FamilyDistance, sides: Mapping[str, int]) -> bool:
    """Whether the farthest metric of a family is off on the side that is given for it; where it has no side, the farthest that has one."""
    metric, distance = family.metric, family.distance
    if metric in _WITHOUT_SIDE:
        rows = [
            row
            for id_ in ranking.judged
            if _family(ranking, id_) == family.family and id_ not in _WITHOUT_SIDE and _is_outside(ranking, name, id_)
            if (row := ranking.row(name, id_)) is not None
        ]
        if not rows:
            return False
        row = max(rows, key=lambda row: ranking.off(name, row.metric))
        metric, distance = row.metric, float(side_of(row, ranking.metrics[row.metric]))
    return sides.get(metric, 0) * distance > 0


def _is_copying(family: FamilyDistance) -> bool:
    return family.family == "originality"


def _is_part_unlike(ranking: Ranking, name: str) -> bool:
    """Whether some passages, but no more than half, are nothing like human ones, and most others are like them."""
    row = ranking.row(name, PART_UNLIKE)
    if row is None or row.value is None or not _is_outside(ranking, name, PART_UNLIKE):
        return False
    return side_of(row, ranking.metrics[PART_UNLIKE]) > 0 and row.value <= 0.5 and not _is_in_most(ranking, name, row.value)


def _is_in_most(ranking: Ranking, name: str, far: float) -> bool:
    """Whether passages that are nothing like human ones only have more of what the others have too, such as no punctuation.

    Args:
        ranking: of the run.
        name: of the candidate.
        far: share of passages that are nothing like human ones.
    """
    row = ranking.row(name, OUTSIDE)
    if row is None or row.value is None or row.floor is None:
        return False
    return row.value > (row.floor.high or 0.0) + 2 * far


def _clearest(ranking: Ranking, family: FamilyDistance, limit: float) -> str | None:
    """The farthest metric of a family that says what is off, and would alone tell the candidate from human text; None where there is none.

    One that says on which side it is off comes before those that cannot.
    """
    members = [id_ for id_ in ranking.judged if _family(ranking, id_) == family.family and id_ not in _VAGUE]
    found = [
        id_
        for id_ in members
        if _is_outside(ranking, family.candidate, id_)
        and not ranking.copies_less(ranking.rows[family.candidate, id_])
        and ranking.off(family.candidate, id_) > limit
    ]
    # The first of equals is the family's own.
    return max(
        found, key=lambda id_: (id_ not in _WITHOUT_SIDE, ranking.off(family.candidate, id_), id_ == family.metric), default=None
    )


def _family(ranking: Ranking, metric: str) -> str | None:
    family = ranking.metrics.get(metric, {}).get("family")
    return str(family) if family is not None else "originality" if ranking.is_copying(metric) else None


def _is_outside(ranking: Ranking, name: str, metric: str) -> bool:
    row = ranking.row(name, metric)
    return row is not None and within_range(row, ranking.metrics[metric]) is False


def _gravest_of_rows(ranking: Ranking, name: str, besides: str | None) -> str | None:
    """Of older files, which have neither families nor the test: the metric that is farthest outside its range."""
    outside = [id_ for id_ in ranking.judged if _is_outside(ranking, name, id_)]
    if besides is not None:
        outside = [id_ for id_ in outside if _family(ranking, id_) != besides]
    # Copying less than people do is no fault to name while there is another.
    faults = [id_ for id_ in outside if not ranking.copies_less(ranking.rows[name, id_])] or outside
    return max(faults, key=lambda id_: ranking.off(name, id_)) if faults else None
