"""Measures how often single words, pronouns and prepositions occur: `word.the` and others, `pronoun.share`, `preposition.share`.

Strika (2019) counted these by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts, Feature, Lexicon, shared
from evalkit.language.profile import CLASSES, Language
from evalkit.metrics.base import (
    WORDS,
    Direction,
    Family,
    Listed,
    Metric,
    at_least_words,
    every_word,
    n_words,
    per_10k,
    rate_of_words,
    ratio,
)
from evalkit.metrics.function import FUNCTION_WORDS

_PREPOSITION = CLASSES.index("preposition")


def usage_feature(language: Language) -> Feature:
    """Occurrences of each word that the profile names, and of its personal pronouns."""
    tracked, personal = language.words, language.personal

    def count(words: Sequence[str], lexicon: Lexicon) -> Counts:
        rows = [[*(word == tracked_word for tracked_word in tracked), word in personal] for word in words]
        return np.array(rows, dtype=np.int64).reshape(-1, len(tracked) + 1)

    return Feature("usage", (*tracked, "personal"), "words", count)


def _rate(word: str, column: int, usage: Feature) -> Metric:
    return Metric(
        id=f"word.{word}",
        family=Family.WORDS,
        label=f'the word "{word}"',
        unit="per 10,000 words",
        direction=Direction.TARGET,
        bounds=(0.0, 10_000.0),
        version=1,
        summary=f'How often the word "{word}" occurs; too often is as wrong as too seldom.',
        formula=f'10,000 x words that are "{word}" / words',
        source="Strika 2019 counted it by hand",
        features=(usage, WORDS),
        score=lambda totals, reference: per_10k(totals["usage"][:, column], n_words(totals)),
        minimum=at_least_words(200),
        headline=False,
        proportion=rate_of_words(lambda totals: totals["usage"][:, column]),
    )


def _prepositions(words: Sequence[str], lexicon: Lexicon) -> NDArray[np.bool_]:
    return np.array([lexicon.function_words.get(word) == "preposition" for word in words], dtype=bool)


def for_language(language: Language) -> tuple[Metric, ...]:
    """The metrics over a language's own words."""
    usage = shared(usage_feature, language)
    return (
        *(_rate(word, column, usage) for column, word in enumerate(language.words)),
        Metric(
            id="pronoun.share",
            family=Family.WORDS,
            label="personal pronouns",
            unit="share",
            direction=Direction.TARGET,
            bounds=(0.0, 1.0),
            version=1,
            summary=(
                "The share of words that are personal, possessive or reflexive pronouns; it shows first-person or third-person narration more than "
                "style, so do not gate on it."
            ),
            formula=f"words in the list of {len(language.personal)} personal, possessive and reflexive pronouns / words",
            source="Strika 2019; design effect above 50 in Lovecraft, since a whole story is told in one person",
            features=(usage, WORDS),
            score=lambda totals, reference: ratio(totals["usage"][:, -1], n_words(totals)),
            minimum=at_least_words(200),
            headline=False,
            listed=Listed(lambda words, lexicon: np.array([word in language.personal for word in words], dtype=bool), every_word),
        ),
        Metric(
            id="preposition.share",
            family=Family.WORDS,
            label="prepositions",
            unit="share",
            direction=Direction.TARGET,
            bounds=(0.0, 1.0),
            version=1,
            summary='The share of words that are prepositions by their form; the text is not tagged, so "up" and "to" count in every use.',
            formula=f"words of the class preposition of the list {language.lists[0][0]} / words",
            source="Strika 2019 counted them together with pronouns",
            features=(FUNCTION_WORDS, WORDS),
            score=lambda totals, reference: ratio(totals["function_words"][:, _PREPOSITION], n_words(totals)),
            minimum=at_least_words(200),
            headline=False,
            listed=Listed(_prepositions, every_word),
        ),
    )
