"""Measures function words, whose rates writers do not choose consciously: `function.share` and `function.profile`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals
from evalkit.language.profile import CLASSES, DEFAULT, Language
from evalkit.metrics.base import WORDS, Direction, Family, Listed, Metric, at_least_words, divergence_of, every_word, n_words, ratio


def _count(words: Sequence[str], lexicon: Lexicon) -> Counts:
    counts = np.zeros((len(words), len(CLASSES)), np.int64)
    for row, word in enumerate(words):
        class_ = lexicon.function_words.get(word)
        if class_ is not None:
            counts[row, CLASSES.index(class_)] = 1
    return counts


FUNCTION_WORDS = Feature("function_words", CLASSES, "words", _count)


def _with_rest(totals: Totals) -> Floats:
    """Counts of each class and of all other words, [R x 7]."""
    classes = totals["function_words"]
    return np.column_stack([classes, n_words(totals) - classes.sum(axis=1)])


def listed_words(words: Sequence[str], lexicon: Lexicon) -> NDArray[np.bool_]:
    """Whether each word is a function word, [n]."""
    return np.array([word in lexicon.function_words for word in words], dtype=bool)


def _examples(language: Language) -> str:
    """Some function words, to end a parenthesis, and how many there are in English."""
    if language.code == DEFAULT:
        return "the, of, she, would ...); about half of English prose"
    first: dict[str, str] = {}
    for word, class_ in language.function_words:
        first.setdefault(class_, word)
    return f"{', '.join(first.values())} ...)"


def for_language(language: Language) -> tuple[Metric, ...]:
    """The metrics over a language's function words."""
    name = language.lists[0][0]
    return (
        Metric(
            id="function.share",
            family=Family.WORDS,
            label="function words",
            unit="share",
            direction=Direction.TARGET,
            bounds=(0.0, 1.0),
            version=1,
            summary=f"The share of words that belong to the closed classes ({_examples(language)}.",
            formula=f"words in the list {name} / words",
            source=f"Mosteller and Wallace 1964; list {name}",
            features=(FUNCTION_WORDS, WORDS),
            score=lambda totals, reference: ratio(totals["function_words"].sum(axis=1), n_words(totals)),
            minimum=at_least_words(50),
            listed=Listed(listed_words, every_word),
        ),
        Metric(
            id="function.profile",
            family=Family.WORDS,
            label="function-word profile",
            unit="bits",
            direction=Direction.LOWER,
            bounds=(0.0, 1.0),
            version=1,
            summary="How far the shares of pronouns, determiners, prepositions, conjunctions, auxiliaries, particles and all other words are from the reference.",
            formula=f"JSD over the six classes of {name} and the rest",
            source="Mosteller and Wallace 1964, Inference and disputed authorship",
            features=(FUNCTION_WORDS, WORDS),
            minimum=at_least_words(200),
            headline=False,
            items=(*CLASSES, "other words"),
            **divergence_of(_with_rest),
        ),
    )
