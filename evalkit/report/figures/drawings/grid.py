"""Draws a grid of measures by candidates, `draw_grid`: colour by how far off, a mark outside the human range, names above, links to rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.report.figures.canvas import Canvas, label_width, short
from evalkit.report.figures.drawings.candidates import Heads, noise, write_heads
from evalkit.report.view.ranking import Ranking

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 20.0
_LABELS = 250.0
_WIDEST = 90.0
"""Pixels of a column; few candidates leave room beside them."""
_BOTH = 26.0
"""Pixels of a column from which it has room for a mark and an arrow."""
_LEVELS = 8
_STRONGEST = 0.88
_DARK = 0.6
"""Strength of a colour from which its mark is as light as paper."""


@dataclass(frozen=True)
class Cell:
    """A measure of a candidate.

    Args:
        level: how far it is off, from -1, too little, over 0 to 1, too much or too far; None where it was not measured.
        within: whether it is within the human range; None where that is not known.
        sided: whether there can be too little of it; a distance can only be too far.
        words: the same in words.
        text: written in it; empty for none.
    """

    level: float | None
    within: bool | None
    sided: bool
    words: str
    text: str = ""


@dataclass(frozen=True)
class Line:
    """A measure: its id, its label, and a cell a candidate."""

    metric: str
    label: str
    cells: Sequence[Cell]


def grid_height(ranking: Ranking, lines: Sequence[Line], width: float) -> float:
    """The room that a grid needs below the title of a figure of a width, in pixels."""
    return _heads(ranking, lines, width).height + ROW * len(lines) + 4


def _heads(ranking: Ranking, lines: Sequence[Line], width: float) -> Heads:
    return Heads.of([ranking.head(name) for name in ranking.names], width - _left(lines, width), _WIDEST)


def _left(lines: Sequence[Line], width: float) -> float:
    return label_width([line.label for line in lines], min(_LABELS, 0.46 * width))


def draw_grid(canvas: Canvas, ranking: Ranking, lines: Sequence[Line]) -> None:
    """Draws a line a measure and a column a candidate."""
    names = ranking.names
    heads, left = _heads(ranking, lines, canvas.width), _left(lines, canvas.width)
    column = heads.column
    axes = canvas.axes(left, canvas.height - ROW * len(lines) - 4, canvas.width - left - column * len(names), 4)
    _colour(canvas, axes, lines)
    _mark(canvas, axes, lines, column)
    axes.set_xlim(0, len(names))
    axes.set_ylim(len(lines), 0)
    axes.set_xticks([])
    axes.set_yticks([place + 0.5 for place in range(len(lines))], [short(line.label, left - 10) for line in lines])
    for label, line in zip(axes.get_yticklabels(), lines, strict=True):
        if line.metric:
            label.set_url(f"#row-{line.metric}")
    _link_rows(canvas, axes, lines)
    write_heads(canvas, axes, names, heads, grey=noise(ranking))


def _colour(canvas: Canvas, axes: Axes, lines: Sequence[Line]) -> None:
    import numpy as np
    import seaborn as sns
    from matplotlib.colors import ListedColormap, to_rgb

    steps = range(-_LEVELS, _LEVELS + 1)
    # Strength is transparency, so that the same figure is right on light and on dark paper.
    colours = ListedColormap(
        [(*to_rgb(canvas.palette.less if step < 0 else canvas.palette.accent), _STRONGEST * abs(step) / _LEVELS) for step in steps]
    )
    levels = np.array([[math.nan if cell.level is None else round(_LEVELS * cell.level) for cell in line.cells] for line in lines])
    sns.heatmap(
        levels, ax=axes, cmap=colours, vmin=-_LEVELS - 0.5, vmax=_LEVELS + 0.5, cbar=False, linewidths=0, xticklabels=False, yticklabels=False
    )  # fmt: skip
    axes.collections[0].set_clip_on(False)
    _grid(canvas, axes, *levels.shape)


def _grid(canvas: Canvas, axes: Axes, n_lines: int, n_columns: int) -> None:
    """Lines between the cells, in one path."""
    x = [end for _ in range(n_lines + 1) for end in (0, n_columns, math.nan)] + [x for x in range(n_columns + 1) for _ in range(3)]
    y = [y for y in range(n_lines + 1) for _ in range(3)] + [end for _ in range(n_columns + 1) for end in (0, n_lines, math.nan)]
    axes.plot(x, y, color=canvas.palette.rule, linewidth=canvas.px(1), clip_on=False, zorder=2)


def _mark(canvas: Canvas, axes: Axes, lines: Sequence[Line], column: float) -> None:
    """Marks of what is outside or unknown, in the tone that can be seen on the cell; of both signs the arrow alone where there is no room."""
    alone = column < _BOTH
    for light in (False, True):
        tone = canvas.palette.paper if light else canvas.palette.ink
        points = [
            (x + 0.5 - _aside(cell) / column, y + 0.5, cell.within)
            for y, line in enumerate(lines)
            for x, cell in enumerate(line.cells)
            if cell.level is not None and not cell.within and _is_strong(cell) is light and not (alone and _has_arrow(cell))
        ]
        canvas.mark(axes, points, size=6.5, colour=tone)
        for side in (-1, 1):
            _arrows(
                canvas,
                axes,
                [
                    (x + 0.5 + (0 if alone else 5.5 / column), y + 0.5)
                    for y, line in enumerate(lines)
                    for x, cell in enumerate(line.cells)
                    if _has_arrow(cell) and _is_strong(cell) is light and (cell.level or 0.0) * side > 0
                ],
                side,
                tone,
            )
    for y, line in enumerate(lines):
        for x, cell in enumerate(line.cells):
            if cell.level is None:
                canvas.say(axes, x + 0.5, y + 0.5, "\u2013", colour=canvas.palette.muted, ha="center")
            elif cell.text:
                tone = canvas.palette.paper if _is_strong(cell) else canvas.palette.ink
                canvas.say(axes, x + 0.5, y + 0.5, cell.text, colour=tone, ha="center", dx=6)


def _aside(cell: Cell) -> float:
    """How far left of the middle a mark is, in pixels, where something stands beside it."""
    return 12.0 if cell.text else 4.5 if _has_arrow(cell) else 0.0


def _has_arrow(cell: Cell) -> bool:
    """Whether a side is said."""
    return cell.sided and cell.within is False and bool(cell.level)


def _arrows(canvas: Canvas, axes: Axes, points: Sequence[tuple[float, float]], turn: int, colour: str) -> None:
    """The side of what is outside, as an arrow beside its mark."""
    from matplotlib.path import Path

    shape = Path([(0, -turn), (0, turn), (-0.7, 0.1 * turn), (0, turn), (0.7, 0.1 * turn)], [1, 2, 1, 2, 2])
    if points:
        axes.plot(
            [x for x, _ in points], [y for _, y in points], linestyle="none", marker=shape, markersize=canvas.px(7.5),
            markerfacecolor="none", markeredgecolor=colour, markeredgewidth=canvas.px(1.2), clip_on=False, zorder=4,
        )  # fmt: skip


def _is_strong(cell: Cell) -> bool:
    return _STRONGEST * abs(cell.level or 0.0) >= _DARK


def _link_rows(canvas: Canvas, axes: Axes, lines: Sequence[Line]) -> None:
    """An area a line that leads to the measure's row in the table of scores."""
    from matplotlib.patches import Rectangle

    for y, line in enumerate(lines):
        if line.metric:
            # Nearly transparent: what is wholly so is not drawn, and a pointer would fall through it.
            area = Rectangle(
                (0, y), len(line.cells), 1, alpha=0.001, color=canvas.palette.rule, linewidth=0, clip_on=False, zorder=5
            )
            area.set_url(f"#row-{line.metric}")
            axes.add_patch(area)
