"""Counts punctuation and quotation marks: `form.punctuation`, `form.quotes`, and `form.marks`, how often each kind stands."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals
from evalkit.matching.encoding import classes_of_characters
from evalkit.metrics.base import Direction, Family, Metric, Minimum, divergence_of, ratio
from evalkit.text.canonical import with_each_letter

KINDS = (
    "comma",
    "full stop",
    "semicolon",
    "colon",
    "question mark",
    "exclamation mark",
    "ellipsis",
    "dash",
    "hyphen",
    "bracket",
    "other mark",
    "double quotation mark",
    "single quotation mark",
    "no mark",
)
_COMMA, _STOP, _SEMICOLON, _COLON, _QUESTION, _EXCLAMATION, _ELLIPSIS, _DASH, _HYPHEN, _BRACKET, _OTHER, _DOUBLE, _SINGLE, _NONE = (
    range(len(KINDS))
)
# Characters that are a mark or none, depending on their neighbours.
_MINUS, _APOSTROPHE, _GRAVE, _SPACE, _WORD = range(len(KINDS), len(KINDS) + 5)

_KNOWN = {
    _COMMA: ",\u060c\uff0c\u3001\ufe50\uff64",
    _STOP: ".\u3002\uff0e\uff61\u0964\u0965\u06d4\u0589\u1362\u104b",
    _SEMICOLON: ";\u061b\uff1b\u1364",
    _COLON: ":\uff1a\u1365",
    _QUESTION: "?\u00bf\u061f\uff1f\u203d\u2047",
    _EXCLAMATION: "!\u00a1\uff01\u203c\u2048\u2049",
    _ELLIPSIS: "\u2026\u22ef",
    _HYPHEN: "\u2010\u2011",
    _DASH: "\u2212",
    _DOUBLE: '"\u201c\u201d\u201e\u201f\u00ab\u00bb\u301d\u301e\u301f\uff02\u300c\u300d\u300e\u300f',
    _SINGLE: "\u2039\u203a",
    _MINUS: "-",
    _APOSTROPHE: "'\u201a",
    _GRAVE: "`",
}
_KIND_OF = {char: kind for kind, chars in _KNOWN.items() for char in chars}
LONGEST_QUOTATION = 1_000
"""Characters from the single quotation mark that opens a quotation to the one that closes it; beyond them it is taken for an apostrophe."""


def _kind(char: str) -> int:
    if (known := _KIND_OF.get(char)) is not None:
        return known
    if char.isspace():
        return _SPACE
    category = unicodedata.category(char)
    if category[0] in "LN":
        return _WORD
    if category == "Pd":
        return _DASH
    if category in ("Ps", "Pe"):
        return _BRACKET
    return _OTHER if category[0] in "PS" else _NONE


def _marks(kinds: NDArray[np.int8]) -> Counts:
    """How often each kind stands in a passage, [14].

    Args:
        kinds: of every character, in order; changed in place.
    """
    _settle_runs(kinds, _STOP, _ELLIPSIS)
    _settle_runs(kinds, _MINUS, _DASH)
    # TeX and some plain text write two apostrophes, or two graves, for a double quotation mark.
    _settle_runs(kinds, _APOSTROPHE, _DOUBLE)
    _settle_runs(kinds, _GRAVE, _DOUBLE)
    padded = np.concatenate([[_SPACE], kinds, [_SPACE]])
    before, after = padded[:-2], padded[2:]
    single = kinds == _MINUS
    kinds[single] = np.where((before[single] == _WORD) & (after[single] == _WORD), _HYPHEN, _DASH)
    n_single = _n_single_quotes(kinds, before, after)
    counts = np.bincount(kinds, minlength=_WORD + 1).astype(np.int64)[: len(KINDS)]
    counts[_SINGLE] += n_single
    counts[_NONE] = len(kinds) - counts[:_NONE].sum()
    return counts


def _settle_runs(kinds: NDArray[np.int8], of: int, are: int) -> None:
    """Makes each run of two characters or more one mark of another kind, and its further characters none."""
    here = kinds == of
    if not here.any():
        return
    again = np.concatenate([[False], here[:-1]])
    follows = np.concatenate([here[1:], [False]])
    kinds[here & again] = _NONE
    kinds[here & ~again & follows] = are


def _n_single_quotes(kinds: NDArray[np.int8], before: NDArray[np.int8], after: NDArray[np.int8]) -> int:
    """Apostrophes and graves that are quotation marks.

    One between another mark and a space or mark closes a quotation; one after a letter may be a genitive or stand for a letter, and is not
    counted. The one that opened the quotation, after a space, a dash, a bracket or a double mark, counts with it. A passage may begin
    within a quotation, so a closing one counts alone too.
    """
    candidates = np.flatnonzero((kinds == _APOSTROPHE) | (kinds == _GRAVE))
    n, opened = 0, -LONGEST_QUOTATION - 1
    for place in candidates.tolist():
        if before[place] in (_SPACE, _DASH, _BRACKET, _DOUBLE) and after[place] != _SPACE:
            opened = place
        elif before[place] not in (_SPACE, _WORD) and after[place] != _WORD:
            n += 2 if place - opened <= LONGEST_QUOTATION else 1
            opened = -LONGEST_QUOTATION - 1
    return n


def _first(letter_with_marks: str) -> str:
    return letter_with_marks[0]


def _count(texts: Sequence[str], lexicon: Lexicon) -> Counts:
    texts = [with_each_letter(text, _first) for text in texts]
    counts = np.zeros((len(texts), len(KINDS)), np.int64)
    for row, classes in enumerate(classes_of_characters(texts, _kind)):
        if len(classes):
            counts[row] = _marks(classes)
    return counts


MARKS = Feature("marks", KINDS, "text", _count)
_MINIMUM = Minimum(500, "characters", lambda totals: totals["marks"].sum(axis=1))


def _per_1000(first: int, last: int, totals: Totals) -> Floats:
    """Marks of the kinds from the first to the last, per 1,000 characters, [R]."""
    marks = totals["marks"]
    return 1e3 * ratio(marks[:, first : last + 1].sum(axis=1), marks.sum(axis=1))


def _quotes(totals: Totals, reference: Totals) -> Floats:
    """Quotation marks per 1,000 characters, of the kind that the reference has more of, [R]."""
    double, single = (_per_1000(kind, kind, totals) for kind in (_DOUBLE, _SINGLE))
    of_reference = reference["marks"]
    return np.where(of_reference[:, _DOUBLE] >= of_reference[:, _SINGLE], double, single)


METRICS = (
    Metric(
        id="form.punctuation",
        family=Family.FORM,
        label="punctuation marks",
        unit="per 1,000 characters",
        direction=Direction.TARGET,
        bounds=(0.0, 1000.0),
        version=1,
        summary="Punctuation marks per 1,000 characters, hyphens and brackets among them, quotation marks and apostrophes not.",
        formula="1,000 x punctuation marks / characters; an ellipsis and a dash of several characters are one mark each",
        source="defined for evalkit",
        features=(MARKS,),
        score=lambda totals, reference: _per_1000(_COMMA, _OTHER, totals),
        minimum=_MINIMUM,
        headline=False,
    ),
    Metric(
        id="form.quotes",
        family=Family.FORM,
        label="quotation marks",
        unit="per 1,000 characters",
        direction=Direction.TARGET,
        bounds=(0.0, 1000.0),
        version=1,
        summary="Quotation marks per 1,000 characters; some human texts have many times as many as others, and few have none at all.",
        formula=(
            "1,000 x quotation marks / characters; double ones of any shape, or single ones where the reference has more of those. An "
            "apostrophe is a single quotation mark where it stands after another mark and closes a quotation, and where it opens such a one up to "
            f"{LONGEST_QUOTATION:,} characters before"
        ),
        source="defined for evalkit",
        features=(MARKS,),
        score=_quotes,
        minimum=_MINIMUM,
        headline=False,
    ),
    Metric(
        id="form.marks",
        family=Family.FORM,
        label="kinds of punctuation",
        unit="bits",
        direction=Direction.LOWER,
        bounds=(0.0, 1.0),
        version=1,
        summary="How far the frequencies of the kinds of mark (commas, full stops, dashes, quotation marks ...) are from the reference.",
        formula="JSD over thirteen kinds of mark and all other characters",
        source="Lin 1991; defined for evalkit",
        features=(MARKS,),
        minimum=_MINIMUM,
        headline=False,
        items=KINDS,
        **divergence_of(lambda totals: totals["marks"]),
    ),
)
