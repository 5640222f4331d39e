"""The most frequent words: what tells authors apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.metrics.base import (
    Counts,
    Direction,
    Feature,
    Floats,
    Lexicon,
    Metric,
    Totals,
    jensen_shannon,
    jensen_shannon_contributions,
    shares,
)
from evalkit.metrics.size import WORDS, at_least_words, n_words
from evalkit.tally import Scan

N_TOP = 200
N_DELTA = 100
CHUNK_WORDS = 1_000
"""Words of a stretch whose frequencies are compared, to learn how much each word varies within the author."""
_SLOTS = tuple(f"rank_{n}" for n in range(1, N_TOP + 1))


def _count(words: Sequence[str], lexicon: Lexicon) -> Counts:
    counts = np.zeros((len(words), N_TOP), np.int64)
    if lexicon.training is not None:
        ranks = {word: rank for rank, word in enumerate(lexicon.training.top_words)}
        for row, word in enumerate(words):
            if word in ranks:
                counts[row, ranks[word]] = 1
    return counts


def _variation(scan: Scan, lexicon: Lexicon) -> Counts:
    """Number of whole stretches of 1,000 words, and sum and sum of squares over them of each of the 100 most frequent words, [n x 201]."""
    counts = np.zeros((len(scan), 1 + 2 * N_DELTA), np.int64)
    if lexicon.training is None:
        return counts
    ranks = {word: rank for rank, word in enumerate(lexicon.training.top_words[:N_DELTA])}
    rank = np.array([ranks.get(word, N_DELTA) for word in scan.word_items], dtype=np.int64)
    for row, ids in enumerate(scan.word_sequences(rank.astype(np.int32))):
        n = len(ids) // CHUNK_WORDS
        chunks = ids[: n * CHUNK_WORDS].reshape(n, CHUNK_WORDS)
        table = np.array([np.bincount(chunk, minlength=N_DELTA + 1)[:N_DELTA] for chunk in chunks]).reshape(n, N_DELTA)
        counts[row] = np.concatenate([[n], table.sum(axis=0), (table**2).sum(axis=0)])
    return counts


FREQUENT = Feature("frequent_words", _SLOTS, "words", _count, knows_reference=True)
VARIATION = Feature(
    "word_variation",
    ("stretches", *(f"sum_{n}" for n in range(1, N_DELTA + 1)), *(f"squares_{n}" for n in range(1, N_DELTA + 1))),
    "scan",
    _variation,
    knows_reference=True,
)


def _with_rest(totals: Totals) -> Floats:
    frequent = totals["frequent_words"]
    return np.column_stack([frequent, n_words(totals) - frequent.sum(axis=1)])


def _differences(totals: Totals, reference: Totals) -> Floats:
    """Each word's share less the reference's, in standard deviations between stretches of the reference, [R x 100]; 0 for words that never vary."""
    variation = reference["word_variation"]
    n, sums, squares = variation[:, :1], variation[:, 1 : N_DELTA + 1], variation[:, N_DELTA + 1 :]
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.sqrt(np.maximum(squares - sums**2 / n, 0.0) / (n - 1)) / CHUNK_WORDS
        share = totals["frequent_words"][:, :N_DELTA] / n_words(totals)[:, None]
        known = reference["frequent_words"][:, :N_DELTA] / n_words(reference)[:, None]
        return np.where(deviation > 0, (share - known) / deviation, np.where(np.isnan(deviation), np.nan, 0.0))


def burrows(totals: Totals, reference: Totals) -> Floats:
    """Mean absolute difference of z-scores, [R]."""
    return np.asarray(np.abs(_differences(totals, reference)).mean(axis=1))


METRICS = (
    Metric(
        id="delta.burrows",
        label="Burrows's Delta",
        unit="standard deviations",
        direction=Direction.LOWER,
        bounds=(0.0, None),
        version=1,
        summary="How many standard deviations the shares of the 100 most frequent words are from the author's own, on average; the classic test of authorship.",
        formula=f"mean over the {N_DELTA} most frequent training words of |share - reference share| / s, s the standard deviation between stretches of {CHUNK_WORDS:,} words of the training documents",
        source="Burrows 2002; Evert et al. 2017; Eder 2015 on the text that it needs",
        features=(FREQUENT, VARIATION, WORDS),
        score=burrows,
        minimum=at_least_words(5_000),
        headline=False,
    ),
    Metric(
        id="words.top200",
        label="frequent-word divergence",
        unit="bits",
        direction=Direction.LOWER,
        bounds=(0.0, 1.0),
        version=1,
        summary="How far the shares of the 200 most frequent words of the corpus, and of all other words together, are from the reference.",
        formula=f"JSD over the {N_TOP} most frequent training words and the rest",
        source="Lin 1991; METRICS.md: over whole vocabularies two samples of one source differ by .238 bits",
        features=(FREQUENT, WORDS),
        score=lambda totals, reference: jensen_shannon(_with_rest(totals), _with_rest(reference)),
        minimum=at_least_words(1_000),
        headline=False,
        items=(*_SLOTS, "other words"),
        profile=lambda totals: shares(_with_rest(totals)),
        contributions=lambda totals, reference: jensen_shannon_contributions(_with_rest(totals), _with_rest(reference)),
    ),
)
