"""Compares letter frequencies with the reference: `letters.jsd` and its relatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals, shared
from evalkit.language.profile import Language
from evalkit.metrics.base import Direction, Family, Metric, Minimum, divergence_of, jensen_shannon, ratio, small_sample_bias
from evalkit.text.canonical import clusters, fold

_MINIMUM = Minimum(200, "letters", lambda totals: totals["letters"].sum(axis=1))


def _letters(char: str) -> list[str]:
    """The case-folded letters of a character, each with its marks: none of a digit, two of the German sharp s."""
    return [letter for letter in clusters(fold(char)) if letter[0].isalpha()]


def letter_features(alphabet: tuple[str, ...]) -> tuple[Feature, Feature]:
    """Counts of each letter of an alphabet, and of letters beyond it."""
    column_of = {letter: column for column, letter in enumerate(alphabet)}

    def count(chars: Sequence[str], lexicon: Lexicon) -> Counts:
        counts = np.zeros((len(chars), len(alphabet)), np.int64)
        for row, char in enumerate(chars):
            for letter in _letters(char):
                if letter in column_of:
                    counts[row, column_of[letter]] += 1
        return counts

    def count_others(chars: Sequence[str], lexicon: Lexicon) -> Counts:
        counts = [sum(letter not in column_of for letter in _letters(char)) for char in chars]
        return np.array(counts, dtype=np.int64).reshape(-1, 1)

    return Feature("letters", alphabet, "chars", count), Feature("other_letters", ("others",), "chars", count_others)


def _corrected(totals: Totals, reference: Totals) -> Floats:
    counts, expected = totals["letters"], reference["letters"]
    bias = small_sample_bias(counts.shape[1], counts.sum(axis=1), expected.sum(axis=1))
    return jensen_shannon(counts, expected) - bias


def _share_of_others(totals: Totals, reference: Totals) -> Floats:
    others = totals["other_letters"][:, 0]
    return ratio(others, others + totals["letters"].sum(axis=1))


def for_language(language: Language) -> tuple[Metric, ...]:
    """The metrics over a language's alphabet."""
    letters, others = shared(letter_features, language.alphabet)
    return (
        Metric(
            id="letters.jsd",
            family=Family.LETTERS,
            label="letter divergence",
            unit="bits",
            direction=Direction.LOWER,
            bounds=(0.0, 1.0),
            version=1,
            summary=(
                "How far the frequencies of the letters of the alphabet (English: a to z) are from the reference; unigram noise is nearer than "
                "any human text, so read it beside the floor."
            ),
            formula="JSD(p, q) = H((p+q)/2) - (H(p) + H(q))/2, log2, p and q the case-folded letter frequencies of sample and reference",
            source="Lin 1991, Divergence measures based on the Shannon entropy",
            features=(letters,),
            minimum=_MINIMUM,
            items=language.alphabet,
            **divergence_of(lambda totals: totals["letters"]),
        ),
        Metric(
            id="letters.jsd_corrected",
            family=Family.LETTERS,
            label="letter divergence, bias-corrected",
            unit="bits",
            direction=Direction.LOWER,
            bounds=(-1.0, 1.0),
            version=1,
            summary=(
                "letters.jsd less its expected value for independent letters of the reference at this sample size; may fall below 0."
            ),
            formula="JSD - (K-1)/(8 ln 2) (1/n + 1/m), K letters in the alphabet, n and m the letters of sample and reference",
            source="first-order expansion of the plug-in estimate, as Miller 1955 for entropy",
            features=(letters,),
            score=_corrected,
            minimum=_MINIMUM,
            headline=False,
        ),
        Metric(
            id="letters.other",
            family=Family.LETTERS,
            label="letters beyond the alphabet",
            unit="share",
            direction=Direction.TARGET,
            bounds=(0.0, 1.0),
            version=1,
            summary="The share of letters that the language's alphabet does not have, such as accents in English; letters.jsd leaves them out.",
            formula="letters beyond the alphabet / letters, case folded",
            source="defined for evalkit: what letters.jsd leaves out",
            features=(letters, others),
            score=_share_of_others,
            minimum=_MINIMUM,
            headline=False,
        ),
    )
