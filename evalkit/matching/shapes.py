"""Shapes of text: which of some characters are letters, as bits; and the places of a corpus whose shape is nearest to that of a window.

A guessed text keeps most of the spaces of the text that it was guessed along, so that the shape of 128 characters tells its place among
millions even where hardly a word is right. Comparing it with every place costs an exclusive or and a count of bits each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalkit.matching.suffixes import Mask
from evalkit.matching.symbols import code_points

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
    letters = is_letter(text)
    keys = np.zeros(len(letters), np.uint64)
    padded = np.concatenate([letters, np.zeros(WORD, bool)])
    for shift in range(WORD):
        keys <<= np.uint64(1)
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
    from evalkit.matching.nearest import scan  # compiles

    if len(known) <= WORD or not len(starts):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    places = scan(known, asked[starts], asked[starts + WORD])
    row, rank = np.nonzero(places >= 0)
    return row, places[row, rank]
