"""Finds the longest matches of one split and counts them in compiled loops, as `suffix_array` and `match_lengths` do without, several times sooner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalkit._util.threads import compiled
from evalkit.counts.feature import Counts
from evalkit.matching.encoding import Lengths, Mask


@compiled
def longest_in_training(shared: Lengths, owner: Lengths, room: Lengths, trained: Mask) -> Lengths:
    """Each position's longest match with the training documents, never beyond the end of its own document, [n] by rank.

    Args:
        shared: symbols shared with the suffix before, [n].
        owner: the document that each suffix begins in, [n].
        room: symbols to the document's end, [n].
        trained: whether each document is a training document, [documents].
    """
    n = len(shared)
    longest = np.zeros(n, np.int32)
    for backwards in range(2):
        # The nearest training suffix, and the nearest one of another document than that, with what they share with the suffix at hand.
        document, nearest, farther = np.int32(-1), np.int32(0), np.int32(0)
        for step in range(n):
            rank = n - 1 - step if backwards else step
            after = rank + backwards  # the suffix, or the one after it, says what it shares with the one before
            common = shared[after] if after < n else np.int32(0)
            nearest, farther = min(nearest, common), min(farther, common)
            own = owner[rank]
            match = farther if own == document else nearest
            longest[rank] = max(longest[rank], min(match, room[rank]))
            if trained[own]:
                if own != document:
                    document, farther = own, nearest
                nearest = np.int32(2**31 - 1)
    return longest


@compiled
def histograms(lengths: Lengths, room: Lengths, row: NDArray[np.integer], n_rows: int, most: int) -> Counts:
    """How many positions of each row have matches of 1, 2, ... `most` or more symbols, and how many have room for them, [n_rows x 2 most].

    Args:
        lengths: longest match from each position on, [n].
        room: symbols to the row's end, [n]; a match is cut off there.
        row: of each position, [n]; -1 for none.
        n_rows: how many there are.
        most: the last column of each half counts this length and longer.
    """
    counts = np.zeros((n_rows, 2 * most), np.int64)
    for i in range(len(row)):
        if row[i] >= 0:
            most_here = min(room[i], most)
            match = min(lengths[i], most_here)
            if match > 0:
                counts[row[i], match - 1] += 1
            if most_here > 0:
                counts[row[i], most + most_here - 1] += 1
    return counts
