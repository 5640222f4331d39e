"""Sentence lengths in words."""

from __future__ import annotations

import numpy as np

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals
from evalkit.counts.matrix import Scan
from evalkit.language.sentences import LONGEST
from evalkit.metrics.base import Direction, Metric, Minimum, shares
from evalkit.metrics.wordlen import over_or_under, wasserstein


def _count(scan: Scan, lexicon: Lexicon) -> Counts:
    if lexicon.training is None:
        return np.zeros((len(scan), LONGEST), np.int64)
    return lexicon.training.sentence_lengths(scan)


_BIN, _SHOWN = 5, 60
"""Words of a sentence that are shown as one item, and from where on all are."""
SENTENCES = Feature("sentence_lengths", tuple(str(n) for n in range(1, LONGEST + 1)), "scan", _count, knows_reference=True)
_MINIMUM = Minimum(30, "whole sentences", lambda totals: totals["sentence_lengths"].sum(axis=1))


_STARTS = tuple(range(0, _SHOWN, _BIN))
_ITEMS = (*(f"{start + 1}-{start + _BIN}" for start in _STARTS), f"{_SHOWN + 1}+")


def _binned(counts: Floats) -> Floats:
    """Lengths 1-5, 6-10 ... 56-60 and longer, [R x 13]."""
    return np.asarray(np.add.reduceat(counts, (*_STARTS, _SHOWN), axis=1))


def _parts(totals: Totals, reference: Totals) -> Floats:
    """Each bin's part of the Wasserstein-1 distance, [R x 13], absolute values summing to it; positive where there are too many such sentences."""
    own, known = shares(totals["sentence_lengths"]), shares(reference["sentence_lengths"])
    gaps = np.abs(np.cumsum(own, axis=1) - np.cumsum(known, axis=1))
    return _binned(gaps) * over_or_under(_binned(own), _binned(known))


def _mean(totals: Totals, reference: Totals) -> Floats:
    return shares(totals["sentence_lengths"]) @ np.arange(1.0, LONGEST + 1)


METRICS = (
    Metric(
        id="sentence.w1",
        label="sentence-length distance",
        unit="words",
        direction=Direction.LOWER,
        bounds=(0.0, None),
        version=1,
        summary="How many words the sentences' lengths would have to be moved, on average, to be distributed as in the reference; a passage loses its longest ones to its ends, so read it beside the floor.",
        formula="W1 between the distributions of words a sentence; sentences end where Punkt, trained on the reference, says; the first and last of a passage are left out",
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
        label="mean sentence length",
        unit="words",
        direction=Direction.TARGET,
        bounds=(1.0, float(LONGEST)),
        version=1,
        summary="The mean number of words in a sentence; short passages have no room for the longest sentences, so read it beside the floor.",
        formula="words in whole sentences / whole sentences",
        source="Yule 1939, On sentence-length as a statistical characteristic of style in prose",
        features=(SENTENCES,),
        score=_mean,
        minimum=_MINIMUM,
        headline=False,
    ),
)
