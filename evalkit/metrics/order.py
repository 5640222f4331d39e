"""The order of characters: what frequencies of single letters cannot see."""

from __future__ import annotations

import string
from collections.abc import Sequence

import numpy as np

from evalkit.matching.histogram import MOST_CHARS, share_without
from evalkit.metrics.base import (
    Counts,
    Direction,
    Feature,
    Lexicon,
    Metric,
    Minimum,
    jensen_shannon,
    jensen_shannon_contributions,
    shares,
)
from evalkit.metrics.novelty import CHAR_MATCHES
from evalkit.text.tokenize import normalize

_LETTERS = string.ascii_lowercase
_N = len(_LETTERS)
SPAN = 6
"""Long enough that most invented words have one that nobody wrote, short enough that human text is mostly made of known ones."""
PAIRS = tuple(first + second for first in _LETTERS for second in _LETTERS)


def _count_pairs(text: str) -> Counts:
    """How often each letter follows each other one directly, [676]; anything else between two letters, an apostrophe too, parts them."""
    points = np.frombuffer(normalize(text).casefold().encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    codes = points - ord("a")
    is_letter = (codes >= 0) & (codes < _N)
    together = is_letter[:-1] & is_letter[1:]
    return np.bincount((codes[:-1] * _N + codes[1:])[together], minlength=_N * _N)


def _count(texts: Sequence[str], lexicon: Lexicon) -> Counts:
    counts = np.zeros((len(texts), _N * _N), np.int64)
    for row, text in enumerate(texts):
        counts[row] = _count_pairs(text)
    return counts


BIGRAMS = Feature("letter_bigrams", PAIRS, "text", _count)

METRICS = (
    Metric(
        id="order.bigrams",
        label="letter-pair divergence",
        unit="bits",
        direction=Direction.LOWER,
        bounds=(0.0, 1.0),
        version=1,
        summary="How far the frequencies of letter pairs within words are from the reference; swapped letters and invented words raise it while letters.jsd stays still.",
        formula="JSD over the 676 ordered pairs of adjacent case-folded letters a-z",
        source="Lin 1991; METRICS.md",
        features=(BIGRAMS,),
        score=lambda totals, reference: jensen_shannon(totals["letter_bigrams"], reference["letter_bigrams"]),
        minimum=Minimum(500, "letter pairs", lambda totals: totals["letter_bigrams"].sum(axis=1)),
        headline=False,
        items=PAIRS,
        profile=lambda totals: shares(totals["letter_bigrams"]),
        contributions=lambda totals, reference: jensen_shannon_contributions(totals["letter_bigrams"], reference["letter_bigrams"]),
    ),
    Metric(
        id="order.unseen_6",
        label=f"{SPAN}-character spans never seen",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary=(
            f"The share of stretches of {SPAN} characters that stand nowhere in the training text; too many are misspelt or invented words, "
            "too few a model that is sampled too coldly or keeps to what it has read."
        ),
        formula=(
            f"positions i >= {SPAN} with L(i) < {SPAN} / positions i >= {SPAN}, L(i) the length of the longest substring ending at i that occurs in "
            "the training text; each training document is held against the others"
        ),
        source="McCoy et al. 2021 (RAVEN), at a length where it sees spelling",
        features=(CHAR_MATCHES,),
        score=lambda totals, reference: share_without(totals[CHAR_MATCHES.name], SPAN),
        minimum=Minimum(
            500, f"stretches of {SPAN} characters", lambda totals: totals[CHAR_MATCHES.name][:, MOST_CHARS + SPAN - 1 :].sum(axis=1)
        ),
        headline=False,
    ),
)
