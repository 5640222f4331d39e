"""Plants defects in text by a known dose (`DEFECTS`), so that the power of a gate can be measured and stated in plain units."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.errors import UsageError, one_of

_WORD = re.compile(r"\S+")


Change = Callable[[str, float, np.random.Generator, Sequence[str]], str]
"""(text, dose, rng, words of unigram noise) -> text."""


@dataclass(frozen=True)
class Defect:
    """A way to corrupt text.

    Args:
        name: short, for options and tables.
        plain: a dose in plain units, with `{}` for its number.
        doses: that are tried, rising; shares unless `plain` says otherwise.
        shown: the dose at which sensitivity cards give detection rates, one of `doses`.
        apply: corrupts a text; None where the generator is sampled at another temperature instead.
        warmer: the change of the temperature per unit of dose, where that is the defect.
    """

    name: str
    plain: str
    doses: tuple[float, ...]
    shown: float
    apply: Change | None = None
    warmer: float = 0.0


def swap_letters(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """Each letter changes places with the letter after it with probability `dose`; a letter moves once.

    >>> swap_letters("the tower", 1.0, np.random.default_rng(0))
    'hte otewr'
    """
    letters = list(text)
    chance = rng.random(len(letters))
    i = 0
    while i < len(letters) - 1:
        if chance[i] < dose and letters[i].isalpha() and letters[i + 1].isalpha():
            letters[i], letters[i + 1] = letters[i + 1], letters[i]
            i += 1
        i += 1
    return "".join(letters)


def misspell(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """A share of the words has one letter replaced by a random one."""

    def change(match: re.Match[str]) -> str:
        word = match[0]
        if rng.random() >= dose:
            return word
        i = int(rng.integers(len(word)))
        return word[:i] + chr(ord("a") + int(rng.integers(26))) + word[i + 1 :]

    return _WORD.sub(change, text)


def unigram_words(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str]) -> str:
    """A share of the words is replaced by words of unigram noise."""
    return _WORD.sub(lambda match: noise[int(rng.integers(len(noise)))] if rng.random() < dose else match[0], text)


def shuffle_words(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """A share of the words change places among themselves."""
    words = text.split(" ")
    places = np.flatnonzero(rng.random(len(words)) < dose)
    for place, word in zip(places.tolist(), [words[i] for i in rng.permutation(places)], strict=True):
        words[place] = word
    return " ".join(words)


def loop(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """The last share of the text repeats the 40 characters before it over and over."""
    keep = round(len(text) * (1 - dose))
    tail = text[max(0, keep - 40) : keep] or text[:40]
    return (text[:keep] + tail * (len(text) // max(len(tail), 1) + 1))[: len(text)]


def truncate(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """The last share of the text is missing."""
    return text[: round(len(text) * (1 - dose))]


_SLIPS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
DEFECTS = (
    Defect("temperature", "a temperature slip of {:.2f}", _SLIPS, 0.1, warmer=-1.0),
    Defect("higher temperature", "a temperature too high by {:.2f}", _SLIPS, 0.1, warmer=1.0),
    Defect("swapped letters", "{:.1%} of letters swapped with the next", (0.0025, 0.005, 0.01, 0.02, 0.04), 0.01, swap_letters),
    Defect("misspelt words", "{:.1%} of words misspelt", (0.01, 0.02, 0.04, 0.08, 0.16), 0.04, misspell),
    Defect("unigram words", "{:.1%} of words replaced by unigram words", (0.005, 0.01, 0.02, 0.05, 0.1), 0.05, unigram_words),
    Defect("shuffled words", "{:.1%} of words shuffled", (0.05, 0.1, 0.2, 0.4, 0.8), 0.2, shuffle_words),
    Defect("looped text", "the last {:.1%} of each passage a loop", (0.025, 0.05, 0.1, 0.2, 0.4), 0.1, loop),
    Defect("truncation", "the last {:.1%} of each passage missing", (0.05, 0.1, 0.2, 0.4), 0.1, truncate),
)


def defects_named(names: Sequence[str]) -> tuple[Defect, ...]:
    """The defects of these names; all of them where no name is given.

    Raises:
        UsageError: for a name that no defect has.
    """
    by_name = {defect.name: defect for defect in DEFECTS}
    for name in names:
        if name not in by_name:
            raise UsageError(f'There is no defect "{name}".', remedy=one_of(name, by_name))
    return tuple(by_name[name] for name in dict.fromkeys(names)) or DEFECTS
