"""Draws a sweep: the overall position and each measure over temperature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalkit._util.formatting import format_value, series, unit_name
from evalkit.errors import UsageError
from evalkit.report.figures import style as figures
from evalkit.report.figures.curves import Curve, constant_curves, point, range_of_run, row_point
from evalkit.report.figures.line_chart import draw, line_panel
from evalkit.report.figures.panels import Drawing, Panel, known_name
from evalkit.report.view.judging.faults import best_temperature
from evalkit.report.view.ranking import Ranking

OVERALL = "overall"
_POSITION: Mapping[str, str] = {"unit": "position", "label": "overall position"}
_MOST_TICKS = 8


@dataclass(frozen=True)
class Frontier:
    """The section of the page.

    Args:
        panels: the overall position, then each headline metric that moves or leaves the human range.
        constant: the others, as a sentence; empty where there is none.
    """

    panels: Sequence[Panel]
    constant: str


def plot_temperature(ranking: Ranking, name: str | None, metric: str | None) -> Drawing:
    """A metric, or the overall position, over temperature, for axes of the caller's."""
    if not ranking.temperatures:
        raise UsageError("These results are not of a sweep.", remedy="Run sweep, and read its results.json.")
    id_ = known_name(metric or OVERALL, [OVERALL, *ranking.metrics], "metric")
    label = "overall, position" if id_ == OVERALL else f"{ranking.metrics[id_]['label']}, {unit_name(ranking.metrics[id_]['unit'])}"
    curve = _overall(ranking) if id_ == OVERALL else _measure(ranking, id_)
    return Drawing(lambda axes: draw(axes, [curve]), "temperature", label)


def frontier(ranking: Ranking) -> Frontier | None:
    """The section, or None for runs that are no sweep or measured nothing."""
    if not ranking.temperatures or best_temperature(ranking) is None:
        return None
    curves = {id_: curve for id_ in ranking.headline if (curve := _measure(ranking, id_)).measured}
    constant = {id_: curve for id_, curve in curves.items() if curve.constant}
    with figures.style():
        overall = _panel("overall position", _overall(ranking), f"Nearest to human text at {_best_temperature(ranking)}")
        panels = [
            _panel(f"{ranking.metrics[id_]['label']}, {unit_name(ranking.metrics[id_]['unit'])}", curve, _finding(curve))
            for id_, curve in curves.items()
            if id_ not in constant
        ]
    return Frontier([overall, *panels], constant_curves(ranking.metrics, constant))


def _overall(ranking: Ranking) -> Curve:
    positions = {temperature: ranking.overall(name) for name, temperature in ranking.temperatures.items()}
    floor = next((position.floor for position in positions.values() if position.floor is not None), None)
    human = None if floor is None else (None, floor.p95)
    points = [
        point(temperature, position.value, (position.ci.low, position.ci.high) if position.ci else None, _POSITION, human)
        for temperature, position in positions.items()
    ]
    return Curve(points, human=human)


def _measure(ranking: Ranking, id_: str) -> Curve:
    human = range_of_run(ranking, id_)
    points = [
        row_point(temperature, ranking.row(name, id_), ranking.metrics[id_], human)
        for name, temperature in ranking.temperatures.items()
    ]
    return Curve(points, human=human)


def _best_temperature(ranking: Ranking) -> str:
    best, temperatures = best_temperature(ranking), ranking.temperatures
    assert best is not None
    first, tied = best
    others = f"; {series([f'{temperatures[name]:g}' for name in tied])} tied with it" if tied else ""
    return f"{temperatures[first]:g}{others}"


def _finding(curve: Curve) -> str:
    measured = curve.measured
    inside = [point.x for point in measured if point.within]
    if curve.human is None:
        return f"{format_value(measured[0].value or 0.0)} to {format_value(measured[-1].value or 0.0)}"
    if len(inside) == len(measured):
        return "Within the human range at every temperature"
    if not inside:
        return "Within the human range at no temperature"
    if inside == [point.x for point in measured if inside[0] <= point.x <= inside[-1]]:
        return f"Within the human range at {inside[0]:g}" + (f" to {inside[-1]:g}" if len(inside) > 1 else "")
    return f"Within the human range at {series([f'{x:g}' for x in inside])}"


def _panel(label: str, curve: Curve, finding: str) -> Panel:
    temperatures = [point.x for point in curve.points]
    step = -(-len(temperatures) // _MOST_TICKS)
    ticks = {x: f"{x:g}" for x in temperatures[::step]}
    return line_panel(label, finding, f"{label} over temperature. {finding}.", [curve], ticks=ticks)
