"""Suffix arrays over several documents at once, and the longest match of every position with other documents.

Positions are kept in the order of their suffixes ("by rank"): neighbours in that order share the longest beginnings, so the longest match of a
position with any set of other documents is a running minimum of what neighbours share. Nothing here loops over symbols in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
"""Symbols of one document as numbers from 1 up."""
Lengths = NDArray[np.int32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Suffixes:
    """All suffixes of several documents, sorted.

    Args:
        position: where each suffix begins in the documents written one after the other (each followed by one separator), [n] by rank.
        shared: symbols that a suffix shares with the one before it in the order, [n]; may run on beyond the document's end.
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
        """Sorts the suffixes of documents; about 25 bytes a symbol while it works, 16 when done."""
        sizes = np.array([len(codes) for codes in documents], dtype=np.int64)
        if sizes.sum() == 0:
            return cls(*(np.empty(0, np.int32) for _ in range(4)))
        text, ends = _joined(documents)
        order, shared = _sorted_suffixes(text)
        # Separators are the least symbol: their suffixes come first and are left out.
        order, shared = order[len(documents) :], shared[len(documents) :]
        owner = np.repeat(np.arange(len(documents), dtype=np.int32), sizes + 1)[order]
        room = (ends[owner] - 1 - order).astype(np.int32)
        return cls(order, shared, owner, room)


def _joined(documents: Sequence[Codes]) -> tuple[NDArray[np.unsignedinteger], NDArray[np.int64]]:
    """Documents one after the other, a separator of 0 behind each, and where each separator's successor stands."""
    ends = np.cumsum([len(codes) + 1 for codes in documents])
    text = np.zeros(int(ends[-1]), dtype=_smallest(max(int(codes.max(initial=0)) for codes in documents)))
    for codes, end in zip(documents, ends, strict=True):
        text[end - 1 - len(codes) : end - 1] = codes
    return text, ends


def _smallest(largest: int) -> type[np.unsignedinteger]:
    return np.uint8 if largest < 1 << 8 else np.uint16 if largest < 1 << 16 else np.uint32


def _sorted_suffixes(text: NDArray[np.unsignedinteger]) -> tuple[Lengths, Lengths]:
    """Suffix array, and what each suffix shares with the one before it (Kasai et al. 2001)."""
    from pydivsufsort import divsufsort, kasai

    order = divsufsort(text)
    with_next = kasai(text, order)
    shared = np.empty(len(order), np.int32)
    shared[0], shared[1:] = 0, with_next[:-1]
    return order.astype(np.int32, copy=False), shared


def longest_elsewhere(shared: Lengths, group: NDArray[np.generic]) -> Lengths:
    """The longest beginning that each suffix shares with any suffix of another group, [n].

    The nearest suffix of another group, before or after, shares the most. What two suffixes share is the least that neighbours between them
    share; within a run of one group that is a running minimum that starts anew with every run.

    Args:
        shared: with the suffix before, [n] by rank.
        group: of each suffix, [n].

    >>> longest_elsewhere(np.array([0, 3, 2, 1]), np.array([0, 1, 1, 0])).tolist()
    [3, 3, 2, 1]
    """
    if not len(shared):
        return np.empty(0, np.int32)
    is_start = np.empty(len(shared), bool)
    is_start[0], is_start[1:] = True, group[1:] != group[:-1]
    after = np.empty_like(shared)
    after[:-1], after[-1] = shared[1:], 0
    before = _running_minimum(shared, is_start)
    is_end = np.roll(is_start, -1)
    below = _running_minimum(after[::-1], is_end[::-1])[::-1]
    return np.maximum(before, below)


def _running_minimum(values: Lengths, is_start: Mask) -> Lengths:
    """The least value since the last start, [n]."""
    # Every run is lowered beneath the ones before it, so that one running minimum serves all.
    lowered = np.cumsum(is_start, dtype=np.int64)
    lowered *= int(values.max()) + 1
    result = np.minimum.accumulate(values - lowered)
    result += lowered
    return result.astype(np.int32)


def longest_in_training(suffixes: Suffixes, trained: Mask) -> Lengths:
    """Each position's longest match with the training documents, [n] by rank, never beyond its own document.

    A position of a training document is matched against the *other* training documents, one of another document against all of them.

    Args:
        suffixes: of all documents.
        trained: which documents are training documents, [documents].
    """
    is_trained = trained[suffixes.owner]
    longest = longest_elsewhere(suffixes.shared, is_trained)
    kept = np.flatnonzero(is_trained)
    if len(kept):
        # What neighbours share once the suffixes between them are gone is the least of what those shared.
        between = np.minimum.reduceat(suffixes.shared[: kept[-1] + 1], np.concatenate([[0], kept[:-1] + 1]))
        longest[kept] = longest_elsewhere(between, suffixes.owner[kept])
    return np.minimum(longest, suffixes.room)


def longest_in(documents: Sequence[Codes], queries: Sequence[Codes]) -> list[Lengths]:
    """For every position of every query, the length of the longest match that begins there and stands in a document.

    >>> [found.tolist() for found in longest_in([np.array([1, 2, 3, 4])], [np.array([2, 3, 9, 1])])]
    [[2, 1, 0, 1]]
    """
    if not any(map(len, queries)):
        return [np.zeros(0, np.int32) for _ in queries]
    text, ends = _joined([*documents, *queries])
    start = int(ends[len(documents) - 1]) if len(documents) else 0
    order, shared = _sorted_suffixes(text)
    ranks = np.flatnonzero(order >= start)
    found = np.zeros(len(text) - start, np.int32)
    found[order[ranks] - start] = _longest_of(shared, ranks)
    lengths = []
    for codes, end in zip(queries, ends[len(documents) :], strict=True):
        mine = found[end - 1 - len(codes) - start : end - 1 - start]
        lengths.append(np.minimum(mine, np.arange(len(codes), 0, -1, dtype=np.int32)))
    return lengths


def _longest_of(shared: Lengths, ranks: NDArray[np.int64]) -> Lengths:
    """`longest_elsewhere` for the suffixes of one group only, given by their ranks, ascending; [ranks]."""
    is_start = np.empty(len(ranks), bool)
    is_start[0], is_start[1:] = True, ranks[1:] != ranks[:-1] + 1
    after = np.append(shared, np.int32(0))[ranks + 1]
    before = _running_minimum(shared[ranks], is_start)
    below = _running_minimum(after[::-1], np.roll(is_start, -1)[::-1])[::-1]
    return np.maximum(before, below)
