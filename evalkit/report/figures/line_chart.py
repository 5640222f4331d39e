"""Draws measures along an axis (checkpoints, temperatures, runs): `draw` on axes, `line_panel` as a figure of the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from evalkit._util.escape import visible
from evalkit._util.formatting import compact
from evalkit.report.figures import style as figures
from evalkit.report.figures.curves import Band, Curve, Point
from evalkit.report.figures.panels import Panel, svg_panel
from evalkit.report.figures.style import ACCENT, CORPUS, FONT_SIZE, INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 340, 190
MANY = 120
"""Points beyond which a curve is a line without dots through the medians of neighbours, and their intervals are two thin lines."""
MOST_CURVES = 4
"""Curves in one figure; each has its own kind of line."""
_MOST_MEDIANS = 60
"""Medians that such a line goes through at most."""
_LABEL_HEIGHT = 0.09
"""Height of a label as a share of the axis."""
_LONGEST_LABEL = 16
"""Characters of a label; the figure's caption has the whole name."""
_DASHES = ("-", "--", ":", "-.")


def line_panel(
    title: str,
    finding: str,
    alt: str,
    curves: Sequence[Curve],
    *,
    ticks: Mapping[float, str],
    bands: Sequence[Band] | None = None,
    rules: Sequence[float] = (),
    log: bool = False,
    limits: tuple[float, float] | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    position: tuple[float, float, float, float] | None = None,
) -> Panel:
    """Curves of one measure as a figure of the page, within `figures.style()`.

    Args:
        title, finding, alt: what it says.
        curves: at most `MOST_CURVES`.
        ticks: places on the axis and their names.
        bands, rules, log: as for `draw`.
        limits: ends of the axis; None leaves a little room beside the points.
        size, position: of the figure, and of the axes in it; None leaves room for the labels of several curves.
    """
    figure, axes = figures.panel(*size)
    axes.set_position(position or (0.13, 0.15, 0.62 if len(curves) > 1 else 0.84, 0.78))
    draw(axes, curves, bands, rules=rules, log=log)
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.set_xlim(*(limits or _x_limits(curves, log=log)))
    return svg_panel(figure, title, finding, alt, size)


def _x_limits(curves: Sequence[Curve], *, log: bool) -> tuple[float, float]:
    low, high = _ends(curves)
    if log:
        return low / 1.12, high * 1.12
    room = 0.03 * (high - low or 1.0)
    return low - room, high + room


def _ends(curves: Sequence[Curve]) -> tuple[float, float]:
    xs = [point.x for curve in curves for point in curve.points]
    return min(xs), max(xs)


def is_log(curves: Sequence[Curve]) -> bool:
    """Whether the axis of these curves should double instead of adding: where it spans more than a factor of ten."""
    low, high = _ends(curves)
    return low > 0 and high > 10 * low


def draw(
    axes: Axes, curves: Sequence[Curve], bands: Sequence[Band] | None = None, *, rules: Sequence[float] = (), log: bool = False
) -> Axes:
    """Draws curves before the human range, named at their right ends where there are several.

    Args:
        axes: to draw on.
        curves: at most `MOST_CURVES`, in the unit of the axis.
        bands: the human range, from left to right; None takes that of the first curve, along the whole axis.
        rules: places of dotted vertical lines.
        log: whether the axis doubles instead of adding.
    """
    if log:
        from matplotlib.ticker import FuncFormatter, NullLocator

        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        # The formatter of logarithmic axes writes mathtext, which the house style shows as its source.
        axes.xaxis.set_major_formatter(FuncFormatter(lambda place, _: compact(place)))
    if bands is None:
        bands = [Band(*_ends(curves), *curves[0].human)] if curves[0].human is not None else []
    for curve, dash in zip(curves, _DASHES, strict=False):
        _line(axes, curve, dash, log=log)
    low, high = _limits(curves, bands)
    for band in _merged(bands):
        bottom, top = (low if band.low is None else band.low), (high if band.high is None else band.high)
        axes.fill_between([band.left, band.right], bottom, top, color=CORPUS, linewidth=0, zorder=0)
    if len(curves) > 1:
        _name_lines(axes, curves, low, high)
    _name_band(axes, curves, bands, low, high)
    for rule in rules:
        axes.axvline(rule, color=MUTED, linewidth=0.8, linestyle=":")
    axes.set_ylim(low, high)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.locator_params(axis="y", nbins=4)
    return axes


