"""A sweep as figures: the overall position and each measure over temperature, and where the best lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalkit.report import figures
from evalkit.report.courses import Course, Ends, panel, point, run_ends
from evalkit.report.numbers import format_value, series, unit_name
from evalkit.report.panels import Panel
from evalkit.report.standing import Board

_POSITION: Mapping[str, str] = {"unit": "position", "label": "overall position"}


@dataclass(frozen=True)
class Frontier:
    """The section of the report.

    Args:
        panels: the overall position, then each headline metric.
    """

    panels: Sequence[Panel]


def frontier(board: Board) -> Frontier | None:
    """The section, or None for runs that are no sweep or measured nothing."""
    places = board.temperatures
    if not places or board.best_temperature() is None:
        return None
    with figures.style():
        panels = [_measure(board, id_, places) for id_ in board.headline]
        return Frontier([_whole(board, places), *(found for found in panels if found is not None)])


def _whole(board: Board, places: Mapping[str, float]) -> Panel:
    found = {name: board.overall(name) for name in places}
    floor = next((one.floor for one in found.values() if one.floor is not None), None)
    human = None if floor is None else (None, floor.p95)
    points = [
        point(places[name], one.value, (one.ci.low, one.ci.high) if one.ci else None, _POSITION, human)
        for name, one in found.items()
    ]
    return _panel("overall position", Course("", points, human), f"Nearest to human text at {_best_place(board, places)}")


def _best_place(board: Board, places: Mapping[str, float]) -> str:
    chosen = board.best_temperature()
    assert chosen is not None
    first, level = chosen
    others = f"; {series([f'{places[name]:g}' for name in level])} cannot be told from it" if level else ""
    return f"{places[first]:g}{others}"


def _measure(board: Board, id_: str, places: Mapping[str, float]) -> Panel | None:
    human, metric, points = run_ends(board, id_), board.metrics[id_], []
    for name, place in places.items():
        row = board.row(name, id_)
        value, ci = (row.value, row.ci) if row is not None else (None, None)
        points.append(point(place, value, (ci.low, ci.high) if ci else None, metric, human))
    course = Course("", points, human)
    return _panel(f"{metric['label']}, {unit_name(metric['unit'])}", course, _in_words(course, human)) if course.known else None


def _in_words(course: Course, human: Ends | None) -> str:
    known = course.known
    inside = [place.x for place in known if place.within]
    if human is None:
        return f"{format_value(known[0].value or 0.0)} to {format_value(known[-1].value or 0.0)}"
    if len(inside) == len(known):
        return "Human at every temperature"
    if not inside:
        return "Human at no temperature"
    if inside == [place.x for place in known if inside[0] <= place.x <= inside[-1]]:
        return f"Human at {inside[0]:g}" + (f" to {inside[-1]:g}" if len(inside) > 1 else "")
    return f"Human at {series([f'{place:g}' for place in inside])}"


def _panel(label: str, course: Course, finding: str) -> Panel:
    xs = [place.x for place in course.points]
    step = -(-len(xs) // 8)
    ticks = {x: f"{x:g}" for x in xs[::step]}
    return panel(label, finding, f"{label} over temperature. {finding}.", [course], log=False, ticks=ticks)
