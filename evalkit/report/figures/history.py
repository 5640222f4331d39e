"""Draws measures over runs, one candidate at a time: `histories` gives the figures of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from evalkit._util.formatting import in_unit, unit_name
from evalkit.report.figures import style as figures
from evalkit.report.figures.curves import Band, Curve, read_range, row_point
from evalkit.report.figures.line_chart import line_panel
from evalkit.report.figures.panels import Panel
from evalkit.report.view.run_diff import differences
from evalkit.results import Row

if TYPE_CHECKING:
    from evalkit.report.view.run_diff import Run

_SIZE = (480, 200)
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
        panels: one a headline metric of the newest run.
        head, body: the values as a table, a line a run that has it.
    """

    candidate: str
    n_runs: int
    n_rows: int
    panels: Sequence[Panel]
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
    with figures.style():
        return [_history(runs, rows, name, metrics) for name in names[:_MOST_CANDIDATES]], names[_MOST_CANDIDATES:]


RunRows = Mapping[tuple[str, str], Row]
"""(candidate, metric) -> the row of one run."""


def _history(runs: Sequence[Run], rows: Sequence[RunRows], name: str, ids: Sequence[str]) -> History:
    metrics = runs[-1].results.metrics
    present = [i for i, run in enumerate(rows) if any(_measured(run.get((name, id_))) for id_ in ids)]
    breaks = [place for place, (before, after) in enumerate(pairwise(present), start=1) if _unlike(runs, before, after)]
    numbers = [i + 1 for i in present]
    panels = [_panel(name, metrics[id_], [rows[i].get((name, id_)) for i in present], breaks, numbers) for id_ in ids]
    return History(
        candidate=name,
        n_runs=len(present),
        n_rows=min(len(present), _MOST_ROWS),
        panels=[panel for panel in panels if panel is not None],
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


def _panel(
    name: str, metric: Mapping[str, str], rows: Sequence[Row | None], breaks: Sequence[int], numbers: Sequence[int]
) -> Panel | None:
    """One measure over the runs that have a candidate, oldest first.

    Args:
        name: of the candidate.
        metric: as results hold it.
        rows: one a run; None where the run does not have it, which leaves a gap.
        breaks: places in `rows` of the runs that are not comparable with the one before; the line is broken there and a rule drawn.
        numbers: of the runs, below the axis.
    """
    values = [row.value for row in rows if row is not None and row.value is not None]
    if not values:
        return None
    first, last = in_unit(values[0], metric["unit"]), in_unit(values[-1], metric["unit"])
    finding = f"{first} in the first run, {last} in the last" if len(values) > 1 else first
    title = f"{metric['label']}, {unit_name(metric['unit'])}"
    # Each run has a human range of its own, so that the bands are as wide as the place of a run, half a place to each side.
    ranges = [None if row is None else read_range(row, metric) for row in rows]
    points = [row_point(x, row, metric, human) for x, (row, human) in enumerate(zip(rows, ranges, strict=True))]
    rules = [place - 0.5 for place in breaks]
    ticks = {float(x): str(numbers[x]) for x in range(0, len(rows), max(1, len(rows) // _MOST_TICKS))}
    return line_panel(
        title,
        finding,
        f"{title}, of {name} over {len(rows)} runs: {finding}.",
        [Curve(points, breaks=rules)],
        ticks=ticks,
        bands=[Band(x - 0.5, x + 0.5, *human) for x, human in enumerate(ranges) if human is not None],
        rules=rules,
        limits=(-0.6, len(rows) - 0.4),
        size=_SIZE,
        position=(0.11, 0.14, 0.87, 0.8),
    )
