"""A sweep as figures: the overall position and each measure over temperature, and where the best lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalkit._util.formatting import format_value, series, unit_name
from evalkit.report.figures import style as figures
from evalkit.report.figures.panels import Panel
from evalkit.report.figures.series import Course, panel, point, run_ends, unchanged
from evalkit.report.view.standings import Board

OVERALL = "overall"
_POSITION: Mapping[str, str] = {"unit": "position", "label": "overall position"}


@dataclass(frozen=True)
class Frontier:
    """The section of the report.

    Args:
        panels: the overall position, then each headline metric that moves or leaves the human range.
        same: the others, as a sentence; empty where there is none.
    """

    panels: Sequence[Panel]
    same: str


def frontier(board: Board) -> Frontier | None:
    """The section, or None for runs that are no sweep or measured nothing."""
    if not board.temperatures or board.best_temperature() is None:
        return None
    with figures.style():
        whole = _panel("overall position", _overall(board), f"Nearest to human text at {_best_place(board)}")
        known = {id_: found for id_ in board.headline if (found := _measured(board, id_)).known}
        same = {id_: found for id_, found in known.items() if found.same}
        panels = [_measure(board, id_, found) for id_, found in known.items() if id_ not in same]
    return Frontier([whole, *panels], unchanged(board.metrics, same))


def course_of(board: Board, id_: str) -> Course:
    """A metric, or "overall" the mean position, over the temperatures of a sweep."""
    return _overall(board) if id_ == OVERALL else _measured(board, id_)


def _overall(board: Board) -> Course:
    found = {place: board.overall(name) for name, place in board.temperatures.items()}
    floor = next((one.floor for one in found.values() if one.floor is not None), None)
    human = None if floor is None else (None, floor.p95)
    points = [
        point(place, one.value, (one.ci.low, one.ci.high) if one.ci else None, _POSITION, human) for place, one in found.items()
    ]
    return Course("", points, human)


def _measured(board: Board, id_: str) -> Course:
    human, points = run_ends(board, id_), []
    for name, place in board.temperatures.items():
        row = board.row(name, id_)
        value, ci = (row.value, row.ci) if row is not None else (None, None)
        points.append(point(place, value, (ci.low, ci.high) if ci else None, board.metrics[id_], human))
    return Course("", points, human)


def _best_place(board: Board) -> str:
    chosen, places = board.best_temperature(), board.temperatures
    assert chosen is not None
    first, level = chosen
    others = f"; {series([f'{places[name]:g}' for name in level])} cannot be told from it" if level else ""
    return f"{places[first]:g}{others}"


def _measure(board: Board, id_: str, course: Course) -> Panel:
    metric = board.metrics[id_]
    return _panel(f"{metric['label']}, {unit_name(metric['unit'])}", course, _in_words(course))


def _in_words(course: Course) -> str:
    known = course.known
    inside = [place.x for place in known if place.within]
    if course.human is None:
        return f"{format_value(known[0].value or 0.0)} to {format_value(known[-1].value or 0.0)}"
    if len(inside) == len(known):
        return "Within the human range at every temperature"
    if not inside:
        return "Within the human range at no temperature"
    if inside == [place.x for place in known if inside[0] <= place.x <= inside[-1]]:
        return f"Within the human range at {inside[0]:g}" + (f" to {inside[-1]:g}" if len(inside) > 1 else "")
    return f"Within the human range at {series([f'{place:g}' for place in inside])}"


def _panel(label: str, course: Course, finding: str) -> Panel:
    xs = [place.x for place in course.points]
    step = -(-len(xs) // 8)
    ticks = {x: f"{x:g}" for x in xs[::step]}
    return panel(label, finding, f"{label} over temperature. {finding}.", [course], log=False, ticks=ticks)
