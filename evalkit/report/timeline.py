"""Measures over runs, as figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from evalkit.report import figures
from evalkit.report.numbers import in_unit, unit_name
from evalkit.report.svg import data_uri, to_svg
from evalkit.results import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from evalkit.report.runs import Run

_WIDTH, _HEIGHT = 480, 200
_MOST = 40
"""Candidates that have panels; the table has all."""


@dataclass(frozen=True)
class Timeline:
    """One candidate on one metric over runs.

    Args:
        candidate, label, unit: of what.
        finding: first and last value.
        source: the figure.
        values: a cell a run, empty where the run does not have it.
    """

    candidate: str
    label: str
    unit: str
    finding: str
    source: Markup
    width: int
    height: int
    values: Sequence[str]


def timelines(runs: Sequence[Run]) -> list[Timeline]:
    """Every candidate that at least two runs have, on every headline metric of the newest run."""
    newest = runs[-1].results
    metrics = [id_ for id_, metric in newest.metrics.items() if metric["headline"]]
    counts: dict[str, int] = {}
    for run in runs:
        for candidate in run.results.candidates:
            counts[candidate["name"]] = counts.get(candidate["name"], 0) + 1
    names = [name for name, n in counts.items() if n > 1][:_MOST]
    with figures.style():
        return [_timeline(runs, name, id_) for name in names for id_ in metrics]


def _timeline(runs: Sequence[Run], name: str, id_: str) -> Timeline:
    metric = runs[-1].results.metrics[id_]
    rows = [run.results.row(name, id_) for run in runs]
    known = [row.value for row in rows if row is not None and row.value is not None]
    figure, axes = figures.panel(_WIDTH, _HEIGHT)
    axes.set_position((0.12, 0.14, 0.86, 0.78))
    draw_history(axes, rows, [bool(run.breaks) for run in runs], unit=metric["unit"])
    unit = unit_name(metric["unit"])
    finding = f"{in_unit(known[0], metric['unit'])} to {in_unit(known[-1], metric['unit'])} {unit}" if known else "not measured"
    values = ["" if row is None or row.value is None else in_unit(row.value, metric["unit"]) for row in rows]
    return Timeline(name, metric["label"], unit, finding, data_uri(to_svg(figure)), _WIDTH, _HEIGHT, values)


def draw_history(axes: Axes, rows: Sequence[Row | None], breaks: Sequence[bool], *, unit: str) -> Axes:
    """One measure over runs, oldest first, with intervals and the human range.

    Args:
        axes: to draw on.
        rows: one a run; None where the run does not have it, which leaves a gap.
        breaks: whether the run is not comparable with the one before it; the line is broken there and a rule drawn.
        unit: of the values; shares are drawn in percent.
    """
    scale = 100 if unit == "share" else 1
    for place, row in enumerate(rows):
        if row is not None and row.floor is not None:
            axes.plot(
                [place - 0.4, place + 0.4], [scale * row.floor.median] * 2, color=figures.CORPUS, linewidth=5, solid_capstyle="butt"
            )
        if breaks[place]:
            axes.axvline(place - 0.5, color=figures.MUTED, linewidth=0.8, linestyle=":")
        if row is not None and row.ci is not None:
            axes.plot([place, place], [scale * row.ci.low, scale * row.ci.high], color=figures.INK, linewidth=1.1)
    for segment in _segments(rows, breaks):
        axes.plot(
            *zip(*((x, scale * y) for x, y in segment), strict=True), color=figures.INK, linewidth=1, marker="o", markersize=4
        )
    axes.set_xlim(-0.6, len(rows) - 0.4)
    step = max(1, len(rows) // 8)
    axes.set_xticks(range(0, len(rows), step), [str(place + 1) for place in range(0, len(rows), step)])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.locator_params(axis="y", nbins=4)
    return axes


def _segments(rows: Sequence[Row | None], breaks: Sequence[bool]) -> list[list[tuple[int, float]]]:
    """The values in runs of comparable neighbours."""
    segments: list[list[tuple[int, float]]] = [[]]
    for place, row in enumerate(rows):
        if breaks[place]:
            segments.append([])
        if row is not None and row.value is not None:
            segments[-1].append((place, row.value))
    return [segment for segment in segments if segment]
