"""Encodes text as numbered symbols (`CharCodes`, `WordCodes`), the form that suffix arrays and searches work on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.integer]
"""Symbols of one document as numbers from 1 up, in the narrowest type that holds them."""
Lengths = NDArray[np.int32]
Positions = NDArray[np.int64]
Mask = NDArray[np.bool_]

N_CODE_POINTS = 0x110000
"""Code points of Unicode; a table of this length is indexed by character."""
_QUOTATION_MARKS = {"\u2019": "'", "\u2018": "'", "\u201b": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'}
_AFTER_LAST_SPACE = 0x3001
"""The last white-space character of Unicode is U+3000, the ideographic space."""


def code_points(text: str) -> NDArray[np.uint32]:
    """The text's code points, [n]."""
    # Lone surrogates occur in text that was decoded with surrogateescape; they are characters like any other here.
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def classes_of_characters(texts: Sequence[str], class_of: Callable[[str], int]) -> list[NDArray[np.int8]]:
    """The class of every character of each text, [characters].

    Args:
        texts: of one character a letter.
        class_of: of one character, from 0 to 127; it is asked once for each character that occurs.
    """
    # A table over all code points classifies a text in one step.
    table = np.zeros(N_CODE_POINTS, np.int8)
    for char in set().union(*texts):
        table[ord(char)] = class_of(char)
    return [table[code_points(text)] for text in texts]


class CharCodes:
    """Numbers characters from 1 up. White space of any kind is one symbol, and typographic quotation marks count as plain ones.

    Every character is one symbol, so a position in the symbols is the same position in the text.

    Args:
        texts: whose characters get a number; all others share the next number, which matches nothing in these texts.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        canonical = np.arange(N_CODE_POINTS, dtype=np.uint32)
        for mark, plain_mark in _QUOTATION_MARKS.items():
            canonical[ord(mark)] = ord(plain_mark)
        for point in range(_AFTER_LAST_SPACE):
            if chr(point).isspace():
                canonical[point] = ord(" ")
        present = np.zeros(N_CODE_POINTS, bool)
        for text in texts:
            present[canonical[code_points(text)]] = True
        unknown = int(present.sum()) + 1
        numbers = np.where(present, np.cumsum(present), unknown).astype(narrowest_type(unknown))
        self._numbers = numbers[canonical]

    def encode(self, text: str) -> Codes:
        """The text's symbols, [characters]."""
        return self._numbers[code_points(text)]


class WordCodes:
    """Numbers words from 1 up; all other words share one number that matches nothing."""

    def __init__(self, words: Sequence[str]) -> None:
        self._numbers = {word: number for number, word in enumerate(words, 1)}

    def table(self, words: Sequence[str]) -> NDArray[np.int32]:
        """The number of each word of another list, [n]."""
        unknown = len(self._numbers) + 1
        return np.fromiter((self._numbers.get(word, unknown) for word in words), np.int32, len(words))


def joined(documents: Sequence[Codes]) -> tuple[NDArray[np.unsignedinteger], Positions]:
    """Documents one after the other, each followed by a separator of 0; and the end of each, separator included."""
    ends = np.cumsum([0, *(len(codes) + 1 for codes in documents)])[1:]
    largest = max((int(codes.max(initial=0)) for codes in documents), default=0)
    text = np.zeros(int(ends[-1]) if len(ends) else 0, dtype=narrowest_type(largest))
    for codes, end in zip(documents, ends, strict=True):
        text[end - 1 - len(codes) : end - 1] = codes
    return text, ends


def narrowest_type(largest: int) -> type[np.unsignedinteger]:
    """The narrowest unsigned type that holds a number."""
    return np.uint8 if largest < 1 << 8 else np.uint16 if largest < 1 << 16 else np.uint32


def ragged_arange(sizes: Positions) -> Positions:
    """0, 1, 2 ... up to each size, one after the other.

    >>> ragged_arange(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
