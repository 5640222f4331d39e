"""Holds figures: a `Panel` of the page, a `Family` of panels with the data behind them, a `Drawing` for axes of the caller's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.errors import UsageError, one_of
from evalkit.report.figures.svg import data_uri, to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Panel:
    """One figure of the page.

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


@dataclass(frozen=True)
class Drawing:
    """A figure that is ready to be drawn on axes.

    Args:
        draw: draws on axes, within `figures.style()`, and returns them.
        xlabel, ylabel: labels of the axes, which the page's figures leave to their captions.
        position: of the axes in a figure of their own.
    """

    draw: Callable[[Axes], Axes]
    xlabel: str
    ylabel: str
    position: tuple[float, float, float, float] = (0.16, 0.19, 0.8, 0.76)


def svg_panel(figure: Figure, title: str, finding: str, alt: str, size: tuple[int, int]) -> Panel:
    """A drawn figure as a panel of the page."""
    return Panel(title, finding, alt, data_uri(to_svg(figure)), *size)


def known_name(name: str | None, names: Iterable[str], what: str) -> str:
    """The name, if results have it.

    Raises:
        UsageError: where they do not.
    """
    names = list(names)
    if name not in names:
        raise UsageError(f'There is no {what} "{name}" in these results.', remedy=one_of(str(name), names))
    return name
