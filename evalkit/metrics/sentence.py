"""Measures sentence lengths in words: `sentence.w1` and `sentence.mean`."""

from __future__ import annotations

import numpy as np

from evalkit.counts.feature import Floats, Totals
from evalkit.language.sentences import LONGEST
from evalkit.metrics.base import Direction, Family, Metric, Minimum, shares, training_feature
from evalkit.metrics.wordlen import over_or_under, wasserstein

# The reference's documents train the splitter, so that it knows their abbreviations.
SENTENCES = training_feature(
    "sentence_lengths", tuple(str(n) for n in range(1, LONGEST + 1)), lambda training, scan: training.sentence_lengths(scan)
)
_MINIMUM = Minimum(30, "whole sentences", lambda totals: totals["sentence_lengths"].sum(axis=1))
_BIN = 5
"""Lengths that are shown as one item."""
_SHOWN = 60
"""Longer sentences are shown as one item."""
_STARTS = tuple(range(0, _SHOWN, _BIN))
_ITEMS = (*(f"{start + 1}-{start + _BIN}" for start in _STARTS), f"{_SHOWN + 1}+")


def _binned(counts: Floats) -> Floats:
    """Lengths 1-5, 6-10 ... 56-60 and longer, [R x 13]."""
    return np.asarray(np.add.reduceat(counts, (*_STARTS, _SHOWN), axis=1))


def _parts(totals: Totals, reference: Totals) -> Floats:
    """Each bin's part of the Wasserstein-1 distance, [R x 13]; positive where the sample has too many such sentences.

    The absolute values sum to the distance, see `evalkit.metrics.wordlen.wasserstein_parts`.
    """
    sample, expected = shares(totals["sentence_lengths"]), shares(reference["sentence_lengths"])
    gaps = np.abs(np.cumsum(sample, axis=1) - np.cumsum(expected, axis=1))
    return _binned(gaps) * over_or_under(_binned(sample), _binned(expected))


def _mean(totals: Totals, reference: Totals) -> Floats:
    return shares(totals["sentence_lengths"]) @ np.arange(1.0, LONGEST + 1)


METRICS = (
    Metric(
        id="sentence.w1",
        family=Family.FORM,
        label="sentence-length distance",
        unit="words",
        direction=Direction.LOWER,
        bounds=(0.0, None),
        version=1,
        summary=(
            "By how many words sentences would have to change in length, on average, to be as long as in the reference; passages cut their "
            "longest sentences, so read it beside the floor."
        ),
        formula=(
            "W1 between the distributions of words a sentence; sentences are split by Punkt, trained on the reference; the first and the last of "
            "a passage are left out"
        ),
        source="Kiss and Strunk 2006, Unsupervised multilingual sentence boundary detection (nltk.tokenize.punkt)",
        features=(SENTENCES,),
        score=lambda totals, reference: wasserstein(totals["sentence_lengths"], reference["sentence_lengths"]),
        minimum=_MINIMUM,
        headline=False,
        items=_ITEMS,
        profile=lambda totals: shares(_binned(totals["sentence_lengths"])),
        contributions=_parts,
    ),
    Metric(
        id="sentence.mean",
        family=Family.FORM,
        label="mean sentence length",
        unit="words",
        direction=Direction.TARGET,
        bounds=(1.0, float(LONGEST)),
        version=1,
        summary="The mean number of words in a sentence; passages cut their longest sentences, so read it beside the floor.",
        formula="words in whole sentences / whole sentences",
        source="Yule 1939, On sentence-length as a statistical characteristic of style in prose",
        features=(SENTENCES,),
        score=_mean,
        minimum=_MINIMUM,
        headline=False,
    ),
)
