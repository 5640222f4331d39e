"""Judges a row beside human text: within its range or not (`within_range`), on which side (`side_of`), and where on a strip (`place_of`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from evalkit._util.formatting import NBSP, spoken, unit_after
from evalkit.results import FamilyDistance, FloorSummary, Overall, Row

INSIDE, OUTSIDE, UNKNOWN = "●", "◆", "○"
"""The marks of a value within the human range, of one outside it, and of one whose human range is not known, in every format."""
LESS, MORE = "↓", "↑"
"""The marks of too little and of too much; a distance is always too much."""
_EDGE = 1.0
"""The distance of the ends of the human range, in floor units."""


def damage(value: float, row: Row, metric: Mapping[str, Any]) -> float:
    """How far a value is from good, in the metric's unit."""
    if metric["direction"] == "lower":
        return value
    if metric["direction"] == "higher":
        best = (metric.get("bounds") or [None, None])[1]
        return (best or 0.0) - value
    return abs(value - (row.target or 0.0))


def within_range(row: Row, metric: Mapping[str, Any]) -> bool | None:
    """Whether the value is within the range of 95 % of human texts of this shape; None where that is not known."""
    if row.value is None:
        return None
    if row.distance is not None:
        return abs(row.distance) <= _EDGE
    if row.floor is None:
        return None
    # Older files have no distance, and their range is one of damage.
    return damage(row.value, row, metric) <= _human_limit(row.floor, row, metric)


def overall_within_range(overall: Overall) -> bool | None:
    """Whether an overall distance is within the human range; None where that is not known."""
    return None if overall.value is None or overall.floor is None else overall.value <= overall.floor.p95


def family_within_range(family: FamilyDistance) -> bool:
    """Whether a family's distance is one that 95 % of human texts stay below."""
    return family.value <= family.limit


def _human_limit(floor: FloorSummary, row: Row, metric: Mapping[str, Any]) -> float:
    """The damage that 5 % of human texts exceed; the oldest files store it for one-sided metrics only."""
    return floor.damage_p95 if floor.damage_p95 is not None else damage(floor.p95, row, metric)


def human_range(floor: FloorSummary, metric: Mapping[str, Any], target: float | None) -> tuple[float | None, float | None] | None:
    """The range of 95 % of human texts, None for an end that is open; None where that is not known."""
    if floor.high is not None:
        return floor.low, floor.high
    if metric["direction"] == "lower":
        return None, floor.p95
    if metric["direction"] == "higher":
        return floor.p95, None
    if floor.damage_p95 is None or target is None:
        return None
    least, most = metric.get("bounds") or (None, None)
    low, high = target - floor.damage_p95, target + floor.damage_p95
    return low if least is None else max(low, least), high if most is None else min(high, most)


def side_of(row: Row, metric: Mapping[str, Any]) -> int:
    """On which side of human text a value lies: -1 too little, 1 too much or, for distances, too far; 0 in the middle or where it is not known."""
    if row.distance is not None:
        return (row.distance > 0) - (row.distance < 0)
    if row.value is None or row.floor is None:
        return 0
    middle = row.target if row.target is not None else row.floor.median
    off = row.value - middle
    return 1 if metric["direction"] == "lower" and off > 0 else 0 if metric["direction"] == "lower" else (off > 0) - (off < 0)


def side_mark(row: Row, metric: Mapping[str, Any]) -> str:
    """The mark of the side of a value outside the human range; empty within it."""
    if within_range(row, metric) is not False:
        return ""
    return {-1: LESS, 1: MORE}.get(side_of(row, metric), "")


def distance_figure(distance: float) -> str:
    """A distance in floor units without its side, to two digits, or as many as show whether it is beyond the end of the human range.

    >>> [distance_figure(distance) for distance in (-3.7, 0.4, 34.2, 1.0, 1.004, 0.9996)]
    ['3.7', '0.4', '34', '1', '1.004', '0.9996']
    """
    away = abs(distance)
    for digits in (2, 3, 4, 5, 6):
        shown = f"{away:.{digits}g}"
        if (float(shown) > _EDGE) == (away > _EDGE) and (float(shown) < _EDGE) == (away < _EDGE):
            break
    return spoken(away) if digits == 2 else shown


