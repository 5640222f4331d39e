"""Counts the class of the character before each capital: `caps.after_space`, `caps.after_lower`, `caps.before`.

Strika (2019) claimed of his samples that capitals follow spaces only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.counts.feature import Counts, Feature, Lexicon
from evalkit.matching.encoding import classes_of_characters
from evalkit.metrics.base import Direction, Family, Metric, Minimum, divergence_of, ratio
from evalkit.text.canonical import PARAGRAPH, with_each_letter

CLASSES = ("space", "newline", "capital", "lower case", "digit", "punctuation")
_SPACE, _NEWLINE, _CAPITAL, _LOWER_CASE, _DIGIT, _PUNCTUATION = range(len(CLASSES))


def _class_of(char: str) -> int:
    if char in f"\n\r{PARAGRAPH}":
        return _NEWLINE
    if char.isspace():
        return _SPACE
    if char.isupper() or char.istitle():
        return _CAPITAL
    if char.isalpha():
        return _LOWER_CASE
    return _DIGIT if char.isdigit() else _PUNCTUATION


def _letter(with_marks: str) -> str:
    return with_marks[0]


def _count(texts: Sequence[str], lexicon: Lexicon) -> Counts:
    """The class of the character before every capital; a capital that begins the passage is not counted."""
    texts = [with_each_letter(text, _letter) for text in texts]
    counts = np.zeros((len(texts), len(CLASSES)), np.int64)
    for row, classes in enumerate(classes_of_characters(texts, _class_of)):
        counts[row] = np.bincount(classes[:-1][classes[1:] == _CAPITAL], minlength=len(CLASSES))
    return counts


BEFORE_CAPITALS = Feature("before_capitals", CLASSES, "text", _count)
_MINIMUM = Minimum(30, "capitals", lambda totals: totals["before_capitals"].sum(axis=1))


def _share(id_: str, class_: int, label: str, summary: str) -> Metric:
    return Metric(
        id=id_,
        family=Family.FORM,
        label=label,
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary=summary,
        formula=f"capitals whose preceding character is {CLASSES[class_]} / capitals that have one",
        source="Strika 2019 claimed it of his samples",
        features=(BEFORE_CAPITALS,),
        score=lambda totals, reference: ratio(totals["before_capitals"][:, class_], totals["before_capitals"].sum(axis=1)),
        minimum=_MINIMUM,
        headline=False,
    )


METRICS = (
    _share(
        "caps.after_space",
        _SPACE,
        "capitals after a space",
        "The share of capital letters that follow a space: most do, and the rest follow a line end, a quotation mark or another capital.",
    ),
    _share(
        "caps.after_lower",
        _LOWER_CASE,
        "capitals within words",
        "The share of capital letters that follow a lower-case letter; nearly none in print, so a higher share shows a model that misplaces capitals.",
    ),
    Metric(
        id="caps.before",
        family=Family.FORM,
        label="characters before capitals",
        unit="bits",
        direction=Direction.LOWER,
        bounds=(0.0, 1.0),
        version=1,
        summary="How far the kinds of character before capitals (space, line end, capital, lower case, digit, punctuation) are from the reference.",
        formula="JSD over the six classes of the character before a capital",
        source="Lin 1991; defined for evalkit after the claim of Strika 2019",
        features=(BEFORE_CAPITALS,),
        minimum=_MINIMUM,
        headline=False,
        items=CLASSES,
        **divergence_of(lambda totals: totals["before_capitals"]),
    ),
)
