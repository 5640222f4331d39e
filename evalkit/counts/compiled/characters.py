"""Says of each character what it does in a word, `Alphabet`, in the table that the compiled code reads."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import numpy as np

from evalkit.counts.compiled.kernel import APOSTROPHE, DIGIT, LETTER, MARK, SEPARATOR, Points
from evalkit.text.canonical import canonical

N_CODE_POINTS = 0x110000
_FOLDED_ALONE = ((0x0000, 0x1100), (0x1E00, 0x3000), (0x3001, 0xA000), (0xAC00, 0xD7A4))
"""Ranges in which no letter is composed with the one before it: not among them are the jamo, of which Hangul syllables are composed, and
scripts whose vowels are."""


class Alphabet:
    """What each character does in a word.

    Attributes:
        table: of each code point a folded letter or one of the signs of the kernel, [code points].
    """

    def __init__(self) -> None:
        self.table: Points = np.zeros(N_CODE_POINTS, np.uint32)
        self._known: set[str] = set()
        self._in_context: set[str] = set()
        self.learn(map(chr, range(0x80)))

    def learn(self, chars: Iterable[str]) -> frozenset[str]:
        """Puts characters into the table.

        Returns:
            those of them whose text must be folded as a whole: what they become depends on their neighbours, or is several characters.
        """
        chars = set(chars)
        for char in chars - self._known:
            point = ord(char)
            self.table[point] = _sign(char)
            folded = char.casefold()
            if not _folds_alone(char, folded):
                self._in_context.add(char)
            elif self.table[point] >= LETTER:
                self.table[point] = ord(folded)
        self._known |= chars
        return frozenset(chars & self._in_context)


def _sign(char: str) -> int:
    """What a character that is folded already does in a word, as `evalkit.text.tokenize.pattern` has it."""
    category = unicodedata.category(char)
    if category[0] == "M":
        return MARK
    if category in ("No", "Nl"):
        return SEPARATOR
    if char.isdecimal():
        return DIGIT
    if char == "'":
        return APOSTROPHE
    return ord(char) if char.isalnum() else SEPARATOR


def _folds_alone(char: str, folded: str) -> bool:
    """Whether a character becomes one character of the same kind, whatever stands beside it."""
    if len(folded) != 1 or not any(low <= ord(char) < high for low, high in _FOLDED_ALONE):
        return False
    category, became = unicodedata.category(char), unicodedata.category(folded)
    return category[0] != "M" and category[0] == became[0] and canonical(f"x{folded}x") == f"x{folded}x"
