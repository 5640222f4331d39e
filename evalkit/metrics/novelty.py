"""Measures novelty, the share of spans that do not occur in the training text: `novelty.chars_20`, `novelty.words_3` and others.

It is two-sided: a model that memorises has too little, noise too much.
"""

from __future__ import annotations

from collections.abc import Callable

from evalkit.counts.feature import Feature, Floats, Totals
from evalkit.matching.match_lengths import MOST_CHARS, MOST_WORDS, columns, share_without
from evalkit.metrics.base import Direction, Family, Metric, Minimum, Side, training_feature

CHAR_MATCHES = training_feature("char_matches", columns(MOST_CHARS), lambda training, scan: training.char_matches(scan))
WORD_MATCHES = training_feature("word_matches", columns(MOST_WORDS), lambda training, scan: training.word_matches(scan))


def n_spans(feature: Feature, n: int) -> Callable[[Totals], Floats]:
    """A function that gives the number of spans of n symbols in each replicate, [R]."""
    # The second half of the columns counts positions by the symbols from there to the passage's end: n or more make a span of n.
    first = len(feature.columns) // 2 + n - 1
    return lambda totals: totals[feature.name][:, first:].sum(axis=1)


def _metric(feature: Feature, what: str, n: int, *, at_least: int, human: str, headline: bool) -> Metric:
    symbol = "character" if what == "chars" else "word"
    spaces = "white space of any kind counts as a space; " if what == "chars" else ""
    return Metric(
        id=f"novelty.{what}_{n}",
        family=Family.ORIGINALITY,
        counts=Side.LESS,
        label=f"{n}-{symbol} spans not copied",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary=(
            f"The share of spans of {n} {symbol}s that do not occur in the training text; below the target the model copies, above it little "
            "of the author is left."
        ),
        formula=(
            f"positions i >= {n} with L(i) < {n} / positions i >= {n}, L(i) the length of the longest substring ending at i that occurs in the "
            f"training text; {spaces}each training document is compared with the others ({human} of the spans of Lovecraft's stories are new by "
            "that)"
        ),
        source="McCoy et al. 2021, How much do language models copy from their training data? (RAVEN)",
        features=(feature,),
        score=lambda totals, reference: share_without(totals[feature.name], n),
        minimum=Minimum(at_least, f"spans of {n} {symbol}s", n_spans(feature, n)),
        headline=headline,
    )


METRICS = (
    _metric(CHAR_MATCHES, "chars", 20, at_least=500, human="98.8 %", headline=True),
    _metric(CHAR_MATCHES, "chars", 30, at_least=500, human="99.9 %", headline=False),
    _metric(WORD_MATCHES, "words", 3, at_least=100, human="80.5 %", headline=True),
    _metric(WORD_MATCHES, "words", 4, at_least=100, human="96.2 %", headline=False),
)
