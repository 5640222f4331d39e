"""Draws distributions before the corpus's: `draw_shares` the letters as dots, `draw_steps` the word lengths as steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from evalkit._util.formatting import NBSP, percent
from evalkit.errors import UsageError
from evalkit.report.figures import style as figures
from evalkit.report.figures.panels import Drawing, Family, Panel, svg_panel
from evalkit.report.figures.style import ACCENT, CORPUS, FONT_SIZE, INK, MUTED
from evalkit.report.view.captions import family_finding, is_significant, lengths_finding, mean_item, shares_finding
from evalkit.report.view.ranking import Ranking
from evalkit.results import Profile, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LETTERS, LENGTHS = "letters.jsd", "wordlen.w1"
_SIZE = (340, 180)
_STEPS = (0.5, 1, 2, 5, 10, 20, 50)
"""Percentage points between two ticks."""


def plot_letters(ranking: Ranking, name: str, metric: str | None) -> Drawing:
    """The letters of a candidate, for axes of the caller's."""
    profile = _required(ranking, LETTERS, name)
    return Drawing(lambda axes: draw_shares(axes, profile, name), "letter", "share of letters")


def plot_lengths(ranking: Ranking, name: str, metric: str | None) -> Drawing:
    """The word lengths of a candidate, for axes of the caller's."""
    profile = _required(ranking, LENGTHS, name)
    return Drawing(lambda axes: draw_steps(axes, profile, name), "characters", "share of words")


def _required(ranking: Ranking, metric: str, name: str | None) -> Profile:
    profile = _profile(ranking, metric)
    if profile is None or name not in profile.series:
        raise UsageError(
            f'There is no distribution "{metric}" in these results.', remedy=f"Compare again, with {metric} among the metrics."
        )
    return profile


def letters_family(ranking: Ranking, names: Sequence[str]) -> Family | None:
    """One panel of letters a candidate; None where the run has none."""
    profile = _profile(ranking, LETTERS)
    if profile is None:
        return None
    order, top, names = order_by_reference(profile), limits(profile), _with_baseline(profile, names)
    return Family(
        id="letters",
        title=f"Letters: {family_finding(ranking, LETTERS)}",
        how="Columns: the corpus. Dots: the candidate with its 95 % interval; a diamond where the interval leaves the corpus out.",
        panels=_panels(
            names,
            lambda axes, name: draw_shares(axes, profile, name, order=order, top=top),
            lambda name: shares_finding(ranking, profile, name),
            "Shares of the letters a to z in",
        ),
        head=["letter", "corpus", *names],
        body=_table(profile, order, names),
    )


def lengths_family(ranking: Ranking, names: Sequence[str]) -> Family | None:
    """One panel of word lengths a candidate; None where the run has none."""
    profile = _profile(ranking, LENGTHS)
    if profile is None:
        return None
    top, names = limits(profile), _with_baseline(profile, names)
    return Family(
        id="lengths",
        title=f"Word lengths: {family_finding(ranking, LENGTHS)}",
        how="Surface: the corpus. Line: the candidate. Length in characters, share of words in percent.",
        panels=_panels(
            names,
            lambda axes, name: draw_steps(axes, profile, name, top=top),
            lambda name: lengths_finding(ranking, profile, name),
            "Shares of words by length in",
        ),
        head=["characters", "corpus", *names],
        body=_table(profile, range(len(profile.items)), names),
    )


def _profile(ranking: Ranking, metric: str) -> Profile | None:
    return next((profile for profile in ranking.results.profiles if profile.metric == metric), None)


def _with_baseline(profile: Profile, names: Sequence[str]) -> list[str]:
    """The candidates that have a series and, of a gate, the baseline, which has a series and no scores."""
    return [*(name for name in names if name in profile.series), *(name for name in profile.series if name not in names)]


def _panels(names: Sequence[str], draw: Callable[[Axes, str], Axes], finding_of: Callable[[str], str], about: str) -> list[Panel]:
    panels = []
    with figures.style():
        for name in names:
            figure, axes = figures.panel(*_SIZE)
            draw(axes, name)
            finding = finding_of(name)
            panels.append(svg_panel(figure, name, finding, f"{about} {name}. {finding}.", _SIZE))
    return panels


def _table(profile: Profile, order: Sequence[int], names: Sequence[str]) -> list[list[str]]:
    return [
        [profile.items[i], _share(profile.reference[i]), *(_with_interval(profile.series[name], i) for name in names)]
        for i in order
    ]


def _share(value: float | None) -> str:
    return "not measured" if value is None else f"{percent(value)}{NBSP}%"


def _with_interval(series: Series, i: int) -> str:
    low, high = series.low[i], series.high[i]
    interval = "" if low is None or high is None else f" ({percent(low)} to {percent(high)})"
    return _share(series.value[i]) + interval


def limits(profile: Profile) -> float:
    """The greatest share in any panel of a profile, in percent, with room above it; panels that share it can be compared."""
    shares = [value for series in profile.series.values() for value in (*series.value, *series.high) if value is not None]
    return 106 * (max([*shares, *(value for value in profile.reference if value is not None)], default=0.0) or 1.0)


