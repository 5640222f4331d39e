"""Draws measures over runs, one candidate at a time: `histories` gives the figures of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup

from evalkit._util.formatting import in_unit, unit_name
from evalkit.report.figures.canvas import Plan, short_name
from evalkit.report.figures.catalogue import svg_of_plan
from evalkit.report.figures.curves import Curve, read_range, row_point
from evalkit.report.figures.drawings.curve_panels import Panel, draw_panels, panels_height
from evalkit.report.view.run_diff import differences
from evalkit.results import Row

if TYPE_CHECKING:
    from evalkit.report.view.run_diff import Run

_WIDTH, _MIDDLE, _NARROW = 1150.0, 712.0, 328.0
"""Pixels of a figure across the page, across a smaller screen or paper, and on a narrow screen."""
_MOST_CANDIDATES = 12
"""Candidates that have panels, those with the most runs."""
_MOST_ROWS = 200
"""Runs in a table of values, the last ones; their results have the others."""
_MOST_TICKS = 8


@dataclass(frozen=True)
class History:
    """One candidate over runs.

    Args:
        candidate: its name.
        n_runs, n_rows: how many runs have it, and how many of them, the last, the table shows.
        svg: the figure of the headline metrics of the newest run.
        middle, narrow: the same for smaller screens and paper, and for narrow screens.
        head, body: the values as a table, a line a run that has it.
    """

    candidate: str
    n_runs: int
    n_rows: int
    svg: Markup
    middle: Markup
    narrow: Markup
    head: Sequence[str]
    body: Sequence[Sequence[str]]


def histories(runs: Sequence[Run]) -> tuple[list[History], list[str]]:
    """Every candidate that at least two runs have, and the names of those that were left out because there are too many."""
    metrics = [id_ for id_, metric in runs[-1].results.metrics.items() if metric["headline"]]
    counts: dict[str, int] = {}
    for run in runs:
        for candidate in run.results.candidates:
            counts[candidate["name"]] = counts.get(candidate["name"], 0) + 1
    names = sorted((name for name, n in counts.items() if n > 1), key=lambda name: -counts[name])
    rows = [{(row.candidate, row.metric): row for row in run.results.results} for run in runs]
    shown = names[:_MOST_CANDIDATES]
    return [_history(runs, rows, name, metrics, id_=f"history-{i}") for i, name in enumerate(shown)], names[_MOST_CANDIDATES:]


RunRows = Mapping[tuple[str, str], Row]
"""(candidate, metric) -> the row of one run."""


def _history(runs: Sequence[Run], rows: Sequence[RunRows], name: str, ids: Sequence[str], *, id_: str) -> History:
    metrics = runs[-1].results.metrics
    present = [i for i, run in enumerate(rows) if any(_measured(run.get((name, id_))) for id_ in ids)]
    breaks = [place for place, (before, after) in enumerate(pairwise(present), start=1) if _unlike(runs, before, after)]
    numbers = [i + 1 for i in present]
    panels = [_panel(metrics[metric], [rows[i].get((name, metric)) for i in present], breaks, numbers) for metric in ids]
    drawn = [panel for panel in panels if panel is not None]
    return History(
        candidate=name,
        n_runs=len(present),
        n_rows=min(len(present), _MOST_ROWS),
        svg=_svg(name, drawn, id_=id_, width=_WIDTH),
        middle=_svg(name, drawn, id_=f"{id_}-middle", width=_MIDDLE),
        narrow=_svg(name, drawn, id_=f"{id_}-narrow", width=_NARROW),
        head=["run", *(f"{metrics[id_]['label']}, {unit_name(metrics[id_]['unit'])}" for id_ in ids)],
        body=[
            [str(i + 1), *(_value(rows[i].get((name, id_)), metrics[id_]["unit"]) for id_ in ids)] for i in present[-_MOST_ROWS:]
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


def _panel(metric: Mapping[str, str], rows: Sequence[Row | None], breaks: Sequence[int], numbers: Sequence[int]) -> Panel | None:
    """One measure over the runs that have a candidate, oldest first.

    Args:
        metric: as results hold it.
        rows: one a run; None where the run does not have it, which leaves a gap.
        breaks: places in `rows` of the runs that are not comparable with the one before; the line is broken there and a rule drawn.
        numbers: of the runs, below the axis.
    """
    values = [row.value for row in rows if row is not None and row.value is not None]
    if not values:
        return None
    first, last = in_unit(values[0], metric["unit"]), in_unit(values[-1], metric["unit"])
    # Each run has a human range of its own: the points are marked by theirs, and the newest is drawn.
    ranges = [None if row is None else read_range(row, metric) for row in rows]
    points = [row_point(x, row, metric, human) for x, (row, human) in enumerate(zip(rows, ranges, strict=True))]
    rules = [place - 0.5 for place in breaks]
    ticks = {float(x): str(numbers[x]) for x in range(0, len(rows), max(1, len(rows) // _MOST_TICKS))}
    human = next((ends for ends in reversed(ranges) if ends is not None), None)
    curve = Curve(points, human=human, breaks=rules)
    note = f"{first} at first, {last} at last" if len(values) > 1 else first
    return Panel(metric["label"], unit_name(metric["unit"]), note, [curve], ticks, rules=rules)


def _svg(name: str, panels: Sequence[Panel], *, id_: str, width: float) -> Markup:
    """The figures of a candidate as an element of the page; empty where it was never measured."""
    if not panels:
        return Markup("")
    plan = Plan(
        finding=f"{short_name(name, 300)} over runs",
        how="Grey: the human range of the newest run; ● inside the range of their own run, ◆ outside, ○ unknown; pale: 95 % intervals.",
        alt=" ".join(f"{panel.title}, {panel.unit}: {panel.note}." for panel in panels),
        height=lambda width: panels_height(panels, width),
        draw=lambda canvas: draw_panels(canvas, panels),
    )
    return Markup(svg_of_plan(plan, id_=id_, width=width))  # noqa: S704 - escaped where it is drawn
