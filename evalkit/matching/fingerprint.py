"""Shapes of text: which of some characters are letters, as bits; and the places of a corpus whose shape is nearest to that of a window.

A guessed text keeps most of the spaces of the text that it was guessed along, so that the shape of 128 characters tells its place among
millions even where hardly a word is right. Comparing it with every place costs an exclusive or and a count of bits each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.matching.encoding import code_points
from evalkit.matching.suffix_array import Mask

WORD = 64
"""Characters whose shape is one machine word."""

Words = NDArray[np.uint64]
Places = NDArray[np.int64]


def is_letter(text: str) -> Mask:
    """Which characters are letters, [n]."""
    table = np.zeros(0x110000, bool)
    for char in set(text):
        table[ord(char)] = char.isalpha()
    return table[code_points(text)]


def shapes(text: str) -> Words:
    """The shape of the 64 characters from every place on, the first in the highest bit; beyond the end nothing is a letter, [n]."""
    return np.asarray(_shifted(is_letter(text), WORD, np.uint64))


def half_shapes(text: str) -> NDArray[np.uint32]:
    """The same of 32 characters, in half the memory."""
    return np.asarray(_shifted(is_letter(text), WORD // 2, np.uint32))


def _shifted(letters: Mask, n: int, dtype: type[np.unsignedinteger[Any]]) -> NDArray[Any]:
    keys = np.zeros(len(letters), dtype)
    padded = np.concatenate([letters, np.zeros(n, bool)])
    for shift in range(n):
        keys <<= dtype(1)
        keys |= padded[shift : shift + len(letters)]
    return keys


def nearest(known: Words, asked: Words, starts: Places) -> tuple[Places, Places]:
    """The places whose next 128 characters differ least in shape from those of each window.

    Args:
        known: shape of 64 characters at every place of the corpus, [corpus].
        asked: the same of the passages, [passages].
        starts: of the windows in them, 128 characters each at least, [n].

    Returns:
        Row of the window and the place, each [at most 8 n].
    """
    from evalkit.matching.hamming import scan  # compiles

    if len(known) <= WORD or not len(starts):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    places = scan(known, asked[starts], asked[starts + WORD])
    row, rank = np.nonzero(places >= 0)
    return row, places[row, rank]
