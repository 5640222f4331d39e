"""Suffix arrays over several documents at once, and the longest match of every position with other documents.

Positions are kept in the order of their suffixes ("by rank"): neighbours in that order share the longest beginnings, so the longest match of a
position with any set of other documents is a running minimum of what neighbours share. Nothing here loops over symbols in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.integer]
"""Symbols of one document as numbers from 1 up, in the narrowest type that holds them."""
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
        text, ends = joined(documents)
        order, shared = _sorted_suffixes(text)
        # Separators are the least symbol: their suffixes come first and are left out.
        order, shared = order[len(documents) :], shared[len(documents) :]
        owner = np.repeat(np.arange(len(documents), dtype=np.int32), sizes + 1)[order]
        room = (ends[owner] - 1 - order).astype(np.int32)
        return cls(order, shared, owner, room)


def joined(documents: Sequence[Codes]) -> tuple[NDArray[np.unsignedinteger], NDArray[np.int64]]:
    """Documents one after the other, a separator of 0 behind each, and where each separator's successor stands."""
    ends = np.cumsum([0, *(len(codes) + 1 for codes in documents)])[1:]
    largest = max((int(codes.max(initial=0)) for codes in documents), default=0)
    text = np.zeros(int(ends[-1]) if len(ends) else 0, dtype=smallest(largest))
    for codes, end in zip(documents, ends, strict=True):
        text[end - 1 - len(codes) : end - 1] = codes
    return text, ends


def smallest(largest: int) -> type[np.unsignedinteger]:
    """The narrowest type that holds a number."""
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
