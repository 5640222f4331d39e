"""Compares the shares of the most frequent words, the classic test of authorship: `delta.burrows`, `delta.cosine`, `words.top200`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals
from evalkit.counts.matrix import Scan
from evalkit.matching.training_index import N_TOP_WORDS
from evalkit.metrics.base import WORDS, Direction, Family, Metric, at_least_words, divergence_of, n_words, shares

N_DELTA = 100
"""Words of the two Delta measures."""
CHUNK_WORDS = 1_000
"""Words of a stretch. How much a word's share varies between stretches says how much it varies within the author."""
_REST = "other words"
_SLOTS = tuple(f"rank_{n}" for n in range(1, N_TOP_WORDS + 1))


def _count(words: Sequence[str], lexicon: Lexicon) -> Counts:
    counts = np.zeros((len(words), N_TOP_WORDS), np.int64)
    if lexicon.training is not None:
        ranks = {word: rank for rank, word in enumerate(lexicon.training.top_words)}
        for row, word in enumerate(words):
            if word in ranks:
                counts[row, ranks[word]] = 1
    return counts


def _variation(scan: Scan, lexicon: Lexicon) -> Counts:
    """Counts that give each frequent word's variance between stretches of 1,000 words, [n x 201].

    The number of whole stretches, and for each of the 100 words the sum of its counts over them and the sum of their squares.
    """
    counts = np.zeros((len(scan), 1 + 2 * N_DELTA), np.int64)
    if lexicon.training is None:
        return counts
    ranks = {word: rank for rank, word in enumerate(lexicon.training.top_words[:N_DELTA])}
    # All other words share the rank after the last, which is then cut off.
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


def _names(n: int) -> Callable[[Lexicon], tuple[str, ...]]:
    """The names of the n most frequent words, and of the rest. Ranks beyond a small reference's last word keep their number as their name."""

    def names(lexicon: Lexicon) -> tuple[str, ...]:
        words = lexicon.training.top_words[:n] if lexicon.training is not None else []
        return (*words, *_SLOTS[len(words) : n], _REST)

    return names


def _with_rest(totals: Totals) -> Floats:
    """Counts of each frequent word and of all other words, [R x 201]."""
    frequent = totals["frequent_words"]
    return np.column_stack([frequent, n_words(totals) - frequent.sum(axis=1)])


def _deviations(reference: Totals) -> Floats:
    """The standard deviation of each word's share between stretches of the reference, [1 or R x 100]; NaN with fewer than two stretches."""
    variation = reference["word_variation"]
    n, sums, squares = variation[:, :1], variation[:, 1 : N_DELTA + 1], variation[:, N_DELTA + 1 :]
    with np.errstate(divide="ignore", invalid="ignore"):
        # Rounding may leave a variance of 0 at -1e-17.
        return np.asarray(np.sqrt(np.maximum(squares - sums**2 / n, 0.0) / (n - 1)) / CHUNK_WORDS)


def _scaled(shares_: Floats, deviations: Floats) -> Floats:
    """Shares in standard deviations; 0 for words that do not vary."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(deviations > 0, shares_ / deviations, np.where(np.isnan(deviations), np.nan, 0.0))


def _share_of_top(totals: Totals) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(totals["frequent_words"][:, :N_DELTA] / n_words(totals)[:, None])


def _differences(totals: Totals, reference: Totals) -> Floats:
    """Each word's share less the reference's, in standard deviations between stretches of the reference, [R x 100]."""
    return _scaled(_share_of_top(totals) - _share_of_top(reference), _deviations(reference))


def burrows(totals: Totals, reference: Totals) -> Floats:
    """Burrows's Delta: the mean absolute difference of z-scores, [R] (Burrows 2002)."""
    return np.asarray(np.abs(_differences(totals, reference)).mean(axis=1))


