"""Plants defects in text by a known dose (`DEFECTS`), so that the power of a gate can be measured and stated in plain units."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.defects.form import (
    break_lines,
    capitalise,
    drift,
    join_paragraphs,
    lose_capitals,
    lose_marks,
    lose_quotes,
    shuffle_sentences,
)
from evalkit.defects.samples import (
    SampleChange,
    blank,
    copy,
    cut_off,
    fail,
    loop_half,
    nearly_copy,
    repeat_end,
    scramble,
)
from evalkit.errors import UsageError, one_of

_WORD = re.compile(r"\S+")
_LONG_WORD = re.compile(r"[^\W\d_]{2,}")
_ZERO_WIDTH_SPACE, _SOFT_HYPHEN = "\u200b", "\u00ad"


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
        apply: corrupts a text; None where passages are corrupted as a sample, or the generator is sampled at another temperature instead.
        corrupt: corrupts some passages of a sample, where that is the defect; the dose is their share.
        warmer: the change of the temperature per unit of dose, where that is the defect.
    """

    name: str
    plain: str
    doses: tuple[float, ...]
    shown: float
    apply: Change | None = None
    corrupt: SampleChange | None = None
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


def misspell_letters(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """Each letter, with probability `dose`, is left out, doubled, replaced by a letter of the text or swapped with the letter after it.

    >>> misspell_letters("the tower above the river", 0.1, np.random.default_rng(0))
    'tha tower abboev the rriver'
    """
    letters, pool = list(text), [char for char in text if char.isalpha()]
    for i in np.flatnonzero(rng.random(len(letters)) < dose).tolist():
        if not letters[i].isalpha():
            continue
        kind, other = int(rng.integers(4)), pool[int(rng.integers(len(pool)))]
        if kind == 3 and i + 1 < len(letters) and letters[i + 1].isalpha():
            letters[i], letters[i + 1] = letters[i + 1], letters[i]
        else:
            letters[i] = ("", letters[i] * 2, other, other)[kind]
    return "".join(letters)


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


def stray_words(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """A share of the words is replaced by other words of the same text."""
    words = _WORD.findall(text)
    return _WORD.sub(lambda match: words[int(rng.integers(len(words)))] if rng.random() < dose else match[0], text)


def loop(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """The last share of the text repeats the 40 characters before it over and over."""
    return repeat_end(text, dose)


def truncate(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    """The last share of the text is missing."""
    return text[: round(len(text) * (1 - dose))]


def zero_width_spaces(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    r"""A share of the spaces is followed by a zero-width space, as in text copied from web pages.

    >>> zero_width_spaces("a b", 1.0, np.random.default_rng(0))
    'a \u200bb'
    """
    return "".join(c + _ZERO_WIDTH_SPACE if c == " " and rng.random() < dose else c for c in text)


def soft_hyphens(text: str, dose: float, rng: np.random.Generator, noise: Sequence[str] = ()) -> str:
    r"""A share of the words of two letters or more has a soft hyphen at a random place inside.

    >>> soft_hyphens("to a", 1.0, np.random.default_rng(0))
    't\xado a'
    """

    def change(match: re.Match[str]) -> str:
        word = match[0]
        if rng.random() >= dose:
            return word
        i = int(rng.integers(1, len(word)))
        return word[:i] + _SOFT_HYPHEN + word[i:]

    return _LONG_WORD.sub(change, text)


_SLIPS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
_FEW, _SOME = (0.05, 0.1, 0.15), (0.05, 0.1, 0.2, 0.4)
_LOST = (0.05, 0.1, 0.2, 0.5, 1.0)
_SPARSE = (0.01, 0.02, 0.05, 0.2, 1.0)
DEFECTS = (
    Defect("temperature", "a temperature slip of {:.2f}", _SLIPS, 0.1, warmer=-1.0),
    Defect("higher temperature", "a temperature too high by {:.2f}", _SLIPS, 0.1, warmer=1.0),
    Defect("swapped letters", "{:.1%} of letters swapped with the next", (0.0025, 0.005, 0.01, 0.02, 0.04), 0.01, swap_letters),
    Defect("misspelt words", "{:.1%} of words misspelt", (0.01, 0.02, 0.04, 0.08, 0.16), 0.04, misspell),
    Defect("misspelt letters", "{:.1%} of letters misspelt", (0.0025, 0.005, 0.01, 0.02, 0.04), 0.005, misspell_letters),
    Defect("unigram words", "{:.1%} of words replaced by unigram words", (0.005, 0.01, 0.02, 0.05, 0.1), 0.05, unigram_words),
    Defect(
        "stray words", "{:.1%} of words replaced by other words of the passage", (0.01, 0.025, 0.05, 0.1, 0.2), 0.025, stray_words
    ),
    Defect("shuffled words", "{:.1%} of words shuffled", (0.05, 0.1, 0.2, 0.4, 0.8), 0.2, shuffle_words),
    Defect("shuffled sentences", "{:.1%} of sentences shuffled", (0.2, 0.4, 0.6, 0.8, 1.0), 1.0, shuffle_sentences),
    Defect("lost capitals", "{:.1%} of capitals lost", _LOST, 0.2, lose_capitals),
    Defect("capitalised words", "{:.1%} of words with a capital", _SPARSE, 0.05, capitalise),
    Defect("lost punctuation", "{:.1%} of punctuation marks lost", _LOST, 0.2, lose_marks),
    Defect("lost quotation marks", "{:.1%} of double quotation marks lost", _LOST, 1.0, lose_quotes),
    Defect("broken lines", "{:.1%} of spaces are line ends", _SPARSE, 0.05, break_lines),
    Defect("joined paragraphs", "{:.1%} of paragraphs run on", _LOST, 1.0, join_paragraphs),
    Defect("drifting text", "up to {:.1%} of letters wrong at the end of passages", (0.02, 0.05, 0.1, 0.2, 0.4), 0.1, drift),
    Defect("looped text", "the last {:.1%} of each passage a loop", (0.025, 0.05, 0.1, 0.2, 0.4), 0.1, loop),
    Defect("truncation", "the last {:.1%} of each passage missing", (0.05, 0.1, 0.2, 0.4), 0.1, truncate),
    Defect("blank passages", "{:.1%} of passages blank", _FEW, 0.1, corrupt=blank),
    Defect("error texts", "{:.1%} of passages an error message", _FEW, 0.1, corrupt=fail),
    Defect("copies", "{:.1%} of passages copies of another", _SOME, 0.1, corrupt=copy),
    Defect("near copies", "{:.1%} of passages copies of another but for 1 word in 20", _SOME, 0.1, corrupt=nearly_copy),
    Defect("cut ends", "{:.1%} of passages cut off inside a word", _SOME, 0.1, corrupt=cut_off),
    Defect("looped halves", "{:.1%} of passages with a second half that loops", _SOME, 0.1, corrupt=loop_half),
    Defect("noise passages", "{:.1%} of passages noise", (0.01, 0.02, 0.05, 0.1), 0.02, corrupt=scramble),
    Defect("zero-width spaces", "a zero-width space after {:.1%} of spaces", _SPARSE, 0.05, zero_width_spaces),
    Defect("soft hyphens", "a soft hyphen inside {:.1%} of words", _SPARSE, 0.05, soft_hyphens),
)
"""All defects, in the order of the card."""


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
