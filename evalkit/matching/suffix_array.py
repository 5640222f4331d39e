"""Sorts the suffixes of several documents (`Suffixes`) and finds each position's longest match with other documents.

Values are kept "by rank": in the order of the sorted suffixes. Neighbours in that order share the longest prefixes, so the longest match with any
set of other documents is a running minimum of what neighbours share. Nothing here loops over symbols in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydivsufsort import divsufsort, kasai

from evalkit.matching.encoding import Codes, Lengths, Mask, joined
from evalkit.matching.match_lengths import is_compiled


@dataclass(frozen=True)
class Suffixes:
    """All suffixes of several documents, sorted.

    Args:
        position: start of each suffix in the joined documents, one separator after each, [n] by rank.
        shared: symbols shared with the suffix of the rank before (the LCP array), [n]; may extend beyond the document's end.
        owner: the document that each suffix begins in, [n].
        room: symbols from there to the document's end, [n].
    """

    position: Lengths
    shared: Lengths
    owner: Lengths
    room: Lengths

    def __len__(self) -> int:
        return len(self.position)

    @classmethod
    def of(cls, documents: Sequence[Codes]) -> Suffixes:
        """Sorts the suffixes of documents; takes about 25 bytes a symbol while it works, 16 when done."""
        sizes = np.array([len(codes) for codes in documents], dtype=np.int64)
        if sizes.sum() == 0:
            return cls(*(np.empty(0, np.int32) for _ in range(4)))
        text, ends = joined(documents)
        order, shared = _sorted_suffixes(text)
        # The separator is the least symbol: the suffixes that begin with it come first and are dropped.
        order, shared = order[len(documents) :], shared[len(documents) :]
        owner = np.repeat(np.arange(len(documents), dtype=np.int32), sizes + 1)[order]
        room = (ends[owner] - 1 - order).astype(np.int32)
        return cls(order, shared, owner, room)


def _sorted_suffixes(text: NDArray[np.unsignedinteger]) -> tuple[Lengths, Lengths]:
    """The suffix array (divsufsort, Mori 2008) and the LCP array (Kasai et al. 2001), each [n]."""
    order = divsufsort(text)
    shared_with_next = kasai(text, order)
    shared = np.empty(len(order), np.int32)
    shared[0], shared[1:] = 0, shared_with_next[:-1]
    return order.astype(np.int32, copy=False), shared


def longest_elsewhere(shared: Lengths, group: NDArray[np.generic]) -> Lengths:
    """The longest prefix that each suffix shares with any suffix of another group, [n].

    Args:
        shared: with the suffix before, [n] by rank.
        group: of each suffix, [n].

    >>> longest_elsewhere(np.array([0, 3, 2, 1]), np.array([0, 1, 1, 0])).tolist()
    [3, 3, 2, 1]
    """
    # The nearest suffix of another group, before or after, shares the most. Two suffixes share the minimum of the LCP array between them, so
    # within a run of one group the answer is a running minimum that starts anew with every run.
    if not len(shared):
        return np.empty(0, np.int32)
    is_start = np.empty(len(shared), bool)
    is_start[0], is_start[1:] = True, group[1:] != group[:-1]
    shared_with_next = np.empty_like(shared)
    shared_with_next[:-1], shared_with_next[-1] = shared[1:], 0
    before = _running_minimum(shared, is_start)
    is_end = np.roll(is_start, -1)
    after = _running_minimum(shared_with_next[::-1], is_end[::-1])[::-1]
    return np.maximum(before, after)


def _running_minimum(values: Lengths, is_start: Mask) -> Lengths:
    """The least value since the last start, [n]."""
    # Every run is lowered beneath the runs before it, so that a single accumulate over the array serves all runs.
    offset = np.cumsum(is_start, dtype=np.int64)
    offset *= int(values.max()) + 1
    result = np.minimum.accumulate(values - offset)
    result += offset
    return result.astype(np.int32)


def longest_in_training(suffixes: Suffixes, trained: Mask) -> Lengths:
    """Each position's longest match with the training documents, [n] by rank, never beyond the end of its own document.

    A position in a training document is matched with the *other* training documents, a position in any other document with all of them.

    Args:
        suffixes: of all documents.
        trained: whether each document is a training document, [documents].
    """
    if is_compiled(len(suffixes)):
        from evalkit.matching import compiled_matches

        return compiled_matches.longest_in_training(suffixes.shared, suffixes.owner, suffixes.room, trained)
    is_trained = trained[suffixes.owner]
    longest = longest_elsewhere(suffixes.shared, is_trained)
    trained_ranks = np.flatnonzero(is_trained)
    if len(trained_ranks):
        # Once the suffixes between two training suffixes are dropped, the two share the least of what those between them shared.
        between = np.minimum.reduceat(suffixes.shared[: trained_ranks[-1] + 1], np.concatenate([[0], trained_ranks[:-1] + 1]))
        longest[trained_ranks] = longest_elsewhere(between, suffixes.owner[trained_ranks])
    return np.minimum(longest, suffixes.room)
