"""Draws lines of all candidates in one figure, `draw_lines`, with a key beside them that names each and says its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.report.figures.canvas import LINE, Canvas, short_name, text_width
from evalkit.report.figures.drawings.candidates import noise
from evalkit.report.figures.theme import DASHES, SERIES, Dash
from evalkit.report.view.ranking import Ranking

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT, FEET, LEFT = 196.0, 28.0, 38.0
HUMAN = "human text"
_SWATCH = 18.0
_NAMES = 150.0


@dataclass(frozen=True)
class Drawn:
    """A line.

    Args:
        name: of the candidate; "" for human text that is no candidate.
        label: as the key names it.
        points: x and y.
        note: what the key says beside the name.
        order: place in the key, the greatest first.
    """

    name: str
    label: str
    points: Sequence[tuple[float, float]]
    note: str = ""
    order: float = 0.0


@dataclass(frozen=True)
class Look:
    """How a line is drawn; its width in pixels."""

    colour: str
    dash: Dash
    width: float


def lines_height(lines: Sequence[Drawn]) -> float:
    """The room that lines with their key need, in pixels."""
    return max(HEIGHT, LINE * len(lines) + FEET)


def limits(ranking: Ranking, lines: Sequence[Drawn], *, room: float) -> tuple[float, float]:
    """The ends of the upright axis: all lines but those of noise, which would dwarf the others, and 0."""
    grey = noise(ranking)
    shown = [line for line in lines if line.name not in grey] or list(lines)
    values = [y for line in shown for _, y in line.points]
    return min([0.0, *values]) - room, max([0.0, *values]) + room


def draw_lines(canvas: Canvas, ranking: Ranking, lines: Sequence[Drawn], ends: tuple[float, float]) -> Axes:
    """Draws lines with their key to the right; the axes have no ticks yet.

    Args:
        canvas, ranking, lines: what is drawn.
        ends: of the upright axis; a line that leaves it has a sign where it does.
    """
    looks = _looks(canvas, ranking, lines)
    names = max(text_width(short_name(line.label, _NAMES)) for line in lines)
    notes = max(text_width(line.note) for line in lines)
    key = _SWATCH + names + (notes + 10 if notes else 0) + 22
    axes = canvas.axes(LEFT, 4, key, FEET)
    pieces = []
    for line, look in zip(lines, looks, strict=True):
        inside, left = _cut(line.points, *ends)
        pieces += [(piece, look) for piece in inside]
        for side in ("above", "below"):
            canvas.beyond(axes, [place for place in left if (place[1] > sum(ends) / 2) == (side == "above")], side, look.colour)
    draw_pieces(canvas, axes, pieces)
    axes.set_ylim(*ends)
    axes.tick_params(axis="x", pad=canvas.px(10))  # below the signs of lines that leave
    _key(canvas, lines, looks, key)
    return axes


def draw_pieces(canvas: Canvas, axes: Axes, pieces: Sequence[tuple[Sequence[tuple[float, float]], Look]]) -> None:
    """Draws pieces of lines, each in its look, by one call of seaborn's, which takes as long for one line as for ten."""
    import seaborn as sns

    if not pieces:
        return
    # Seaborn asks every tick for its label, and would make those that matplotlib chose.
    axes.set_xticks([])
    axes.set_yticks([])
    numbers = [number for number, (points, _) in enumerate(pieces) for _ in points]
    before = len(axes.lines)
    sns.lineplot(
        x=[x for points, _ in pieces for x, _ in points], y=[y for points, _ in pieces for _, y in points], hue=numbers,
        hue_order=list(range(len(pieces))), palette=[look.colour for _, look in pieces], ax=axes, legend=False, estimator=None, errorbar=None,
        sort=False, clip_on=False, zorder=3,
    )  # fmt: skip
    for line, (_, look) in zip(axes.lines[before:], pieces, strict=True):
        line.set_linestyle(look.dash)
        line.set_linewidth(canvas.px(look.width))
    axes.set(xlabel="", ylabel="")


