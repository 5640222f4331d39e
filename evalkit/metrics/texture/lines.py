"""Counts the ends of lines and of paragraphs: `form.lines` and `form.paragraphs`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.counts.feature import Counts, Feature, Lexicon
from evalkit.metrics.base import Direction, Family, Metric, Minimum, Proportion, ratio
from evalkit.text.canonical import PARAGRAPH


def _count(chars: Sequence[str], lexicon: Lexicon) -> Counts:
    return np.array([(char == "\n", char == PARAGRAPH, 1) for char in chars], dtype=np.int64).reshape(-1, 3)


ENDS = Feature("line_ends", ("line ends", "paragraph ends", "characters"), "chars", _count)


def _metric(column: int, id_: str, label: str, summary: str) -> Metric:
    return Metric(
        id=id_,
        family=Family.FORM,
        label=label,
        unit="per 1,000 characters",
        direction=Direction.TARGET,
        bounds=(0.0, 1000.0),
        version=1,
        summary=summary,
        formula=f"1,000 x {ENDS.columns[column]} / characters; white space with several line ends in it is one paragraph end",
        source="defined for evalkit",
        features=(ENDS,),
        score=lambda totals, reference: 1e3 * ratio(totals["line_ends"][:, column], totals["line_ends"][:, 2]),
        minimum=Minimum(500, "characters", lambda totals: totals["line_ends"][:, 2]),
        headline=False,
        # Human prose may have no line end outside verse. In passages of n-grams their variance is 1.1 times that of independent characters, which
        # is a correlation of .0001; verse has more.
        proportion=Proportion(
            lambda totals: totals["line_ends"][:, column], lambda totals: totals["line_ends"][:, 2], scale=1e3, correlation=0.01
        ),
    )


METRICS = (
    _metric(
        0,
        "form.lines",
        "line ends",
        "Line ends per 1,000 characters, those between paragraphs aside: too many where text was broken into lines, or stands one word a line.",
    ),
    _metric(
        1,
        "form.paragraphs",
        "paragraph ends",
        "Paragraph ends per 1,000 characters: too few where paragraphs were run together or broken by single line ends.",
    ),
)
