"""Draws endings and word classes: how often each candidate uses them, as a multiple of the corpus's rate, in one dot plot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from evalkit.report.figures.canvas import Canvas, Plan, short
from evalkit.report.figures.drawings.candidates import aside, judged, noise, nouns, spoken_name
from evalkit.report.figures.drawings.columns import Columns, columns_height
from evalkit.report.view.ranking import Ranking
from evalkit.report.view.ratios import Ratio, ratios

Cells = Mapping[tuple[str, str], Ratio]
"""(candidate, label) -> its ratio."""
_LEAST, _MOST = 1.0, 3.0
"""Doublings to each side that the axis has at least and at most."""


def plan(ranking: Ranking) -> Plan | None:
    """The figure; None where neither endings nor classes were counted."""
    cells = {(name, ratio.label): ratio for name in ranking.names for ratio in ratios(ranking, name)}
    names = [name for name in ranking.names if any(of == name for of, _ in cells)]
    labels = list(dict.fromkeys(label for _, label in cells))
    if not labels:
        return None
    return Plan(
        finding=_finding(ranking, cells, names),
        how="Rate as a multiple of the corpus's, on a doubling axis, with 95 % intervals. Grey: the human range. "
        "● inside, ◆ outside, ○ not known; « » beyond the axis.",
        alt=" ".join(_in_words(cells, name, labels) for name in names),
        height=lambda width: columns_height(ranking, names, labels, width),
        draw=lambda canvas: _draw(canvas, ranking, cells, names, labels),
    )


def within(ratio: Ratio) -> bool | None:
    """Whether a rate is within the human range; None where that is not known, as of word classes."""
    return None if ratio.human is None else not ratio.significant


def _finding(ranking: Ranking, cells: Cells, names: Sequence[str]) -> str:
    spoken = [name for name in names if name in judged(ranking)]
    known = [(name, ratio) for (name, _), ratio in cells.items() if name in spoken and within(ratio) is not None]
    outside = [(name, ratio) for name, ratio in known if within(ratio) is False]
    if not known:
        return "How often endings and word classes are used"
    if not outside:
        who = f"All {nouns(ranking)} use" if len(spoken) > 1 else f"{spoken_name(spoken[0])} uses"
        return f"{who} endings as often as human text{aside(ranking)}"
    name, ratio = max(outside, key=lambda entry: math.inf if entry[1].log2 is None else abs(entry[1].log2))
    return f"{spoken_name(name)} {_says(ratio)}"


def _says(ratio: Ratio) -> str:
    if ratio.log2 is None:
        return f"has no words in {ratio.label}"
    factor = 2**ratio.log2
    times = f"{factor:.1f} times as often as the corpus" if factor >= 1.05 else f"at {100 * factor:.0f} % of the corpus's rate"
    return f"uses {ratio.label} {times}"


def _in_words(cells: Cells, name: str, labels: Sequence[str]) -> str:
    said = []
    for label in labels:
        ratio = cells.get((name, label))
        if ratio is not None:
            state = {True: "", False: " (outside the human range)", None: ""}[within(ratio)]
            said.append(f"{label} {'none' if ratio.log2 is None else f'{2**ratio.log2:.2f} times'}{state}")
    return f"{short(name, 120)}: {', '.join(said)}."


def _draw(canvas: Canvas, ranking: Ranking, cells: Cells, names: Sequence[str], labels: Sequence[str]) -> None:
    grey = noise(ranking)
    off = [abs(ratio.log2) for (name, _), ratio in cells.items() if name not in grey and ratio.log2 is not None]
    span = min(_MOST, max([_LEAST, *off]) * 1.15)
    columns = Columns(canvas, ranking, names, labels, span)
    _human(columns, cells, labels)
    for name in names:
        shown = [(y, cells[name, label]) for y, label in enumerate(labels) if (name, label) in cells]
        _dots(columns, name, shown, is_noise=name in grey)
    whole = math.floor(span)
    columns.ticks({-whole: _multiple(-whole), 0: "1", whole: _multiple(whole)})


def _human(columns: Columns, cells: Cells, labels: Sequence[str]) -> None:
    """The human range of each ending, in one path."""
    spans = [
        (y, columns.x(name, ratio.human[0]), columns.x(name, ratio.human[1]))
        for name in columns.names
        for y, label in enumerate(labels)
        if (ratio := cells.get((name, label))) is not None and ratio.human is not None
    ]
    x = [end for _, low, high in spans for end in (low, high, math.nan)]
    y = [place for row, _, _ in spans for place in (row, row, math.nan)]
    columns.axes.plot(
        x, y, color=columns.canvas.palette.band, linewidth=columns.canvas.px(13), solid_capstyle="butt", clip_on=False, zorder=0
    )


def _dots(columns: Columns, name: str, shown: Sequence[tuple[int, Ratio]], *, is_noise: bool) -> None:
    canvas = columns.canvas
    for state in (True, False, None):
        mine = [(y, ratio) for y, ratio in shown if within(ratio) is state]
        colour = canvas.colour_of(state, noise=is_noise)
        spans = [(y, columns.x(name, ratio.interval[0]), columns.x(name, ratio.interval[1])) for y, ratio in mine if ratio.interval]
        canvas.lines(columns.axes, spans, colour, width=1.2)
        inside = [
            (columns.x(name, ratio.log2), float(y), state)
            for y, ratio in mine
            if ratio.log2 is not None and abs(ratio.log2) <= columns.span
        ]
        canvas.mark(columns.axes, inside, noise=is_noise, size=6.5)
        for side in (-1, 1):
            beyond = [(columns.x(name, side * columns.span), float(y)) for y, ratio in mine if _beyond(ratio, columns.span) == side]
            canvas.beyond(columns.axes, beyond, "right" if side > 0 else "left", colour)


def _beyond(ratio: Ratio, span: float) -> int:
    if ratio.log2 is None:
        return -1
    return (ratio.log2 > span) - (ratio.log2 < -span)


def _multiple(doublings: int) -> str:
    return f"{2**doublings}" if doublings >= 0 else {-1: "½", -2: "¼", -3: "⅛"}[doublings]
