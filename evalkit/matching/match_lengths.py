"""Counts match lengths per passage (`histograms`); the counts are additive, and one histogram gives the novelty at every length."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts, Floats
from evalkit.matching.encoding import Lengths

MOST_CHARS = 64
"""Matches of this many characters or more are counted together."""
MOST_WORDS = 8
"""Matches of this many words or more are counted together."""
_FEWEST_SYMBOLS, _FEWEST_LOADED = 1_000_000, 50_000


def is_compiled(n: int) -> bool:
    """Whether so many symbols are looked at by compiled code: it takes a second to load where no other part has loaded numba."""
    return n >= (_FEWEST_LOADED if "numba" in sys.modules else _FEWEST_SYMBOLS)


def columns(most: int) -> tuple[str, ...]:
    """Names of the columns of `histograms`."""
    return (*(f"match_{n}" for n in range(1, most + 1)), *(f"room_{n}" for n in range(1, most + 1)))


def histograms(lengths: Lengths, room: Lengths, row: NDArray[np.integer], n_rows: int, most: int) -> Counts:
    """How many positions of each passage have matches of 1, 2, ... `most` or more symbols, and how many have room for them.

    Args:
        lengths: longest match from each position on, [n].
        room: symbols from there to the passage's end, [n]; a match is cut off there.
        row: passage of each position, [n]; -1 for none.
        n_rows: passages.
        most: the last column of each half counts this length and longer.

    Returns:
        [n_rows x 2 most].
    """
    if is_compiled(len(row)):
        from evalkit.matching import compiled_matches

        return compiled_matches.histograms(lengths, room, row, n_rows, most)
    inside = row >= 0
    row, room = row[inside].astype(np.int64), np.minimum(room[inside], most)
    matched = np.minimum(lengths[inside], room)
    halves = [
        np.bincount(row * (most + 1) + values, minlength=n_rows * (most + 1)).reshape(n_rows, most + 1)[:, 1:]
        for values in (matched, room)
    ]
    return np.concatenate(halves, axis=1)


def histograms_by_passage(lengths: Sequence[Lengths], most: int) -> Counts:
    """`histograms` of passages given one by one."""
    sizes = np.array([len(of_passage) for of_passage in lengths], dtype=np.int64)
    room = np.concatenate([np.arange(n, 0, -1, dtype=np.int32) for n in sizes] or [np.empty(0, np.int32)])
    together = np.concatenate([*lengths, np.empty(0, np.int32)])
    return histograms(together, room, np.repeat(np.arange(len(sizes)), sizes), len(sizes), most)


def share_without(counts: Floats, n: int) -> Floats:
    """The share of windows of n symbols that do not occur in the training text, [R]; NaN where there are none.

    Args:
        counts: `histograms`, summed over passages, [R x 2 most].
        n: symbols of a window, at most `most`.
    """
    # A window of n symbols occurs in the training text exactly if the match that begins at it has n symbols or more. McCoy et al. 2021 count
    # matches by their end; as many positions end such a match as begin one, so the shares are equal.
    most = counts.shape[1] // 2
    matched, room = counts[:, n - 1 : most].sum(axis=1), counts[:, most + n - 1 :].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((room - matched) / room)
