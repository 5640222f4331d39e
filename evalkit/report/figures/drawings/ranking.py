"""Draws the ranking: how far each candidate is from human text overall, with its interval, before the human range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.report.figures.canvas import Canvas, Plan, label_width, short, short_name
from evalkit.report.figures.drawings.candidates import aside, beside, judged, noise, nouns, spoken_name
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.judging.marks import overall_within_range
from evalkit.report.view.ranking import Ranking
from evalkit.results import Overall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 24.0
_FARTHEST = 1.6
"""Overall distance that is drawn; what lies beyond is at the edge, with an arrow."""
_LEAST_LEFT, _NAMES, _VALUES = 38.0, 170.0, 58.0


@dataclass(frozen=True)
class _Line:
    """A candidate's overall distance, and whether it is within the human range; None where that is not known."""

    name: str
    overall: Overall
    within: bool | None
    value: float


def plan(ranking: Ranking) -> Plan | None:
    """The figure; None where no overall distance is known."""
    lines = _lines(ranking)
    if not lines:
        return None
    return Plan(
        finding=_finding(ranking, lines),
        how="Distance over all families: 0 human text, 1 random letters. Band: 95 % of human texts; lines: 95 % intervals. "
        "● inside, ◆ outside, ○ range unknown.",
        alt=" ".join(_in_words(line) for line in lines),
        height=ROW * len(lines) + 26,
        draw=lambda canvas: _draw(canvas, ranking, lines),
    )


def _lines(ranking: Ranking) -> list[_Line]:
    overalls = [ranking.overall(name) for name in ranking.names]
    return [
        _Line(overall.candidate, overall, overall_within_range(overall), overall.value)
        for overall in overalls
        if overall.value is not None
    ]


def _finding(ranking: Ranking, lines: Sequence[_Line]) -> str:
    competing = [line for line in lines if line.name in judged(ranking)]
    known = [line for line in competing if line.within is not None]
    if not known:
        return "Overall distance from human text"
    inside = sum(line.within is True for line in known)
    if len(known) == 1:
        return f"{spoken_name(known[0].name)} is {'within' if inside else 'outside'} the human range overall"
    n = len(known)
    count = (
        f"None of {n} {nouns(ranking)} is"
        if not inside
        else f"All {n} {nouns(ranking)} are"
        if inside == n
        else f"{inside} of {n} {nouns(ranking)} {'is' if inside == 1 else 'are'}"
    )
    return f"{count} within the human range overall{aside(ranking)}{_nearest(ranking)}"


def _nearest(ranking: Ranking) -> str:
    """Who is nearest, where the conclusion says so too."""
    found = conclude(ranking.results, ranking)
    first = ranking.ranked[0].name
    if found.state == "clear" and found.subject == first:
        return f"; {spoken_name(first)} is nearest"
    return "; the nearest are tied" if found.state == "tie" else ""


def _in_words(line: _Line) -> str:
    limit = line.overall.floor.p95 if line.overall.floor else None
    interval = f" ({line.overall.ci.low:.2f} to {line.overall.ci.high:.2f})" if line.overall.ci else ""
    state = {True: ", within the human range", False: ", outside the human range", None: ""}[line.within]
    return f"{short(line.name, 300)}: {beside(line.value, limit)}{interval}{state}."


def _draw(canvas: Canvas, ranking: Ranking, lines: Sequence[_Line]) -> None:
    names = [ranking.head(line.name) for line in lines]
    left = max(_LEAST_LEFT, label_width(names, min(_NAMES, 0.36 * canvas.width)))
    axes = canvas.axes(left, 0, _VALUES, 26)
    right = _end(lines)
    axes.set_xlim(0, right)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    _background(canvas, axes, lines, right)
    grey = noise(ranking)
    for place, line in enumerate(lines):
        _row(canvas, axes, place, line, right, is_noise=line.name in grey)
    axes.set_yticks(range(len(lines)), [short_name(name, left - 10) for name in names])
    for label, line in zip(axes.get_yticklabels(), lines, strict=True):
        label.set_color(canvas.palette.muted if line.name in grey else canvas.palette.ink)


def _end(lines: Sequence[_Line]) -> float:
    """The end of the axis: 1 is on it, so that figures of two runs can be compared."""
    ends = [line.overall.ci.high if line.overall.ci else line.value for line in lines]
    return min(max([1.04, *(1.03 * end for end in ends)]), _FARTHEST)


def _background(canvas: Canvas, axes: Axes, lines: Sequence[_Line], right: float) -> None:
    # Limits may differ between candidates, which may have given different numbers of passages.
    limits = [line.overall.floor.p95 if line.overall.floor else 0.0 for line in lines]
    edges = [place - 0.5 for place in range(len(lines) + 1)]
    axes.stairs(
        [min(limit, right) for limit in limits], edges, orientation="horizontal", fill=True, color=canvas.palette.band, linewidth=0,
        zorder=0, clip_on=False,
    )  # fmt: skip
    axes.axhline(len(lines) - 0.5, color=canvas.palette.rule, linewidth=canvas.px(0.8), clip_on=False)
    axes.axvline(1, color=canvas.palette.rule, linewidth=canvas.px(0.8), zorder=0, clip_on=False)
    axes.set_xticks([0, 0.5, 1], ["human text", "0.5", "random letters"])


def _row(canvas: Canvas, axes: Axes, place: int, line: _Line, right: float, *, is_noise: bool) -> None:
    colour = canvas.colour_of(line.within, noise=is_noise)
    ci = line.overall.ci
    if ci is not None:
        canvas.lines(axes, [(place, min(max(ci.low, 0), right), min(ci.high, right))], colour)
    if line.value > right or (ci is not None and ci.high > right):
        canvas.beyond(axes, [(1.02 * right, place)], "right", colour)
    canvas.mark(axes, [(min(line.value, right), place, line.within)], noise=is_noise)
    limit = line.overall.floor.p95 if line.overall.floor else None
    canvas.say(axes, right, place, beside(line.value, limit), dx=_VALUES, ha="right", colour=colour)
