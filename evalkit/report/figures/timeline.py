"""Measures over runs, as figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from evalkit._util.formatting import in_unit, unit_name
from evalkit.report.figures import line_chart as curves
from evalkit.report.figures import style as figures
from evalkit.report.figures.line_chart import Band, Curve, Point
from evalkit.report.figures.panels import Panel
from evalkit.report.figures.series import Ends, human_ends, point
from evalkit.report.figures.svg import data_uri, to_svg
from evalkit.report.view.run_diff import differences
from evalkit.results import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from evalkit.report.view.run_diff import Run

_WIDTH, _HEIGHT = 480, 200
_MOST = 12
"""Candidates that have panels, those with the most runs."""
_ROWS = 200
"""Runs in a table of values, the last ones; their results have the others."""


@dataclass(frozen=True)
class Timeline:
    """One candidate over runs.

    Args:
        candidate: its name.
        n_runs, n_rows: how many runs have it, and how many of them, the last, the table shows.
        panels: one a headline metric of the newest run.
        head, body: the values as a table, a line a run that has it.
    """

    candidate: str
    n_runs: int
    n_rows: int
    panels: Sequence[Panel]
    head: Sequence[str]
    body: Sequence[Sequence[str]]


def timelines(runs: Sequence[Run]) -> tuple[list[Timeline], list[str]]:
    """Every candidate that at least two runs have, and the names of those that were left out because there are too many."""
    newest = runs[-1].results
    metrics = [id_ for id_, metric in newest.metrics.items() if metric["headline"]]
    counts: dict[str, int] = {}
    for run in runs:
        for candidate in run.results.candidates:
            counts[candidate["name"]] = counts.get(candidate["name"], 0) + 1
    names = sorted((name for name, n in counts.items() if n > 1), key=lambda name: -counts[name])
    rows = [{(row.candidate, row.metric): row for row in run.results.results} for run in runs]
    with figures.style():
        return [_timeline(runs, rows, name, metrics) for name in names[:_MOST]], names[_MOST:]


Rows = Mapping[tuple[str, str], Row]


def _timeline(runs: Sequence[Run], rows: Sequence[Rows], name: str, metrics: Sequence[str]) -> Timeline:
    known = runs[-1].results.metrics
    present = [place for place, found in enumerate(rows) if any(_measured(found.get((name, id_))) for id_ in metrics)]
    own = {id_: [rows[place].get((name, id_)) for place in present] for id_ in metrics}
    breaks = [i for i, (before, after) in enumerate(pairwise(present), start=1) if _unlike(runs, before, after)]
    panels = [_panel(name, known[id_], own[id_], breaks, numbers=[place + 1 for place in present]) for id_ in metrics]
    return Timeline(
        candidate=name,
        n_runs=len(present),
        n_rows=min(len(present), _ROWS),
        panels=[panel for panel in panels if panel is not None],
        head=["run", *(f"{known[id_]['label']}, {unit_name(known[id_]['unit'])}" for id_ in metrics)],
        body=[
            [str(place + 1), *(_value(rows[place].get((name, id_)), known[id_]["unit"]) for id_ in metrics)]
            for place in present[-_ROWS:]
        ],
    )


def _measured(row: Row | None) -> bool:
    return row is not None and row.value is not None


def _unlike(runs: Sequence[Run], before: int, after: int) -> bool:
    """Whether two runs, with others between them or not, cannot be compared."""
    if after == before + 1:
        return bool(runs[after].breaks)
    return bool(differences(runs[before].results, runs[after].results)[0])


def _value(row: Row | None, unit: str) -> str:
    if row is None:
        return ""
    return "not measured" if row.value is None else in_unit(row.value, unit)


def _panel(
    name: str, metric: Mapping[str, str], rows: Sequence[Row | None], breaks: Sequence[int], *, numbers: Sequence[int]
) -> Panel | None:
    values = [row.value for row in rows if row is not None and row.value is not None]
    if not values:
        return None
    figure, axes = figures.panel(_WIDTH, _HEIGHT)
    axes.set_position((0.11, 0.14, 0.87, 0.8))
    draw_history(axes, rows, breaks, metric, numbers=numbers)
    first, last = in_unit(values[0], metric["unit"]), in_unit(values[-1], metric["unit"])
    finding = f"{first} in the first run, {last} in the last" if len(values) > 1 else first
    title = f"{metric['label']}, {unit_name(metric['unit'])}"
    alt = f"{title}, of {name} over {len(rows)} runs: {finding}."
    return Panel(title, finding, alt, data_uri(to_svg(figure)), _WIDTH, _HEIGHT)


def draw_history(
    axes: Axes,
    rows: Sequence[Row | None],
    breaks: Sequence[int],
    metric: Mapping[str, str],
    *,
    numbers: Sequence[int] | None = None,
) -> Axes:
    """One measure over runs, oldest first, with intervals and the human range of each run.

    Args:
        axes: to draw on.
        rows: one a run; None where the run does not have it, which leaves a gap.
        breaks: places in `rows` of the runs that are not comparable with the one before; the line is broken there and a rule drawn.
        metric: its unit, direction and bounds, as results hold them.
        numbers: of the runs, below the axis; None counts from 1.
    """
    ends = [None if row is None else human_ends(row, metric) for row in rows]
    points = [_point(place, row, metric, human) for place, (row, human) in enumerate(zip(rows, ends, strict=True))]
    bands = [Band(place - 0.5, place + 0.5, *human) for place, human in enumerate(ends) if human is not None]
    curves.draw(axes, [Curve(points, breaks=[place - 0.5 for place in breaks])], bands)
    for place in breaks:
        axes.axvline(place - 0.5, color=figures.MUTED, linewidth=0.8, linestyle=":")
    axes.set_xlim(-0.6, len(rows) - 0.4)
    step = max(1, len(rows) // 8)
    shown = range(0, len(rows), step)
    axes.set_xticks(shown, [str(numbers[place] if numbers else place + 1) for place in shown])
    return axes


def _point(place: int, row: Row | None, metric: Mapping[str, str], human: Ends | None) -> Point:
    if row is None:
        return Point(place, None)
    return point(place, row.value, (row.ci.low, row.ci.high) if row.ci else None, metric, human)