def _line(axes: Axes, curve: Curve, dash: str, *, log: bool) -> None:
    many = len(curve.points) > MANY
    width = _axis_length(curve.points, log=log) / _MOST_MEDIANS
    for whole in _segments(curve):
        stretch = medians(whole, width, log=log) if many else whole
        xs, ys = [point.x for point in stretch], [point.value or 0.0 for point in stretch]
        axes.plot(xs, ys, color=INK, linewidth=1.2 if many else 1.0, linestyle=dash, clip_on=False)
        if many and any(point.interval for point in whole):
            lows, highs = zip(*(point.interval or (y, y) for point, y in zip(stretch, ys, strict=True)), strict=True)
            axes.plot([*xs, math.nan, *xs], [*lows, math.nan, *highs], color=MUTED, linewidth=0.6)
    if not many:
        _dots(axes, curve.points)


def _name_lines(axes: Axes, curves: Sequence[Curve], low: float, high: float) -> None:
    """Labels at the right ends of the lines, moved apart where they would overlap."""
    ends = [(point, curve.label) for curve in curves if curve.label for point in _last(curve)]
    gap, floor = (high - low) * _LABEL_HEIGHT, -math.inf
    for point, label in sorted(ends, key=lambda end: end[0].value or 0.0):
        floor = max(point.value or 0.0, floor + gap)
        axes.annotate(
            _label_text(label), (point.x, floor), xytext=(7, 0), textcoords="offset points", va="center", color=INK, fontsize=FONT_SIZE,
            annotation_clip=False,
        )  # fmt: skip


def _label_text(label: str) -> str:
    """A name as it fits beside the figure, with nothing in it that a font or SVG cannot hold."""
    shown = visible(label)
    return shown if len(shown) <= _LONGEST_LABEL else f"{shown[: _LONGEST_LABEL - 1]}\u2026"


def _last(curve: Curve) -> list[Point]:
    return [point for point in curve.points if point.value is not None][-1:]


def _axis_length(points: Sequence[Point], *, log: bool) -> float:
    """How long the axis is, in doublings where it doubles."""
    first, last = points[0].x, points[-1].x
    return math.log2(last / first) if log else last - first


def medians(points: Sequence[Point], width: float, *, log: bool = False) -> list[Point]:
    """Measured neighbours as one point each: the median value, and the span of their intervals.

    Args:
        points: from left to right, all with a value.
        width: of the axis that becomes one point, in doublings where it doubles.
        log: whether it does.
    """
    places = [math.log2(point.x) if log else point.x for point in points]
    groups: dict[int, list[Point]] = {}
    for point, place in zip(points, places, strict=True):
        groups.setdefault(math.floor((place - places[0]) / width) if width else 0, []).append(point)
    return [_median_point(group, log=log) for group in groups.values()]


def _median_point(points: Sequence[Point], *, log: bool) -> Point:
    values = [point.value for point in points if point.value is not None]
    ends = [point.interval or (value, value) for point, value in zip(points, values, strict=True)]
    first, last = points[0].x, points[-1].x
    middle = math.sqrt(first * last) if log else (first + last) / 2
    return Point(middle, median(values), (min(low for low, _ in ends), max(high for _, high in ends)))


