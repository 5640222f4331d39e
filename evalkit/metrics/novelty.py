"""Novelty: how much of the text stands word for word in the training text. Two-sided: a memoriser has too little, noise too much."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals
from evalkit.counts.matrix import Scan
from evalkit.matching.match_lengths import MOST_CHARS, MOST_WORDS, columns, share_without
from evalkit.metrics.base import Direction, Metric, Minimum


def _chars(scan: Scan, lexicon: Lexicon) -> Counts:
    if lexicon.training is None:
        return np.zeros((len(scan), 2 * MOST_CHARS), np.int64)
    return lexicon.training.char_matches(scan)


def _words(scan: Scan, lexicon: Lexicon) -> Counts:
    if lexicon.training is None:
        return np.zeros((len(scan), 2 * MOST_WORDS), np.int64)
    return lexicon.training.word_matches(scan)


CHAR_MATCHES = Feature("char_matches", columns(MOST_CHARS), "scan", _chars, knows_reference=True)
WORD_MATCHES = Feature("word_matches", columns(MOST_WORDS), "scan", _words, knows_reference=True)


def _windows(feature: str, most: int, n: int) -> Callable[[Totals], Floats]:
    return lambda totals: totals[feature][:, most + n - 1 :].sum(axis=1)


def _metric(feature: Feature, what: str, n: int, *, at_least: int, human: str, headline: bool) -> Metric:
    most = len(feature.columns) // 2
    return Metric(
        id=f"novelty.{what}_{n}",
        label=f"{n}-{'character' if what == 'chars' else 'word'} spans not copied",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary=(
            f"The share of stretches of {n} {'characters' if what == 'chars' else 'words'} that stand nowhere in the training text; "
            f"below the target the model copies, above it nothing of the author is left."
        ),
        formula=(
            f"positions i >= {n} with L(i) < {n} / positions i >= {n}, L(i) the length of the longest substring ending at i that occurs in the "
            f"training text; each training document is held against the others ({human} of Lovecraft's stories is new so)"
        ),
        source="McCoy et al. 2021, How much do language models copy from their training data? (RAVEN)",
        features=(feature,),
        score=lambda totals, reference: share_without(totals[feature.name], n),
        minimum=Minimum(
            at_least, f"stretches of {n} {'characters' if what == 'chars' else 'words'}", _windows(feature.name, most, n)
        ),
        headline=headline,
    )


METRICS = (
    _metric(CHAR_MATCHES, "chars", 20, at_least=500, human="98.8 %", headline=True),
    _metric(CHAR_MATCHES, "chars", 30, at_least=500, human="99.9 %", headline=False),
    _metric(WORD_MATCHES, "words", 3, at_least=100, human="80.5 %", headline=True),
    _metric(WORD_MATCHES, "words", 4, at_least=100, human="96.2 %", headline=False),
)
