"""Draws the overall distance against bits per character: who predicts the corpus well, and who writes like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.report.figures.canvas import Canvas, Plan, short, short_name, text_width
from evalkit.report.figures.drawings.candidates import beside, judged, noise, spoken_name
from evalkit.report.figures.drawings.lines import step_of
from evalkit.report.view.judging.marks import overall_within_range
from evalkit.report.view.ranking import Ranking

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT, _LEFT, _FEET, _NAMES = 200.0, 34.0, 36.0, 130.0


@dataclass(frozen=True)
class _Place:
    name: str
    label: str
    bits: float
    value: float
    limit: float | None
    within: bool | None


def plan(ranking: Ranking) -> Plan | None:
    """The figure; None where no two candidates have both numbers, and different bits."""
    places = _places(ranking)
    if len({place.bits for place in places}) < 2:
        return None
    return Plan(
        finding=_finding(ranking, places),
        how="Overall distance (up: 0 human text, 1 random letters) against bits per character of held-out text (right: predicts it worse). "
        "Band: the human range; ● inside, ◆ outside, ○ range unknown.",
        alt=" ".join(
            f"{short(place.label, 120)}: {place.bits:.2f} bits, distance {beside(place.value, place.limit)}." for place in places
        ),
        height=_HEIGHT,
        draw=lambda canvas: _draw(canvas, ranking, places),
    )


def _places(ranking: Ranking) -> list[_Place]:
    bits = {str(candidate["name"]): candidate.get("bits_per_char") for candidate in ranking.candidates}
    found = []
    for name in ranking.names:
        overall, of_text = ranking.overall(name), bits[name]
        if overall.value is not None and of_text is not None:
            limit = overall.floor.p95 if overall.floor else None
            found.append(_Place(name, ranking.head(name), float(of_text), overall.value, limit, overall_within_range(overall)))
    return found


def _finding(ranking: Ranking, places: Sequence[_Place]) -> str:
    """Who predicts best, and whether it also writes most like the corpus."""
    spoken = [place for place in places if place.name in judged(ranking)] or list(places)
    predicts = min(spoken, key=lambda place: place.bits)
    writes = min(spoken, key=lambda place: place.value)
    best = f"{spoken_name(predicts.name)} predicts the corpus best ({predicts.bits:.2f} bits a character)"
    if predicts is writes:
        return f"{best} and has the least overall distance"
    return f"{best}, {spoken_name(writes.name)} has the least overall distance ({beside(writes.value, writes.limit)})"


def _draw(canvas: Canvas, ranking: Ranking, places: Sequence[_Place]) -> None:
    axes = canvas.axes(_LEFT, 10, 24, _FEET)
    low, high = min(place.bits for place in places), max(place.bits for place in places)
    room = 0.06 * (high - low or 1.0)
    top = 1.08 * max([*(place.value for place in places), *(place.limit or 0.0 for place in places), 0.1])
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(0, top)
    limit = max((place.limit for place in places if place.limit is not None), default=None)
    if limit is not None:
        axes.axhspan(0, limit, color=canvas.palette.band, linewidth=0, zorder=0)
    grey = noise(ranking)
    for is_noise in (False, True):
        mine = [(place.bits, place.value, place.within) for place in places if (place.name in grey) is is_noise]
        canvas.mark(axes, mine, noise=is_noise)
    _name(canvas, axes, places, grey)
    step = step_of(high - low + 2 * room)
    first = int((low - room) / step)
    ticks = [round(step * n, 6) for n in range(first, first + 8) if low - room <= step * n <= high + room]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xlabel("bits per character")
    levels = [round(step_of(top, 4) * n, 6) for n in range(5) if step_of(top, 4) * n <= top]
    axes.set_yticks(levels, [f"{level:g}" for level in levels])
    for position in ("left", "bottom"):
        axes.spines[position].set_visible(True)
        axes.spines[position].set_color(canvas.palette.rule)


def _name(canvas: Canvas, axes: Axes, places: Sequence[_Place], grey: set[str]) -> None:
    """Each name beside its mark, above or below where neighbours would run into each other."""
    wide, tall = canvas.width - _LEFT - 24, canvas.height - 10 - _FEET
    (left, right), (_, top) = axes.get_xlim(), axes.get_ylim()
    marks = [((place.bits - left) / (right - left) * wide, place.value / top * tall) for place in places]
    taken = [(x - 5, x + 5, y) for x, y in marks]
    for place in sorted(places, key=lambda place: -place.value):
        x, y = (place.bits - left) / (right - left) * wide, place.value / top * tall
        name = short_name(place.label, _NAMES)
        size = text_width(name)
        options = [(dx, dy) for dy in (0, 13, -13, 26, -26) for dx in (8.0, -8.0 - size)]
        inside = [(dx, dy) for dx, dy in options if -_LEFT <= x + dx <= wide + 24 - size and y + dy >= -4]
        free = [
            (dx, dy)
            for dx, dy in inside
            if not any(x + dx < end and x + dx + size > start and abs(y + dy - line) < 12 for start, end, line in taken)
        ]
        dx, dy = next(iter([*free, *inside, *options]))  # where there is no room, names overlap rather than leave the figure
        taken.append((x + dx, x + dx + size, y + dy))
        colour = canvas.palette.muted if place.name in grey else canvas.palette.ink
        canvas.say(axes, place.bits, place.value, name, dx=dx, dy=dy, ha="left", colour=colour)
