"""Declares `Passage`, the unit of all statistics, and cuts text to length: `pieces` keeps all of it, `fit_length` and `slices` do not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_SPACES = re.compile(r"\s+")
_BEFORE_A_WORD = re.compile(r"\s(?=\S)")
_CUT_REACH = 0.25
"""How far a cut may lie from its place to fall between words, as a share of a piece."""
_JOINED = frozenset({"Mn", "Mc", "Me", "Cf"})
_MOST_MARKS = 20
"""Marks of one character that a cut without a space in reach goes around; text that stacks more is cut within them."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One independently produced piece of text.

    Args:
        text: as read or generated, never changed except by cutting.
        id: unique within its candidate.
        document: the document it was cut from; passages of one document are not independent of each other. None where it stands
            alone.
        missing: why it has no text, in words, where the file says so: its text is null, or an error stands beside it; None where it has
            one, which may be empty.
        group: the group of documents that it is from, such as a book in chapters; those are not independent of each other either.
        piece: its number among the consecutive pieces of one text, from 0; None where it is no piece of a longer sample.
    """

    text: str
    id: str
    document: str | None = None
    missing: str | None = None
    group: str | None = None
    piece: int | None = None


def fit_length(text: str, n_chars: int) -> str:
    """The text cut to at most n_chars characters, at the last space before that, so that no word is cut in two.

    A text without any space in reach is cut hard.

    >>> fit_length("the drowned bell", 14)
    'the drowned'
    """
    if len(text) <= n_chars:
        return text
    if text[n_chars].isspace():
        return text[:n_chars].rstrip()
    # The last space of a run would leave the others at the end of the passage, so a run counts by its first.
    spaces = [m.start() for m in _SPACES.finditer(text[:n_chars])]
    return text[: spaces[-1]] if spaces and spaces[-1] > 0 else text[:n_chars]


def slices(text: str, n_chars: int) -> Iterator[str]:
    """Consecutive passages of at most n_chars characters, cut between words; a remainder under half that length is left out.

    >>> list(slices("one two three four", 9))
    ['one two', 'three']
    """
    start = 0
    while True:
        while start < len(text) and text[start].isspace():
            start += 1
        if len(text) - start < max(1, n_chars / 2) and start > 0:
            return
        piece = fit_length(text[start : start + n_chars + 1], n_chars)
        if not piece.strip():
            return
        yield piece.rstrip()
        start += len(piece)


def pieces(text: str, n_chars: int) -> list[str]:
    """All of a text in consecutive pieces that are as near to n_chars characters as equal pieces can be.

    Joined again, the pieces are the text, to the character. A text of less than 1.5 times n_chars is one piece, and so is an empty one. A cut
    goes before the nearest word within a quarter of a piece, and where there is none (a script without spaces) between two characters.

    >>> pieces("one two three four", 9)
    ['one two ', 'three four']
    >>> pieces("one two three four", 13)
    ['one two three four']
    """
    n = max(1, (2 * len(text) + n_chars) // (2 * n_chars))
    size = len(text) / n
    cuts = [0, *(_cut(text, round(i * size), int(size * _CUT_REACH)) for i in range(1, n)), len(text)]
    return [text[low:high] for low, high in pairwise(cuts)]


def _cut(text: str, target: int, reach: int) -> int:
    """The place nearest to the target where a word begins; else the target, or the end of the marks that stand there."""
    low, high = max(1, target - reach), min(len(text), target + reach)
    places = [match.end() for match in _BEFORE_A_WORD.finditer(text, low - 1, high + 1)]
    if places:
        return min(places, key=lambda place: (abs(place - target), place))
    # A mark belongs to the character before it, and so does an invisible joiner.
    most = min(high, target + _MOST_MARKS)
    return next((place for place in range(target, most) if unicodedata.category(text[place]) not in _JOINED), target)
