"""Draws word frequency by rank: how often each candidate's 1st, 2nd, 10th, 100th ... word occurs, as a multiple of human text's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from evalkit.report.figures.canvas import Canvas, Plan, short
from evalkit.report.figures.drawings.candidates import aside, judged, nouns
from evalkit.report.figures.drawings.lines import Drawn, draw_lines, limits, lines_height, zero_line
from evalkit.report.view.ranking import Ranking
from evalkit.results import TextCounts

_MOST = 3.0
"""Doublings to either side that are drawn at most."""
_TENS = (1, 10, 100, 1_000, 10_000, 100_000)


def plan(ranking: Ranking) -> Plan | None:
    """The figure; None where words were not counted, or those of human text were not."""
    texts = ranking.results.texts
    human = texts.get("")
    names = [name for name in ranking.names if name in texts and texts[name].ranks]
    if human is None or not human.ranks or not names:
        return None
    lines = [_line(ranking, name, texts[name], human) for name in names]
    return Plan(
        finding=_finding(ranking, names, human),
        how="Words by rank, the most frequent first: how often they occur, as a multiple of human text at the same rank, both axes "
        "logarithmic. At the right: different words in all.",
        alt=f"Different words: human text {human.ranks[-1]:,}; "
        + ", ".join(f"{short(line.label, 120)} {line.note}" for line in lines)
        + ".",
        height=lines_height(lines),
        draw=lambda canvas: _draw(canvas, ranking, lines),
    )


def _line(ranking: Ranking, name: str, counts: TextCounts, human: TextCounts) -> Drawn:
    points = []
    for rank, rate in zip(counts.ranks, counts.per_10k, strict=True):
        expected = _rate(human, rank)
        if rate and expected:
            points.append((math.log10(rank), math.log2(rate / expected)))
    return Drawn(name, ranking.head(name), points, f"{counts.ranks[-1]:,}", float(counts.ranks[-1]))


def _rate(human: TextCounts, rank: int) -> float | None:
    """The rate of human text at a rank, between the ranks that are known on straight lines of logarithms; None beyond its last word."""
    known = [(r, rate) for r, rate in zip(human.ranks, human.per_10k, strict=True) if rate]
    for (first, high), (second, low) in pairwise(known):
        if first <= rank <= second:
            part = math.log(rank / first) / math.log(second / first)
            return math.exp(math.log(high) + part * (math.log(low) - math.log(high)))
    return known[0][1] if known and rank == known[0][0] else None


def _finding(ranking: Ranking, names: Sequence[str], human: TextCounts) -> str:
    texts = ranking.results.texts
    sizes = {name: texts[name].ranks[-1] for name in names if name in judged(ranking)}
    if not sizes:
        return "Word frequency by rank, beside human text"
    low, high = min(sizes.values()), max(sizes.values())
    said = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    whose = f"{nouns(ranking).capitalize()} have" if len(sizes) > 1 else f"{short(next(iter(sizes)), 180)} has"
    return f"{whose} {said} different words, human text of as many passages {human.ranks[-1]:,}{aside(ranking)}"


def _draw(canvas: Canvas, ranking: Ranking, lines: Sequence[Drawn]) -> None:
    low, high = limits(ranking, lines, room=0.1)
    low, high = max(min(low, -1.1), -_MOST), min(max(high, 1.1), _MOST)
    axes = draw_lines(canvas, ranking, lines, (low, high))
    zero_line(canvas, axes)
    axes.set_ylim(low, high)
    ticks = [tick for tick in range(-3, 4) if low <= tick <= high]
    axes.set_yticks(ticks, [{-1: "½\u00d7", -2: "¼\u00d7", -3: "⅛\u00d7"}.get(tick, f"{2.0**tick:g}\u00d7") for tick in ticks])
    last = max((x for line in lines for x, _ in line.points), default=1.0)
    axes.set_xlim(0, max(last, 0.5))
    tens = [n for n in _TENS if math.log10(n) <= last]
    axes.set_xticks([math.log10(n) for n in tens], [f"{n:,}" if n > 1 else "1st" for n in tens])
