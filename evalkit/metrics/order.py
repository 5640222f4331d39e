"""The order of characters: what frequencies of single letters cannot see."""

from __future__ import annotations

import functools
import string
from collections.abc import Sequence

import numpy as np

from evalkit.counts.feature import Counts, Feature, Lexicon
from evalkit.language.profile import Language
from evalkit.matching.encoding import code_points
from evalkit.matching.match_lengths import MOST_CHARS, share_without
from evalkit.metrics.base import Direction, Metric, Minimum, jensen_shannon, jensen_shannon_contributions, shares
from evalkit.metrics.novelty import CHAR_MATCHES
from evalkit.text.tokenize import normalize

SPAN = 6
"""Long enough that most invented words have one that nobody wrote, short enough that human text is mostly made of known ones."""


@functools.cache  # by content; metrics share a feature, which is compared by identity, so the cache forgets none
def bigrams(alphabet: tuple[str, ...]) -> Feature:
    """How often each letter of an alphabet follows each other one directly; anything else between two letters, an apostrophe too, parts them."""
    n = len(alphabet)
    pairs = tuple(first + second for first in alphabet for second in alphabet)

    def count(texts: Sequence[str], lexicon: Lexicon) -> Counts:
        numbers = np.full(0x110000, n, np.int64)
        numbers[[ord(letter) for letter in alphabet]] = np.arange(n)
        counts = np.zeros((len(texts), n * n), np.int64)
        for row, text in enumerate(texts):
            codes = numbers[code_points(normalize(text).casefold())]
            together = (codes[:-1] < n) & (codes[1:] < n)
            counts[row] = np.bincount((codes[:-1] * n + codes[1:])[together], minlength=n * n)
        return counts

    return Feature("letter_bigrams", pairs, "text", count)


BIGRAMS = bigrams(tuple(string.ascii_lowercase))
PAIRS = BIGRAMS.columns

METRICS = (
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


def for_language(language: Language) -> tuple[Metric, ...]:
    """The metric over pairs of a language's letters."""
    pairs = bigrams(language.alphabet)
    return (
        Metric(
            id="order.bigrams",
            label="letter-pair divergence",
            unit="bits",
            direction=Direction.LOWER,
            bounds=(0.0, 1.0),
            version=1,
            summary="How far the frequencies of letter pairs within words are from the reference; swapped letters and invented words raise it while letters.jsd stays still.",
            formula=f"JSD over the {len(pairs.columns)} ordered pairs of adjacent case-folded letters of the alphabet",
            source="Lin 1991",
            features=(pairs,),
            score=lambda totals, reference: jensen_shannon(totals["letter_bigrams"], reference["letter_bigrams"]),
            minimum=Minimum(500, "letter pairs", lambda totals: totals["letter_bigrams"].sum(axis=1)),
            headline=False,
            items=pairs.columns,
            profile=lambda totals: shares(totals["letter_bigrams"]),
            contributions=lambda totals, reference: jensen_shannon_contributions(
                totals["letter_bigrams"], reference["letter_bigrams"]
            ),
        ),
    )
