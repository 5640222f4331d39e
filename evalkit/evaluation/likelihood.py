"""How well a generator predicts the held-out documents, with an interval over documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.counts.feature import Counts, Feature, Floats, Layout, Totals
from evalkit.errors import NotScorableError
from evalkit.inference import Estimate, Sample, value_intervals
from evalkit.metrics.base import Direction, Metric, Minimum, ratio
from evalkit.metrics.model import BITS
from evalkit.results import Interval, Row
from generators.base import Generator

_PARTS = 1000
"""Tallies are whole numbers: thousandths of a bit."""


@dataclass(frozen=True, kw_only=True)
class Likelihood:
    """Bits of held-out documents under a generator.

    Args:
        bits_per_char: all bits over characters and ends of documents; None where `reason` says why.
        low, high: its 95 % interval over documents; None where there are fewer than five, or no value.
        bits_per_byte: all bits over bytes in UTF-8; None likewise.
        documents, characters: that were read.
        given: what decides the next character.
        alphabet: how many characters the generator holds to be possible; None where it does not say.
        reason: why it was not measured, or why there is no interval.
    """

    bits_per_char: float | None = None
    low: float | None = None
    high: float | None = None
    bits_per_byte: float | None = None
    documents: int = 0
    characters: int = 0
    given: str | None = None
    alphabet: int | None = None
    reason: str = ""


def likelihood(generator: Generator, texts: Sequence[str], *, seed: int = 0) -> Likelihood:
    """Bits of documents under a generator, or the reason why they could not be measured.

    Args:
        generator: fitted.
        texts: documents that it has not learned from.
        seed: of the resampling behind the interval.
    """
    try:
        scores = generator.log2_probs(texts)
    except NotScorableError as error:
        return Likelihood(reason=error.problem.removesuffix("."))
    known = Likelihood(
        documents=len(texts), characters=sum(map(len, texts)), given=generator.scored_given, alphabet=generator.alphabet_size
    )
    impossible = _impossible(texts, scores)
    return replace(known, reason=impossible) if impossible else _measured(known, texts, scores, seed=seed)


def _impossible(texts: Sequence[str], scores: Sequence[Floats]) -> str:
    """The first character of probability 0, or the end of a document, in words; "" where everything is possible."""
    for text, one in zip(texts, scores, strict=True):
        places = np.flatnonzero(np.isneginf(one))
        if len(places) and places[0] < len(text):
            return f"it holds the character {text[places[0]]!r} of the held-out text to be impossible"
        if len(places):
            return "it holds the end of a document to be impossible"
    return ""


def _measured(known: Likelihood, texts: Sequence[str], scores: Sequence[Floats], *, seed: int) -> Likelihood:
    bits = np.array([-float(one.sum()) for one in scores])
    symbols = np.array([len(one) for one in scores], dtype=np.int64)
    n_bytes = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    found = _estimate(bits, symbols, seed=seed)
    return replace(
        known,
        bits_per_char=float(bits.sum() / symbols.sum()),
        low=found.low,
        high=found.high,
        bits_per_byte=float(bits.sum() / n_bytes) if n_bytes else None,
        reason=(found.reason or "").replace("independent passage", "held-out document"),
    )


def _counted_elsewhere(texts: Sequence[str], lexicon: object) -> Counts:
    raise AssertionError("a likelihood is counted by the generator")


_FEATURE = Feature("likelihood", ("thousandths", "symbols"), "text", _counted_elsewhere)
_METRIC = Metric(
    id=BITS.id, label=BITS.label, unit=BITS.unit, direction=Direction.LOWER, bounds=BITS.bounds, version=BITS.version, summary=BITS.summary,
    formula=BITS.formula, source=BITS.source, features=(_FEATURE,), headline=False,
    score=lambda totals, reference: ratio(totals["likelihood"][:, 0], _PARTS * totals["likelihood"][:, 1]),
    minimum=Minimum(1, "characters", lambda totals: totals["likelihood"][:, 1]),
)  # fmt: skip


def _estimate(bits: Floats, symbols: Counts, *, seed: int) -> Estimate:
    """Value and interval as any metric has them, documents being the units."""
    tally = np.column_stack([np.rint(_PARTS * bits).astype(np.int64), symbols])
    sample = Sample(tally, np.arange(len(tally)), Totals(tally.sum(axis=0, dtype=np.float64), Layout.of([_METRIC])))
    return value_intervals(sample, [_METRIC], seed=seed)[BITS.id]


def row(candidate: str, found: Likelihood) -> Row:
    """A candidate's row of results."""
    measured = found.bits_per_char is not None
    return Row(
        candidate=candidate,
        metric=BITS.id,
        value=found.bits_per_char,
        ci=Interval(found.low, found.high) if found.low is not None and found.high is not None else None,
        n_units=found.documents,
        status="measured" if measured else "not measured",
        reason=found.reason or None,
    )
