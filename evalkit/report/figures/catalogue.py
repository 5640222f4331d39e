"""Lists the figures, `FIGURES`, and draws them: `svg_of` for the page, `figure_of` for notebooks and papers, `figure_files` for papers.

A new figure is a file in `drawings` and an entry here. The page, `results.plot`, `report --figures`, the docs and the tests follow.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit.errors import UsageError, one_of
from evalkit.report.figures.theme import LIGHT, PALETTES, PAPER_TEXT, SCREEN_TEXT, Theme, drawing
from evalkit.report.formats import load_function
from evalkit.report.view.ranking import Ranking
from evalkit.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evalkit.report.figures.canvas import Plan
    from evalkit.report.view.run_diff import Run

WIDTH = 540.0
"""Pixels of a figure of the page, unless it is told another width."""
PAPER_WIDTH = 130.0
"""Millimetres of a figure in a file, unless it is told another width."""
_POINTS_PER_MM = 72 / 25.4
_PNG_DPI = 300
_UNDATED: Mapping[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
"""Format -> what a file says of itself and would make it another at each writing."""
_HERE = "evalkit.report.figures.drawings"
_RUN = ("compare", "score", "sweep", "gate")


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """A figure.

    Args:
        name: what `svg_of` and `results.plot` call it.
        title: what it shows.
        kinds: of results that may have it; a history is of several runs.
        drawing: `module:function` that gives its `Plan`.
    """

    name: str
    title: str
    kinds: tuple[str, ...] = _RUN
    drawing: str


_DECLARED = (
    Declaration(
        name="ranking",
        title="how far each candidate is from human text over all families, with 95 % intervals",
        drawing=f"{_HERE}.ranking:plan",
    ),
    Declaration(
        name="heatmap",
        title="measures by candidates: too little, too much, and what lies outside the human range",
        drawing=f"{_HERE}.heatmap:plan",
    ),
    Declaration(
        name="forest",
        title="every gated measure in units of its margin, where 1 is the most that is allowed",
        kinds=("gate",),
        drawing=f"{_HERE}.forest:plan",
    ),
    Declaration(
        name="families",
        title="families by candidates: how far each is from human text, and where that is beyond the human range",
        drawing=f"{_HERE}.families:plan",
    ),
    Declaration(
        name="letters",
        title="letters: percentage points above and below the corpus, the twelve largest",
        drawing=f"{_HERE}.letters:plan",
    ),
    Declaration(
        name="lengths",
        title="word lengths: the difference of cumulative shares from the corpus's, whose area is the distance",
        drawing=f"{_HERE}.lengths:plan",
    ),
    Declaration(
        name="endings",
        title="endings and word classes: rates as multiples of the corpus's",
        drawing=f"{_HERE}.endings:plan",
    ),
    Declaration(
        name="copying",
        title="phrases that stand in the training text, by their number of words, beside human text",
        drawing=f"{_HERE}.copying:plan",
    ),
    Declaration(
        name="zipf",
        title="word frequency by rank, as a multiple of human text's",
        drawing=f"{_HERE}.zipf:plan",
    ),
    Declaration(
        name="passages",
        title="every passage's distance from the corpus, human passages first",
        drawing=f"{_HERE}.passages:plan",
    ),
    Declaration(
        name="overall_bits",
        title="the overall distance against bits per character: who predicts the corpus, and who writes like it",
        kinds=("compare",),
        drawing=f"{_HERE}.overall_bits:plan",
    ),
    Declaration(
        name="curves",
        title="each measure at the checkpoints of training",
        drawing=f"{_HERE}.learning:plan",
    ),
    Declaration(
        name="frontier",
        title="the overall distance and each measure over the temperatures of a sweep",
        kinds=("sweep",),
        drawing=f"{_HERE}.frontier:plan",
    ),
    Declaration(
        name="history",
        title="the overall distance of each candidate over runs",
        kinds=(),
        drawing=f"{_HERE}.history:plan",
    ),
)
FIGURES: Mapping[str, Declaration] = {declaration.name: declaration for declaration in _DECLARED}
"""Name -> figure, in the order of the page."""


def plan_of(results: Results | Sequence[Run], name: str) -> Plan | None:
    """What a figure would show of results; None where they have nothing for it.

    Args:
        results: of a run; of several for the history.
        name: of a figure.

    Raises:
        UsageError: for a name that is none of a figure's.
    """
    if name not in FIGURES:
        raise UsageError(f'There is no figure "{name}".', remedy=one_of(name, FIGURES))
    declaration = FIGURES[name]
    if isinstance(results, Results) and (results.kind not in declaration.kinds or not results.candidates):
        return None
    plan: Callable[[Any], Plan | None] = load_function(declaration.drawing)
    return plan(Ranking(results) if isinstance(results, Results) else results)


def svg_of(results: Results | Sequence[Run], name: str, *, width: float = WIDTH) -> str:
    """A figure as an SVG element of the page, which follows the page's theme; empty where the results have nothing to draw.

    Colours are the custom properties `--ink`, `--muted`, `--rule`, `--band`, `--paper`, `--accent` and `--less` of the page, and those of
    the light theme where it has none.

    Args:
        results: of a run; of several for the history.
        name: of a figure.
        width: in pixels.
    """
    plan = plan_of(results, name)
    return "" if plan is None else svg_of_plan(plan, id_=f"figure-{name}", width=width)


def svg_of_plan(plan: Plan, *, id_: str, width: float) -> str:
    """A planned figure as an SVG element of the page.

    Args:
        plan: of the figure.
        id_: begins its identifiers.
        width: in pixels.
    """
    from evalkit.report.figures.inline import inline_svg

    with drawing(LIGHT, SCREEN_TEXT):
        figure = _on_canvas(plan, width, "light", SCREEN_TEXT)
        return inline_svg(figure, id_=id_, title=plan.finding, alt=plan.alt, links=plan.links)


def figure_of(
    results: Results | Sequence[Run], name: str, *, width: float = WIDTH, theme: Theme = "light", text: float = SCREEN_TEXT
) -> Figure:
    """A figure of matplotlib, which a notebook shows and `savefig` writes.

    Args:
        results: of a run; of several for the history.
        name: of a figure.
        width: in points; everything but the text follows.
        theme: "light" or "dark".
        text: size of its smallest text, in points.

    Raises:
        UsageError: where the results have nothing to draw.
    """
    if theme not in PALETTES:
        raise UsageError(f'There is no theme "{theme}".', remedy=one_of(theme, PALETTES))
    plan = plan_of(results, name)
    if plan is None:
        raise UsageError(f'These results have nothing for the figure "{name}".', remedy=f"It shows {FIGURES[name].title}.")
    return _drawn(plan, width, theme, text)


def figure_files(results: Results, name: str, formats: Sequence[str], *, width: float = PAPER_WIDTH) -> dict[str, bytes]:
    """A figure as files for papers, the same bytes for the same results; none where the results have nothing to draw.

    Args:
        results: of a run.
        name: of a figure.
        formats: of "svg", "pdf" and "png".
        width: in millimetres, with text of 8 points.
    """
    plan = plan_of(results, name)
    if plan is None:
        return {}
    figure = _drawn(plan, width * _POINTS_PER_MM, "light", PAPER_TEXT)
    files = {}
    with drawing(LIGHT, PAPER_TEXT):
        for format_ in formats:
            out = io.BytesIO()
            figure.savefig(out, format=format_, metadata=_UNDATED[format_], dpi=_PNG_DPI, facecolor="white")
            files[format_] = out.getvalue()
    return files


def _drawn(plan: Plan, width: float, theme: Theme, text: float) -> Figure:
    with drawing(PALETTES[theme], text):
        figure = _on_canvas(plan, width, theme, text)
        # Ticks are made at the first drawing, with the settings of that moment, which must be these.
        figure.draw_without_rendering()
    return figure


def _on_canvas(plan: Plan, width: float, theme: Theme, text: float) -> Figure:
    from evalkit.report.figures.canvas import Canvas

    canvas = Canvas(plan, width=width, theme=theme, text=text)
    if theme == "dark":
        canvas.figure.set_facecolor(canvas.palette.paper)
    plan.draw(canvas)
    return canvas.figure
