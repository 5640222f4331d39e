"""A few words of the passages that show a finding."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalkit.results import Place
from evalkit.text.passages import Passage

PLACES = 3
"""Passages that are named for a finding."""
AROUND = 30
"""Characters that are shown on either side."""


def quotes(word: str, passages: Sequence[Passage], *, most: int = PLACES) -> list[Place]:
    """The first few passages that have a word, with what stands around it.

    >>> quotes("lamp", [Passage("no light", "a"), Passage("The lamp.", "b")])
    [Place(passage='b', text='The lamp.')]
    """
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    found = []
    for passage in passages:
        if match := pattern.search(passage.text):
            start = max(0, match.start() - AROUND)
            found.append(Place(passage=passage.id, text=passage.text[start : match.end() + AROUND]))
            if len(found) == most:
                break
    return found
