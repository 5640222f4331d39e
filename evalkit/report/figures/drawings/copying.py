"""Draws copying: how many of a text's phrases of 1, 2, 3 ... words stand in the training text, beside human text."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.report.figures.canvas import Canvas, Plan, short
from evalkit.report.figures.drawings.candidates import aside, judged, nouns, spoken_name
from evalkit.report.figures.drawings.lines import Drawn, draw_lines, level_ticks, limits, lines_height, zero_line
from evalkit.report.view.ranking import Ranking

_SAID = 4
"""Words of the phrases that the title speaks of: human text has few such phrases in common with other human text."""
_LEAST = 1.0
"""Percentage points that are worth a title."""


def plan(ranking: Ranking) -> Plan | None:
    """The figure; None where phrases were not looked up, or human text was not."""
    texts = ranking.results.texts
    human = texts[""].copied if "" in texts else ()
    names = [name for name in ranking.names if name in texts and texts[name].copied]
    if not names or not human:
        return None
    lines = [_line(ranking, name, texts[name].copied, human) for name in names]
    return Plan(
        finding=_finding(ranking, names),
        how="Phrases by their number of words that stand in the training text: percentage points above or below held-out human text. "
        f"At the right: of {_SAID} words, in all.",
        alt=f"Phrases of {_SAID} words in the training text: human text {_percent(human)}; "
        + ", ".join(f"{short(line.label, 120)} {line.note}" for line in lines)
        + ".",
        height=lines_height(lines),
        draw=lambda canvas: _draw(canvas, ranking, lines),
    )


def _line(ranking: Ranking, name: str, copied: Sequence[float | None], human: Sequence[float | None]) -> Drawn:
    points = [
        (float(n), 100 * (share - expected))
        for n, (share, expected) in enumerate(zip(copied, human, strict=False), start=1)
        if share is not None and expected is not None
    ]
    return Drawn(name, ranking.head(name), points, _percent(copied), _at(copied) or 0.0)


def _at(copied: Sequence[float | None]) -> float | None:
    return copied[_SAID - 1] if len(copied) >= _SAID else None


def _percent(copied: Sequence[float | None]) -> str:
    share = _at(copied)
    return "" if share is None else f"{100 * share:.1f} %"


def _finding(ranking: Ranking, names: Sequence[str]) -> str:
    texts = ranking.results.texts
    human = _at(texts[""].copied)
    shares = {name: share for name in names if name in judged(ranking) and (share := _at(texts[name].copied)) is not None}
    if human is None or not shares:
        return "Phrases that stand in the training text, beside human text"
    most = max(shares, key=lambda name: shares[name])
    off = 100 * (shares[most] - human)
    if off >= _LEAST:
        return f"{spoken_name(most)} copies most: {100 * shares[most]:.0f} % of its {_SAID}-word phrases, human text {100 * human:.0f} %"
    low, high = f"{100 * min(shares.values()):.1f}", f"{100 * max(shares.values()):.1f}"
    who = f"{spoken_name(most)} has" if len(shares) == 1 else f"{nouns(ranking).capitalize()} have"
    return (
        f"{who} {low if low == high else f'{low} to {high}'} % of {_SAID}-word phrases from the training text, human text "
        f"{100 * human:.1f} %{aside(ranking)}"
    )


def _draw(canvas: Canvas, ranking: Ranking, lines: Sequence[Drawn]) -> None:
    low, high = limits(ranking, lines, room=1.0)
    axes = draw_lines(canvas, ranking, lines, (low, high))
    level_ticks(axes, low, high)
    zero_line(canvas, axes)
    last = max((x for line in lines for x, _ in line.points), default=2.0)
    axes.set_xlim(1, last)
    axes.set_xticks(range(1, int(last) + 1), [_tick(n, int(last)) for n in range(1, int(last) + 1)])


def _tick(n: int, last: int) -> str:
    """A number below the axis; the last one says of what, and has the room of the one before."""
    return f"{n} words" if n == last else "" if n == last - 1 else str(n)
