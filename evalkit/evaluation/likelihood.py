"""Measures how well a generator predicts documents: `Likelihood`, bits per character with an interval over documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

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
    """Bits of documents under a generator.

    Args:
        bits_per_char: all bits over characters and ends of documents; None where `reason` says why.
        low, high: its 95 % interval over documents; None where there are fewer than five, or no value.
        bits_per_byte: all bits over bytes in UTF-8; None likewise.
        documents, characters: that were scored.
        given: what decides the next character, for people.
        alphabet: how many characters have a probability above 0; None where the generator does not know.
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

    def summary(self) -> dict[str, Any]:
        """The value without its interval, as `generators score` prints it and saved models keep it; JSON values."""
        return {
            "documents": self.documents,
            "characters": self.characters,
            "bits_per_char": self.bits_per_char,
            "bits_per_byte": self.bits_per_byte,
            "reason": self.reason if self.bits_per_char is None else "",
        }


def likelihood(generator: Generator, texts: Sequence[str], *, groups: Sequence[object] | None = None, seed: int = 0) -> Likelihood:
    """Bits of documents under a generator, or the reason why they could not be measured.

    Args:
        generator: fitted.
        texts: documents that it has not learned from.
        groups: what each belongs to, such as a book; None where each stands alone.
        seed: of the resampling behind the interval.
    """
    try:
        return measured_likelihood(generator, texts, groups=groups, seed=seed)
    except NotScorableError as error:
        return Likelihood(reason=error.problem.removesuffix("."))


def measured_likelihood(
    generator: Generator, texts: Sequence[str], *, groups: Sequence[object] | None = None, seed: int = 0
) -> Likelihood:
    """Bits of documents under a generator that gives probabilities; arguments as for `likelihood`.

    Raises:
        NotScorableError: when the generator has no probabilities.
    """
    scores = generator.log2_probs(texts)
    scored = Likelihood(
        documents=len(texts), characters=sum(map(len, texts)), given=generator.scored_given, alphabet=generator.alphabet_size
    )
    impossible = _impossible(texts, scores)
    return replace(scored, reason=impossible) if impossible else _with_bits(scored, texts, scores, groups, seed=seed)


def _impossible(texts: Sequence[str], scores: Sequence[Floats]) -> str:
    """The first character or end of a document of probability 0, in words; "" where there is none."""
    # A floor under such probabilities would make up a number, and its size would decide the comparison.
    for text, log2_probs in zip(texts, scores, strict=True):
        places = np.flatnonzero(np.isneginf(log2_probs))
        if len(places) and places[0] < len(text):
            return f"it gives the character {text[places[0]]!r} of the text probability 0"
        if len(places):
            return "it gives the end of a document probability 0"
    return ""


def _with_bits(
    scored: Likelihood, texts: Sequence[str], scores: Sequence[Floats], groups: Sequence[object] | None, *, seed: int
) -> Likelihood:
    bits = np.array([-float(log2_probs.sum()) for log2_probs in scores])
    symbols = np.array([len(log2_probs) for log2_probs in scores], dtype=np.int64)
    # Text that came as undecodable bytes may hold lone surrogates, which strict UTF-8 refuses.
    n_bytes = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    estimate = _estimate(bits, symbols, groups or range(len(texts)), seed=seed)
    return replace(
        scored,
        bits_per_char=float(bits.sum() / symbols.sum()),
        low=estimate.low,
        high=estimate.high,
        bits_per_byte=float(bits.sum() / n_bytes) if n_bytes else None,
        reason=(estimate.reason or "").replace("independent passage", "held-out document"),
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


def _estimate(bits: Floats, symbols: Counts, groups: Sequence[object], *, seed: int) -> Estimate:
    """Value and interval like any metric's, with documents or groups of them as the units."""
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    clusters = np.array([numbers[group] for group in groups], np.int64)
    unit = "group" if len(numbers) < len(groups) else "passage"
    tally = np.column_stack([np.rint(_PARTS * bits).astype(np.int64), symbols])
    sample = Sample(tally, clusters, Totals(tally.sum(axis=0, dtype=np.float64), Layout.of([_METRIC])), unit)
    return value_intervals(sample, [_METRIC], seed=seed)[BITS.id]


def likelihood_row(candidate: str, measured: Likelihood, *, n_units: int | None = None) -> Row:
    """A candidate's row of results.

    Args:
        candidate: its name.
        measured: its bits.
        n_units: groups of documents; None where each document stands alone.
    """
    return Row(
        candidate=candidate,
        metric=BITS.id,
        value=measured.bits_per_char,
        ci=Interval(measured.low, measured.high) if measured.low is not None and measured.high is not None else None,
        n_units=measured.documents if n_units is None else min(n_units, measured.documents),
        status="measured" if measured.bits_per_char is not None else "not measured",
        reason=measured.reason or None,
    )
