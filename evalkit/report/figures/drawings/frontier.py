"""Draws a sweep: the overall distance, and each headline measure that moves, over temperature."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit._util.formatting import series, unit_name
from evalkit.report.figures.canvas import Plan
from evalkit.report.figures.curves import Curve, Point, constant_curves, point, range_of_run, row_point
from evalkit.report.figures.drawings.curve_panels import Panel, draw_panels, panels_height
from evalkit.report.view.judging.faults import best_temperature
from evalkit.report.view.judging.marks import overall_within_range
from evalkit.report.view.ranking import Ranking

_MOST_TICKS = 6


def plan(ranking: Ranking) -> Plan | None:
    """The figure; None for a run that is no sweep or measured nothing."""
    if not ranking.temperatures:
        return None
    overall = overall_curve(ranking)
    curves = {id_: measure_curve(ranking, id_) for id_ in ranking.headline}
    shown = {id_: curve for id_, curve in curves.items() if curve.measured and not curve.constant}
    if not overall.measured and not shown:
        return None
    temperatures = list(ranking.temperatures.values())
    ticks = {x: f"{x:g}" for x in temperatures[:: -(-len(temperatures) // _MOST_TICKS)]}
    panels = [Panel("overall distance", "0 human, 1 random letters", _where(overall), [overall], ticks)] if overall.measured else []
    panels += [Panel(*title_of(ranking, id_), _where(curve), [curve], ticks) for id_, curve in shown.items()]
    constant = constant_curves(ranking.metrics, {id_: curve for id_, curve in curves.items() if curve.measured and curve.constant})
    how = "Each measure over temperature. Grey: the human range; ● inside, ◆ outside, ○ range unknown; pale: 95 % intervals."
    return Plan(
        finding=_finding(ranking),
        how=f"{how} {constant}".strip(),
        alt=" ".join(f"{panel.title}: {panel.note}; {_in_words(panel.curves[0].points)}." for panel in panels),
        height=lambda width: panels_height(panels, width),
        draw=lambda canvas: draw_panels(canvas, panels),
    )


def title_of(ranking: Ranking, id_: str) -> tuple[str, str]:
    """A measure and its unit."""
    return str(ranking.metrics[id_]["label"]), unit_name(str(ranking.metrics[id_]["unit"]))


def overall_curve(ranking: Ranking) -> Curve:
    """The overall distance over temperature."""
    found = {temperature: ranking.overall(name) for name, temperature in ranking.temperatures.items()}
    floor = next((overall.floor for overall in found.values() if overall.floor is not None), None)
    points = []
    for temperature, overall in found.items():
        ci = (overall.ci.low, overall.ci.high) if overall.ci else None
        placed = point(temperature, overall.value, ci, {"unit": "position"}, None)
        points.append(type(placed)(placed.x, placed.value, placed.interval, overall_within_range(overall)))
    return Curve(points, human=None if floor is None else (None, floor.p95))


def measure_curve(ranking: Ranking, id_: str) -> Curve:
    """A measure over temperature."""
    human = range_of_run(ranking, id_)
    points = [
        row_point(temperature, ranking.row(name, id_), ranking.metrics[id_], human)
        for name, temperature in ranking.temperatures.items()
    ]
    return Curve(points, human=human)


def _where(curve: Curve) -> str:
    """At which temperatures a measure is in the human range."""
    measured = curve.measured
    inside = [place.x for place in measured if place.within]
    if all(place.within is None for place in measured):
        return ""
    if len(inside) == len(measured):
        return "in range throughout"
    if not inside:
        return "in range nowhere"
    if inside == [place.x for place in measured if inside[0] <= place.x <= inside[-1]]:
        return f"in range at {inside[0]:g}" + (f" to {inside[-1]:g}" if len(inside) > 1 else "")
    return f"in range at {series([f'{x:g}' for x in inside])}"


def _finding(ranking: Ranking) -> str:
    best, temperatures = best_temperature(ranking), ranking.temperatures
    if best is None:
        return "Measures over temperature"
    first, tied = best
    others = f"; {series([f'{temperatures[name]:g}' for name in tied])} tied with it" if tied else ""
    return f"Recommended temperature: {temperatures[first]:g}{others}"


def _in_words(points: Sequence[Point]) -> str:
    return ", ".join(f"{place.x:g} {place.value:.3g}" for place in points if place.value is not None)
