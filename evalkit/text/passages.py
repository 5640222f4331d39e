"""Declares `Passage`, the unit of all statistics, and cuts text to length: `fit_length` and `slices`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SPACES = re.compile(r"\s+")


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
    """

    text: str
    id: str
    document: str | None = None
    missing: str | None = None
    group: str | None = None


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
