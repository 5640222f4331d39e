"""Suffixes: the endings whose appearance the article watched, -ing, -ed and -tion."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from evalkit.metrics.base import Counts, Direction, Feature, Floats, Lexicon, Metric, Minimum, Totals, per_10k, ratio
from evalkit.metrics.size import WORDS, at_least_words, n_words

ENDINGS = ("ing", "ed", "tion")
_STRICT_LETTERS = 5
_NOT_SUFFIXED = frozenset(
    "thing something nothing anything everything during morning evening being spring string bring swing sting cling fling sling wring "
    "ceiling sibling darling herring pudding wedding lightning "
    "hundred kindred sacred naked wicked wretched rugged ragged jagged crooked indeed exceed proceed succeed embed speed breed bleed greed "
    "creed steed tweed shred "
    "station nation ration motion lotion notion potion portion option caption mention question".split()
)
"""Words of five letters or more whose ending is part of the stem, or whose count says nothing about word formation."""
_CATEGORIES = (*ENDINGS, *(f"{ending}_strict" for ending in ENDINGS), "tion_interior", "tion_any")


def _count(words: Sequence[str], lexicon: Lexicon) -> Counts:
    counts = np.zeros((len(words), len(_CATEGORIES)), np.int64)
    for row, word in enumerate(words):
        if "tion" in word:
            counts[row, -1] = 1
            counts[row, -2] = not word.endswith("tion")
        for column, ending in enumerate(ENDINGS):
            if word.endswith(ending):
                counts[row, column] = 1
                counts[row, column + len(ENDINGS)] = len(word) >= _STRICT_LETTERS and word not in _NOT_SUFFIXED
    return counts


SUFFIXES = Feature("suffixes", _CATEGORIES, "words", _count)


def _rate(column: int) -> Callable[[Totals, Totals], Floats]:
    return lambda totals, reference: per_10k(totals["suffixes"][:, column], n_words(totals))


def _metric(ending: str, *, strict: bool) -> Metric:
    column = _CATEGORIES.index(f"{ending}_strict" if strict else ending)
    return Metric(
        id=f"suffix.{_CATEGORIES[column]}",
        label=f"words in -{ending}" + (", strict" if strict else ""),
        unit="per 10,000 words",
        direction=Direction.TARGET,
        bounds=(0.0, 10_000.0),
        version=1,
        summary=(
            f"How often a word of {_STRICT_LETTERS} letters or more is formed with -{ending}; words such as "
            f"{'thing' if ending == 'ing' else 'hundred' if ending == 'ed' else 'nation'} do not count."
            if strict
            else f"How often a word ends in -{ending}; too many is as wrong as too few."
        ),
        formula=f"10,000 x words that end in -{ending}" + (" (strict list)" if strict else "") + " / words",
        source="Strika 2019 counted them by hand; METRICS.md",
        features=(SUFFIXES, WORDS),
        score=_rate(column),
        minimum=at_least_words(200),
        headline=not strict,
    )


_INTERIOR = Metric(
    id="suffix.tion_interior",
    label="-tion inside the word",
    unit="share",
    direction=Direction.TARGET,
    bounds=(0.0, 1.0),
    version=1,
    summary="Of the words that contain -tion, the share that go on after it (actions, national); a third in real prose.",
    formula="words with tion inside but not at the end / words with tion",
    source="METRICS.md",
    features=(SUFFIXES, WORDS),
    score=lambda totals, reference: ratio(totals["suffixes"][:, -2], totals["suffixes"][:, -1]),
    minimum=Minimum(20, "words with -tion", lambda totals: totals["suffixes"][:, -1]),
    headline=False,
)

METRICS = (
    *(_metric(ending, strict=False) for ending in ENDINGS),
    *(_metric(ending, strict=True) for ending in ENDINGS),
    _INTERIOR,
)
