"""Capitals: what stands before them. The article claimed that they appear after spaces only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals
from evalkit.matching.encoding import code_points
from evalkit.metrics.base import Direction, Metric, Minimum, jensen_shannon, jensen_shannon_contributions, ratio, shares

CLASSES = ("space", "newline", "capital", "lower case", "digit", "punctuation")
_CAPITAL = CLASSES.index("capital")


def _class_of(char: str) -> int:
    if char in "\n\r":
        return 1
    if char.isspace():
        return 0
    if char.isupper() or char.istitle():
        return _CAPITAL
    if char.isalpha():
        return 3
    return 4 if char.isdigit() else 5


def _count(texts: Sequence[str], lexicon: Lexicon) -> Counts:
    """The class of the character before every capital; one that begins the passage has none."""
    table = np.zeros(0x110000, np.int8)
    for char in set().union(*texts):
        table[ord(char)] = _class_of(char)
    counts = np.zeros((len(texts), len(CLASSES)), np.int64)
    for row, text in enumerate(texts):
        classes = table[code_points(text)]
        counts[row] = np.bincount(classes[:-1][classes[1:] == _CAPITAL], minlength=len(CLASSES))
    return counts


BEFORE_CAPITALS = Feature("before_capitals", CLASSES, "text", _count)
_MINIMUM = Minimum(30, "capitals", lambda totals: totals["before_capitals"].sum(axis=1))


def _share(totals: Totals, name: str) -> Floats:
    counts = totals["before_capitals"]
    return ratio(counts[:, CLASSES.index(name)], counts.sum(axis=1))


def _metric(id_: str, name: str, label: str, summary: str) -> Metric:
    return Metric(
        id=id_,
        label=label,
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary=summary,
        formula=f"capitals whose preceding character is {name} / capitals that have one",
        source="Strika 2019 claimed it of his samples",
        features=(BEFORE_CAPITALS,),
        score=lambda totals, reference: _share(totals, name),
        minimum=_MINIMUM,
        headline=False,
    )


METRICS = (
    _metric(
        "caps.after_space",
        "space",
        "capitals after a space",
        "The share of capital letters that follow a space: most do, and the rest follow a line end, a quotation mark or another capital.",
    ),
    _metric(
        "caps.after_lower",
        "lower case",
        "capitals within words",
        "The share of capital letters that follow a lower-case letter; nearly none in print, so it tells a model that has not learned what capitals are for.",
    ),
    Metric(
        id="caps.before",
        label="what stands before capitals",
        unit="bits",
        direction=Direction.LOWER,
        bounds=(0.0, 1.0),
        version=1,
        summary="How far the characters before capitals (space, line end, capital, lower case, digit, punctuation) are distributed from the reference.",
        formula="JSD over the six classes of the character before a capital",
        source="Lin 1991; defined for evalkit after the claim of Strika 2019",
        features=(BEFORE_CAPITALS,),
        score=lambda totals, reference: jensen_shannon(totals["before_capitals"], reference["before_capitals"]),
        minimum=_MINIMUM,
        headline=False,
        items=CLASSES,
        profile=lambda totals: shares(totals["before_capitals"]),
        contributions=lambda totals, reference: jensen_shannon_contributions(
            totals["before_capitals"], reference["before_capitals"]
        ),
    ),
)
