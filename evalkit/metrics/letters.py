"""Letter frequencies: the article's first hand check."""

from __future__ import annotations

import string
from collections.abc import Sequence

import numpy as np

from evalkit.metrics.base import (
    Counts,
    Direction,
    Feature,
    Floats,
    Lexicon,
    Metric,
    Minimum,
    Totals,
    jensen_shannon,
    jensen_shannon_contributions,
    shares,
    small_sample_bias,
)

_ALPHABET = string.ascii_lowercase


def _count(chars: Sequence[str], lexicon: Lexicon) -> Counts:
    counts = np.zeros((len(chars), len(_ALPHABET)), np.int64)
    for row, char in enumerate(chars):
        for letter in char.casefold():
            if letter in _ALPHABET:
                counts[row, ord(letter) - ord("a")] += 1
    return counts


LETTERS = Feature("letters", tuple(_ALPHABET), "chars", _count)
_MINIMUM = Minimum(200, "letters", lambda totals: totals["letters"].sum(axis=1))


def _corrected(totals: Totals, reference: Totals) -> Floats:
    counts, expected = totals["letters"], reference["letters"]
    bias = small_sample_bias(len(_ALPHABET), counts.sum(axis=1), expected.sum(axis=1))
    return jensen_shannon(counts, expected) - bias


METRICS = (
    Metric(
        id="letters.jsd",
        label="letter divergence",
        unit="bits",
        direction=Direction.LOWER,
        bounds=(0.0, 1.0),
        version=1,
        summary="How far the frequencies of the letters a to z are from the reference; unigram noise is nearer than any human text, so read it beside the floor.",
        formula="JSD(p, q) = H((p+q)/2) - (H(p) + H(q))/2, log2, p and q the case-folded a-z frequencies of sample and reference",
        source="Lin 1991, Divergence measures based on the Shannon entropy",
        features=(LETTERS,),
        score=lambda totals, reference: jensen_shannon(totals["letters"], reference["letters"]),
        minimum=_MINIMUM,
        items=tuple(_ALPHABET),
        profile=lambda totals: shares(totals["letters"]),
        contributions=lambda totals, reference: jensen_shannon_contributions(totals["letters"], reference["letters"]),
    ),
    Metric(
        id="letters.jsd_corrected",
        label="letter divergence, less its small-sample bias",
        unit="bits",
        direction=Direction.LOWER,
        bounds=(-1.0, 1.0),
        version=1,
        summary="letters.jsd less what independent letters of the reference would score at this sample size; may fall below 0.",
        formula="JSD - (K-1)/(8 ln 2) (1/n + 1/m), K = 26 letters, n and m the letters of sample and reference",
        source="METRICS.md; first-order expansion of the plug-in estimate",
        features=(LETTERS,),
        score=_corrected,
        minimum=_MINIMUM,
        headline=False,
    ),
)
