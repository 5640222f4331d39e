"""Reduces text to its shape, one bit a character for letter or not (`shapes`), and finds the nearest shapes in a corpus (`nearest`).

A guessed text keeps most of the spaces of the text that it was guessed along. The shape of 128 characters therefore tells its position among
millions even where hardly a word is right.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.matching.encoding import N_CODE_POINTS, Mask, Positions, code_points

N_BITS = 64
"""Characters whose shape fits one machine word."""

Shapes = NDArray[np.uint64]


def is_letter(text: str) -> Mask:
    """Whether each character is a letter, [n]."""
    # Asking each distinct character once and indexing a table is ten times faster than asking every character.
    table = np.zeros(N_CODE_POINTS, bool)
    for char in set(text):
        table[ord(char)] = unicodedata.category(char)[0] in "LM"  # a mark belongs to its letter
    return table[code_points(text)]


def shapes(text: str) -> Shapes:
    """The shape of the 64 characters from every position on, the first in the highest bit, [n]; past the end nothing is a letter."""
    return np.asarray(_sliding_bits(is_letter(text), N_BITS, np.uint64))


def half_shapes(text: str) -> NDArray[np.uint32]:
    """The shape of the 32 characters from every position on, in half the memory of `shapes`, [n]."""
    return np.asarray(_sliding_bits(is_letter(text), N_BITS // 2, np.uint32))


def _sliding_bits(letters: Mask, n_bits: int, dtype: type[np.unsignedinteger[Any]]) -> NDArray[Any]:
    # Doubling: two keys of n bits that are n characters apart make one of 2 n bits, so 64 bits take six passes over the text.
    keys, width = letters.astype(dtype), 1
    while width < n_bits:
        later = np.zeros_like(keys)
        later[: max(len(keys) - width, 0)] = keys[width:]
        keys <<= dtype(width)
        keys |= later
        width *= 2
    return keys


def nearest(corpus: Shapes, passages: Shapes, starts: Positions) -> tuple[Positions, Positions]:
    """The positions of the corpus whose next 128 characters differ least in shape from those of each window.

    Args:
        corpus: shape of 64 characters at every position of the corpus, [corpus].
        passages: the same of the passages, [passages].
        starts: of the windows in the passages, each at least 128 characters long, [n].

    Returns:
        Row of the window and position in the corpus, each [at most 8 n].
    """
    # Loaded here since importing numba takes a second, and only texts without a whole shape need it.
    from evalkit.matching.hamming import nearest_positions

    if len(corpus) <= N_BITS or not len(starts):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    positions = nearest_positions(corpus, passages[starts], passages[starts + N_BITS])
    row, rank = np.nonzero(positions >= 0)
    return row, positions[row, rank]
