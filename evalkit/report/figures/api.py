"""The report's panels on axes of one's own, for papers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from evalkit._util.formatting import unit_name
from evalkit.errors import UsageError, one_of
from evalkit.report.figures import series as courses
from evalkit.report.figures import style as figures
from evalkit.report.figures.checkpoints import course as checkpoints
from evalkit.report.figures.series import Course
from evalkit.report.figures.sweep import course_of
from evalkit.report.view.ratios import ratios
from evalkit.report.view.standings import Board
from evalkit.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (380, 240)
_PLACES = {"endings": (0.29, 0.19, 0.66, 0.76)}
"""Where the axes lie in a figure of their own, for those whose labels need more room."""
_NAMED = {
    "letters": ("letter", "share of letters"),
    "lengths": ("characters", "share of words"),
    "endings": ("rate, as a multiple of the corpus's", ""),
}
FIGURES = ("letters", "lengths", "endings", "learning", "temperature")


def plot(results: Results, what: str, name: str | None = None, *, metric: str | None = None, axes: Axes | None = None) -> Axes:
    """One of the report's panels.

    Args:
        results: of a run.
        what: "letters", "lengths" or "endings" of a candidate; "learning" of a trained model; "temperature" of a sweep.
        name: of the candidate or model; a sweep needs none.
        metric: for "learning" and "temperature", its id; None takes words in -ing and the overall position.
        axes: to draw on; None makes a figure of its own.

    Raises:
        UsageError: for a panel, candidate or metric that is not there.
    """
    board = Board(results)
    draw = _drawing(board, what, name, metric)
    with figures.style():
        drawn = draw(axes if axes is not None else figures.panel(*_SIZE)[1])
        # What the page draws has no labels, since its captions say it. A paper's axes need them.
        across, up = _labels(board, what, metric)
        drawn.set(xlabel=across, ylabel=up)
        if axes is None:
            drawn.set_position(_PLACES.get(what, (0.16, 0.19, 0.8, 0.76)))
    return drawn


def _labels(board: Board, what: str, metric: str | None) -> tuple[str, str]:
    """What stands below an axis and beside it."""
    if what in _NAMED:
        return _NAMED[what]
    id_ = metric or ("overall" if what == "temperature" else "suffix.ing")
    about = board.metrics.get(id_, {"label": "overall", "unit": "position"})
    return "characters trained on" if what == "learning" else "temperature", f"{about['label']}, {unit_name(about['unit'])}"


def _drawing(board: Board, what: str, name: str | None, metric: str | None) -> Callable[[Axes], Axes]:
    if what not in FIGURES:
        raise UsageError(f'There is no figure "{what}".', remedy=one_of(what, FIGURES))
    if what == "temperature":
        return _over_temperature(board, metric or "overall")
    if what == "learning":
        return _over_training(board, name, metric or "suffix.ing")
    return _of_candidate(board, what, _known(name, [str(candidate["name"]) for candidate in board.candidates], "candidate"))


def _known(name: str | None, names: list[str], what: str) -> str:
    if name not in names:
        raise UsageError(f'There is no {what} "{name}" in these results.', remedy=one_of(str(name), names))
    return name


def _of_candidate(board: Board, what: str, name: str) -> Callable[[Axes], Axes]:
    if what == "endings":
        return lambda axes: figures.draw_ratios(axes, ratios(board, name), span=2.0)
    draw, metric = {"letters": (figures.draw_shares, "letters.jsd"), "lengths": (figures.draw_steps, "wordlen.w1")}[what]
    profiles = {profile.metric: profile for profile in board.results.profiles}
    profile = profiles[_known(metric, list(profiles), "distribution")]
    return lambda axes: draw(axes, profile, name)


def _over_temperature(board: Board, metric: str) -> Callable[[Axes], Axes]:
    if not board.temperatures:
        raise UsageError("These results are not of a sweep.", remedy="Run sweep, and read its results.json.")
    found = course_of(board, _known(metric, ["overall", *board.metrics], "metric"))
    return lambda axes: courses.draw(axes, [found])


def _over_training(board: Board, name: str | None, metric: str) -> Callable[[Axes], Axes]:
    models = {str(model["name"]): model for model in board.results.learning}
    model = models[_known(name, list(models), "trained model")]
    found: Course = checkpoints(board, model, _known(metric, list(board.metrics), "metric"))
    if not found.known:
        raise UsageError(f'The checkpoints of "{name}" were not scored on {metric}.', remedy="Choose another metric.")
    xs = [point.x for point in found.points]
    return lambda axes: courses.draw(axes, [found], log=min(xs) > 0 and max(xs) > 10 * min(xs))
