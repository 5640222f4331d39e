"""Splits text into words with the one tokenizer, `word-v1`, on which every count of words in every metric rests.

Any change of what it returns is a new tokenizer with a new name, because results of different tokenizers are not comparable.
"""

from __future__ import annotations

import re
import unicodedata

TOKENIZER = "word-v1"
"""Name and version; part of every result's signature."""

_APOSTROPHES = ("\u2019", "\u2018", "\u201b", "\u02bc", "\uff07")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def normalize(text: str) -> str:
    """The text in Unicode normal form C, with every typographic apostrophe as '.

    The characters taken for an apostrophe are U+2019, U+2018, U+201B, U+02BC and U+FF07. Case stays.

    >>> normalize("the sea\u2019s")
    "the sea's"
    """
    if text.isascii():  # normal form C already, and this is quicker than to ask
        return text
    text = unicodedata.normalize("NFC", text)
    for apostrophe in _APOSTROPHES:
        text = text.replace(apostrophe, "'")
    return text


def words(text: str) -> list[str]:
    r"""The words of a text in order, case folded.

    A word is letters, with single apostrophes inside: `[^\W\d_]+(?:'[^\W\d_]+)*` on the normalized text. Hyphens, digits and
    underscores separate. Apostrophes count as characters of the word, so "don't" has length 5. A text is tokenized document by
    document (or passage by passage); nothing joins across them.

    >>> words("The well-keeper\u2019s lamp, No. 9, wasn't lit.")
    ['the', 'well', "keeper's", 'lamp', 'no', "wasn't", 'lit']
    """
    return [word.casefold() for word in _WORD.findall(normalize(text))]


def without_possessive(word: str) -> str:
    """The word less a possessive 's.

    >>> without_possessive("keeper's")
    'keeper'
    """
    return word.removesuffix("'s")
