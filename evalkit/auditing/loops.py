"""Finds texts that repeat themselves to the end: `loop_of`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHARE = 0.2
"""Share of a text, at its end, from which on repetition is a loop: its last fifth."""
SHORTEST = 24
"""Characters of a loop, all its turns together; shorter ones are stammers such as "no, no, no, no"."""
_SHORTEST_COPY = 60
"""Characters of an end that stands before in the same text."""
_MOST_TRIES = 32
"""Distances at which the end of a text is compared with itself; a text with more has a loop at the first of them, or hardly any."""
_GRAM = 16
"""Characters that stand before in the same text by chance in one place of a hundred of prose."""
_VARIED = 0.85
"""Share of the last fifth that stands before in the same text, in a loop whose turns differ a little."""
_FEWEST_VARIED = 200
_LONGEST_SEEN = 1 << 20
"""Characters at the end of a text that are searched for a loop whose turns differ, so that a huge text takes no more memory."""

Codes = NDArray[np.uint32]


@dataclass(frozen=True)
class Loop:
    """A repetition that goes on to the end of a text.

    Args:
        start: where it begins, in characters.
        end: where it ends; only white space follows.
        period: characters of one turn; 0 where the turns differ.
    """

    start: int
    end: int
    period: int


def loop_of(text: str) -> Loop | None:
    """The loop that a text ends in; None where it ends in none.

    A loop is a piece of 1 character up to half the text that is repeated to the end and makes up the last fifth of the text, 24 characters or
    more. It may be cut in the middle of a turn. An end of a fifth that stands before at any distance is one too, and so is a last fifth of
    which 85 % stand before in pieces of 16 characters and more, as where a number differs from turn to turn. White space without end is a
    loop of white space. The time is in proportion to the length.

    >>> loop_of("He saw the lamp. " + "It went out. " * 3)
    Loop(start=15, end=55, period=13)
    >>> loop_of("It rang, and rang, and was still.") is None
    True
    """
    body = text.rstrip()
    if len(text) - len(body) >= max(SHORTEST, SHARE * len(text)):
        return Loop(len(body), len(text), 1)
    if len(body) < SHORTEST:
        return None
    codes = np.frombuffer(body.encode("utf-32-le", "surrogatepass"), np.uint32)
    return _exact(body, codes) or _varied(codes)


def _exact(body: str, codes: Codes) -> Loop | None:
    """A loop whose turns are all alike, from the end of the text backwards."""
    n, fifth = len(body), max(SHORTEST, SHARE * len(body))
    backwards, reversed_codes = body[::-1], codes[::-1]
    # Two turns in the last fifth repeat at least half of it; what repeats less is not looked at.
    needle = backwards[: int(max(SHORTEST, fifth) // 2)]
    period = backwards.find(needle, 1)
    for _ in range(_MOST_TRIES):
        if period < 0:
            return None
        repeated = _common(reversed_codes, reversed_codes[period:])
        if (period <= repeated and period + repeated >= fifth) or repeated >= max(_SHORTEST_COPY, SHARE * n):
            # Of a piece that stands before at a distance only the second one is the loop.
            length = period + repeated if period <= repeated else repeated
            return Loop(n - length, n, period)
        period = backwards.find(needle, period + 1)
    return None


def _common(first: Codes, second: Codes) -> int:
    """How many characters two texts have in common at their beginning."""
    size, low = min(len(first), len(second)), 0
    step = 256
    while low < size:
        high = min(low + step, size)
        differ = first[low:high] != second[low:high]
        if differ.any():
            return low + int(differ.argmax())
        low, step = high, 2 * step
    return size


def _varied(codes: Codes) -> Loop | None:
    """A loop whose turns differ a little: nearly all of the last fifth stands before, piece by piece."""
    n = len(codes)
    if n < _FEWEST_VARIED:
        return None
    seen = codes[-_LONGEST_SEEN:].astype(np.uint64)
    n_grams = len(seen) - _GRAM + 1
    grams = np.zeros(n_grams, np.uint64)
    for first in range(_GRAM):
        grams = grams * np.uint64(0x9E3779B97F4A7C15) + seen[first : first + n_grams]
    _, first_place, number = np.unique(grams, return_index=True, return_inverse=True)
    again = first_place[number] < np.arange(n_grams)
    covered = np.zeros(len(seen) + 1, np.int64)
    covered[:n_grams] += again
    covered[_GRAM : _GRAM + n_grams] -= again
    inside = np.cumsum(covered[:-1]) > 0
    fifth = min(int(SHARE * n), len(seen) // 2)
    if inside[-fifth:].mean() < _VARIED:
        return None
    # It begins where the share that stands before first falls below, seen from the end.
    share = np.cumsum(inside[::-1]) / np.arange(1, len(seen) + 1)
    length = int(np.flatnonzero(share >= _VARIED)[-1]) + 1
    return Loop(n - length, n, 0)
