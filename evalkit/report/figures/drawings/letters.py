"""Draws letters: how many percentage points each candidate is above or below the corpus, for the twelve that differ most."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evalkit.report.figures.canvas import Canvas, Plan, short
from evalkit.report.figures.drawings.candidates import aside, judged, noise, spoken_name
from evalkit.report.figures.drawings.columns import Columns, columns_height
from evalkit.report.view.captions import is_significant
from evalkit.report.view.ranking import Ranking
from evalkit.results import Profile

LETTERS = "letters.jsd"
_MOST = 12
_LEAST = 0.001
"""A share must be off by a tenth of a percentage point to be worth a word."""


def plan(ranking: Ranking) -> Plan | None:
    """The figure; None where letters were not counted."""
    profile = next((profile for profile in ranking.results.profiles if profile.metric == LETTERS), None)
    if profile is None:
        return None
    names = with_baseline(profile, ranking.names)
    shown = _chosen(ranking, profile, names)
    if not names or not shown:
        return None
    labels = [profile.items[i] for i in shown]
    rest = "" if len(shown) == len(profile.items) else f", the {len(shown)} of {len(profile.items)} that differ most"
    return Plan(
        finding=_finding(ranking, profile, names),
        how=f"Letters{rest}: percentage points above (red) or below (blue) the corpus. Pale: chance may explain it. "
        "Lines: 95 % intervals; « » beyond the axis.",
        alt=_in_words(profile, names, shown),
        height=lambda width: columns_height(ranking, names, labels, width),
        draw=lambda canvas: _draw(canvas, ranking, profile, names, shown),
    )


def with_baseline(profile: Profile, names: Sequence[str]) -> list[str]:
    """The candidates that have a series and, of a gate, the baseline, which has a series and no scores."""
    return [*(name for name in names if name in profile.series), *(name for name in profile.series if name not in names)]


def off(profile: Profile, name: str, item: int) -> float:
    """Percentage points above the corpus; 0 where it was not measured."""
    value, expected = profile.series[name].value[item], profile.reference[item]
    return 0.0 if value is None or expected is None else 100 * (value - expected)


def _chosen(ranking: Ranking, profile: Profile, names: Sequence[str]) -> list[int]:
    """The letters that differ most in any candidate but noise, the largest difference first."""
    largest = {i: max(abs(off(profile, name, i)) for name in _scaled(ranking, names)) for i in range(len(profile.items))}
    return sorted(largest, key=lambda i: -largest[i])[:_MOST]


def _scaled(ranking: Ranking, names: Sequence[str]) -> list[str]:
    """The candidates that set the axis: all but noise, which would dwarf them."""
    grey = noise(ranking)
    return [name for name in names if name not in grey] or list(names)


def _ends(profile: Profile, name: str, item: int) -> list[float]:
    """A difference and the ends of its interval, in percentage points."""
    series, expected = profile.series[name], profile.reference[item]
    values = (series.value[item], series.low[item], series.high[item])
    return [100 * (value - expected) for value in values if value is not None and expected is not None]


def _finding(ranking: Ranking, profile: Profile, names: Sequence[str]) -> str:
    """The largest difference that chance does not explain, of any candidate that competes and is no noise."""
    spoken = [name for name in names if name in judged(ranking)] or list(names)
    significant = [
        (off(profile, name, i), name, profile.items[i])
        for name in spoken
        for i in range(len(profile.items))
        if is_significant(profile.series[name], profile.reference, i) and abs(off(profile, name, i)) >= 100 * _LEAST
    ]
    if not significant:
        return f"No letter is significantly too frequent or too rare{aside(ranking)}"
    far, name, item = max(significant, key=lambda entry: abs(entry[0]))
    most = "The largest difference is of " if len(significant) > 1 else "One letter differs: "
    return f"{most}{item} in {spoken_name(name)}: {abs(far):.1f} points too {'many' if far > 0 else 'few'}"


def _in_words(profile: Profile, names: Sequence[str], shown: Sequence[int]) -> str:
    return " ".join(
        f"{short(name, 120)}: {', '.join(f'{profile.items[i]} {off(profile, name, i):+.1f}' for i in shown)}." for name in names
    ).replace("-", "\u2212")


def _draw(canvas: Canvas, ranking: Ranking, profile: Profile, names: Sequence[str], shown: Sequence[int]) -> None:
    span = max([0.1, *(1.04 * abs(end) for name in _scaled(ranking, names) for i in shown for end in _ends(profile, name, i))])
    columns = Columns(canvas, ranking, names, [profile.items[i] for i in shown], span)
    for side in (1, -1):
        for sure in (True, False):
            bars = [
                (y, name, off(profile, name, i))
                for name in names
                for y, i in enumerate(shown)
                if off(profile, name, i) * side > 0 and is_significant(profile.series[name], profile.reference, i) is sure
            ]
            _bars(columns, bars, side, alpha=1.0 if sure else 0.3)
    _intervals(columns, profile, shown)
    step = _step(span)
    columns.ticks({-step: f"\u2212{step:g}", 0: "0", step: f"+{step:g}"})


def _bars(columns: Columns, bars: Sequence[tuple[int, str, float]], side: int, *, alpha: float) -> None:
    colour = columns.canvas.palette.accent if side > 0 else columns.canvas.palette.less
    x = [end for _, name, value in bars for end in (columns.x(name, 0), columns.x(name, value), math.nan)]
    y = [place for row, _, _ in bars for place in (row, row, math.nan)]
    if bars:
        columns.axes.plot(
            x, y, color=colour, alpha=alpha, linewidth=columns.canvas.px(9), solid_capstyle="butt", clip_on=False, zorder=2
        )
    beyond = [(columns.x(name, value), float(row)) for row, name, value in bars if abs(value) > columns.span]
    columns.canvas.beyond(columns.axes, beyond, "right" if side > 0 else "left", columns.canvas.palette.ink)


def _intervals(columns: Columns, profile: Profile, shown: Sequence[int]) -> None:
    spans = []
    for name in columns.names:
        series = profile.series[name]
        for y, i in enumerate(shown):
            low, high, expected = series.low[i], series.high[i], profile.reference[i]
            if low is not None and high is not None and expected is not None:
                spans.append((y, columns.x(name, 100 * (low - expected)), columns.x(name, 100 * (high - expected))))
    columns.canvas.lines(columns.axes, spans, columns.canvas.palette.ink, width=1.0)


def _step(span: float) -> float:
    """A round number of points that a column has room for."""
    return next(step for step in (50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05) if step <= 0.8 * span or step == 0.05)
