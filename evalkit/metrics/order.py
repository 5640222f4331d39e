"""Measures the order of characters and of words, `order.*`, and how clauses and sentences are built whatever the words are, `grammar.*`.

An n-gram of two or three words has spelling, words and phrases in common with its corpus. What it lacks is whatever takes more than three words:
that a clause has a verb, where a sentence may end, what a comma is followed by.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals, shared
from evalkit.language.profile import Language
from evalkit.matching.encoding import N_CODE_POINTS, code_points
from evalkit.matching.match_lengths import share_without
from evalkit.matching.word_lm import COMMON_BITS, ORDER, SKIPPED, SURPRISING_BITS
from evalkit.matching.word_pairs import AVOIDED, CLASS_ORDER, EXPECTED, LAGS, SMOOTHED
from evalkit.metrics.base import (
    Direction,
    Family,
    Metric,
    Minimum,
    Proportion,
    Side,
    divergence_of,
    jensen_shannon,
    ratio,
    training_feature,
)
from evalkit.metrics.novelty import CHAR_MATCHES, n_spans
from evalkit.text.canonical import fold, with_each_letter

SPAN = 6
"""Characters. Long enough that most invented words have a span that does not occur, short enough that most spans of human text do occur."""


def _beyond(with_marks: str) -> str:
    """A character that is in no alphabet: a letter that keeps a mark of its own is not the letter without it."""
    return "\ufffd"


def bigrams(alphabet: tuple[str, ...]) -> Feature:
    """Counts of each ordered pair of adjacent letters; anything between two letters, such as an apostrophe, separates them."""
    n = len(alphabet)
    pairs = tuple(first + second for first in alphabet for second in alphabet)

    def count(texts: Sequence[str], lexicon: Lexicon) -> Counts:
        # A table over all code points numbers a text's letters in one step; n stands for everything else.
        numbers = np.full(N_CODE_POINTS, n, np.int64)
        numbers[[ord(letter) for letter in alphabet]] = np.arange(n)
        counts = np.zeros((len(texts), n * n), np.int64)
        for row, text in enumerate(texts):
            codes = numbers[code_points(with_each_letter(fold(text), _beyond))]
            are_letters = (codes[:-1] < n) & (codes[1:] < n)
            counts[row] = np.bincount((codes[:-1] * n + codes[1:])[are_letters], minlength=n * n)
        return counts

    return Feature("letter_bigrams", pairs, "text", count)


# Counts are whole numbers, so bits are counted in thousandths.
WORDS_JUDGED = training_feature(
    "words_judged", ("alone", "in_context", "words", "surprising"), lambda training, scan: training.word_bit_counts(scan)
)
WORD_PAIRS = training_feature(
    "word_pairs", ("avoided", "expected"), lambda training, scan: training.word_pair_counts(scan), sampled=True
)
EDGES = (-4.0, -3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0)
BINS = (
    f"up to {EDGES[0]:g}",
    *(f"{low:g} to {high:g}" for low, high in pairwise(EDGES)),
    f"above {EDGES[-1]:g}",
)
# Bits are binned, so that counts are whole numbers.
SAVINGS = training_feature("class_savings", BINS, lambda training, scan: training.class_saving_counts(scan, np.array(EDGES)))
DISTANT = training_feature(
    "distant_pairs", ("attracted", "repelled", "pairs"), lambda training, scan: training.distant_counts(scan), sampled=True
)
_CLASSES = (
    "a function word stands for its class (pronoun, determiner, preposition, conjunction, auxiliary, particle), any other word for one class, "
    "each common mark for itself"
)
_CORRELATION = 0.01
BIGRAMS = shared(bigrams, tuple(string.ascii_lowercase))
PAIRS = BIGRAMS.columns

METRICS = (
    Metric(
        id="order.unseen_6",
        family=Family.LETTERS,
        label=f"{SPAN}-character spans not in the corpus",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary=(
            f"The share of spans of {SPAN} characters that do not occur in the training text; too many come from misspelt or invented words, "
            "too few from a low temperature or from copying."
        ),
        formula=(
            f"positions i >= {SPAN} with L(i) < {SPAN} / positions i >= {SPAN}, L(i) the length of the longest substring ending at i that occurs in "
            "the training text; white space of any kind counts as a space; each training document is compared with the others"
        ),
        source="McCoy et al. 2021 (RAVEN), at a length where it sees spelling",
        features=(CHAR_MATCHES,),
        score=lambda totals, reference: share_without(totals[CHAR_MATCHES.name], SPAN),
        minimum=Minimum(500, f"spans of {SPAN} characters", n_spans(CHAR_MATCHES, SPAN)),
        headline=False,
    ),
    Metric(
        id="order.context",
        family=Family.ORDER,
        label="bits a word that its context saves",
        unit="bits per word",
        direction=Direction.TARGET,
        bounds=(None, None),
        version=1,
        summary=(
            "How much better a common word can be guessed from the three words before it: below the target words do not follow each other as the "
            "author's do (below 0 it would be guessed better without them), far above it the text quotes."
        ),
        formula=(
            f"mean of log2 p(word | the {ORDER - 1} before it) - log2 p(word), p an interpolated Witten-Bell model of order {ORDER} over the "
            "case-folded words and punctuation marks of the training documents; a training document is scored by the others; only words of at most "
            f"{COMMON_BITS:g} bits alone are scored (one of {2**COMMON_BITS:,.0f} or more frequent), and not the first {SKIPPED} of a passage"
        ),
        source="Witten and Bell 1991, The zero-frequency problem; Chen and Goodman 1999; the difference is defined for evalkit",
        features=(WORDS_JUDGED,),
        score=lambda totals, reference: _saved(totals),
        minimum=Minimum(50, "common words and marks after the third of a passage", lambda totals: totals["words_judged"][:, 2]),
        headline=False,
    ),
    Metric(
        id="order.surprises",
        family=Family.ORDER,
        label="words that do not fit what is before them",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary=(
            f"The share of common words that the three words before them make {2**SURPRISING_BITS:.0f} times less probable. Text of which some is "
            "quoted and some is put together at random has no more bits saved than human text on the mean, and is seen here."
        ),
        formula=(
            f"words with log2 p(word) - log2 p(word | the {ORDER - 1} before it) >= {SURPRISING_BITS:g} / words; model and words as for "
            "order.context"
        ),
        source="Witten and Bell 1991, The zero-frequency problem; the share is defined for evalkit",
        features=(WORDS_JUDGED,),
        score=lambda totals, reference: ratio(totals["words_judged"][:, 3], totals["words_judged"][:, 2]),
        proportion=Proportion(
            lambda totals: totals["words_judged"][:, 3], lambda totals: totals["words_judged"][:, 2], correlation=_CORRELATION
        ),
        minimum=Minimum(50, "common words and marks after the third of a passage", lambda totals: totals["words_judged"][:, 2]),
        counts=Side.MORE,
        headline=False,
    ),
    Metric(
        id="order.avoided",
        family=Family.ORDER,
        label="pairs of frequent words that the corpus avoids",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary=(
            "Of neighbouring words so frequent that chance would often put them side by side, the share of pairs that the corpus hardly ever has: "
            "few in human text whatever it is about, and more where words are exchanged, moved, doubled or left out."
        ),
        formula=(
            "pairs that stand together in the training documents fewer than "
            f"{AVOIDED:g} E times / pairs with E >= {EXPECTED:g}, where E = n(first) n(second) / N, n counts case-folded words in the training "
            "documents and N all words and punctuation marks; a training document is compared with the others; a mark between two words separates them"
        ),
        source="Church and Hanks 1990, Word association norms, mutual information, and lexicography, turned round: pairs with the lowest association",
        features=(WORD_PAIRS,),
        score=lambda totals, reference: ratio(*totals[WORD_PAIRS.name].T),
        proportion=Proportion(
            lambda totals: totals[WORD_PAIRS.name][:, 0], lambda totals: totals[WORD_PAIRS.name][:, 1], correlation=_CORRELATION
        ),
        minimum=Minimum(
            100,
            f"pairs of words that the corpus is large enough to expect {EXPECTED:g} times",
            lambda totals: totals[WORD_PAIRS.name][:, 1],
        ),
        counts=Side.MORE,
        headline=False,
    ),
    Metric(
        id="grammar.classes",
        family=Family.ORDER,
        label="what the words before tell of a word's class",
        unit="bits",
        direction=Direction.LOWER,
        bounds=(0.0, 1.0),
        version=1,
        summary=(
            f"How far the order of function words, other words and marks is from the reference: whether the {CLASS_ORDER - 1} before each tell as much of "
            "what it is as in human text. Copied and misspelt words change it little."
        ),
        formula=(
            f"JSD over {len(BINS)} bins of log2 p(class | the {CLASS_ORDER - 1} before it) - log2 p(class), p an interpolated Witten-Bell model of order "
            f"{CLASS_ORDER} over the classes of the training documents; {_CLASSES}. A training document is scored by the others; the first {CLASS_ORDER - 1} of a "
            "passage are not scored"
        ),
        source="Lin 1991; Witten and Bell 1991, The zero-frequency problem; defined for evalkit",
        features=(SAVINGS,),
        minimum=Minimum(
            100,
            f"words and marks after the first {CLASS_ORDER - 1} of a passage",
            lambda totals: totals["class_savings"].sum(axis=1),
        ),
        headline=False,
        score=lambda totals, reference: jensen_shannon(totals["class_savings"], reference["class_savings"]),
    ),
    Metric(
        id="grammar.distant",
        family=Family.ORDER,
        label="bits that distant words tell of each other",
        unit="bits",
        direction=Direction.TARGET,
        bounds=(None, None),
        version=1,
        summary=(
            f"How much the classes of words {LAGS[0]} to {LAGS[-1]} words apart have to do with each other; about 0 for text without any order beyond "
            "three words, however good its phrases are."
        ),
        formula=(
            f"mean over pairs of words at distances d of {LAGS[0]} to {LAGS[-1]} of log2 ((n_d(a, b) + {SMOOTHED:g}) / (n_d n(a) n(b) / n^2 + {SMOOTHED:g})), "
            "a and b their classes, n_d(a, b) how often the training documents have them at that distance, n_d how many pairs at it, n(a) and n how "
            f"many words of a class and in all; {_CLASSES}. A training document is scored by the others"
        ),
        source="Church and Hanks 1990, Word association norms, mutual information, and lexicography, at a distance and over classes",
        features=(DISTANT,),
        score=lambda totals, reference: _association(totals),
        minimum=Minimum(1_000, f"pairs of words {LAGS[0]} to {LAGS[-1]} apart", lambda totals: totals["distant_pairs"][:, 2]),
        headline=False,
    ),
)


def _saved(totals: Totals) -> Floats:
    """Bits a word that the context saves, [R]."""
    alone, in_context, words, _ = totals[WORDS_JUDGED.name].T
    return ratio(alone - in_context, words) / 1000


def _association(totals: Totals) -> Floats:
    """Bits that distant words tell of each other, [R]."""
    attracted, repelled, pairs = totals[DISTANT.name].T
    return 1e-6 * ratio(attracted - repelled, pairs)


def for_language(language: Language) -> tuple[Metric, ...]:
    """The metric over pairs of a language's letters."""
    pairs = shared(bigrams, language.alphabet)
    return (
        Metric(
            id="order.bigrams",
            family=Family.LETTERS,
            label="letter-pair divergence",
            unit="bits",
            direction=Direction.LOWER,
            bounds=(0.0, 1.0),
            version=1,
            summary=(
                "How far the frequencies of letter pairs within words are from the reference; swapped letters and invented words raise it and "
                "leave letters.jsd as it is."
            ),
            formula=f"JSD over the {len(pairs.columns)} ordered pairs of adjacent case-folded letters of the alphabet",
            source="Lin 1991",
            features=(pairs,),
            minimum=Minimum(500, "letter pairs", lambda totals: totals["letter_bigrams"].sum(axis=1)),
            headline=False,
            items=pairs.columns,
            **divergence_of(lambda totals: totals["letter_bigrams"]),
        ),
    )
