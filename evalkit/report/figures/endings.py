"""Draws how often endings and word classes are used, as multiples of the corpus's rates: `draw_ratios`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from evalkit._util.formatting import NBSP, in_unit
from evalkit.report.figures import style as figures
from evalkit.report.figures.panels import Drawing, Family, svg_panel
from evalkit.report.figures.style import ACCENT, CORPUS, FONT_SIZE, INK, MUTED
from evalkit.report.view.captions import endings_finding, family_finding, ratios_finding
from evalkit.report.view.ranking import Ranking
from evalkit.report.view.ratios import CLASSES, Ratio, endings, ratios

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SPAN = 2.0
"""Doublings to each side of the corpus's rate; what lies beyond is drawn at the edge, as an arrow."""
_WIDTH = 340
_FRACTIONS = {-1: "½", -2: "¼", -3: "⅛"}


def plot_endings(ranking: Ranking, name: str, metric: str | None) -> Drawing:
    """The endings and word classes of a candidate, for axes of the caller's."""
    return Drawing(
        lambda axes: draw_ratios(axes, ratios(ranking, name)),
        "rate, as a multiple of the corpus's",
        "",
        position=(0.29, 0.19, 0.66, 0.76),
    )


def endings_family(ranking: Ranking, names: Sequence[str]) -> Family | None:
    """One panel of endings and word classes a candidate; None where the run has none."""
    by_name = {name: ratios(ranking, name) for name in names}
    if not any(by_name.values()):
        return None
    panels = []
    with figures.style():
        for name, rows in by_name.items():
            size = (_WIDTH, 40 + 17 * len(rows))
            figure, axes = figures.panel(*size)
            axes.set_position((0.29, 24 / size[1], 0.66, 1 - 28 / size[1]))
            draw_ratios(axes, rows)
            finding = ratios_finding(rows)
            alt = f"How often {name} uses endings and word classes, as a multiple of the corpus's rate. {finding}."
            panels.append(svg_panel(figure, name, finding, alt, size))
    ids = [id_ for id_ in (*endings(ranking), CLASSES) if id_ in ranking.metrics]
    title = family_finding(ranking, ids[0]) if ids[0] == CLASSES else endings_finding(ranking, ids[0])
    return Family(
        id="endings",
        title=f"Endings and function words: {title}",
        how="Each dot: the rate as a multiple of the corpus's. Grey: the human range, where that was measured. "
        "Diamond: outside it, or outside the 95 % interval.",
        panels=panels,
        head=["", "corpus", *names],
        body=_table(by_name, names),
    )


def _table(by_name: Mapping[str, Sequence[Ratio]], names: Sequence[str]) -> list[list[str]]:
    lookup = {(name, ratio.label): ratio for name, rows in by_name.items() for ratio in rows}
    body = []
    for label in dict.fromkeys(label for _, label in lookup):
        first = next(lookup[name, label] for name in names if (name, label) in lookup)
        unit = f"{NBSP}%" if first.unit == "share" else f" {first.unit}"
        values = [in_unit(lookup[name, label].value, first.unit) if (name, label) in lookup else "not measured" for name in names]
        body.append([label, f"{in_unit(first.expected, first.unit)}{unit}", *values])
    return body


def draw_ratios(axes: Axes, rows: Sequence[Ratio], *, span: float = SPAN) -> Axes:
    """Draws how often each item is used, as a multiple of the corpus's rate, on a doubling scale.

    Args:
        axes: to draw on.
        rows: top to bottom.
        span: doublings to each side; what lies beyond is drawn at the edge as an arrow.
    """
    for place, ratio in enumerate(rows):
        if ratio.human is not None:
            low, high = (_clip(end, span) for end in ratio.human)
            axes.plot([low, high], [place, place], color=CORPUS, linewidth=9, solid_capstyle="butt")
        _dot(axes, place, ratio, span)
    axes.axvline(0, color=MUTED, linewidth=0.8, zorder=0)
    # Doublings, so that half as often and twice as often are equally far from the corpus.
    ticks = range(-math.floor(span), math.floor(span) + 1)
    axes.set_xticks(list(ticks), [_multiple(tick) for tick in ticks])
    axes.set_xlim(-span * 1.06, span * 1.06)
    axes.set_yticks(range(len(rows)), [ratio.label for ratio in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)
    for artist in axes.lines:
        artist.set_clip_on(False)  # arrows on the edge of the axes stay whole
    return axes


def _dot(axes: Axes, place: int, ratio: Ratio, span: float) -> None:
    colour = ACCENT if ratio.significant else INK
    if ratio.log2 is None:
        axes.plot([-span], [place], marker="<", markersize=5.5, markeredgewidth=0, color=ACCENT, linewidth=0)
        axes.annotate(
            "none", (-span, place), xytext=(7, 0), textcoords="offset points", va="center", color=ACCENT, fontsize=FONT_SIZE - 1
        )
        return
    if ratio.interval is not None:
        axes.plot([_clip(end, span) for end in ratio.interval], [place, place], color=colour, linewidth=1.2, solid_capstyle="butt")
    outside = abs(ratio.log2) > span
    marker = ("<" if ratio.log2 < 0 else ">") if outside else "D" if ratio.significant else "o"
    axes.plot([_clip(ratio.log2, span)], [place], marker=marker, markersize=5.2, markeredgewidth=0, color=colour, linewidth=0)


def _clip(value: float, span: float) -> float:
    return max(-span, min(span, value))


def _multiple(doublings: int) -> str:
    if doublings == 0:
        return "equal"
    return (f"{2**doublings}" if doublings > 0 else _FRACTIONS.get(doublings, f"1/{2**-doublings}")) + "\u00d7"
