"""Draws small figures of measures along one axis, `draw_panels`: lines with their intervals as bands, before the human range."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from evalkit._util.formatting import compact
from evalkit.report.figures.canvas import LINE, Canvas, short, short_name, text_width
from evalkit.report.figures.curves import MANY, Curve, Point, medians
from evalkit.report.figures.drawings.lines import Look, draw_pieces
from evalkit.report.figures.theme import DASHES, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PLOT, _FEET, _LEFT, _RIGHT, _GAP = 92.0, 20.0, 40.0, 10.0, 12.0
_HEAD = 3 * LINE + 4

_ALONE_PLOT = 150.0
"""Pixels of the height of a figure, and of one that stands alone and is wide."""
_NARROWEST = 150.0
_MOST_COLUMNS = 5
_MOST_MEDIANS = 60
_KEY_NAME = 120.0
_ALONE = Look(SERIES[0], "-", 1.4)
"""How the only curve of a figure is drawn."""


@dataclass(frozen=True)
class Panel:
    """A small figure.

    Args:
        title: of the measure.
        unit: of its values.
        note: what it shows, in few words.
        curves: in the order of the key.
        ticks: places on the axis and what is written there.
        log: whether the axis doubles instead of adding.
        rules: places of dotted lines, where runs are not comparable.
    """

    title: str
    unit: str
    note: str
    curves: Sequence[Curve]
    ticks: Mapping[float, str] = field(default_factory=dict)
    log: bool = False
    rules: Sequence[float] = ()


def panels_height(panels: Sequence[Panel], width: float) -> float:
    """The room that small figures need below the title of a figure of a width, in pixels."""
    rows = -(-len(panels) // _n_columns(panels, width))
    return rows * (_HEAD + _plot_height(panels, width) + _FEET + _GAP) - _GAP + _key_height(panels, width)


def _plot_height(panels: Sequence[Panel], width: float) -> float:
    return _ALONE_PLOT if len(panels) == 1 and width > 4 * _NARROWEST else _PLOT


def _n_columns(panels: Sequence[Panel], width: float) -> int:
    """As many columns as there is room for, or fewer that fill as many rows evenly."""
    most = max(1, min(_MOST_COLUMNS, len(panels), int(width / _NARROWEST)))
    return -(-len(panels) // -(-len(panels) // most))


def _names(panels: Sequence[Panel]) -> list[str]:
    """The curves' labels, where figures have several."""
    names = list(dict.fromkeys(curve.label for panel in panels for curve in panel.curves))
    return names if len(names) > 1 else []


def _key_rows(names: Sequence[str], width: float) -> list[list[str]]:
    rows: list[list[str]] = [[]]
    used = 0.0
    for name in names:
        room = text_width(short_name(name, _KEY_NAME)) + 38
        if rows[-1] and used + room > width:
            rows.append([])
            used = 0.0
        rows[-1].append(name)
        used += room
    return rows


def _key_height(panels: Sequence[Panel], width: float) -> float:
    names = _names(panels)
    return LINE * len(_key_rows(names, width)) + 6 if names else 0.0


