"""Corrupts some passages of a sample, as generators and the programs around them do: blank, failed, copied, cut off, looping, noise."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

_WORD = re.compile(r"\S+")
_INSIDE_WORD = re.compile(r"(?<=[^\W\d_])(?=[^\W\d_])")
NEAR_COPY_CHANGES = 0.05
"""Share of the words of a near copy that are not the original's."""
ERROR_TEXTS = (
    "Error: the request timed out after 60 seconds.",
    '{"error": {"code": 500, "message": "Internal server error"}}',
    "Traceback (most recent call last):",
    "I'm sorry, but I can't help with that.",
    "null",
)

SampleChange = Callable[[Sequence[str], float, np.random.Generator], list[str]]
"""(passages of one sample, dose, rng) -> as many passages."""


def n_hit(n: int, dose: float) -> int:
    """How many of n passages a dose corrupts: the nearest whole number, a half rounded up, and at least one for a dose above 0.

    >>> [n_hit(40, dose) for dose in (0.0, 0.001, 0.05, 0.0625, 1.0)]
    [0, 1, 2, 3, 40]
    """
    return 0 if dose <= 0 else min(n, max(1, int(np.floor(n * dose + 0.5))))


def _hit(n: int, dose: float, rng: np.random.Generator) -> list[int]:
    """Which passages are corrupted, ascending."""
    return sorted(rng.choice(n, n_hit(n, dose), replace=False).tolist()) if n else []


def blank(texts: Sequence[str], dose: float, rng: np.random.Generator) -> list[str]:
    """A share of the passages is empty.

    >>> blank(["a", "b", "c", "d"], 0.25, np.random.default_rng(0))
    ['a', 'b', 'c', '']
    """
    changed = list(texts)
    for i in _hit(len(texts), dose, rng):
        changed[i] = ""
    return changed


def fail(texts: Sequence[str], dose: float, rng: np.random.Generator) -> list[str]:
    """A share of the passages is the message of an error, or a refusal, in place of text."""
    changed = list(texts)
    for i in _hit(len(texts), dose, rng):
        changed[i] = ERROR_TEXTS[int(rng.integers(len(ERROR_TEXTS)))]
    return changed


def copy(texts: Sequence[str], dose: float, rng: np.random.Generator) -> list[str]:
    """A share of the passages is each a copy of another passage of the sample, which stays as it is; one passage at least is left."""
    changed = list(texts)
    for i, original in _pairs(len(texts), dose, rng):
        changed[i] = texts[original]
    return changed


def nearly_copy(texts: Sequence[str], dose: float, rng: np.random.Generator) -> list[str]:
    """As `copy`, but one word in twenty, and at least one, is a word of the passage that the copy replaces."""
    changed = list(texts)
    for i, original in _pairs(len(texts), dose, rng):
        changed[i] = _with_words_of(texts[original], texts[i], rng)
    return changed


def _pairs(n: int, dose: float, rng: np.random.Generator) -> list[tuple[int, int]]:
    """The passages that become copies, and the passage that each is a copy of."""
    hit = _hit(n, dose, rng)[: max(n - 1, 0)]
    left = sorted(set(range(n)) - set(hit))
    return [(i, left[int(rng.integers(len(left)))]) for i in hit]


def _with_words_of(text: str, other: str, rng: np.random.Generator) -> str:
    places, words = list(_WORD.finditer(text)), other.split()
    if not places or not words:
        return text
    chosen = rng.choice(len(places), n_hit(len(places), NEAR_COPY_CHANGES), replace=False)
    for place in sorted(chosen.tolist(), reverse=True):  # from the end, so that the places before keep theirs
        start, end = places[place].span()
        text = text[:start] + words[int(rng.integers(len(words)))] + text[end:]
    return text


def cut_off(texts: Sequence[str], dose: float, rng: np.random.Generator) -> list[str]:
    """A share of the passages ends inside a word, at a random place of its second half; one without a place inside a word stays whole."""
    changed = list(texts)
    for i in _hit(len(texts), dose, rng):
        places = [match.start() for match in _INSIDE_WORD.finditer(texts[i], len(texts[i]) // 2)]
        if places:
            changed[i] = texts[i][: places[int(rng.integers(len(places)))]]
    return changed


def loop_half(texts: Sequence[str], dose: float, rng: np.random.Generator) -> list[str]:
    """A share of the passages repeats, in its second half, the 40 characters before it over and over."""
    changed = list(texts)
    for i in _hit(len(texts), dose, rng):
        changed[i] = repeat_end(texts[i], 0.5)
    return changed


def scramble(texts: Sequence[str], dose: float, rng: np.random.Generator) -> list[str]:
    """A share of the passages is noise: their own characters in random order."""
    changed = list(texts)
    for i in _hit(len(texts), dose, rng):
        changed[i] = "".join(rng.permutation(list(texts[i])).tolist())
    return changed


def repeat_end(text: str, share: float) -> str:
    """The text, the last share of which repeats the 40 characters before it.

    >>> repeat_end("abcdefgh", 0.5)
    'abcdabcd'
    """
    keep = round(len(text) * (1 - share))
    tail = text[max(0, keep - 40) : keep] or text[:40]
    return (text[:keep] + tail * (len(text) // max(len(tail), 1) + 1))[: len(text)]
