"""Figures as matplotlib axes, for the report and for papers: one candidate beside the corpus, one idea each.

Grey is the corpus, ink the candidate, and the one accent what lies beyond what chance explains. Every `draw_...` takes axes and returns
them; `limits` gives what several panels must share so that they can be compared.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from evalkit.report.view.ratios import Ratio
from evalkit.results import Profile, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, CORPUS, GRID, ACCENT, PAPER = "#1f2326", "#656d76", "#cfd4d9", "#e6e8eb", "#b23c17", "#fefefe"
FONT_SIZE = 10.5
_STYLE = {
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.grid": False,
    "axes.linewidth": 0.8,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.size": FONT_SIZE,
    "axes.labelsize": FONT_SIZE,
    "xtick.labelsize": FONT_SIZE,
    "ytick.labelsize": FONT_SIZE,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.bottom": True,
    "ytick.left": True,
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
}


@contextmanager
def style() -> Iterator[None]:
    """The house style, for the time of a `with` block."""
    import seaborn as sns

    with sns.axes_style("white", rc=_STYLE), sns.plotting_context(rc=_STYLE):
        import matplotlib as mpl

        settings: Any = {key: value for key, value in _STYLE.items() if key in mpl.rcParams}
        with mpl.rc_context(settings):
            yield


def panel(width: float = 340, height: float = 190) -> tuple[Figure, Axes]:
    """A figure of one panel, in points, for use within `style()`."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    FigureCanvasSVG(figure)
    return figure, figure.add_axes((34 / width, 24 / height, 1 - 40 / width, 1 - 34 / height))


def limits(profile: Profile) -> float:
    """The greatest share in any panel of a profile, in percent, with room above it."""
    shares = [value for series in profile.series.values() for value in (*series.value, *series.high) if value is not None]
    return 106 * max([*shares, *(value for value in profile.reference if value is not None)], default=1.0)


def order_by_reference(profile: Profile) -> list[int]:
    """The items' numbers, the most frequent in the corpus first."""
    return sorted(range(len(profile.items)), key=lambda i: -(profile.reference[i] or 0.0))


def beyond(series: Series, reference: Sequence[float | None], item: int) -> bool:
    """Whether the interval of an item's share leaves the corpus's share out."""
    low, high, expected = series.low[item], series.high[item], reference[item]
    return low is not None and high is not None and expected is not None and not low <= expected <= high


def draw_shares(
    axes: Axes, profile: Profile, candidate: str, *, order: Sequence[int] | None = None, top: float | None = None
) -> Axes:
    """Shares of items as dots with intervals before the corpus's as columns.

    Args:
        axes: to draw on.
        profile: for example of letters.jsd.
        candidate: whose shares.
        order: the items' numbers in the order of the axis.
        top: upper limit in percent; `limits(profile)` makes panels comparable.
    """
    series, rows = profile.series[candidate], list(order if order is not None else order_by_reference(profile))
    expected = [100 * (profile.reference[i] or 0.0) for i in rows]
    # Columns and the gaps between them as one outline: 26 separate bars make the file three times as large.
    edges = [place + side for place in range(len(rows)) for side in (-0.43, 0.43)]
    axes.stairs([height for value in expected for height in (value, 0.0)][:-1], edges, fill=True, color=CORPUS, linewidth=0)
    off = [beyond(series, profile.reference, i) for i in rows]
    _dots(axes, series, [(place, i) for place, i in enumerate(rows) if not off[place]], colour=INK, marker="o", size=4)
    _dots(axes, series, [(place, i) for place, i in enumerate(rows) if off[place]], colour=ACCENT, marker="D", size=4.2)
    axes.set_xticks(range(len(rows)), [profile.items[i] for i in rows])
    axes.set_xlim(-0.7, len(rows) - 0.3)
    return _finish(axes, top or limits(profile))


def _dots(axes: Axes, series: Series, places: Sequence[tuple[int, int]], *, colour: str, marker: str, size: float) -> None:
    """Values with their intervals at (place on the axis, item)."""
    known = [
        (place, low, high) for place, i in places if (low := series.low[i]) is not None and (high := series.high[i]) is not None
    ]
    if known:
        x, lows, highs = zip(*known, strict=True)
        gap = [math.nan] * len(x)
        segments = [[value for end in zip(*ends, strict=True) for value in end] for ends in ((x, x, gap), (lows, highs, gap))]
        axes.plot(segments[0], [100 * value for value in segments[1]], color=colour, linewidth=1.1, solid_capstyle="butt")
    values = [(place, 100 * value) for place, i in places if (value := series.value[i]) is not None]
    if values:
        axes.plot(*zip(*values, strict=True), marker=marker, markersize=size, markeredgewidth=0, color=colour, linewidth=0)