def draw_panels(canvas: Canvas, panels: Sequence[Panel]) -> None:
    """Draws small figures row by row, below a key where they have several curves."""
    names, n = _names(panels), _n_columns(panels, canvas.width)
    looks = {name: Look(SERIES[i % len(SERIES)], DASHES[i // len(SERIES) % len(DASHES)], 1.4) for i, name in enumerate(names)}
    _draw_key(canvas, names, looks)
    wide, high = (canvas.width - _GAP * (n - 1)) / n, _plot_height(panels, canvas.width)
    for place, panel in enumerate(panels):
        row, column = divmod(place, n)
        top = _key_height(panels, canvas.width) + row * (_HEAD + high + _FEET + _GAP) + _HEAD
        left = column * (wide + _GAP)
        axes = canvas.axes(left + _LEFT, top, canvas.width - left - wide + _RIGHT, canvas.height - top - high)
        _draw_panel(canvas, axes, panel, looks)
        for text, up, colour in _head(canvas, panel):
            axes.annotate(
                short(text, wide), (0, 1), xycoords="axes fraction", xytext=(canvas.px(-_LEFT), canvas.px(up)), textcoords="offset points",
                ha="left", va="baseline", color=colour, fontsize=canvas.text, annotation_clip=False,
            )  # fmt: skip


def _head(canvas: Canvas, panel: Panel) -> list[tuple[str, float, str]]:
    """The lines above a small figure: what they say, how high they stand, and their colour."""
    lines = ((panel.title, canvas.palette.ink), (panel.unit, canvas.palette.muted), (panel.note, canvas.palette.ink))
    return [(text, 9.0 + LINE * (2 - place), colour) for place, (text, colour) in enumerate(lines)]


def _draw_key(canvas: Canvas, names: Sequence[str], looks: Mapping[str, Look]) -> None:
    if not names:
        return
    axes = canvas.axes(0, 0, 0, 0)
    axes.set_xlim(0, canvas.width)
    axes.set_ylim(canvas.height, 0)
    axes.set_xticks([])
    axes.set_yticks([])
    for row, shown in enumerate(_key_rows(names, canvas.width)):
        x, y = 0.0, LINE * (row + 0.5)
        for name in shown:
            axes.plot(
                [x, x + 14], [y, y], color=looks[name].colour, linestyle=looks[name].dash, linewidth=canvas.px(1.8), clip_on=False
            )
            canvas.say(axes, x + 18, y, short_name(name, _KEY_NAME), ha="left")
            x += text_width(short_name(name, _KEY_NAME)) + 38


def _draw_panel(canvas: Canvas, axes: Axes, panel: Panel, looks: Mapping[str, Look]) -> None:
    curves = [replace(curve, points=_thinned(curve.points, log=panel.log)) for curve in panel.curves]
    low, high = _limits(curves)
    if panel.log:
        from matplotlib.ticker import NullFormatter, NullLocator

        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_minor_formatter(NullFormatter())
    _human(canvas, axes, curves, low, high)
    _draw_curves(canvas, axes, panel, curves, looks)
    for rule in panel.rules:
        axes.axvline(rule, color=canvas.palette.muted, linewidth=canvas.px(0.8), linestyle=":")
    axes.set(xlabel="", ylabel="")
    axes.set_ylim(low, high)
    axes.set_xlim(*_ends(curves, log=panel.log))
    axes.set_xticks(list(panel.ticks), list(panel.ticks.values()))
    _levels(axes, low, high)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _thinned(points: Sequence[Point], *, log: bool) -> Sequence[Point]:
    """Very many points as the medians of neighbours, gaps between them left out."""
    measured = [point for point in points if point.value is not None]
    if len(measured) <= MANY:
        return points
    length = math.log2(points[-1].x / points[0].x) if log else points[-1].x - points[0].x
    return medians(measured, length / _MOST_MEDIANS, log=log)


def _human(canvas: Canvas, axes: Axes, curves: Sequence[Curve], low: float, high: float) -> None:
    human = next((curve.human for curve in curves if curve.human is not None), None)
    if human is not None:
        bottom, top = (low if human[0] is None else human[0]), (high if human[1] is None else human[1])
        axes.axhspan(bottom, top, color=canvas.palette.band, linewidth=0, zorder=0)


def _draw_curves(canvas: Canvas, axes: Axes, panel: Panel, curves: Sequence[Curve], looks: Mapping[str, Look]) -> None:
    """Bands of intervals, lines, and marks on top of them; a band that leaves the axes has a sign where it does."""
    ends = _limits(curves)
    drawn = []
    for curve in curves:
        look = looks.get(curve.label, _ALONE)
        for piece in pieces(curve):
            xs = [point.x for point in piece]
            if len(piece) > 1 and all(point.interval for point in piece):
                lows, highs = zip(*(point.interval or (0.0, 0.0) for point in piece), strict=True)
                low, high = ([max(ends[0], min(ends[1], end)) for end in edge] for edge in (lows, highs))
                axes.fill_between(xs, low, high, color=look.colour, alpha=0.16, linewidth=0, zorder=1)
                if max(highs) > ends[1]:
                    canvas.beyond(axes, [(xs[highs.index(max(highs))], ends[1])], "above", look.colour)
                if min(lows) < ends[0]:
                    canvas.beyond(axes, [(xs[lows.index(min(lows))], ends[0])], "below", look.colour)
            if len(piece) > 1:
                drawn.append(([(point.x, point.value or 0.0) for point in piece], look))
        if len(curve.points) <= MANY:
            marks = [(point.x, point.value, point.within) for point in curve.points if point.value is not None]
            canvas.mark(axes, marks, size=5.5, colour=look.colour if len(panel.curves) > 1 else None)
    draw_pieces(canvas, axes, drawn)


def pieces(curve: Curve) -> list[list[Point]]:
    """The measured points, cut at the breaks."""
    found: list[list[Point]] = [[]]
    for point in curve.points:
        if found[-1] and any(found[-1][-1].x < cut <= point.x for cut in curve.breaks):
            found.append([])
        if point.value is not None:
            found[-1].append(point)
    return [piece for piece in found if piece]


def _limits(curves: Sequence[Curve]) -> tuple[float, float]:
    """The upright axis: all values, intervals as far as they do not dwarf them, and the ends of the human range."""
    points = [point for curve in curves for point in curve.points if point.value is not None]
    values = [point.value for point in points if point.value is not None] or [0.0]
    ends = [end for curve in curves if curve.human for end in curve.human if end is not None]
    low, high = min([*values, *ends]), max([*values, *ends])
    room = (high - low) or abs(high) or 1.0
    for point in points:
        if point.interval is not None:
            low, high = min(low, max(point.interval[0], low - room)), max(high, min(point.interval[1], high + room))
    # An axis starts at 0 where that costs little room, since a cut axis exaggerates differences.
    space = 0.06 * ((high - low) or abs(high) or 1.0)
    return (0.0 if 0 <= low < 4 * space else low - space), high + space


def _ends(curves: Sequence[Curve], *, log: bool) -> tuple[float, float]:
    xs = [point.x for curve in curves for point in curve.points]
    low, high = min(xs), max(xs)
    if log:
        return low / 1.12, high * 1.12
    room = 0.03 * (high - low or 1.0)
    return low - room, high + room


def _levels(axes: Axes, low: float, high: float) -> None:
    steps = (base * 10.0**power for power in range(-9, 9) for base in (1, 2, 5))
    step = next((step for step in steps if (high - low) / step <= 4), high - low)
    first = math.ceil(low / step)
    ticks = [round(step * n, 10) for n in range(first, first + 6) if step * n <= high]
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    axes.set_yticks(
        ticks, [(compact(tick) if abs(tick) >= 10_000 else f"{tick:,.{digits}f}").replace("-", "\u2212") for tick in ticks]
    )
