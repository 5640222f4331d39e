"""Texts that are hard to read: letters of many scripts, marks, numerals, apostrophes, spaces and what nobody sees."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

from evalkit.text.canonical import fold

INVISIBLE = "\u00ad\u034f\u200b\u200c\u200d\u200e\u2060\u2063\ufe0f\ufeff\U000e0061\x00\x07\x7f\x9f"
SPACES = " \t\n\r\f\v\x1c\x85\u00a0\u1680\u2003\u2028\u2029\u202f\u3000"
HARD = (
    "aZé'\u2019\u2018\u00b4`\u2032\u02bc\uff07_-0195\u00bd\u00b9\u2167\u2460ß\u0131\u0130\u0149\u01f0\u03b0\ufb03"
    "\u0301\u0302\u0323\u0345\u05b8\u0940\u094d\u20e3עדहतΩς東가\u1100\u1161\u1fef\u212b\ufffd\ud800\udfff.!?,\u2026\u0964\u3002"
)
TRICKY = st.text(st.one_of(st.sampled_from(HARD + INVISIBLE + SPACES), st.characters()), max_size=40)
"""Any text, most of it of characters that normal forms, case folding or regular expressions treat in a way of their own."""


def slow_words(text: str) -> list[str]:
    """The definition, character by character, without a regular expression."""
    folded = fold(text)
    kinds = [
        "l" if (c := unicodedata.category(char))[0] == "L" else "m" if c[0] == "M" else "d" if c == "Nd" else char
        for char in folded
    ]
    found, i = [], 0
    while i < len(folded):
        start = i
        while i < len(folded) and kinds[i] == "d":
            i += 1
        if i > start and kinds[i : i + 2] == ["'", "l"]:
            i += 1
        if i == len(folded) or kinds[i] != "l":
            i = max(i, start + 1)
            continue
        while i < len(folded) and (kinds[i] in "lm" or (kinds[i] == "'" and kinds[i + 1 : i + 2] == ["l"])):
            i += 1
        found.append(folded[start:i])
    return found
