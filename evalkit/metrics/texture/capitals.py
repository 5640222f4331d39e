"""Counts capitals by their place: `form.capitals`, their share of letters, and `form.places`, where they stand."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts, Feature, Lexicon, Totals
from evalkit.matching.encoding import classes_of_characters
from evalkit.metrics.base import Direction, Family, Metric, Minimum, divergence_of, ratio
from evalkit.text.canonical import with_each_letter

PLACES = (
    "capital that begins a sentence",
    "capital that begins another word",
    "capital within a word",
    "letter of a word in capitals",
    "small letter that begins a sentence",
    "other letter",
)
_SENTENCE, _WORD, _WITHIN, _ALL, _SMALL, _OTHER = range(len(PLACES))

# The classes of characters that places depend on; the first three make up words.
_CAPITAL, _LETTER, _DIGIT, _APOSTROPHE, _END, _PASSED, _ELSE = range(7)
_ENDS = frozenset(".!?\u2026\u3002\uff01\uff1f\uff0e\u0964\u0965\u061f\u06d4\u0589\u203c\u2047\u2048\u2049\u203d")
"""Marks that end sentences, an abbreviation's full stop among them."""
_OPEN_OR_CLOSE = frozenset({"Ps", "Pe", "Pi", "Pf"})


def _class_of(char: str) -> int:
    if char.isupper() or char.istitle():
        return _CAPITAL
    if char.isalpha():
        return _LETTER
    if char.isdigit():
        return _DIGIT
    if char == "'":
        return _APOSTROPHE
    if char in _ENDS:
        return _END
    # White space, brackets and quotation marks may stand between the end of a sentence and the next one.
    return _PASSED if char.isspace() or char == '"' or unicodedata.category(char) in _OPEN_OR_CLOSE else _ELSE


def _places(classes: NDArray[np.int8]) -> Counts:
    """How often a letter stands in each place, [6].

    Args:
        classes: of every character of a passage, in order.
    """
    letter = classes <= _LETTER
    in_word = classes <= _DIGIT
    # An apostrophe between two letters belongs to their word.
    in_word[1:-1] |= (classes[1:-1] == _APOSTROPHE) & letter[:-2] & letter[2:]
    begins = in_word & ~np.concatenate([[False], in_word[:-1]])
    word = np.cumsum(begins) - 1
    letters = np.bincount(word[letter], minlength=max(1, begins.sum()))
    capitals = np.bincount(word[classes == _CAPITAL], minlength=max(1, begins.sum()))
    place = np.where(classes == _CAPITAL, _WITHIN, _OTHER)
    first = np.flatnonzero(begins & letter)
    place[first] = _of_first_letters(classes, in_word, first)
    # Last, since it overrides the other places: a word of one letter, such as I, is not in capitals.
    place[letter & ((letters == capitals) & (letters > 1))[word]] = _ALL
    return np.bincount(place[letter & (place >= 0)], minlength=len(PLACES)).astype(np.int64)


def _of_first_letters(classes: NDArray[np.int8], in_word: NDArray[np.bool_], first: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of the first letter of each word, [n]; -1 where nothing before it says whether it begins a sentence."""
    told = in_word | (classes == _END) | (classes == _ELSE)
    latest = np.maximum.accumulate(np.where(told, np.arange(len(classes)), -1))
    before = np.where(first > 0, latest[first - 1], -1)
    after_end = classes[before] == _END
    capital = classes[first] == _CAPITAL
    places = np.where(after_end, np.where(capital, _SENTENCE, _SMALL), np.where(capital, _WORD, _OTHER))
    return np.where(before >= 0, places, -1)


def _first(letter_with_marks: str) -> str:
    return letter_with_marks[0]


def _count(texts: Sequence[str], lexicon: Lexicon) -> Counts:
    texts = [with_each_letter(text, _first) for text in texts]
    counts = np.zeros((len(texts), len(PLACES)), np.int64)
    for row, classes in enumerate(classes_of_characters(texts, _class_of)):
        if len(classes):
            counts[row] = _places(classes)
    return counts


CAPITALS = Feature("capital_places", PLACES, "text", _count)
_MINIMUM = Minimum(200, "letters", lambda totals: totals["capital_places"].sum(axis=1))


def _share(totals: Totals, reference: Totals) -> NDArray[np.float64]:
    places = totals["capital_places"]
    return ratio(places[:, : _ALL + 1].sum(axis=1), places.sum(axis=1))


METRICS = (
    Metric(
        id="form.capitals",
        family=Family.FORM,
        label="capital letters",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary="The share of letters that are capitals; 0 for text in lower case.",
        formula="capital letters / letters",
        source="defined for evalkit",
        features=(CAPITALS,),
        score=_share,
        minimum=_MINIMUM,
        headline=False,
    ),
    Metric(
        id="form.places",
        family=Family.FORM,
        label="places of capitals",
        unit="bits",
        direction=Direction.LOWER,
        bounds=(0.0, 1.0),
        version=1,
        summary=(
            "How far the places of capitals are from the reference: at the beginning of a sentence, of another word, within a word, in words all "
            "in capitals; sentences that begin with a small letter count too."
        ),
        formula=(
            "JSD over six kinds of letter. A sentence begins after . ! ? and the like, with quotation marks, brackets and white space between; "
            "an abbreviation's full stop counts as one. The first letter of a passage has no place"
        ),
        source="Lin 1991; defined for evalkit",
        features=(CAPITALS,),
        minimum=_MINIMUM,
        headline=False,
        items=PLACES,
        **divergence_of(lambda totals: totals["capital_places"]),
    ),
)
