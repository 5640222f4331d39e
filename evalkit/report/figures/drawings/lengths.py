"""Draws word lengths: the share of words up to each length, as percentage points above or below the corpus's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from evalkit.report.figures.canvas import Canvas, Plan, short
from evalkit.report.figures.drawings.candidates import aside, judged, nouns, spoken_name
from evalkit.report.figures.drawings.letters import with_baseline
from evalkit.report.figures.drawings.lines import Drawn, draw_lines, level_ticks, limits, lines_height, zero_line
from evalkit.report.view.captions import lengths_finding
from evalkit.report.view.judging.marks import INSIDE, OUTSIDE, UNKNOWN, within_range
from evalkit.report.view.ranking import Ranking
from evalkit.results import Profile

LENGTHS = "wordlen.w1"
MARKS = {True: INSIDE, False: OUTSIDE, None: UNKNOWN}


def plan(ranking: Ranking) -> Plan | None:
    """The figure; None where word lengths were not counted."""
    profile = next((profile for profile in ranking.results.profiles if profile.metric == LENGTHS), None)
    names = with_baseline(profile, ranking.names) if profile is not None else []
    lines = [_line(ranking, profile, name) for name in names if profile is not None]
    if profile is None or not lines:
        return None
    return Plan(
        finding=_finding(ranking, profile, names),
        how="Words up to each length: percentage points above or below the corpus. At the right the area, in letters: "
        "● inside the human range, ◆ outside, ○ range unknown.",
        alt=" ".join(f"{short(line.label, 120)} {line.note}." for line in lines if line.note),
        height=lines_height(lines),
        draw=lambda canvas: _draw(canvas, ranking, profile, lines),
    )


def _line(ranking: Ranking, profile: Profile, name: str) -> Drawn:
    row = ranking.row(name, profile.metric)
    off = [
        100 * ((value or 0.0) - (expected or 0.0))
        for value, expected in zip(profile.series[name].value, profile.reference, strict=True)
    ]
    value = None if row is None else row.value
    note = (
        f"{value:.2f} {MARKS[within_range(row, ranking.metrics[profile.metric])]}" if row is not None and value is not None else ""
    )
    head = ranking.head(name) if name in ranking.names else name
    return Drawn(name, head, list(enumerate(accumulate(off))), note, value or 0.0)


def _finding(ranking: Ranking, profile: Profile, names: Sequence[str]) -> str:
    spoken = [
        name
        for name in names
        if name in judged(ranking) and (row := ranking.row(name, profile.metric)) is not None and row.value is not None
    ]
    if not spoken:
        return "Word lengths beside the corpus"
    states = {name: within_range(ranking.rows[name, profile.metric], ranking.metrics[profile.metric]) for name in spoken}
    if all(states.values()):
        return "Word lengths are within the human range" + (
            "" if len(spoken) == 1 else f" for all {nouns(ranking)}{aside(ranking)}"
        )
    outside = [name for name in spoken if states[name] is False]
    if not outside:
        return "Word lengths beside the corpus"
    worst = max(outside, key=lambda name: ranking.off(name, profile.metric))
    said = lengths_finding(ranking, profile, worst)
    return f"{spoken_name(worst)}: {said[0].lower()}{said[1:]}"


def _draw(canvas: Canvas, ranking: Ranking, profile: Profile, lines: Sequence[Drawn]) -> None:
    low, high = limits(ranking, lines, room=0.5)
    axes = draw_lines(canvas, ranking, lines, (low, high))
    level_ticks(axes, low, high)
    zero_line(canvas, axes)
    ticks = [i for i, item in enumerate(profile.items) if item in {"1", "5", "10", "15"} or i == len(profile.items) - 1]
    axes.set_xticks(ticks, [profile.items[i] for i in ticks])
    axes.set_xlim(0, max(1, len(profile.items) - 1))
