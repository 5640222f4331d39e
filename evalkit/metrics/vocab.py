"""Measures which longer words exist, in the training text, `vocab.hit`, or in a dictionary, `vocab.dictionary`, and `vocab.misspelt`."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals
from evalkit.counts.matrix import Scan
from evalkit.metrics.base import Direction, Family, Listed, Metric, Minimum, Proportion, Side, ratio
from evalkit.text.tokenize import without_possessive

SHORTEST = 4
"""Letters. Shorter strings are often words by accident: without this limit 29 % of unigram noise counts as English, with it 0.7 %."""
LONGEST = 20
"""The last column counts words of this length and longer."""
_LENGTHS = tuple(f"{n}" if n < LONGEST else f"{n}+" for n in range(SHORTEST, LONGEST + 1))


def _by_length(words: Sequence[str], word_list: Container[str] | None) -> Counts:
    """1 at the length of each word that has four letters or more and is in the list, if one is given, [n x 17]."""
    stems, lengths = _stems(tuple(words))
    counts = np.zeros((len(words), len(_LENGTHS)), np.int64)
    # What begins with a digit (1890s, 22nd) is a number, not a word that a list could have.
    numbers = np.fromiter((stem[:1].isdecimal() for stem in stems), bool, len(stems))
    rows = np.flatnonzero((lengths >= SHORTEST) & ~numbers)
    if word_list is not None:
        rows = np.array([row for row in rows.tolist() if stems[row] in word_list], dtype=np.int64)
    counts[rows, np.minimum(lengths[rows], LONGEST) - SHORTEST] = 1
    return counts


@lru_cache(maxsize=2)  # the human floor asks for the words of two scans, in turn, once a fold
def _stems(words: tuple[str, ...]) -> tuple[list[str], NDArray[np.int64]]:
    """Words without a possessive 's, and their lengths."""
    stems = [without_possessive(word) for word in words]
    return stems, np.fromiter(map(len, stems), np.int64, len(stems))


def _totals(words: Sequence[str], lexicon: Lexicon) -> Counts:
    return _by_length(words, None)


def _hits(words: Sequence[str], lexicon: Lexicon) -> Counts:
    return _by_length(words, lexicon.vocabulary)


def _dictionary_hits(words: Sequence[str], lexicon: Lexicon) -> Counts:
    return _by_length(words, lexicon.dictionary)


def _misspelt(scan: Scan, lexicon: Lexicon) -> Counts:
    if lexicon.training is None:
        return np.zeros((len(scan), 2), np.int64)
    return lexicon.training.misspelt_counts(scan, lexicon.dictionary)


LONG_WORDS = Feature("long_words", _LENGTHS, "words", _totals)
VOCABULARY = Feature("vocabulary_hits", _LENGTHS, "words", _hits, knows_reference=True)
DICTIONARY = Feature("dictionary_hits", _LENGTHS, "words", _dictionary_hits)
MISSPELT = Feature("misspelt_words", ("misspelt", "words"), "scan", _misspelt, knows_reference=True)
_MINIMUM = Minimum(30, f"words of {SHORTEST} letters or more", lambda totals: totals["long_words"].sum(axis=1))
_CORRELATION = 0.05
"""Of unknown words within a passage: .011 in passages of Lovecraft, .018 where the dictionary decides, near 0 in those of n-grams."""


def _share(totals: Totals, feature: str) -> Floats:
    return ratio(totals[feature].sum(axis=1), totals["long_words"].sum(axis=1))


def _known(feature: str) -> Proportion:
    """The share as hits of chances: a model that only knows words of the corpus has no unknown one in any passage."""
    return Proportion(
        lambda totals: totals[feature].sum(axis=1), lambda totals: totals["long_words"].sum(axis=1), correlation=_CORRELATION
    )


def _long(words: Sequence[str], lexicon: Lexicon) -> NDArray[np.bool_]:
    return np.asarray(_totals(words, lexicon).sum(axis=1) > 0)


def _misses(hits: Callable[[Sequence[str], Lexicon], Counts]) -> Listed:
    """The words of four letters or more that a list does not have."""
    return Listed(lambda words, lexicon: _long(words, lexicon) & (hits(words, lexicon).sum(axis=1) == 0), _long, misses=True)


METRICS = (
    Metric(
        id="vocab.hit",
        family=Family.VOCABULARY,
        label="words the corpus knows",
        unit="share",
        direction=Direction.HIGHER,
        bounds=(0.0, 1.0),
        version=1,
        summary="The share of words of 4 letters or more that occur in the reference's training documents; in human text nearly all do, never quite all.",
        formula="words of 4+ letters (possessive 's stripped) in the training vocabulary / words of 4+ letters",
        source="defined for evalkit: without the limit of four letters 29 % of unigram noise counts as English, with it 0.7 %",
        features=(LONG_WORDS, VOCABULARY),
        score=lambda totals, reference: _share(totals, "vocabulary_hits"),
        listed=_misses(_hits),
        proportion=_known("vocabulary_hits"),
        minimum=_MINIMUM,
    ),
    Metric(
        id="vocab.dictionary",
        family=Family.VOCABULARY,
        label="words the dictionary knows",
        unit="share",
        direction=Direction.HIGHER,
        bounds=(0.0, 1.0),
        version=1,
        summary="The share of words of 4 letters or more that are in a dictionary of the language; names and rare words are not.",
        formula="words of 4+ letters (possessive 's stripped) in the dictionary / words of 4+ letters",
        source="defined for evalkit, as vocab.hit",
        features=(LONG_WORDS, DICTIONARY),
        score=lambda totals, reference: _share(totals, "dictionary_hits"),
        listed=_misses(_dictionary_hits),
        proportion=_known("dictionary_hits"),
        minimum=_MINIMUM,
        headline=False,
    ),
    Metric(
        id="vocab.misspelt",
        family=Family.VOCABULARY,
        label="longer words that look misspelt",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary=(
            f"The share of words of {SHORTEST} small letters or more that neither the corpus nor the dictionary has, and that are no names and stand "
            "in no foreign phrase: misspelt words, and in human text a few rare, dialect or newly formed ones."
        ),
        formula=(
            f"words of {SHORTEST}+ letters (possessive 's stripped), in neither another training document nor the dictionary, that their passage has "
            f"once / words of {SHORTEST}+ letters; both only of words in small letters, between two words that are known, without an apostrophe or a "
            "hyphen inside or beside them, in passages that have a capital"
        ),
        source="defined for evalkit: vocab.hit counts names, foreign phrases and dialect too, which vary more from story to story",
        features=(MISSPELT,),
        score=lambda totals, reference: ratio(*totals[MISSPELT.name].T),
        proportion=Proportion(
            lambda totals: totals[MISSPELT.name][:, 0], lambda totals: totals[MISSPELT.name][:, 1], correlation=_CORRELATION
        ),
        minimum=Minimum(
            100, f"words of {SHORTEST} small letters or more, in passages with capitals", lambda totals: totals[MISSPELT.name][:, 1]
        ),
        counts=Side.MORE,
        headline=False,
    ),
)
