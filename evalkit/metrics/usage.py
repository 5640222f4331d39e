"""Single words and word classes that the article counted by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.metrics.base import Counts, Direction, Feature, Lexicon, Metric, per_10k, ratio
from evalkit.metrics.function import CLASSES, FUNCTION_WORDS
from evalkit.metrics.size import WORDS, at_least_words, n_words

TRACKED = ("the", "that", "than")
PERSONAL = frozenset(
    [
        *("i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ourselves"),
        *("you", "your", "yours", "yourself", "yourselves", "thou", "thee", "thy", "thine", "thyself", "ye"),
        *("he", "him", "his", "himself", "she", "her", "hers", "herself", "it", "its", "itself"),
        *("they", "them", "their", "theirs", "themselves"),
    ]
)
"""Personal, possessive and reflexive pronouns, by form: "her" and "his" count whether or not a noun follows."""
_PREPOSITION = CLASSES.index("preposition")


def _count(words: Sequence[str], lexicon: Lexicon) -> Counts:
    return np.array([[*(word == tracked for tracked in TRACKED), word in PERSONAL] for word in words], dtype=np.int64).reshape(
        -1, len(TRACKED) + 1
    )


USAGE = Feature("usage", (*TRACKED, "personal"), "words", _count)


def _rate(column: int) -> Metric:
    word = TRACKED[column]
    return Metric(
        id=f"word.{word}",
        label=f'the word "{word}"',
        unit="per 10,000 words",
        direction=Direction.TARGET,
        bounds=(0.0, 10_000.0),
        version=1,
        summary=f'How often the word "{word}" occurs; too often is as wrong as too seldom.',
        formula=f'10,000 x words that are "{word}" / words',
        source="Strika 2019 counted it by hand; METRICS.md",
        features=(USAGE, WORDS),
        score=lambda totals, reference: per_10k(totals["usage"][:, column], n_words(totals)),
        minimum=at_least_words(200),
        headline=False,
    )


METRICS = (
    *(_rate(column) for column in range(len(TRACKED))),
    Metric(
        id="pronoun.share",
        label="personal pronouns",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary="The share of words that are personal, possessive or reflexive pronouns; it tells first-person from third-person narration more than style, so do not gate on it.",
        formula="words in the list of 37 personal, possessive and reflexive pronouns / words",
        source="Strika 2019; METRICS.md: design effect above 50, since a whole story is told in one person",
        features=(USAGE, WORDS),
        score=lambda totals, reference: ratio(totals["usage"][:, -1], n_words(totals)),
        minimum=at_least_words(200),
        headline=False,
    ),
    Metric(
        id="preposition.share",
        label="prepositions",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary='The share of words that are prepositions by their form; the text is not tagged, so "up" and "to" count wherever they stand.',
        formula="words of the class preposition of the list fw-v1 / words",
        source="Strika 2019; METRICS.md",
        features=(FUNCTION_WORDS, WORDS),
        score=lambda totals, reference: ratio(totals["function_words"][:, _PREPOSITION], n_words(totals)),
        minimum=at_least_words(200),
        headline=False,
    ),
)
