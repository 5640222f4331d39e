"""Draws the figures of a page (`drawn`, `first_screen`), each as SVG of the page itself, and the first ones again for narrow screens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from evalkit.report.figures import FIGURES, svg_of
from evalkit.results import Results

if TYPE_CHECKING:
    from evalkit.report.view.run_diff import Run

FULL, MIDDLE, NARROW, THIRD = 1150.0, 712.0, 344.0, 366.0
"""Pixels of a figure: across the page, across a smaller screen or paper, on a narrow screen, and as one of three beside each other."""
_LEFT, _RIGHT = 640.0, 470.0
"""Pixels of two figures beside each other, whichever of them stands first."""
_WIDTHS = {"ranking": _RIGHT, "heatmap": _LEFT, "passages": FULL, "history": FULL}
_FIRST = {"gate": ("forest", "ranking"), "sweep": ("frontier", "heatmap")}
"""Kind of results -> the figures of the first screen, the larger one first."""
_WHY = ("letters", "lengths", "endings", "copying", "zipf", "overall_bits")


@dataclass(frozen=True)
class Picture:
    """A figure of the page.

    Args:
        name: of the figure.
        svg: the figure itself.
        narrow: the same for narrow screens; empty where one serves all.
        middle: the same for screens between them and for paper, where the figure is as wide as the page; empty where `narrow` serves.
    """

    name: str
    svg: Markup
    narrow: Markup
    middle: Markup


def first_screen(results: Results) -> list[Picture]:
    """The figures that are seen before anything is scrolled."""
    names = _FIRST.get(results.kind)
    if results.learning:
        names = ("curves", "heatmap" if names is None else names[-1])
    if names is None:
        return drawn(results, ("ranking", "heatmap"), narrow=True)
    return [*drawn(results, names[:1], width=_LEFT, narrow=True), *drawn(results, names[1:], width=_RIGHT, narrow=True)]


def reasons_drawn(results: Results) -> list[Picture]:
    """The figures that show why, one a family of measures."""
    shown = ("ranking", *_WHY) if results.learning else _WHY
    return drawn(results, shown, width=THIRD)


def drawn(
    results: Results | Sequence[Run], names: Sequence[str], *, width: float | None = None, narrow: bool = False, id_: str = "figure"
) -> list[Picture]:
    """Those of some figures that the results have something for.

    Args:
        results: of a run, or several runs.
        names: of figures.
        width: of each, in pixels; None takes the figure's own.
        narrow: whether each is drawn again for narrow screens.
        id_: how identifiers of the figures begin, where a page has several of one name.
    """
    return list(_drawn(results, names, width, narrow=narrow, id_=id_))


def _drawn(
    results: Results | Sequence[Run], names: Sequence[str], width: float | None, *, narrow: bool, id_: str
) -> Iterator[Picture]:
    for name in names:
        if name not in FIGURES:
            continue
        wide = width or _WIDTHS.get(name, THIRD)
        svg = svg_of(results, name, width=wide).replace(f"figure-{name}", f"{id_}-{name}")
        if svg:
            # Identifiers must differ from those of the same figure for wide screens.
            small = (
                svg_of(results, name, width=NARROW).replace(
                    f"figure-{name}", f"narrow-{name}" if id_ == "figure" else f"narrow-{id_}-{name}"
                )
                if narrow
                else ""
            )
            middle = (
                svg_of(results, name, width=MIDDLE).replace(f"figure-{name}", f"middle-{name}") if narrow and wide == FULL else ""
            )
            yield Picture(name, Markup(svg), Markup(small), Markup(middle))  # noqa: S704 - escaped where it is drawn
