"""Sets the house style of figures: `style` while they are drawn, the colours, and `panel`, an empty figure of one panel.

Grey is the corpus, ink the candidate, and the one accent what lies outside the human range, or beyond what chance explains.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, CORPUS, GRID, ACCENT, PAPER = "#1f2326", "#656d76", "#cfd4d9", "#e6e8eb", "#b23c17", "#fefefe"
FONT_SIZE = 10.5
_NOTEBOOK_DPI = 144
"""Twice the 72 points an inch of the figures, so that letters stay sharp."""
_STYLE = {
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.grid": False,
    "axes.linewidth": 0.8,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.size": FONT_SIZE,
    "axes.labelsize": FONT_SIZE,
    "xtick.labelsize": FONT_SIZE,
    "ytick.labelsize": FONT_SIZE,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.bottom": True,
    "ytick.left": True,
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
}


@contextmanager
def style() -> Iterator[None]:
    """The house style, for the time of a `with` block."""
    import seaborn as sns

    with sns.axes_style("white", rc=_STYLE), sns.plotting_context(rc=_STYLE):
        import matplotlib as mpl

        settings: Any = {key: value for key, value in _STYLE.items() if key in mpl.rcParams}
        with mpl.rc_context(settings):
            yield


def panel(width: float = 340, height: float = 190) -> tuple[Figure, Axes]:
    """A figure of one panel, in points, for use within `style()`."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    FigureCanvasSVG(figure)
    return figure, figure.add_axes((34 / width, 24 / height, 1 - 40 / width, 1 - 34 / height))


def notebook_axes(width: float, height: float) -> Axes:
    """Axes of a figure of their own that a notebook shows, for use within `style()`.

    A notebook shows the value of a cell by its `_repr_png_`, which axes of matplotlib do not have. A figure that pyplot does not know is not
    shown a second time at the end of the cell.
    """
    from matplotlib.axes import Axes as PlainAxes

    figure, axes = panel(width, height)
    axes.remove()

    class NotebookAxes(PlainAxes):
        """Axes that show their figure."""

        def _repr_png_(self) -> bytes:
            out = io.BytesIO()
            figure.savefig(out, format="png", dpi=_NOTEBOOK_DPI, facecolor="white")
            return out.getvalue()

    return figure.add_axes((0.0, 0.0, 1.0, 1.0), axes_class=NotebookAxes)
