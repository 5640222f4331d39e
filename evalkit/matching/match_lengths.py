"""Histograms of match lengths: additive over passages, and one gives the novelty at every length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts, Floats
from evalkit.matching.suffix_array import Lengths

MOST_CHARS = 64
"""Longest match in characters that is told apart from longer ones."""
MOST_WORDS = 8


def columns(most: int) -> tuple[str, ...]:
    """Names of the columns of `histograms`."""
    return (*(f"match_{n}" for n in range(1, most + 1)), *(f"room_{n}" for n in range(1, most + 1)))


def histograms(lengths: Lengths, room: Lengths, row: NDArray[np.integer], n_rows: int, most: int) -> Counts:
    """How many positions of each passage have matches of 1, 2, ... `most` or more symbols, and how many have room for them.

    Args:
        lengths: longest match from each position on, [n].
        room: symbols from there to the passage's end, [n]; a match counts no further.
        row: passage of each position, [n]; -1 for none.
        n_rows: passages.
        most: the last column of each half counts this length and longer.

    Returns:
        [n_rows x 2 most].
    """
    inside = row >= 0
    row, room = row[inside].astype(np.int64), np.minimum(room[inside], most)
    found = np.minimum(lengths[inside], room)
    halves = [
        np.bincount(row * (most + 1) + values, minlength=n_rows * (most + 1)).reshape(n_rows, most + 1)[:, 1:]
        for values in (found, room)
    ]
    return np.concatenate(halves, axis=1)


def of_passages(lengths: Sequence[Lengths], most: int) -> Counts:
    """`histograms` of passages given one by one."""
    sizes = np.array([len(found) for found in lengths], dtype=np.int64)
    room = np.concatenate([np.arange(n, 0, -1, dtype=np.int32) for n in sizes] or [np.empty(0, np.int32)])
    together = np.concatenate([*lengths, np.empty(0, np.int32)])
    return histograms(together, room, np.repeat(np.arange(len(sizes)), sizes), len(sizes), most)


def share_without(counts: Floats, n: int) -> Floats:
    """The share of windows of n symbols that stand nowhere in the training text, [R]; NaN where there are none.

    As many positions end a match of n symbols or more as begin one, so this is the share of positions i >= n with L(i) < n.
    """
    most = counts.shape[1] // 2
    found, room = counts[:, n - 1 : most].sum(axis=1), counts[:, most + n - 1 :].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - found / room)