def _directions(totals: Totals, reference: Totals) -> Floats:
    """The difference between the two profiles, each in standard deviations and scaled to length 1, [R x 100]."""
    deviations = _deviations(reference)
    profiles = [_scaled(_share_of_top(side), deviations) for side in (totals, reference)]
    with np.errstate(divide="ignore", invalid="ignore"):
        sample, expected = (profile / np.linalg.norm(profile, axis=1, keepdims=True) for profile in profiles)
    return np.asarray(sample - expected)


def cosine(totals: Totals, reference: Totals) -> Floats:
    """Cosine Delta: 1 - the cosine of the angle between the two profiles, [R]; NaN for a profile of zeros (Smith and Aldridge 2011)."""
    # For vectors of length 1 that is half their squared distance, of which each word has a part.
    return np.asarray((_directions(totals, reference) ** 2).sum(axis=1) / 2)


def _padded(parts: Floats) -> Floats:
    """The parts of the 100 words, and 0 as the part of all other words, [R x 101]."""
    return np.column_stack([parts, np.zeros(len(parts))])


def _delta_profile(totals: Totals) -> Floats:
    top = totals["frequent_words"][:, :N_DELTA]
    return shares(np.column_stack([top, n_words(totals) - top.sum(axis=1)]))


def _cosine_parts(totals: Totals, reference: Totals) -> Floats:
    differences = _directions(totals, reference)
    return _padded(np.sign(differences) * differences**2 / 2)


METRICS = (
    Metric(
        id="delta.burrows",
        family=Family.WORDS,
        label="Burrows's Delta",
        unit="standard deviations",
        direction=Direction.LOWER,
        bounds=(0.0, None),
        version=1,
        summary=(
            "How many standard deviations the shares of the 100 most frequent words are from the author's own, on average; the classic test of "
            "authorship."
        ),
        formula=(
            f"mean over the {N_DELTA} most frequent training words of |share - reference share| / s, s the standard deviation between stretches "
            f"of {CHUNK_WORDS:,} words of the training documents"
        ),
        source="Burrows 2002; Evert et al. 2017; Eder 2015 on the text that it needs",
        features=(FREQUENT, VARIATION, WORDS),
        score=burrows,
        minimum=at_least_words(5_000),
        headline=False,
        items=(*_SLOTS[:N_DELTA], _REST),
        names=_names(N_DELTA),
        profile=_delta_profile,
        contributions=lambda totals, reference: _padded(_differences(totals, reference) / N_DELTA),
    ),
    Metric(
        id="delta.cosine",
        family=Family.WORDS,
        label="cosine Delta",
        unit="distance",
        direction=Direction.LOWER,
        bounds=(0.0, 1.0),
        version=1,
        summary=(
            "How far the profile of the 100 most frequent words, in standard deviations, points in another direction than the author's own: which "
            "words are used more than others, whatever their total."
        ),
        formula=(
            f"1 - cos(x, y) over the {N_DELTA} most frequent training words, x = share / s of the sample and y of the reference, s as for "
            "delta.burrows; not centred, since with one author's corpus the centre would be the reference itself"
        ),
        source="Smith and Aldridge 2011; Evert et al. 2017, Understanding and explaining Delta measures for authorship attribution",
        features=(FREQUENT, VARIATION, WORDS),
        score=cosine,
        minimum=at_least_words(5_000),
        headline=False,
        items=(*_SLOTS[:N_DELTA], _REST),
        names=_names(N_DELTA),
        profile=_delta_profile,
        contributions=_cosine_parts,
    ),
    Metric(
        id="words.top200",
        family=Family.WORDS,
        label="frequent-word divergence",
        unit="bits",
        direction=Direction.LOWER,
        bounds=(0.0, 1.0),
        version=1,
        summary="How far the shares of the 200 most frequent words of the corpus, and of all other words together, are from the reference.",
        formula=f"JSD over the {N_TOP_WORDS} most frequent training words and the rest",
        source="Lin 1991; rarer words are one item, because over whole vocabularies two samples of one source differ by .238 bits",
        features=(FREQUENT, WORDS),
        minimum=at_least_words(1_000),
        headline=False,
        items=(*_SLOTS, _REST),
        names=_names(N_TOP_WORDS),
        **divergence_of(_with_rest),
    ),
)
