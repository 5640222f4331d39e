"""Lists the plots that `results.plot` draws, each a `Plot`, and draws them on axes of the caller's: `plot`.

A new plot is a file with its drawing and an entry in `PLOTS`. `results.plot`, its error messages, the table in the docs and the tests
follow. Drawings are named as text and imported when they are used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evalkit.errors import UsageError, one_of
from evalkit.report.figures import style as figures
from evalkit.report.figures.panels import Drawing, Family, known_name
from evalkit.report.formats import load_function
from evalkit.report.view.ranking import Ranking
from evalkit.results import Results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_SIZE = (380, 240)


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A plot of results.

    Args:
        name: what `results.plot` calls it.
        of: what it is a plot of: a candidate or a trained model, whose name is needed, or the whole run.
        summary: what it shows, for the docs.
        drawing: `module:function` that gives a `Drawing` of a ranking, a name and a metric's id; the last two may be None.
        family: `module:function` that gives the page's `Family` of it, of a ranking and names; None where the page has no such row.
    """

    name: str
    of: Literal["candidate", "model", "run"]
    summary: str
    drawing: str
    family: str | None = None


_HERE = "evalkit.report.figures"

PLOTS = (
    Plot(
        name="letters",
        of="candidate",
        summary="the share of each letter, before the corpus's",
        drawing=f"{_HERE}.profiles:plot_letters",
        family=f"{_HERE}.profiles:letters_family",
    ),
    Plot(
        name="lengths",
        of="candidate",
        summary="the share of words by their length, before the corpus's",
        drawing=f"{_HERE}.profiles:plot_lengths",
        family=f"{_HERE}.profiles:lengths_family",
    ),
    Plot(
        name="endings",
        of="candidate",
        summary="how often endings and word classes are used, as multiples of the corpus's rates",
        drawing=f"{_HERE}.endings:plot_endings",
        family=f"{_HERE}.endings:endings_family",
    ),
    Plot(
        name="learning",
        of="model",
        summary="a metric at the checkpoints of training; without a metric, words in -ing",
        drawing=f"{_HERE}.checkpoints:plot_learning",
    ),
    Plot(
        name="temperature",
        of="run",
        summary="a metric over the temperatures of a sweep; without a metric, the overall position",
        drawing=f"{_HERE}.sweep:plot_temperature",
    ),
)
"""Every plot; those with a family are on the page in this order."""


def plot(results: Results, what: str, name: str | None = None, *, metric: str | None = None, axes: Axes | None = None) -> Axes:
    """Draws one of `PLOTS`.

    Args:
        results: of a run.
        what: the plot's name.
        name: of the candidate or model that it is of; a plot of the whole run needs none.
        metric: its id, where the plot is of any metric; None takes the plot's own.
        axes: to draw on; None makes a figure of its own, which a notebook shows.

    Returns:
        The axes. Axes of a figure of its own show themselves in a notebook, once: the figure is unknown to pyplot.

    Raises:
        UsageError: for a plot, candidate, model or metric that is not there.

    >>> {"letters", "learning", "temperature"} <= {plot.name for plot in PLOTS}
    True
    """
    drawing = _drawing(Ranking(results), what, name, metric)
    with figures.style():
        drawn = drawing.draw(axes if axes is not None else figures.notebook_axes(*_SIZE))
        # What the page draws has no labels, since its captions say it. A paper's axes need them.
        drawn.set(xlabel=drawing.xlabel, ylabel=drawing.ylabel)
        if axes is None:
            drawn.set_position(drawing.position)
            if (figure := drawn.get_figure(root=True)) is not None:
                # Ticks are made at the first drawing, with the settings of that moment, which must be these.
                figure.draw_without_rendering()
    return drawn


def _drawing(ranking: Ranking, what: str, name: str | None, metric: str | None) -> Drawing:
    by_name = {entry.name: entry for entry in PLOTS}
    if what not in by_name:
        raise UsageError(f'There is no figure "{what}".', remedy=one_of(what, by_name))
    entry = by_name[what]
    if entry.of == "candidate":
        known_name(name, [str(candidate["name"]) for candidate in ranking.candidates], "candidate")
    drawing: Drawing = load_function(entry.drawing)(ranking, name, metric)
    return drawing


def families(ranking: Ranking, names: Sequence[str]) -> list[Family]:
    """The families of the page that the run has data for."""
    rows: list[Family | None] = [load_function(entry.family)(ranking, names) for entry in PLOTS if entry.family]
    return [family for family in rows if family is not None]
