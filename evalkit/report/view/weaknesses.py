"""Says what is wrong with a candidate on one measure, as a clause: `weakness`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from evalkit._util.formatting import NBSP, percent, spoken, with_unit
from evalkit.report.view.ranking import Ranking
from evalkit.results import Row

SHADOW = "copy.shadow"
_UNKNOWN_WORDS = {"vocab.hit": "unknown to the corpus", "vocab.dictionary": "in no dictionary"}


@dataclass(frozen=True)
class _Case:
    """A measured row and what it is compared with.

    Args:
        metric, label, unit: of the measure.
        value: of the candidate.
        human: of human text, or of the corpus where that is the target; None where it is not known.
        reference: which of the two.
    """

    metric: str
    label: str
    unit: str
    value: float
    human: float | None
    reference: str

    def against(self, as_text: Callable[[float], str]) -> str:
        """The human figure in brackets, with a space before it; empty where it is not known."""
        return "" if self.human is None else f" ({self.reference}: {as_text(self.human)})"


def weakness(row: Row, ranking: Ranking) -> str:
    """How a measured row differs from human text, as a clause."""
    assert row.value is not None
    human = row.target if row.target is not None else row.floor.median if row.floor else None
    metric, reference = ranking.metrics[row.metric], "human text" if row.target is None else "the corpus"
    case = _Case(row.metric, metric["label"], metric["unit"], row.value, human, reference)
    return _clause(case)(case)


def _clause(case: _Case) -> Callable[[_Case], str]:
    by_id = {
        **dict.fromkeys(_UNKNOWN_WORDS, _unknown_words),
        SHADOW: _shadow,
        "function.share": _function_words,
        "letters.jsd": _letters,
        "order.avoided": _avoided,
        "vocab.misspelt": _misspelt,
        "wordlen.w1": _word_lengths,
    }
    if case.metric.startswith("suffix.") and case.unit.startswith("per "):
        return _ending
    return by_id.get(case.metric, _copied if case.metric.startswith("novelty.") else _plain)


def _unknown_words(case: _Case) -> str:
    if case.value == 0 and case.metric == "vocab.hit":
        return "none of its longer words is known to the corpus" + case.against(rough_percent)
    unknown = case.against(lambda share: rough_percent(1 - share))
    return f"{rough_percent(1 - case.value)} of its longer words are {_UNKNOWN_WORDS[case.metric]}{unknown}"


def _misspelt(case: _Case) -> str:
    return f"{rough_percent(case.value)} of its longer words look misspelt{case.against(rough_percent)}"


def _avoided(case: _Case) -> str:
    return (
        f"{rough_percent(case.value)} of its pairs of frequent words are pairs that the corpus avoids{case.against(rough_percent)}"
    )


def _shadow(case: _Case) -> str:
    return (
        f"it runs along passages of the corpus with {rough_percent(case.value)} of its characters, as a model does that was fed the real text "
        "and printed its guesses"
    )


def _function_words(case: _Case) -> str:
    return f"{rough_percent(case.value)} of its words are function words{case.against(rough_percent)}"


def _letters(case: _Case) -> str:
    return f"its letter frequencies are {with_unit(case.value, case.unit)} from the corpus's{case.against(spoken)}"


def _word_lengths(case: _Case) -> str:
    return f"its word lengths are {with_unit(case.value, case.unit)} off{case.against(spoken)}"


def _ending(case: _Case) -> str:
    if case.value == 0:
        return f"it has no {case.label}" + (f" where {case.reference} has {case.human:.0f} {case.unit}" if case.human else "")
    against = f" where {case.reference} has {case.human:.0f}" if case.human is not None else ""
    return f"it has {case.value:.0f} {case.label} {case.unit}{against}"


def _copied(case: _Case) -> str:
    unit, _, n = case.metric.partition(".")[2].partition("_")
    spans = f"{n}-{'character spans' if unit == 'chars' else 'word sequences'}"
    human = "" if case.human is None else f" (human text: {rough_percent(1 - case.human)})"
    if case.value == 1:
        return f"none of its {spans} is copied{human}"
    only = "only " if case.human is not None and case.value > case.human else ""
    return f"{only}{rough_percent(1 - case.value)} of its {spans} are copied{human}"


def _plain(case: _Case) -> str:
    be = "are" if case.label.endswith("words") else "is"
    return f"its {case.label} {be} {with_unit(case.value, case.unit)}{case.against(lambda human: with_unit(human, case.unit))}"


def rough_percent(share: float) -> str:
    """A share as sentences say it.

    >>> [rough_percent(x).replace(chr(160), " ") for x in (0.31, 0.052, 1.0)]
    ['31 %', '5.2 %', '100 %']
    """
    return f"{percent(share) if share < 0.0995 else f'{100 * share:.0f}'}{NBSP}%"
