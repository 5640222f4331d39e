"""Counts passages unlike single human passages: `passages.outside` and `passages.far`."""

from __future__ import annotations

from evalkit.matching.single_passages import FAR, FEWEST_CHARS, LONGEST_CHARS
from evalkit.metrics.base import Direction, Family, Metric, Minimum, Proportion, ratio, training_feature

OUTSIDE = training_feature(
    "outside", ("outside the human range", "far outside", "passages"), lambda training, scan: training.outside_counts(scan)
)
_RANGE = (
    "Six values of a passage (bits per character, known words, repeated words, marks and digits, capitals, white space) are scaled so that the "
    "percentiles .5 and 99.5 of single training passages of its length lie 1 from their median; the range ends at the 99th percentile of the "
    "largest of the six"
)


def _metric(column: int, id_: str, label: str, summary: str, where: str) -> Metric:
    return Metric(
        id=id_,
        family=Family.VARIETY,
        label=label,
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary=summary,
        formula=(
            f"passages {where} / passages of {FEWEST_CHARS} characters or more. {_RANGE}. Each training document is judged by the others; "
            f"passages longer than about {LONGEST_CHARS:,} characters are looked at in parts"
        ),
        source="defined for evalkit",
        features=(OUTSIDE,),
        score=lambda totals, reference: ratio(totals["outside"][:, column], totals["outside"][:, 2]),
        minimum=Minimum(10, f"passages of {FEWEST_CHARS} characters or more", lambda totals: totals["outside"][:, 2]),
        headline=False,
        proportion=Proportion(lambda totals: totals["outside"][:, column], lambda totals: totals["outside"][:, 2]),
    )


METRICS = (
    _metric(
        0,
        "passages.outside",
        "passages outside the human range",
        "The share of passages that are unlike 99 of 100 single human passages of their length; about 1 % for human text.",
        "outside the range of single human passages",
    ),
    _metric(
        1,
        "passages.far",
        "passages far outside the human range",
        "The share of passages that lie twice as far from ordinary ones as the edge of the human range; noise, another language or markup.",
        f"at least {FAR:g} times as far from the middle as the edge of the range of single human passages",
    ),
)
