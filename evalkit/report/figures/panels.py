"""The figures of the report: per family one panel a candidate, on the same axes, each with its finding and its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit._util.formatting import NBSP, in_unit, percent
from evalkit.report.figures import style as figures
from evalkit.report.figures.svg import data_uri, to_svg
from evalkit.report.view.captions import endings_finding, family_finding, lengths_finding, ratios_finding, shares_finding
from evalkit.report.view.ratios import CLASSES, Ratio, endings, ratios
from evalkit.report.view.standings import Board
from evalkit.results import Profile, Series

LETTERS, LENGTHS = "letters.jsd", "wordlen.w1"
_SPAN = 2.0
_WIDTH, _HEIGHT = 340, 180


@dataclass(frozen=True)
class Panel:
    """One figure.

    Args:
        title: whose it is, or of what.
        finding: what it shows.
        alt: both, for those who cannot see it.
        source, width, height: the picture.
    """

    title: str
    finding: str
    alt: str
    source: str
    width: int
    height: int


@dataclass(frozen=True)
class Family:
    """A row of panels, with the data behind them.

    Args:
        id: for links.
        title: with the finding.
        how: one sentence on how to read the panels.
        panels: one a candidate.
        head, body: the data table.
    """

    id: str
    title: str
    how: str
    panels: Sequence[Panel]
    head: Sequence[str]
    body: Sequence[Sequence[str]]


def families(board: Board, names: Sequence[str]) -> list[Family]:
    """All families that the run has data for."""
    found = [_letters(board, names), _lengths(board, names), _ratios(board, names)]
    return [family for family in found if family is not None]


def _profile(board: Board, metric: str) -> Profile | None:
    return next((profile for profile in board.results.profiles if profile.metric == metric), None)


def _with_baseline(profile: Profile, names: Sequence[str]) -> list[str]:
    """The candidates and, of a gate, the baseline, which has a series and no scores."""
    return [*names, *(name for name in profile.series if name not in names)]


def _letters(board: Board, names: Sequence[str]) -> Family | None:
    profile = _profile(board, LETTERS)
    if profile is None:
        return None
    order, panels = figures.order_by_reference(profile), []
    top, names = figures.limits(profile), _with_baseline(profile, names)
    with figures.style():
        for name in names:
            figure, axes = figures.panel(_WIDTH, _HEIGHT)
            figures.draw_shares(axes, profile, name, order=order, top=top)
            finding = shares_finding(board, profile, name)
            panels.append(_panel(name, finding, f"Shares of the letters a to z in {name}. {finding}.", to_svg(figure)))
    return Family(
        id="letters",
        title=f"Letters: {family_finding(board, LETTERS)}",
        how="Columns: the corpus. Dots: the candidate with its 95 % interval; a diamond where the interval leaves the corpus out.",
        panels=panels,
        head=["letter", "corpus", *names],
        body=_table(profile, order, names),
    )


def _lengths(board: Board, names: Sequence[str]) -> Family | None:
    profile = _profile(board, LENGTHS)
    if profile is None:
        return None
    top, panels, names = figures.limits(profile), [], _with_baseline(profile, names)
    with figures.style():
        for name in names:
            figure, axes = figures.panel(_WIDTH, _HEIGHT)
            figures.draw_steps(axes, profile, name, top=top)
            finding = lengths_finding(board, profile, name)
            panels.append(_panel(name, finding, f"Shares of words by length in {name}. {finding}.", to_svg(figure)))
    return Family(
        id="lengths",
        title=f"Word lengths: {family_finding(board, LENGTHS)}",
        how="Surface: the corpus. Line: the candidate. Length in characters, share of words in percent.",
        panels=panels,
        head=["characters", "corpus", *names],
        body=_table(profile, range(len(profile.items)), names),
    )


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


def _ratios(board: Board, names: Sequence[str]) -> Family | None:
    by_name = {name: ratios(board, name) for name in names}
    if not any(by_name.values()):
        return None
    panels = []
    with figures.style():
        for name, found in by_name.items():
            figure, axes = figures.panel(_WIDTH, 40 + 17 * len(found))
            axes.set_position((0.29, 24 / (40 + 17 * len(found)), 0.66, 1 - 28 / (40 + 17 * len(found))))
            figures.draw_ratios(axes, found, span=_SPAN)
            finding = ratios_finding(found)
            alt = f"How often {name} uses endings and word classes, as a multiple of the corpus's rate. {finding}."
            panels.append(_panel(name, finding, alt, to_svg(figure), height=40 + 17 * len(found)))
    ids = [id_ for id_ in (*endings(board), CLASSES) if id_ in board.metrics]
    title = family_finding(board, ids[0]) if ids[0] == CLASSES else endings_finding(board, ids[0])
    return Family(
        id="endings",
        title=f"Endings and function words: {title}",
        how="Each dot: the rate as a multiple of the corpus's. Grey: what human text of this shape keeps to, where that was measured. "
        "Diamond: beyond it, or beyond the 95 % interval.",
        panels=panels,
        head=["", "corpus", *names],
        body=_ratio_table(by_name, names),
    )


def _ratio_table(by_name: dict[str, list[Ratio]], names: Sequence[str]) -> list[list[str]]:
    labels = list(dict.fromkeys(ratio.label for found in by_name.values() for ratio in found))
    lookup = {(name, ratio.label): ratio for name, found in by_name.items() for ratio in found}
    rows = []
    for label in labels:
        first = next(lookup[name, label] for name in names if (name, label) in lookup)
        unit = f"{NBSP}%" if first.unit == "share" else f" {first.unit}"
        own = [in_unit(lookup[name, label].value, first.unit) if (name, label) in lookup else "not measured" for name in names]
        rows.append([label, f"{in_unit(first.expected, first.unit)}{unit}", *own])
    return rows


def _panel(title: str, finding: str, alt: str, svg: str, *, height: int = _HEIGHT) -> Panel:
    return Panel(title, finding, alt, data_uri(svg), _WIDTH, height)
