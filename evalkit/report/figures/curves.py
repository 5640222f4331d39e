"""Holds a measure along an axis, a `Curve`: its values with their intervals, in the unit that people read, and the human range."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from evalkit._util.formatting import NBSP, series, spoken, unit_name
from evalkit.report.view.judging.marks import human_range, within_range
from evalkit.report.view.ranking import Ranking
from evalkit.results import Row

MANY = 40
"""Points beyond which a curve is a line without marks through the medians of neighbours."""
Range = tuple[float | None, float | None]
"""Low and high end; None for an end that is open."""


@dataclass(frozen=True)
class Point:
    """A value on a curve.

    Args:
        x: place on the axis.
        value: None where it was not measured.
        interval: of the value; None where there is none.
        within: whether it is in the human range; None where that is not known.
    """

    x: float
    value: float | None
    interval: tuple[float, float] | None = None
    within: bool | None = None


@dataclass(frozen=True)
class Curve:
    """A measure along an axis: the checkpoints of a model, the temperatures of a sweep, or the runs of a history.

    Args:
        points: from left to right.
        label: what was measured, such as a model; written at the right end where a figure has several curves. "" for none.
        human: the human range, where it is the same along the whole axis; None where it is not known.
        breaks: places that the line does not cross.
    """

    points: Sequence[Point]
    label: str = ""
    human: Range | None = None
    breaks: Sequence[float] = ()

    @property
    def measured(self) -> list[Point]:
        """The points with a value."""
        return [point for point in self.points if point.value is not None]

    @property
    def settled(self) -> Point | None:
        """The first point, itself within the human range, from which on at most one in twenty leaves it, as human texts do."""
        # Backwards, so that each point is judged by all that follow it, in one pass.
        first, outside = None, 0
        for n, point in enumerate(reversed(self.measured), start=1):
            outside += not point.within
            if point.within and outside <= n // 20:
                first = point
        return first

    @property
    def constant(self) -> bool:
        """Whether there is nothing to see: one value all along, within the human range."""
        return len({point.value for point in self.measured}) == 1 and all(point.within for point in self.measured)


def read_range(row: Row, metric: Mapping[str, Any]) -> Range | None:
    """The human range of a row's metric, as it is read; None where it is not known."""
    ends = human_range(row.floor, metric, row.target) if row.floor is not None else None
    if ends is None:
        return None
    low, high = (None if end is None else _scale(metric) * end for end in ends)
    return low, high


def range_of_run(ranking: Ranking, id_: str) -> Range | None:
    """The human range of a metric in a run, from whichever row has it."""
    rows = (row for row in ranking.results.results if row.metric == id_ and row.floor is not None)
    return next((human for row in rows if (human := read_range(row, ranking.metrics[id_])) is not None), None)


def point(x: float, value: float | None, ci: Sequence[float] | None, metric: Mapping[str, Any], human: Range | None) -> Point:
    """A stored value as a point, in the unit that people read."""
    if value is None:
        return Point(x, None)
    scale = _scale(metric)
    interval = (scale * ci[0], scale * ci[1]) if ci else None
    return Point(x, scale * value, interval, _inside(scale * value, human))


def row_point(x: float, row: Row | None, metric: Mapping[str, Any], human: Range | None) -> Point:
    """A row's value as a point; a gap where there is no row."""
    if row is None:
        return Point(x, None)
    found = point(x, row.value, (row.ci.low, row.ci.high) if row.ci else None, metric, human)
    # By the row itself where it says it, so that the mark is that of every table.
    return found if row.distance is None else replace(found, within=within_range(row, metric))


def medians(points: Sequence[Point], width: float, *, log: bool = False) -> list[Point]:
    """Measured neighbours as one point each: the median value, and the span of their intervals.

    Args:
        points: from left to right, all with a value.
        width: of the axis that becomes one point, in doublings where it doubles.
        log: whether it does.
    """
    places = [math.log2(point.x) if log else point.x for point in points]
    groups: dict[int, list[Point]] = {}
    for point, place in zip(points, places, strict=True):
        groups.setdefault(math.floor((place - places[0]) / width) if width else 0, []).append(point)
    return [_median_point(group, log=log) for group in groups.values()]


def _median_point(points: Sequence[Point], *, log: bool) -> Point:
    values = [point.value for point in points if point.value is not None]
    ends = [point.interval or (value, value) for point, value in zip(points, values, strict=True)]
    first, last = points[0].x, points[-1].x
    middle = math.sqrt(first * last) if log else (first + last) / 2
    return Point(middle, median(values), (min(low for low, _ in ends), max(high for _, high in ends)))


def constant_curves(metrics: Mapping[str, Mapping[str, Any]], constant: Mapping[str, Curve]) -> str:
    """The measures that need no figure, as a sentence; empty where there is none.

    Args:
        metrics: as results hold them.
        constant: id -> a curve that is constant.
    """
    values = [
        f"{metrics[id_]['label']} {spoken(curve.measured[0].value or 0.0)}{NBSP}{unit_name(metrics[id_]['unit'])}"
        for id_, curve in constant.items()
    ]
    return f"The same all along, within the human range, and without a figure: {series(values)}." if values else ""


def _scale(metric: Mapping[str, Any]) -> float:
    """What a stored value is multiplied by to be read: shares are read in percent."""
    return 100.0 if metric["unit"] == "share" else 1.0


def _inside(value: float, human: Range | None) -> bool | None:
    if human is None:
        return None
    low, high = human
    return (low is None or value >= low) and (high is None or value <= high)
