"""Holds passages as they were given (`Given`), before any cutting, and what a check found in them (`Evidence`, `Flags`)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import TypeAlias

from evalkit._util.escape import visible
from evalkit.auditing.failures import Failure, failure_of
from evalkit.text.passages import Passage

LONGEST_EXAMPLE = 80
"""Characters of a passage that an example shows."""
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn"})
"""Categories of characters of which a text may hold any number and still show nothing."""


@dataclass(frozen=True)
class Evidence:
    """Why a check flagged a passage.

    Args:
        text: the place in the passage, at most about 80 characters, safe to print.
        note: what is wrong there, a clause; empty where the text says it all.
    """

    text: str
    note: str = ""


Flags: TypeAlias = Mapping[int, Evidence]
"""The index of each flagged passage, and why it was flagged; in rising order."""


class Given:
    """Passages as they were read or generated, before any of them is cut, left out or brought into another form.

    Args:
        passages: any number, of any text, empty ones among them.
    """

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.passages = tuple(passages)
        self.texts = tuple(passage.text for passage in passages)

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def failed(self) -> Mapping[int, Failure]:
        """The passages that hold an error message or a refusal in place of a text, or no text for a reason that was given with them."""
        found: dict[int, Failure] = {}
        for i, passage in enumerate(self.passages):
            if passage.missing:
                found[i] = Failure("", passage.missing)
            elif (failure := failure_of(passage.text)) is not None:
                found[i] = failure
        return found

    @cached_property
    def blank(self) -> tuple[int, ...]:
        """The passages that show nothing: no character, white space, or characters without a shape. Those that failed are not among them."""
        return tuple(i for i, text in enumerate(self.texts) if i not in self.failed and is_blank(text))

    @cached_property
    def sound(self) -> tuple[int, ...]:
        """The passages that are neither blank nor failed, on which the other checks look."""
        left_out = {*self.blank, *self.failed}
        return tuple(i for i in range(len(self.texts)) if i not in left_out)

    @cached_property
    def with_text(self) -> int:
        """How many passages show anything at all, be it an error message: those on which measures of text rest."""
        return sum(not is_blank(text) for text in self.texts)

    @cached_property
    def median_chars(self) -> int:
        """The median length in characters of the sound passages; 0 where there are none."""
        return round(median(len(self.texts[i]) for i in self.sound)) if self.sound else 0


def is_blank(text: str) -> bool:
    r"""Whether a text shows nothing.

    >>> is_blank(" \n\u200b"), is_blank("..."), is_blank("")
    (True, False, True)
    """
    return not text or text.isspace() or all(unicodedata.category(char) in _INVISIBLE or char.isspace() for char in set(text))


def example(text: str, start: int = 0, end: int | None = None) -> str:
    """A stretch of a text with a little of what is around it, safe to print.

    Args:
        text: of the passage.
        start, end: the stretch; None for the end of the text.
    """
    end = len(text) if end is None else end
    room = max(0, LONGEST_EXAMPLE - (end - start)) // 2
    low = max(0, start - room)
    high = min(len(text), max(end + room, low + LONGEST_EXAMPLE) if end - start < LONGEST_EXAMPLE else low + LONGEST_EXAMPLE)
    return f"{'…' if low else ''}{visible(text[low:high])}{'…' if high < len(text) else ''}"


def ending(text: str) -> str:
    """The end of a text, safe to print."""
    low = max(0, len(text) - LONGEST_EXAMPLE)
    return f"{'…' if low else ''}{visible(text[low:])}"