def order_by_reference(profile: Profile) -> list[int]:
    """The items' numbers, the most frequent in the corpus first."""
    return sorted(range(len(profile.items)), key=lambda i: -(profile.reference[i] or 0.0))


def draw_shares(
    axes: Axes, profile: Profile, candidate: str, *, order: Sequence[int] | None = None, top: float | None = None
) -> Axes:
    """Draws the shares of items as dots with intervals before the corpus's as columns.

    Args:
        axes: to draw on.
        profile: for example of letters.jsd.
        candidate: whose shares.
        order: the items' numbers in the order of the axis.
        top: upper limit in percent; `limits(profile)` makes panels comparable.
    """
    series, items = profile.series[candidate], list(order if order is not None else order_by_reference(profile))
    expected = [100 * (profile.reference[i] or 0.0) for i in items]
    # Columns and the gaps between them as one outline: 26 separate bars make the file three times as large.
    edges = [place + side for place in range(len(items)) for side in (-0.43, 0.43)]
    axes.stairs([height for value in expected for height in (value, 0.0)][:-1], edges, fill=True, color=CORPUS, linewidth=0)
    outside = [is_significant(series, profile.reference, i) for i in items]
    _dots(axes, series, [(place, i) for place, i in enumerate(items) if not outside[place]], colour=INK, marker="o", size=4)
    _dots(axes, series, [(place, i) for place, i in enumerate(items) if outside[place]], colour=ACCENT, marker="D", size=4.2)
    axes.set_xticks(range(len(items)), [profile.items[i] for i in items])
    axes.set_xlim(-0.7, len(items) - 0.3)
    return _finish(axes, top or limits(profile))


def _dots(axes: Axes, series: Series, places: Sequence[tuple[int, int]], *, colour: str, marker: str, size: float) -> None:
    """Values with their intervals at (place on the axis, item)."""
    intervals = [
        (place, low, high) for place, i in places if (low := series.low[i]) is not None and (high := series.high[i]) is not None
    ]
    if intervals:
        # One path for all intervals, lifted between them by NaN: a line each would make the file several times as large.
        x = [coordinate for place, _, _ in intervals for coordinate in (place, place, math.nan)]
        y = [100 * end for _, low, high in intervals for end in (low, high, math.nan)]
        axes.plot(x, y, color=colour, linewidth=1.1, solid_capstyle="butt")
    values = [(place, 100 * value) for place, i in places if (value := series.value[i]) is not None]
    if values:
        axes.plot(*zip(*values, strict=True), marker=marker, markersize=size, markeredgewidth=0, color=colour, linewidth=0)


def draw_steps(axes: Axes, profile: Profile, candidate: str, *, top: float | None = None) -> Axes:
    """Draws the shares of ordered items as steps before the corpus's as a surface, with the means where items are numbers."""
    import seaborn as sns

    edges = [place - 0.5 for place in range(len(profile.items) + 1)]
    expected = [100 * (value or 0.0) for value in profile.reference]
    axes.stairs(expected, edges, fill=True, color=CORPUS, linewidth=0)
    values = [100 * (value or 0.0) for value in profile.series[candidate].value]
    axes.stairs(values, edges, color=INK, linewidth=1.4, baseline=None)
    _mark_means(axes, profile, candidate, top or limits(profile))
    ticks = [i for i, item in enumerate(profile.items) if item in {"1", "5", "10", "15"} or i == len(profile.items) - 1]
    axes.set_xticks(ticks, [profile.items[i] for i in ticks])
    axes.set_xlim(edges[0], edges[-1])
    sns.despine(ax=axes)
    return _finish(axes, top or limits(profile))


def _mark_means(axes: Axes, profile: Profile, candidate: str, top: float) -> None:
    corpus, mean = mean_item(profile.items, profile.reference), mean_item(profile.items, profile.series[candidate].value)
    if corpus is None or mean is None:
        return
    for value, colour, dash in ((corpus, MUTED, ":"), (mean, INK, "-")):
        axes.plot([value - 1, value - 1], [0, top], color=colour, linewidth=1.0, linestyle=dash)
    right = max(mean, corpus) - 1
    for text, colour, drop in ((f"mean {mean:.2f}", INK, 0.0), (f"corpus {corpus:.2f}", MUTED, FONT_SIZE + 2)):
        axes.annotate(
            text, (right, top), xytext=(5, -drop), textcoords="offset points", va="top", color=colour, fontsize=FONT_SIZE
        )  # fmt: skip


def _finish(axes: Axes, top: float) -> Axes:
    axes.set_ylim(0, top)
    axes.spines[["top", "right", "left"]].set_visible(False)
    step = next(step for step in _STEPS if top / step <= 4.6)
    ticks = [step * n for n in range(math.floor(top / step) + 1)]
    axes.set_yticks(ticks, [f"{tick:g}{NBSP + '%' if n == len(ticks) - 1 else ''}" for n, tick in enumerate(ticks)])
    for artist in (*axes.lines, *axes.patches):
        artist.set_clip_on(False)  # dots on the edge of the axes stay whole
    return axes