def _cut(
    points: Sequence[tuple[float, float]], low: float, high: float
) -> tuple[list[list[tuple[float, float]]], list[tuple[float, float]]]:
    """A line within two ends: its pieces, and the places where it leaves.

    >>> _cut([(0, 0), (1, 4), (2, 0)], -1, 2)
    ([[(0, 0), (0.5, 2)], [(1.5, 2), (2, 0)]], [(0.5, 2), (1.5, 2)])
    """
    pieces: list[list[tuple[float, float]]] = [[]]
    left: list[tuple[float, float]] = []
    for i, (x, y) in enumerate(points):
        inside = low <= y <= high
        if i and (low <= points[i - 1][1] <= high) is not inside:
            before, edge = points[i - 1], high if max(y, points[i - 1][1]) > high else low
            crossing = (before[0] + (x - before[0]) * (edge - before[1]) / (y - before[1]), edge)
            left.append(crossing)
            pieces[-1].append(crossing)
        elif not i and not inside:
            left.append((x, high if y > high else low))
        if inside:
            pieces[-1].append((x, y))
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if len(piece) > 1], left


def _looks(canvas: Canvas, ranking: Ranking, lines: Sequence[Drawn]) -> list[Look]:
    """Human text in ink, noise in grey, and each other candidate in a colour of its own."""
    grey, looks, coloured, greyed = noise(ranking), [], 0, 0
    for line in lines:
        if line.name == "" or (line.name not in ranking.competing and line.name in {c["name"] for c in ranking.candidates}):
            looks.append(Look(canvas.palette.ink, "-" if line.name == "" else "--", 1.8))
        elif line.name in grey:
            looks.append(Look(canvas.palette.muted, DASHES[greyed % len(DASHES)], 1.2))
            greyed += 1
        else:
            looks.append(Look(SERIES[coloured % len(SERIES)], DASHES[coloured // len(SERIES) % len(DASHES)], 1.8))
            coloured += 1
    return looks


def _key(canvas: Canvas, lines: Sequence[Drawn], looks: Sequence[Look], width: float) -> None:
    axes = canvas.axes(canvas.width - width + 14, 4, 0, 0)
    # Its unit is a pixel, from the top.
    axes.set_xlim(0, width - 14)
    axes.set_ylim(canvas.height - 4, 0)
    axes.set_xticks([])
    axes.set_yticks([])
    order = sorted(range(len(lines)), key=lambda i: -lines[i].order)
    for place, i in enumerate(order):
        y, line, look = LINE * (place + 0.5), lines[i], looks[i]
        axes.plot([0, _SWATCH - 4], [y, y], color=look.colour, linestyle=look.dash, linewidth=canvas.px(look.width), clip_on=False)
        colour = canvas.palette.muted if look.colour == canvas.palette.muted else canvas.palette.ink
        canvas.say(axes, _SWATCH, y, short_name(line.label, _NAMES), ha="left", colour=colour)
        if line.note:
            canvas.say(axes, width - 14, y, line.note, ha="right", colour=colour)


def zero_line(canvas: Canvas, axes: Axes, y: float = 0.0) -> None:
    """The line that others are compared with."""
    axes.axhline(y, color=canvas.palette.muted, linewidth=canvas.px(0.8), zorder=1, clip_on=False)


def step_of(span: float, most: int = 5) -> float:
    """A round step of which at most so many fit into a span.

    >>> step_of(8.0), step_of(0.9), step_of(70)
    (2.0, 0.2, 20.0)
    """
    steps = (base * 10.0**power for power in range(-4, 6) for base in (1, 2, 5))
    return next((step for step in steps if span / step <= most), span)


def signed(value: float) -> str:
    r"""A number with its sign, for an axis.

    >>> signed(0.5), signed(0), signed(-20.0) == "\u221220"
    ('+0.5', '0', True)
    """
    return f"{value:+g}".replace("-", "\u2212") if value else "0"


def level_ticks(axes: Axes, low: float, high: float) -> None:
    """Signed numbers along the upright axis, from low to high."""
    step = step_of(high - low)
    ticks = [step * n for n in range(-50, 51) if low <= step * n <= high]
    axes.set_yticks(ticks, [signed(round(tick, 6)) for tick in ticks])
    axes.set_ylim(low, high)
