"""Compares the last quarter of passages with the first: `course.repeats` and `course.bits`.

Text that begins well and ends in a loop, or drifts into noise, has the same counts as text that is a little worse everywhere; where in the
passage they stand tells the two apart.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals
from evalkit.counts.matrix import Scan
from evalkit.counts.recurrence import REACH, repeats, words_before
from evalkit.metrics.base import Direction, Family, Metric, Minimum, ratio, training_feature

N_PARTS = 4
_QUARTERS = ("first", "second", "third", "last")


def _repeats(scan: Scan, lexicon: Lexicon) -> Counts:
    """Repeated words and words in each quarter of the words that have enough before them, [n_passages x 8]."""
    repeated, enough = repeats(scan)
    sizes = np.diff(scan.word_starts)
    passage = np.repeat(np.arange(len(scan)), sizes)[enough]
    # Quarters of what can repeat something, so that all four have words in short passages too.
    place, size = words_before(scan)[enough] - REACH, sizes[passage] - REACH
    column = 2 * (place * N_PARTS // size) + 2 * N_PARTS * passage
    counts = np.bincount(column + 1, minlength=2 * N_PARTS * len(scan))
    counts += np.bincount(column[repeated[enough]], minlength=len(counts))
    return counts.reshape(len(scan), 2 * N_PARTS).astype(np.int64)


REPEATS = Feature(
    "course_repeats", tuple(f"{kind}, {part} quarter" for part in _QUARTERS for kind in ("repeated", "all")), "scan", _repeats
)
# Counts are whole numbers, so bits are counted in thousandths.
BITS = training_feature(
    "course_bits",
    tuple(f"{kind}, {part} quarter" for part in _QUARTERS for kind in ("thousandths of a bit", "characters")),
    lambda training, scan: training.bit_counts(scan, n_parts=N_PARTS),
    sampled=True,
)


def course(feature: Feature, totals: Totals) -> Floats:
    """The ratio of a feature's pairs of columns in each quarter, [R x 4]."""
    counts = totals[feature.name]
    return ratio(counts[:, ::2], counts[:, 1::2])


def _rise(feature: Feature, scale: float) -> Callable[[Totals, Totals], Floats]:
    def score(totals: Totals, reference: Totals) -> Floats:
        quarters = course(feature, totals)
        return np.asarray(scale * (quarters[:, -1] - quarters[:, 0]))

    return score


def _least(feature: Feature, n: int, what: str) -> Minimum:
    """At least so many of the units in the first and in the last quarter."""
    return Minimum(n, what, lambda totals: np.minimum(totals[feature.name][:, 1], totals[feature.name][:, -1]))


METRICS = (
    Metric(
        id="course.repeats",
        family=Family.VARIETY,
        label="rise of repetition within passages",
        unit="share",
        direction=Direction.TARGET,
        bounds=(-1.0, 1.0),
        version=1,
        summary=(
            f"How much more often a word repeats one of the {REACH} before it in the last quarter of passages than in the first; loops at the end "
            "raise it, passages that begin with a loop lower it."
        ),
        formula=(
            f"share of words that stood among the {REACH} words before, in the last quarter of passages less that in the first; quarters of "
            f"the words that have {REACH} before them"
        ),
        source="Holtzman et al. 2020, The curious case of neural text degeneration, by place; defined for evalkit",
        features=(REPEATS,),
        score=_rise(REPEATS, 1.0),
        minimum=_least(REPEATS, 100, f"words in the first and in the last quarter, of those with {REACH} words before them"),
        headline=False,
    ),
    Metric(
        id="course.bits",
        family=Family.VARIETY,
        label="rise of bits per character within passages",
        unit="bits per character",
        direction=Direction.TARGET,
        bounds=(None, None),
        version=1,
        summary=(
            "How many more bits a character takes under the reference's model in the last quarter of passages than in the first; text that "
            "drifts into noise raises it, text that ends in a loop or a quotation lowers it."
        ),
        formula="judge.bits of the last quarter of passages less that of the first, by characters",
        source="MacKay and Peto 1995, A hierarchical Dirichlet language model, by place; defined for evalkit",
        features=(BITS,),
        score=_rise(BITS, 1e-3),
        minimum=_least(BITS, 200, "characters in the first and in the last quarter"),
        headline=False,
    ),
)
