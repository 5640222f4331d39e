"""Draws a gate as a forest plot: every gated measure's change in units of its margin, where 1 is the most that is allowed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit._util.formatting import count, estimate
from evalkit.report.figures.canvas import Canvas, Plan, label_width, short
from evalkit.report.view import decisions
from evalkit.report.view.ranking import Ranking

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 18.0
_LABELS, _WORDS = 230.0, 104.0
_TICK = 18.0
"""Pixels that a number below the axis needs."""
_SHOWN = (-3.0, 5.0)
"""Margins that are drawn at most; what lies beyond is at the edge, with an arrow."""
_TIERS = ("critical", "supporting")


@dataclass(frozen=True)
class _Line:
    """A gated measure: its decision, and its change with an interval in margins; None where there is no number."""

    label: str
    tier: str
    decision: str
    change: float | None
    low: float | None
    high: float | None


def plan(ranking: Ranking) -> Plan | None:
    """The figure; None where nothing was gated."""
    lines = _lines(ranking)
    if not lines:
        return None
    tiers = list(dict.fromkeys(line.tier for line in lines))
    return Plan(
        finding=_finding(lines),
        how="Change for the worse, in units of each measure's margin, with its interval: 0 is none, 1 the most that is allowed. "
        "✓ within, ✗ beyond, ? not decided, \u2013 not measured; « » beyond the axis.",
        alt=" ".join(_in_words(line) for line in lines),
        height=ROW * (len(lines) + len(tiers)) + 24,
        draw=lambda canvas: _draw(canvas, lines, tiers),
    )


def _lines(ranking: Ranking) -> list[_Line]:
    """Critical measures first, the worst of each tier first."""
    stored = decisions.gate_of(ranking.results).get("decisions", ())
    lines = [
        _line(decision, words.label)
        for decision in stored
        if decision["tier"] != "advisory" and (words := decisions.decision_row(ranking.results, decision)).listed
    ]
    order = {"regression": 0, "inconclusive": 1, "pass": 2}
    return sorted(
        lines, key=lambda line: (_tier(line.tier), order.get(line.decision, 3), -(line.change if line.change is not None else -1e9))
    )


def _tier(tier: str) -> int:
    return _TIERS.index(tier) if tier in _TIERS else len(_TIERS)


def _line(decision: Mapping[str, Any], label: str) -> _Line:
    # A regression was decided by the interval of all measures together, as `decisions` says it.
    prefix = "family_" if decision["decision"] == "regression" and decision.get("family_low") is not None else ""
    change, low, high = (decisions.in_margins(decision, key) for key in ("difference", f"{prefix}low", f"{prefix}high"))
    return _Line(label, str(decision["tier"]), str(decision["decision"]), change, low, high)


def _finding(lines: Sequence[_Line]) -> str:
    n = Counter(line.decision for line in lines)
    parts = [
        f"{n['regression']} beyond" if n["regression"] else "",
        f"{n['inconclusive']} not decided" if n["inconclusive"] else "",
        f"{n['pass']} within what is allowed" if n["pass"] else "",
        f"{n['not measured']} not measured" if n["not measured"] else "",
    ]
    return f"Of {count(len(lines), 'gated measure')}, {', '.join(part for part in parts if part)}"


def _in_words(line: _Line) -> str:
    if line.change is None:
        return f"{line.label}: {line.decision}."
    if line.low is None or line.high is None:
        return f"{line.label}: {line.decision}, {line.change:.1f} margins."
    return f"{line.label}: {line.decision}, {estimate(line.change, line.low, line.high, decimals=1, suffix=' margins')}."


def _draw(canvas: Canvas, lines: Sequence[_Line], tiers: Sequence[str]) -> None:
    left = label_width([line.label for line in lines], min(_LABELS, 0.46 * canvas.width))
    axes = canvas.axes(left, 0, _WORDS, 24)
    low, high = _limits(lines)
    places = _places(lines, tiers)
    axes.set_xlim(low, high)
    axes.set_ylim(len(lines) + len(tiers) - 0.5, -0.5)
    for x, colour in ((0.0, canvas.palette.rule), (1.0, canvas.palette.muted)):
        axes.axvline(x, color=colour, linewidth=canvas.px(1), zorder=0, clip_on=False)
    canvas.say(axes, 1, 0, "allowed", colour=canvas.palette.muted, ha="left", dx=4)
    for line, place in zip(lines, places, strict=True):
        _row(canvas, axes, line, place, (low, high))
    room = (canvas.width - left - _WORDS) / (high - low)
    ticks = [tick for tick in range(int(low), int(high) + 1) if low <= tick <= high and tick % math.ceil(_TICK / room) == 0]
    axes.set_xticks(ticks, [str(tick).replace("-", "\u2212") for tick in ticks])
    axes.set_yticks(places, [short(line.label, left - 10) for line in lines])
    for tier in tiers:
        top = places[next(i for i, line in enumerate(lines) if line.tier == tier)] - 1
        canvas.say(axes, low, top, tier, colour=canvas.palette.ink, ha="right", dx=-6)


def _places(lines: Sequence[_Line], tiers: Sequence[str]) -> list[int]:
    """Lines from top to bottom, one left free for the name of each tier."""
    return [place + 1 + list(tiers).index(line.tier) for place, line in enumerate(lines)]


def _limits(lines: Sequence[_Line]) -> tuple[float, float]:
    ends = [end for line in lines for end in (line.change, line.low, line.high) if end is not None]
    return max(_SHOWN[0], min([-1.0, *ends]) - 0.1), min(_SHOWN[1], max([2.0, *ends]) + 0.1)


def _row(canvas: Canvas, axes: Axes, line: _Line, place: int, ends: tuple[float, float]) -> None:
    low, high = ends
    colour = canvas.palette.accent if line.decision == "regression" else canvas.palette.ink
    symbol = decisions.MARKS.get(line.decision, "")
    words = "" if line.change is None else f"{line.change:.1f}".replace("-", "\u2212")
    if line.change is None:
        canvas.say(axes, high, place, f"{symbol} {line.decision}", colour=canvas.palette.muted, ha="left", dx=12)
        return
    canvas.say(axes, high, place, symbol, colour=colour, ha="left", dx=12)
    canvas.say(axes, high, place, words, colour=colour, ha="right", dx=_WORDS - 2)
    if line.low is not None and line.high is not None:
        canvas.lines(axes, [(place, _cut(line.low, low, high), _cut(line.high, low, high))], colour)
        canvas.beyond(axes, [(low, place)] * (line.low < low), "left", colour)
        canvas.beyond(axes, [(high, place)] * (line.high > high), "right", colour)
    # A tick and no mark of the human range: a gate asks for the change, not for the place.
    if low <= line.change <= high:
        axes.plot(
            [line.change] * 2, [place - 0.32, place + 0.32], color=colour, linewidth=canvas.px(2.4), solid_capstyle="butt", clip_on=False,
            zorder=4,
        )  # fmt: skip
    elif line.low is None or line.high is None:
        canvas.beyond(axes, [(_cut(line.change, low, high), place)], "left" if line.change < low else "right", colour)


def _cut(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))
