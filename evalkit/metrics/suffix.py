"""Measures how often words have the endings of the language, in English -ing, -ed and -tion: `suffix.ing` and others.

Strika (2019) counted these by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals, shared
from evalkit.language.profile import DEFAULT, Language
from evalkit.metrics.base import (
    WORDS,
    WORDS_CORRELATION,
    Direction,
    Family,
    Listed,
    Metric,
    Minimum,
    Proportion,
    at_least_words,
    every_word,
    n_words,
    per_10k,
    rate_of_words,
    ratio,
)

_STRICT_LETTERS = 5
"""Shorter words, such as king, have the ending by accident."""


def suffix_feature(language: Language) -> Feature:
    """Words with each ending of a profile, raw and strict; words that continue after its last ending, and words that have it anywhere."""
    endings, last = language.endings, language.endings[-1]
    columns = (*endings, *(f"{ending}_strict" for ending in endings), f"{last}_interior", f"{last}_any")

    def counted(words: Sequence[str]) -> Counts:
        counts = np.zeros((len(words), len(columns)), np.int64)
        for row, word in enumerate(words):
            if last in word:
                counts[row, -1] = 1
                counts[row, -2] = not word.endswith(last)
            for column, ending in enumerate(endings):
                if word.endswith(ending):
                    counts[row, column] = 1
                    counts[row, column + len(endings)] = len(word) >= _STRICT_LETTERS and word not in language.stems
        return counts

    latest: tuple[Sequence[str], Counts] = ((), counted(()))

    def count(words: Sequence[str], lexicon: Lexicon) -> Counts:
        # The explanation asks for the same words once a metric.
        nonlocal latest
        if latest[0] is not words:
            latest = words, counted(words)
        return latest[1]

    return Feature("suffixes", columns, "words", count)


def _rate(column: int) -> Callable[[Totals, Totals], Floats]:
    return lambda totals, reference: per_10k(totals["suffixes"][:, column], n_words(totals))


def _listed(language: Language, column: int, *, of: int | None = None, scale: float) -> Listed:
    """The words that one column counts, as a share of all words or of those of another column."""
    count = shared(suffix_feature, language).count

    def words_of(which: int) -> Callable[[Sequence[str], Lexicon], NDArray[np.bool_]]:
        return lambda words, lexicon: count(words, lexicon)[:, which] > 0

    return Listed(words_of(column), every_word if of is None else words_of(of), scale=scale)


def _metric(language: Language, ending: str, *, strict: bool) -> Metric:
    suffixes = shared(suffix_feature, language)
    name = f"{ending}_strict" if strict else ending
    stems = sorted(word for word in language.stems if word.endswith(ending))
    return Metric(
        id=f"suffix.{name}",
        family=Family.WORDS,
        label=f"words in -{ending}" + (", strict" if strict else ""),
        unit="per 10,000 words",
        direction=Direction.TARGET,
        bounds=(0.0, 10_000.0),
        version=1,
        summary=(
            f"How often a word of {_STRICT_LETTERS} letters or more has the suffix -{ending}"
            + (f"; words such as {stems[0]}, whose ending is part of the stem, do not count." if stems else ".")
            if strict
            else f"How often a word ends in -{ending}; too many is as wrong as too few."
        ),
        formula=f"10,000 x words that end in -{ending}" + (" (strict list)" if strict else "") + " / words",
        source="Strika 2019 counted them by hand",
        features=(suffixes, WORDS),
        score=_rate(suffixes.columns.index(name)),
        minimum=at_least_words(200),
        listed=_listed(language, suffixes.columns.index(name), scale=1e4),
        proportion=rate_of_words(lambda totals: totals["suffixes"][:, suffixes.columns.index(name)]),
        headline=not strict and ending in language.main_endings,
    )


def _interior(language: Language) -> Metric:
    ending = language.endings[-1]
    example = ", as actions and national do after -tion; a third in English prose" if language.code == DEFAULT else ""
    return Metric(
        id=f"suffix.{ending}_interior",
        family=Family.WORDS,
        label=f"-{ending} inside the word",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary=f"Of the words that contain -{ending}, the share that continue after it{example}.",
        formula=f"words with {ending} inside but not at the end / words with {ending}",
        source="Strika 2019 counted 3 of 40; a third of Lovecraft's words with -tion continue after it",
        features=(shared(suffix_feature, language), WORDS),
        score=lambda totals, reference: ratio(totals["suffixes"][:, -2], totals["suffixes"][:, -1]),
        listed=_listed(language, -2, of=-1, scale=1.0),
        proportion=Proportion(
            lambda totals: totals["suffixes"][:, -2], lambda totals: totals["suffixes"][:, -1], correlation=WORDS_CORRELATION
        ),
        minimum=Minimum(20, f"words with -{ending}", lambda totals: totals["suffixes"][:, -1]),
        headline=False,
    )


def for_language(language: Language) -> tuple[Metric, ...]:
    """The metrics over a language's endings."""
    return (
        *(_metric(language, ending, strict=False) for ending in language.endings),
        *(_metric(language, ending, strict=True) for ending in language.endings),
        _interior(language),
    )
