"""Text as numbers: the symbols that suffix arrays are sorted over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from evalkit.matching.suffix_array import Codes, smallest

_PLAIN = {"\u2019": "'", "\u2018": "'", "\u201b": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'}
_N_POINTS = 0x110000


def code_points(text: str) -> NDArray[np.uint32]:
    """The text's code points, [n]."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


class CharCodes:
    """Numbers characters from 1 up. White space of any kind is one symbol, typographic quotation marks are the plain ones.

    Every character is one symbol, so that places in the symbols are places in the text.

    Args:
        texts: whose characters get a number; all others share 0 + the number of symbols + 1, which matches nothing in these texts.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._alike = np.arange(_N_POINTS, dtype=np.uint32)
        for char, plain in _PLAIN.items():
            self._alike[ord(char)] = ord(plain)
        for point in range(0x3001):
            if chr(point).isspace():
                self._alike[point] = ord(" ")
        present = np.zeros(_N_POINTS, bool)
        for text in texts:
            present[self._alike[code_points(text)]] = True
        unknown = int(present.sum()) + 1
        numbers = np.where(present, np.cumsum(present), unknown).astype(smallest(unknown))
        self._numbers = numbers[self._alike]

    def encode(self, text: str) -> Codes:
        """The text's symbols, [characters]."""
        return self._numbers[code_points(text)]


class WordCodes:
    """Numbers words from 1 up; words that are not among them share one number that matches nothing."""

    def __init__(self, words: Sequence[str]) -> None:
        self._numbers = {word: number for number, word in enumerate(words, 1)}

    def table(self, words: Sequence[str]) -> NDArray[np.int32]:
        """The number of each word of another list, [n]."""
        unknown = len(self._numbers) + 1
        return np.fromiter((self._numbers.get(word, unknown) for word in words), np.int32, len(words))