def draw_steps(axes: Axes, profile: Profile, candidate: str, *, top: float | None = None) -> Axes:
    """Shares of ordered items as steps before the corpus's as a surface, the means marked where items are numbers."""
    import seaborn as sns

    edges = [place - 0.5 for place in range(len(profile.items) + 1)]
    expected = [100 * (value or 0.0) for value in profile.reference]
    axes.stairs(expected, edges, fill=True, color=CORPUS, linewidth=0)
    values = [100 * (value or 0.0) for value in profile.series[candidate].value]
    axes.stairs(values, edges, color=INK, linewidth=1.4, baseline=None)
    _mark_means(axes, profile, candidate, top or limits(profile))
    shown = [i for i, item in enumerate(profile.items) if item in {"1", "5", "10", "15"} or i == len(profile.items) - 1]
    axes.set_xticks(shown, [profile.items[i] for i in shown])
    axes.set_xlim(edges[0], edges[-1])
    sns.despine(ax=axes)
    return _finish(axes, top or limits(profile))


def _mark_means(axes: Axes, profile: Profile, candidate: str, top: float) -> None:
    corpus, own = mean_item(profile.items, profile.reference), mean_item(profile.items, profile.series[candidate].value)
    if corpus is None or own is None:
        return
    for mean, colour, style_ in ((corpus, MUTED, ":"), (own, INK, "-")):
        axes.plot([mean - 1, mean - 1], [0, top], color=colour, linewidth=1.0, linestyle=style_)
    beyond = max(own, corpus) - 1
    for text, colour, drop in ((f"mean {own:.2f}", INK, 0.0), (f"corpus {corpus:.2f}", MUTED, FONT_SIZE + 2)):
        axes.annotate(
            text, (beyond, top), xytext=(5, -drop), textcoords="offset points", va="top", color=colour, fontsize=FONT_SIZE
        )  # fmt: skip


def mean_item(items: Sequence[str], shares: Sequence[float | None]) -> float | None:
    """The mean of items that are numbers ("20+" counts as 20), or None where they are not."""
    numbers = [item.rstrip("+") for item in items]
    if not all(number.isdecimal() for number in numbers):
        return None
    return sum(int(number) * (share or 0.0) for number, share in zip(numbers, shares, strict=True))


def draw_ratios(axes: Axes, ratios: Sequence[Ratio], *, span: float) -> Axes:
    """How often each item is used, as a multiple of the corpus's rate, on a doubling scale.

    Args:
        axes: to draw on.
        ratios: top to bottom.
        span: doublings to each side; what lies beyond is drawn at the edge as an arrow.
    """
    for place, ratio in enumerate(ratios):
        if ratio.human is not None:
            low, high = (_clip(end, span) for end in ratio.human)
            axes.plot([low, high], [place, place], color=CORPUS, linewidth=9, solid_capstyle="butt")
        _ratio_dot(axes, place, ratio, span)
    axes.axvline(0, color=MUTED, linewidth=0.8, zorder=0)
    ticks = range(-math.floor(span), math.floor(span) + 1)
    axes.set_xticks(list(ticks), [_multiple(tick) for tick in ticks])
    axes.set_xlim(-span * 1.06, span * 1.06)
    axes.set_yticks(range(len(ratios)), [ratio.label for ratio in ratios])
    axes.set_ylim(len(ratios) - 0.4, -0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)
    for artist in axes.lines:
        artist.set_clip_on(False)
    return axes


def _ratio_dot(axes: Axes, place: int, ratio: Ratio, span: float) -> None:
    colour = ACCENT if ratio.beyond else INK
    if ratio.log2 is None:
        axes.plot([-span], [place], marker="<", markersize=5.5, markeredgewidth=0, color=ACCENT, linewidth=0)
        axes.annotate(
            "none", (-span, place), xytext=(7, 0), textcoords="offset points", va="center", color=ACCENT, fontsize=FONT_SIZE - 1
        )
        return
    if ratio.interval is not None:
        axes.plot([_clip(end, span) for end in ratio.interval], [place, place], color=colour, linewidth=1.2, solid_capstyle="butt")
    outside = abs(ratio.log2) > span
    marker = ("<" if ratio.log2 < 0 else ">") if outside else "D" if ratio.beyond else "o"
    axes.plot([_clip(ratio.log2, span)], [place], marker=marker, markersize=5.2, markeredgewidth=0, color=colour, linewidth=0)


def _clip(value: float, span: float) -> float:
    return max(-span, min(span, value))


def _multiple(doublings: int) -> str:
    return (
        "equal"
        if doublings == 0
        else f"{2**doublings}\u00d7"
        if doublings > 0
        else {-1: "½", -2: "¼", -3: "⅛"}.get(doublings, f"1/{2**-doublings}") + "\u00d7"
    )


def _finish(axes: Axes, top: float) -> Axes:
    axes.set_ylim(0, top)
    axes.spines[["top", "right", "left"]].set_visible(False)
    step = next(step for step in (0.5, 1, 2, 5, 10, 20, 50) if top / step <= 4.6)
    ticks = [step * n for n in range(math.floor(top / step) + 1)]
    axes.set_yticks(ticks, [f"{tick:g}{chr(160) + '%' if n == len(ticks) - 1 else ''}" for n, tick in enumerate(ticks)])
    for artist in (*axes.lines, *axes.patches):
        artist.set_clip_on(False)
    return axes
