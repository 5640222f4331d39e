"""Plants defects of form and of course in text: sentences out of order, lost capitals and marks, broken lines, text that drifts into noise."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

_SENTENCE_END = re.compile("(?<=[.!?])\\s+|(?<=[.!?][\u201c\u00ab\u00bb])\\s+")  # “ closes in German, as « and » do in either order
_CAPITAL = re.compile(r"[A-Z]|[^\W\d_a-z]")
_FIRST_LETTER = re.compile(r"(?<![^\W\d_])(?<!['\u2019])[^\W\d_]")
_MARK = re.compile(r"[^\w\s'\"\u2018-\u201f\u00ab\u00bb\u2039\u203a\u2029]")
_DOUBLE_QUOTE = re.compile('["\u201c\u201d\u201e\u00ab\u00bb]')
_PARAGRAPH_END = re.compile("[^\\S\n\u2029]*(?:\n\\s*\n|\u2029)\\s*")
_DRIFT_FROM = 0.5


def _some(pattern: re.Pattern[str], text: str, dose: float, rng: np.random.Generator, change: Callable[[str], str]) -> str:
    """The text with each match changed with probability `dose`."""
    return pattern.sub(lambda match: change(match[0]) if rng.random() < dose else match[0], text)


def shuffle_sentences(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """A share of the sentences change places among themselves.

    >>> shuffle_sentences("It rang. He ran. It fell.", 1.0, np.random.default_rng(1))
    'He ran. It rang. It fell.'
    """
    sentences: list[str] = _SENTENCE_END.split(text)
    places = np.flatnonzero(rng.random(len(sentences)) < dose)
    if len(places) < 2:
        return text
    order = rng.permutation(places)
    if (order == places).all():
        order = np.roll(places, 1)
    moved: dict[int, str] = dict(zip(places.tolist(), [sentences[i] for i in order], strict=True))
    return " ".join(moved.get(i, sentence) for i, sentence in enumerate(sentences))


def lose_capitals(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """A share of the capitals are small letters.

    >>> lose_capitals("He saw NASA.", 1.0, np.random.default_rng(0))
    'he saw nasa.'
    """
    return _some(_CAPITAL, text, dose, rng, str.lower)


def capitalise(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """A share of the words begin with a capital.

    >>> capitalise("the sailor's lamp", 1.0, np.random.default_rng(0))
    "The Sailor's Lamp"
    """
    return _some(_FIRST_LETTER, text, dose, rng, str.upper)


def lose_marks(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """A share of the punctuation marks are missing, quotation marks and apostrophes aside.

    >>> lose_marks('"Why," he said.', 1.0, np.random.default_rng(0))
    '"Why" he said'
    """
    return _some(_MARK, text, dose, rng, lambda mark: "")


def lose_quotes(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """A share of the double quotation marks are missing."""
    return _some(_DOUBLE_QUOTE, text, dose, rng, lambda mark: "")


def break_lines(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """A share of the spaces are line ends.

    >>> break_lines("the lamp", 1.0, np.random.default_rng(0)).splitlines()
    ['the', 'lamp']
    """
    return "".join("\n" if char == " " and rng.random() < dose else char for char in text)


def join_paragraphs(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """A share of the paragraphs run on after the one before."""
    return _some(_PARAGRAPH_END, text, dose, rng, lambda end: " ")


def drift(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """Letters of the second half are replaced by random ones, none at its beginning, and up to a share of `dose` at its end."""
    place = np.arange(len(text)) / max(len(text), 1)
    chance = dose * np.maximum(place - _DRIFT_FROM, 0) / (1 - _DRIFT_FROM)
    hit = rng.random(len(text)) < chance
    letters = rng.integers(26, size=len(text))
    return "".join(
        chr(ord("a") + letter) if is_hit and char.isalpha() else char
        for char, is_hit, letter in zip(text, hit, letters, strict=True)
    )
