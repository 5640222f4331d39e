"""The places of a corpus that differ least from a window in shape, all places looked at: the compiled part."""

from __future__ import annotations

import numpy as np
from numba import njit

from evalkit.matching.fingerprint import WORD, Places, Words

_NEAREST = 8
_BLOCK = 8192
"""Places that are compared with all windows before the next: so many words stay in a processor's cache."""


@njit(cache=True, nogil=True)
def scan(known: Words, first: Words, second: Words) -> Places:
    """The places of the least distance, nearest first, [n x 8]; -1 where the corpus has no more."""
    n, last = len(first), len(known) - WORD
    places = np.full((n, _NEAREST), -1, np.int64)
    distances = np.full((n, _NEAREST), 2 * WORD + 1, np.int64)
    for begin in range(0, last, _BLOCK):
        end = min(begin + _BLOCK, last)
        for row in range(n):
            a, b, worst = first[row], second[row], distances[row, _NEAREST - 1]
            for place in range(begin, end):
                distance = _bits(known[place] ^ a) + _bits(known[place + WORD] ^ b)
                if distance < worst:
                    _insert(places[row], distances[row], place, distance)
                    worst = distances[row, _NEAREST - 1]
    return places


@njit(cache=True, nogil=True)
def _bits(word: np.uint64) -> np.int64:
    """How many bits are set; a pattern that compilers know as one instruction."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True, nogil=True)
def _insert(places: Places, distances: Places, place: int, distance: np.int64) -> None:
    """Puts a place where it belongs by its distance; the farthest falls out."""
    i = len(places) - 1
    while i > 0 and distances[i - 1] > distance:
        places[i], distances[i] = places[i - 1], distances[i - 1]
        i -= 1
    places[i], distances[i] = place, distance
