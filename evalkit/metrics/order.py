"""The order of letters: what frequencies of single letters cannot see."""

from __future__ import annotations

import string
from collections.abc import Sequence

import numpy as np

from evalkit.metrics.base import (
    Counts,
    Direction,
    Feature,
    Lexicon,
    Metric,
    Minimum,
    jensen_shannon,
    jensen_shannon_contributions,
    shares,
)
from evalkit.text.tokenize import normalize

_LETTERS = string.ascii_lowercase
_N = len(_LETTERS)
PAIRS = tuple(first + second for first in _LETTERS for second in _LETTERS)


def _count_pairs(text: str) -> Counts:
    """How often each letter follows each other one directly, [676]; anything else between two letters, an apostrophe too, parts them."""
    points = np.frombuffer(normalize(text).casefold().encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    codes = points - ord("a")
    is_letter = (codes >= 0) & (codes < _N)
    together = is_letter[:-1] & is_letter[1:]
    return np.bincount((codes[:-1] * _N + codes[1:])[together], minlength=_N * _N)


def _count(texts: Sequence[str], lexicon: Lexicon) -> Counts:
    counts = np.zeros((len(texts), _N * _N), np.int64)
    for row, text in enumerate(texts):
        counts[row] = _count_pairs(text)
    return counts


BIGRAMS = Feature("letter_bigrams", PAIRS, "text", _count)

METRICS = (
    Metric(
        id="order.bigrams",
        label="letter-pair divergence",
        unit="bits",
        direction=Direction.LOWER,
        bounds=(0.0, 1.0),
        version=1,
        summary="How far the frequencies of letter pairs within words are from the reference; swapped letters and invented words raise it while letters.jsd stays still.",
        formula="JSD over the 676 ordered pairs of adjacent case-folded letters a-z",
        source="Lin 1991; METRICS.md",
        features=(BIGRAMS,),
        score=lambda totals, reference: jensen_shannon(totals["letter_bigrams"], reference["letter_bigrams"]),
        minimum=Minimum(500, "letter pairs", lambda totals: totals["letter_bigrams"].sum(axis=1)),
        headline=False,
        items=PAIRS,
        profile=lambda totals: shares(totals["letter_bigrams"]),
        contributions=lambda totals, reference: jensen_shannon_contributions(totals["letter_bigrams"], reference["letter_bigrams"]),
    ),
)
