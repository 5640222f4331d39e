"""Counts the words that near sentences have in common, beside what the same sentences in random order would: `shared_by_neighbours`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence, Set
from itertools import combinations, pairwise

import numpy as np

from evalkit.counts.feature import Counts
from evalkit.text.tokenize import words

NEAR = 3
"""Sentences apart, up to which two are near."""
BLOCK_CHARS = 2_000
"""Longer texts are taken in blocks: the farther apart sentences lie, the less they have in common, so only blocks of one length compare."""
SCALE = 1_000
"""Expected words are counted in thousandths, since counts are whole numbers."""


def shared_by_neighbours(texts: Sequence[str], split: Callable[[str], Iterator[str]], common: Collection[str]) -> Counts:
    """Words that sentences up to three apart share, and the thousandths of a word that they would share in random order, [n x 2].

    In a random order of a block's sentences, each pair is near with one probability, so the expected share of the words that any two
    sentences have in common is that of the pairs that are near, weighted by how many pairs of words they have.

    Args:
        texts: passages or documents.
        split: a text -> its sentences.
        common: words that any two sentences may share, which are left out.
    """
    counts = np.zeros((len(texts), 2), np.int64)
    for row, text in enumerate(texts):
        for block in _blocks(list(split(text))):
            counts[row] += _counts([set(words(sentence)).difference(common) for sentence in block])
    return counts


def _blocks(sentences: Sequence[str]) -> Iterator[Sequence[str]]:
    """Consecutive sentences of together about 2,000 characters; the last block takes a remainder of less than half that."""
    ends = np.cumsum([len(sentence) for sentence in sentences])
    n_blocks = max(1, round(ends[-1] / BLOCK_CHARS)) if len(ends) else 0
    bounds = [
        0,
        *(int(np.searchsorted(ends, ends[-1] * block / n_blocks, side="right")) for block in range(1, n_blocks)),
        len(sentences),
    ]
    yield from (sentences[low:high] for low, high in pairwise(bounds) if high > low)


def _counts(sentences: Sequence[Set[str]]) -> tuple[int, int]:
    shared = pairs = near_shared = near_pairs = 0
    for (i, first), (j, second) in combinations(enumerate(sentences), 2):
        n_shared, n_pairs = len(first & second), len(first) * len(second)
        shared, pairs = shared + n_shared, pairs + n_pairs
        if j - i <= NEAR:
            near_shared, near_pairs = near_shared + n_shared, near_pairs + n_pairs
    return near_shared, round(SCALE * shared * near_pairs / pairs) if pairs else 0
