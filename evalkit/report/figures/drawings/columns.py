"""Draws items by candidates, each candidate a column with an axis of its own: `Columns` has their places, names and axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from evalkit.report.figures.canvas import Canvas, label_width, short
from evalkit.report.figures.drawings.candidates import Heads, noise, write_heads
from evalkit.report.view.ranking import Ranking

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 17.0
_FEET = 18.0
_WIDEST = 230.0
_SHARE = 0.9
"""Part of a column that its axis takes."""


def columns_height(ranking: Ranking, names: Sequence[str], labels: Sequence[str], width: float) -> float:
    """The room that columns need below the title of a figure of a width, in pixels."""
    return _heads(ranking, names, labels, width).height + ROW * len(labels) + _FEET + 2


def _heads(ranking: Ranking, names: Sequence[str], labels: Sequence[str], width: float) -> Heads:
    return Heads.of([ranking.head(name) for name in names], width - label_width(labels, 0.3 * width), _WIDEST)


class Columns:
    """Axes with a line an item and a column a candidate; values from -span to span of each candidate become places.

    Args:
        canvas: to draw on.
        ranking: of the run.
        names: of the candidates, left to right.
        labels: of the items, top to bottom.
        span: the value at either end of a column.
    """

    def __init__(self, canvas: Canvas, ranking: Ranking, names: Sequence[str], labels: Sequence[str], span: float) -> None:
        self.canvas, self.names, self.span = canvas, list(names), span
        heads = _heads(ranking, names, labels, canvas.width)
        self.column = heads.column
        left = label_width(labels, 0.3 * canvas.width)
        top = canvas.height - ROW * len(labels) - _FEET
        self.axes: Axes = canvas.axes(left, top, canvas.width - left - self.column * len(names), _FEET)
        self.axes.set_xlim(0, len(names))
        self.axes.set_ylim(len(labels) - 0.5, -0.5)
        self.axes.set_xticks([])
        self.axes.set_yticks(range(len(labels)), [short(label, left - 10) for label in labels])
        write_heads(canvas, self.axes, names, heads, grey=noise(ranking))
        self._guides(len(labels))

    def _guides(self, n: int) -> None:
        """The lines of 0, and what separates candidates."""
        middles = [place + 0.5 for place in range(len(self.names))]
        x = [middle for middle in middles for _ in range(3)]
        y = [end for _ in middles for end in (-0.5, n - 0.5, math.nan)]
        self.axes.plot(x, y, color=self.canvas.palette.muted, linewidth=self.canvas.px(0.8), zorder=1, clip_on=False)

    def x(self, name: str, value: float) -> float:
        """The place of a value of a candidate, at the column's end where it lies beyond."""
        cut = max(-self.span, min(self.span, value))
        return self.names.index(name) + 0.5 + _SHARE * cut / (2 * self.span)

    def ticks(self, labels: Mapping[float, str]) -> None:
        """Values written below each column that has room for them; the middle one alone where it has not."""
        # Labels centred at their values: they need about two thirds of a column.
        crowded = self.column < 26 * len(labels)
        shown = {value: label for value, label in labels.items() if not crowded or value == 0}
        places = {self.x(name, value): label for name in self.names for value, label in shown.items()}
        self.axes.set_xticks(list(places), list(places.values()))
