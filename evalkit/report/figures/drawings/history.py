"""Draws a history: the overall distance of each candidate over runs, with a break where runs are not comparable."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from evalkit.report.figures.canvas import Plan, short
from evalkit.report.figures.curves import Curve, Point
from evalkit.report.figures.drawings.candidates import spoken_name
from evalkit.report.figures.drawings.curve_panels import Panel, draw_panels, panels_height
from evalkit.report.view.judging.marks import overall_within_range
from evalkit.report.view.ranking import Ranking
from evalkit.report.view.run_diff import differences

if TYPE_CHECKING:
    from evalkit.report.view.run_diff import Run

_MOST_CANDIDATES = 12
_MOST_TICKS = 8


def plan(runs: Sequence[Run]) -> Plan | None:
    """The figure; None where no candidate has an overall distance in two runs."""
    rankings = [Ranking(run.results) for run in runs]
    curves = [curve for name in _names(rankings) if len((curve := _curve(runs, rankings, name)).measured) > 1]
    if not curves:
        return None
    step = -(-len(runs) // _MOST_TICKS)
    ticks = {float(n): str(n) for n in range(1, len(runs) + 1, step)}
    rules = sorted({rule for curve in curves for rule in curve.breaks})
    panel = Panel("overall distance", "by run", "", curves, ticks, rules=rules)
    return Plan(
        finding=_finding(curves),
        how="Overall distance: 0 human text, 1 random letters. Grey: the human range of the last run. ● inside, ◆ outside, ○ range "
        "unknown; pale: 95 % intervals; dotted: settings changed.",
        alt=" ".join(f"{short(curve.label, 120)}: {_change(curve)}." for curve in curves),
        height=lambda width: panels_height([panel], width),
        draw=lambda canvas: draw_panels(canvas, [panel]),
    )


def _names(rankings: Sequence[Ranking]) -> list[str]:
    """The candidates with the most runs."""
    counts: dict[str, int] = {}
    for ranking in rankings:
        for candidate in ranking.candidates:
            counts[str(candidate["name"])] = counts.get(str(candidate["name"]), 0) + 1
    return sorted((name for name, n in counts.items() if n > 1), key=lambda name: -counts[name])[:_MOST_CANDIDATES]


def _curve(runs: Sequence[Run], rankings: Sequence[Ranking], name: str) -> Curve:
    points, human = [], None
    present = [i for i, ranking in enumerate(rankings) if any(candidate["name"] == name for candidate in ranking.candidates)]
    for i in present:
        overall = rankings[i].overall(name)
        interval = (overall.ci.low, overall.ci.high) if overall.ci else None
        points.append(Point(float(i + 1), overall.value, interval, overall_within_range(overall)))
        human = (None, overall.floor.p95) if overall.floor is not None else human
    breaks = [after + 0.5 for before, after in pairwise(present) if _unlike(runs, before, after)]
    return Curve(points, name, human, breaks)


def _unlike(runs: Sequence[Run], before: int, after: int) -> bool:
    """Whether two runs, with others between them or not, cannot be compared."""
    if after == before + 1:
        return bool(runs[after].breaks)
    return bool(differences(runs[before].results, runs[after].results)[0])


def _finding(curves: Sequence[Curve]) -> str:
    """The candidate that changed most between its first run and its last."""
    changed = max(curves, key=lambda curve: abs((curve.measured[-1].value or 0.0) - (curve.measured[0].value or 0.0)))
    return f"{spoken_name(changed.label)}: overall distance {_change(changed)}"


def _change(curve: Curve) -> str:
    first, last = curve.measured[0], curve.measured[-1]
    return f"{first.value:.2f} in run {first.x:.0f}, {last.value:.2f} in run {last.x:.0f}"
