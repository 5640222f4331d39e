"""Splits text into words with the one tokenizer, `word-v2`, on which every count of words in every metric rests.

Any change of what it returns is a new tokenizer with a new name, because results of different tokenizers are not comparable.
"""

from __future__ import annotations

import re
import unicodedata

from evalkit.text.canonical import beyond_ascii, fold, has_marks, marks

TOKENIZER = "word-v2"
"""Name and version; part of every result's signature."""

_LETTER = r"[^\W\d_]"
_PLAIN = re.compile(rf"(?:\d+'?)?{_LETTER}+(?:'{_LETTER}+)*")


def _with_marks() -> re.Pattern[str]:
    letters = rf"(?:{_LETTER}[{marks()}]*)"
    return re.compile(rf"(?:\d+'?)?{letters}+(?:'{letters}+)*")


def pattern(text: str) -> re.Pattern[str]:
    """The pattern of a word in a canonical text, as it is or case folded; numerals must have been taken out, see `without_numerals`."""
    return _with_marks() if has_marks(text) else _PLAIN


def without_numerals(text: str) -> str:
    """The text with a space for every numeral that is no digit (categories No and Nl: superscripts, fractions, Roman numerals).

    Python takes them for characters of words. No character moves.
    """
    numerals = {ord(char): " " for char in beyond_ascii(text) if unicodedata.category(char) in ("No", "Nl")}
    return text.translate(numerals) if numerals else text


def words(text: str) -> list[str]:
    r"""The words of a text in order, case folded.

    A word is letters, with their combining marks and single apostrophes inside, of the canonical text. Digits just before the
    letters belong to the word (3rd, 1890s, 1890's), other digits do not; hyphens, underscores and all else separate. Apostrophes count as
    characters of the word, so "don't" has length 5. A text is tokenized document by document (or passage by passage); nothing joins
    across them. The words of the words, joined by spaces, are the words.

    >>> words("The well-keeper\u2019s lamp, No. 9, wasn't lit on the 3rd.")
    ['the', 'well', "keeper's", 'lamp', 'no', "wasn't", 'lit', 'on', 'the', '3rd']
    """
    folded = without_numerals(fold(text))
    return pattern(folded).findall(folded)


def without_possessive(word: str) -> str:
    """The word less a possessive 's.

    >>> without_possessive("keeper's")
    'keeper'
    """
    return word.removesuffix("'s")
