"""Compares windows with every position of a corpus by Hamming distance of their shapes (`nearest_positions`), compiled by numba."""

from __future__ import annotations

import numpy as np

from evalkit._util.threads import compiled
from evalkit.matching.encoding import Positions
from evalkit.matching.fingerprint import N_BITS, Shapes

_N_NEAREST = 8
_BLOCK = 8192
"""Positions that are compared with all windows before the next block: 64 KiB of shapes, which stay in a processor's cache."""


@compiled
def nearest_positions(corpus: Shapes, first: Shapes, second: Shapes) -> Positions:
    """The positions of the least distance, nearest first, [n x 8]; -1 where the corpus has no more.

    Args:
        corpus: shape of 64 characters at every position, [corpus].
        first: shape of the first 64 characters of each window, [n].
        second: of the next 64 characters, [n].
    """
    n, last = len(first), len(corpus) - N_BITS
    positions = np.full((n, _N_NEAREST), -1, np.int64)
    distances = np.full((n, _N_NEAREST), 2 * N_BITS + 1, np.int64)
    for begin in range(0, last, _BLOCK):
        end = min(begin + _BLOCK, last)
        for row in range(n):
            a, b, worst = first[row], second[row], distances[row, _N_NEAREST - 1]
            for position in range(begin, end):
                distance = _n_set_bits(corpus[position] ^ a) + _n_set_bits(corpus[position + N_BITS] ^ b)
                if distance < worst:
                    _insert(positions[row], distances[row], position, distance)
                    worst = distances[row, _N_NEAREST - 1]
    return positions


@compiled
def _n_set_bits(word: np.uint64) -> np.int64:
    """How many bits are set (Warren, Hacker's Delight, chapter 5)."""
    # LLVM recognises this pattern and replaces it by the processor's population count, which numba does not offer by name.
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled
def _insert(positions: Positions, distances: Positions, position: int, distance: np.int64) -> None:
    """Inserts a position by its distance; the farthest drops out."""
    i = len(positions) - 1
    while i > 0 and distances[i - 1] > distance:
        positions[i], distances[i] = positions[i - 1], distances[i - 1]
        i -= 1
    positions[i], distances[i] = position, distance
