"""One measure along an axis, as numbers for a figure: values and intervals in the unit that people read, and the human range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit._util.formatting import NBSP, series, spoken, unit_name
from evalkit.report.figures import line_chart as curves
from evalkit.report.figures import style as figures
from evalkit.report.figures.line_chart import Band, Curve, Point
from evalkit.report.figures.panels import Panel
from evalkit.report.figures.svg import data_uri, to_svg
from evalkit.report.view.standings import Board, human_range
from evalkit.results import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 340, 190
MOST = 4
"""Courses in one figure; each has its own kind of line."""
Ends = tuple[float | None, float | None]
"""Of the human range; None for an end that is open."""


@dataclass(frozen=True)
class Course:
    """A measure along an axis.

    Args:
        name: of what was measured, such as a model.
        points: from left to right.
        human: the human range; None where it is not known.
    """

    name: str
    points: Sequence[Point]
    human: Ends | None

    @property
    def known(self) -> list[Point]:
        """The measured points."""
        return [point for point in self.points if point.value is not None]

    @property
    def settled(self) -> Point | None:
        """The first point, itself within the human range, from which on at most one in twenty leaves it, as human texts do."""
        found, outside = None, 0
        for n, point in enumerate(reversed(self.known), start=1):
            outside += not point.within
            if point.within and outside <= n // 20:
                found = point
        return found

    @property
    def same(self) -> bool:
        """Whether there is nothing to see: one value all along, within the human range."""
        return len({point.value for point in self.known}) == 1 and all(point.within for point in self.known)


def scale(metric: Mapping[str, Any]) -> float:
    """What a stored value is multiplied by to be read."""
    return 100.0 if metric["unit"] == "share" else 1.0


def human_ends(row: Row, metric: Mapping[str, Any]) -> Ends | None:
    """The human range of a row's metric, as it is read; None where it is not known."""
    found = human_range(row.floor, metric, row.target) if row.floor is not None else None
    if found is None:
        return None
    low, high = (None if end is None else scale(metric) * end for end in found)
    return low, high


def run_ends(board: Board, id_: str) -> Ends | None:
    """The human range of a metric in a run, from whichever row has it."""
    rows = (row for row in board.results.results if row.metric == id_ and row.floor is not None)
    return next((found for row in rows if (found := human_ends(row, board.metrics[id_])) is not None), None)


def point(x: float, value: float | None, ci: Sequence[float] | None, metric: Mapping[str, Any], human: Ends | None) -> Point:
    """A stored value as a point."""
    if value is None:
        return Point(x, None)
    times = scale(metric)
    interval = (times * ci[0], times * ci[1]) if ci else None
    return Point(x, times * value, interval, _inside(times * value, human))


def _inside(value: float, human: Ends | None) -> bool | None:
    if human is None:
        return None
    low, high = human
    return (low is None or value >= low) and (high is None or value <= high)


def draw(axes: Axes, courses: Sequence[Course], *, log: bool = False) -> Axes:
    """Courses of one measure before the human range, named at their ends where there are several."""
    several = len(courses) > 1
    xs = [point.x for course in courses for point in course.points]
    human = courses[0].human
    bands = [Band(min(xs), max(xs), *human)] if human is not None else []
    return curves.draw(axes, [Curve(course.points, course.name if several else "") for course in courses], bands, log=log)


def unchanged(metrics: Mapping[str, Mapping[str, Any]], same: Mapping[str, Course]) -> str:
    """What needs no figure, as a sentence; empty where everything does.

    Args:
        metrics: as results hold them.
        same: id -> a course that is the same all along.
    """
    said = [
        f"{metrics[id_]['label']} {spoken(one.known[0].value or 0.0)}{NBSP}{unit_name(metrics[id_]['unit'])}"
        for id_, one in same.items()
    ]
    return f"The same all along, within the human range, and without a figure: {series(said)}." if said else ""


def panel(title: str, finding: str, alt: str, courses: Sequence[Course], *, log: bool, ticks: Mapping[float, str]) -> Panel:
    """A figure of its own, within `figures.style()`.

    Args:
        title, finding, alt: what it says.
        courses: at most `MOST`.
        log: whether the axis doubles instead of adding.
        ticks: places on the axis and their names.
    """
    figure, axes = figures.panel(WIDTH, HEIGHT)
    axes.set_position((0.13, 0.15, 0.62 if len(courses) > 1 else 0.84, 0.78))
    draw(axes, courses, log=log)
    axes.set_xticks(list(ticks), list(ticks.values()))
    xs = [point.x for course in courses for point in course.points]
    low, high = min(xs), max(xs)
    room = 0.03 * (high - low or 1.0)
    axes.set_xlim(*((low / 1.12, high * 1.12) if log else (low - room, high + room)))
    return Panel(title, finding, alt, data_uri(to_svg(figure)), WIDTH, HEIGHT)