def _dots(axes: Axes, points: Sequence[Point]) -> None:
    """The values, those outside the human range as diamonds of another colour, with their intervals."""
    for outside, colour, marker in ((False, INK, "o"), (True, ACCENT, "D")):
        shown = [point for point in points if point.value is not None and (point.within is False) is outside]
        if not shown:  # an empty line would still take room in a layout
            continue
        spans = [(point.x, point.interval) for point in shown if point.interval is not None]
        x = [value for place, _ in spans for value in (place, place, math.nan)]
        y = [value for _, ends in spans for value in (*ends, math.nan)]
        axes.plot(x, y, color=colour, linewidth=1.1, solid_capstyle="butt")
        axes.plot(
            [point.x for point in shown], [point.value or 0.0 for point in shown],
            marker=marker, markersize=4.2, markeredgewidth=0, color=colour, linewidth=0, clip_on=False,
        )  # fmt: skip


def _segments(curve: Curve) -> Iterator[list[Point]]:
    """The measured points, cut at the breaks."""
    stretch: list[Point] = []
    for point in curve.points:
        if stretch and any(stretch[-1].x < cut <= point.x for cut in curve.breaks):
            yield stretch
            stretch = []
        if point.value is not None:
            stretch.append(point)
    if stretch:
        yield stretch


def _limits(curves: Sequence[Curve], bands: Sequence[Band]) -> tuple[float, float]:
    """The axis: all values, intervals as far as they do not dwarf the values, and the ends of the human range."""
    points = [point for curve in curves for point in curve.points if point.value is not None]
    values = [point.value for point in points if point.value is not None] or [0.0]
    ends = [end for band in bands for end in (band.low, band.high) if end is not None]
    low, high = min([*values, *ends]), max([*values, *ends])
    room = (high - low) or abs(high) or 1.0
    # An interval widens the axis by at most the span of the values: that of a checkpoint with little text would flatten all curves.
    for point in points:
        if point.interval is not None:
            low, high = min(low, max(point.interval[0], low - room)), max(high, min(point.interval[1], high + room))
    # An axis starts at 0 where that costs little room, since a cut axis exaggerates differences.
    space = 0.06 * ((high - low) or abs(high) or 1.0)
    return (0.0 if 0 <= low < 4 * space else low - space), high + space


def _merged(bands: Sequence[Band]) -> list[Band]:
    """Neighbours of one height as one."""
    merged = list(bands[:1])
    for last, band in pairwise(bands):
        if (band.low, band.high) == (last.low, last.high) and band.left <= last.right:
            merged[-1] = Band(merged[-1].left, band.right, band.low, band.high)
        else:
            merged.append(band)
    return merged


def _name_band(axes: Axes, curves: Sequence[Curve], bands: Sequence[Band], low: float, high: float) -> None:
    """The word "human" in the corner of the range that is farthest from the values, where there is room for it."""
    merged = _merged(bands)
    if not merged:
        return
    widest = max(merged, key=lambda band: band.right - band.left)
    bottom, top = (low if widest.low is None else widest.low), (high if widest.high is None else widest.high)
    points = [point for curve in curves for point in curve.points if point.value is not None]
    whole = max(point.x for point in points) - min(point.x for point in points) if points else 0.0
    if top - bottom < 0.09 * (high - low) or widest.right - widest.left < 0.3 * whole:
        return
    # The first and last fifth of the range, in each the values that the word would have to avoid.
    corners = [(x, y) for x in (widest.left, widest.right) for y in (top, bottom)]
    x, y = max(corners, key=lambda corner: _distance(points, widest, *corner))
    if _distance(points, widest, x, y) < _LABEL_HEIGHT * (high - low):
        return
    axes.annotate(
        "human", (x, y), xytext=(3 if x == widest.left else -3, -2 if y == top else 2), textcoords="offset points",
        ha="left" if x == widest.left else "right", va="top" if y == top else "bottom", color=INK, fontsize=FONT_SIZE - 1,
    )  # fmt: skip


def _distance(points: Sequence[Point], band: Band, x: float, y: float) -> float:
    """How far the values near one end of a range are from one of its edges."""
    near = [point for point in points if abs(point.x - x) <= 0.2 * (band.right - band.left)]
    spans = [point.interval or (point.value or 0.0, point.value or 0.0) for point in near]
    return min((max(low - y, y - high, 0.0) for low, high in spans), default=math.inf)