def floor_units(distance: float) -> str:
    """A distance with its unit, without its side."""
    figure = distance_figure(distance)
    return f"{figure}{NBSP}{unit_after(figure, 'floor units')}"


def place_of(row: Row, metric: Mapping[str, Any]) -> float | None:
    """Where a strip shows a value: 0 at the human median, below 0 too little, above 0 too much, and as far as unigram noise at -1 and 1.

    None where noise lies within the human range, so that the scale has no length.
    """
    if row.position is None:
        return None
    if row.distance is not None:
        return math.copysign(abs(row.position), row.distance)
    # In older files a negative position is less damage than human text has, which is as good as none.
    return side_of(row, metric) * max(0.0, row.position)


def place_interval(row: Row, metric: Mapping[str, Any]) -> tuple[float, float] | None:
    """The ends of the value's interval, at places as `place_of` has them."""
    if row.ci is None or row.position is None or row.floor is None:
        return None
    if row.distance is None:
        return _older_interval(row, metric)
    low, high = (_place(_distance_of(end, row), row.floor) for end in (row.ci.low, row.ci.high))
    return (low, high) if low is not None and high is not None else None


def away_interval(row: Row) -> tuple[float, float] | None:
    """How far from the human median the ends of the value's interval are, in floor units without their side; None where that is not known."""
    if row.ci is None or row.floor is None or row.distance is None:
        return None
    low, high = (_distance_of(end, row) for end in (row.ci.low, row.ci.high))
    nearest = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    return nearest, max(abs(low), abs(high))


def edge_places(floor: FloorSummary) -> tuple[float, float] | None:
    """Where a strip shows the ends of the human range; None where they are not known."""
    if floor.high is not None:
        low, high = _place(0.0 if floor.low is None else -_EDGE, floor), _place(_EDGE, floor)
        return (low, high) if low is not None and high is not None else None
    if floor.damage_median is None or floor.damage_p95 is None or floor.noise is None or floor.noise <= floor.damage_p95:
        return None
    edge = (floor.damage_p95 - floor.damage_median) / (floor.noise - floor.damage_median)
    return -edge, edge


def _place(distance: float, floor: FloorSummary) -> float | None:
    noise = abs(floor.noise_distance or 0.0)
    return math.copysign(math.log1p(abs(distance)) / math.log1p(noise), distance) if noise > _EDGE else None


def _distance_of(value: float, row: Row) -> float:
    """The distance of another value on a row's metric, by straight lines between the values whose distance is known."""
    # The scale itself is the judgment's, which a report does not load; between the ends of the range, the median and the value it is nearly straight.
    assert row.floor is not None
    assert row.value is not None
    assert row.distance is not None
    floor = row.floor
    # A distance cannot be too small, so that everything below the median lies at 0.
    if floor.low is None and value <= floor.median:
        return 0.0
    known = {end: side for end, side in ((floor.low, -_EDGE), (floor.high, _EDGE)) if end is not None}
    # Where an end is the median, as of a share that is 0 in most human texts, the median counts.
    points = sorted((known | {floor.median: 0.0, row.value: row.distance}).items())
    if len(points) < 2:
        return row.distance
    (x0, y0), (x1, y1) = next((pair for pair in pairwise(points) if value <= pair[1][0]), points[-2:])
    return y0 + (y1 - y0) * (value - x0) / (x1 - x0)


def _older_interval(row: Row, metric: Mapping[str, Any]) -> tuple[float, float] | None:
    floor = row.floor
    if row.ci is None or floor is None or floor.damage_median is None or floor.noise is None:
        return None
    span, middle = floor.noise - floor.damage_median, row.target if row.target is not None else floor.median
    places = []
    for end in (row.ci.low, row.ci.high):
        # Each end on its own side, so that an interval which holds the target reaches to both.
        side = 1.0 if metric["direction"] == "lower" else math.copysign(1.0, end - middle)
        places.append(side * max(0.0, (damage(end, row, metric) - floor.damage_median) / span))
    return places[0], places[1]
