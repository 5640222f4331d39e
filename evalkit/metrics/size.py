"""How much text there is: counts that every metric may use, and no metric of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.counts.feature import Counts, Feature, Lexicon, Totals
from evalkit.metrics.base import Metric, Minimum


def _one_each(items: Sequence[str], lexicon: Lexicon) -> Counts:
    return np.ones((len(items), 1), np.int64)


CHARS = Feature("n_chars", ("characters",), "chars", _one_each)
WORDS = Feature("n_words", ("words",), "words", _one_each)


def n_words(totals: Totals) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Words of each replicate, [R]."""
    return totals["n_words"][:, 0]


def at_least_words(n: int) -> Minimum:
    """A minimum of n words; the metric that uses it must list the feature WORDS."""
    return Minimum(n, "words", n_words)


METRICS: tuple[Metric, ...] = ()
