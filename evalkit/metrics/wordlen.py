"""Measures word lengths in characters: `wordlen.w1`, `wordlen.jsd`, `wordlen.mean` and `wordlen.share_2_5`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals
from evalkit.metrics.base import WORDS, Direction, Family, Metric, at_least_words, divergence_of, n_words, ratio, shares

LONGEST = 64
"""The last column counts words of this length and longer; no English word comes near."""
_SHOWN = 20
"""Longer words are shown as one item."""
_ITEMS = (*(str(n) for n in range(1, _SHOWN)), f"{_SHOWN}+")


def _count(words: Sequence[str], lexicon: Lexicon) -> Counts:
    lengths = np.array([min(len(word), LONGEST) for word in words], dtype=np.int64)
    return np.asarray(lengths[:, None] == np.arange(1, LONGEST + 1), dtype=np.int64)


LENGTHS = Feature("word_lengths", tuple(str(n) for n in range(1, LONGEST + 1)), "words", _count)
_MINIMUM = at_least_words(50)


def wasserstein(counts: Floats, reference: Floats) -> Floats:
    """Wasserstein-1 distance between histograms over 1, 2, 3 ..., [R]: the area between the two cumulative distributions (Vallender 1974).

    >>> wasserstein(np.array([[1., 1, 2]]), np.array([[2., 1, 1]]))
    array([0.5])
    """
    gaps = np.cumsum(shares(counts), axis=1) - np.cumsum(shares(reference), axis=1)
    return np.asarray(np.abs(gaps).sum(axis=1))


def wasserstein_parts(counts: Floats, reference: Floats) -> Floats:
    """Each length's part of the Wasserstein-1 distance, [R x 20]; positive where the sample has too many words of that length.

    The part of length n is the gap between the cumulative shares up to n: the share of words that must change from n or less to more than n,
    or the other way. The absolute values sum to the distance.
    """
    gaps = np.abs(np.cumsum(shares(counts), axis=1) - np.cumsum(shares(reference), axis=1))
    return _shown(gaps) * over_or_under(_shown(shares(counts)), _shown(shares(reference)))


def over_or_under(sample: Floats, reference: Floats) -> Floats:
    """1 where an item has at least the share that it has in the reference, -1 where less."""
    return np.where(sample >= reference, 1.0, -1.0)


def _shown(counts: Floats) -> Floats:
    """The histogram over 1 ... 19 and 20+, [R x 20]."""
    return np.concatenate([counts[:, : _SHOWN - 1], counts[:, _SHOWN - 1 :].sum(axis=1, keepdims=True)], axis=1)


def _mean(totals: Totals, reference: Totals) -> Floats:
    return shares(totals["word_lengths"]) @ np.arange(1.0, LONGEST + 1)


def _share_2_to_5(totals: Totals, reference: Totals) -> Floats:
    return ratio(totals["word_lengths"][:, 1:5].sum(axis=1), n_words(totals))


METRICS = (
    Metric(
        id="wordlen.w1",
        family=Family.WORDS,
        label="word-length distance",
        unit="characters",
        direction=Direction.LOWER,
        bounds=(0.0, None),
        version=1,
        summary="By how many characters words would have to change in length, on average, to be as long as in the reference.",
        formula="W1 = sum over lengths of |F(length) - G(length)|, F and G the cumulative distributions of sample and reference",
        source="Vallender 1974; scipy.stats.wasserstein_distance",
        features=(LENGTHS, WORDS),
        score=lambda totals, reference: wasserstein(totals["word_lengths"], reference["word_lengths"]),
        minimum=_MINIMUM,
        items=_ITEMS,
        profile=lambda totals: shares(_shown(totals["word_lengths"])),
        contributions=lambda totals, reference: wasserstein_parts(totals["word_lengths"], reference["word_lengths"]),
    ),
    Metric(
        id="wordlen.jsd",
        family=Family.WORDS,
        label="word-length divergence",
        unit="bits",
        direction=Direction.LOWER,
        bounds=(0.0, 1.0),
        version=1,
        summary="How far the shares of the word lengths 1 to 20 and longer are from the reference, however far apart two lengths are.",
        formula="JSD over the shares of lengths 1 ... 19 and 20+",
        source="Lin 1991",
        features=(LENGTHS, WORDS),
        minimum=_MINIMUM,
        headline=False,
        items=_ITEMS,
        **divergence_of(lambda totals: _shown(totals["word_lengths"])),
    ),
    Metric(
        id="wordlen.mean",
        family=Family.WORDS,
        label="mean word length",
        unit="characters",
        direction=Direction.TARGET,
        bounds=(1.0, float(LONGEST)),
        version=1,
        summary="The mean number of characters in a word.",
        formula="sum of word lengths / words",
        source="Mendenhall 1887, The characteristic curves of composition",
        features=(LENGTHS, WORDS),
        score=_mean,
        minimum=_MINIMUM,
        headline=False,
    ),
    Metric(
        id="wordlen.share_2_5",
        family=Family.WORDS,
        label="words of 2 to 5 letters",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary="The share of words that are 2 to 5 characters long; about two thirds in English prose.",
        formula="words of length 2 ... 5 / words",
        source="Mendenhall 1887, The characteristic curves of composition",
        features=(LENGTHS, WORDS),
        score=_share_2_to_5,
        minimum=_MINIMUM,
        headline=False,
    ),
)
