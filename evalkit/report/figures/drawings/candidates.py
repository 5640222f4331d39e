"""Names candidates in figures: which are noise, how their names fit, and how a number is said beside a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit.report.figures.canvas import short_name, text_width
from evalkit.report.view.ranking import Ranking

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from evalkit.report.figures.canvas import Canvas

_NOISE = ("uniform", "unigram")
_SLANT = 38.0
"""Degrees by which names lean where they are wider than their columns."""
_LEAST_SLANTED = 18.0
"""Pixels of a column from which slanted names do not run into each other."""
TO_HEAD = 95.0
"""Pixels of the longest name above a column."""


def is_noise(candidate: Mapping[str, Any]) -> bool:
    """Whether a candidate is random letters, which nothing competes with."""
    return candidate["kind"] == "generator" and str(candidate["spec"]).partition(":")[0] in _NOISE


def noise(ranking: Ranking) -> set[str]:
    """The names of the candidates that are random letters."""
    return {str(candidate["name"]) for candidate in ranking.candidates if is_noise(candidate)}


def judged(ranking: Ranking) -> list[str]:
    """The candidates that titles speak of: those that compete, without noise where there are others."""
    grey = noise(ranking)
    return [name for name in ranking.competing if name not in grey] or list(ranking.competing)


def nouns(ranking: Ranking) -> str:
    """What a title calls several candidates: those of a sweep are temperatures."""
    return "temperatures" if ranking.temperatures else "candidates"


def aside(ranking: Ranking) -> str:
    """What a title adds where it counts candidates and leaves noise out."""
    return ", noise aside" if len(judged(ranking)) < len(ranking.competing) else ""


def spoken_name(name: str) -> str:
    """A name as a title has room for it."""
    return short_name(name, 180)


def beside(value: float, limit: float | None) -> str:
    """A value to two places, or to as many as show on which side of a limit it is.

    >>> beside(0.1234, 0.5), beside(0.1234, 0.1231)
    ('0.12', '0.1234')
    """
    for digits in (2, 3, 4, 5):
        shown = f"{value:.{digits}f}"
        if limit is None or shown != f"{limit:.{digits}f}" or value == limit:
            break
    return shown


@dataclass(frozen=True)
class Heads:
    """Names above columns of equal width.

    Args:
        names: of the columns, as they are written.
        column: the width of each, in pixels.
        lean: degrees by which names lean: 0 where they fit, 90 where leaning ones would run into each other.
    """

    names: Sequence[str]
    column: float
    lean: float

    @classmethod
    def of(cls, names: Sequence[str], room: float, widest: float) -> Heads:
        """Columns as wide as may be, so that all names end within the room, in pixels."""
        column = level = max(1.0, min(widest, room / len(names)))
        if all(_head_width(name) <= column - 4 for name in names):
            return cls(names, level, 0.0)
        for _ in range(4):  # narrower columns let the last names stand out farther
            column = min(widest, (room - _overhang(names, column)) / len(names))
        return cls(names, column, _SLANT) if column >= _LEAST_SLANTED else cls(names, level, 90.0)

    @property
    def height(self) -> float:
        """The room that they need above the columns, in pixels."""
        longest = max(map(_head_width, self.names))
        return 18.0 if not self.lean else 12.0 + longest if self.lean == 90 else 14.0 + 0.62 * longest


def _head_width(name: str) -> float:
    return text_width(short_name(name, TO_HEAD))


def _overhang(names: Sequence[str], column: float) -> float:
    """The room that slanted names need beside the columns."""
    room = [(len(names) - place - 0.5) * column for place in range(len(names))]
    return max(0.0, *(0.79 * _head_width(name) - free for name, free in zip(names, room, strict=True)))


def write_heads(canvas: Canvas, axes: Axes, names: Sequence[str], heads: Heads, *, grey: set[str]) -> None:
    """Names above columns of axes, a unit wide each.

    Args:
        canvas, axes: to write on.
        names: of the columns.
        heads: what is written of each.
        grey: those that are noise.
    """
    top = axes.get_ylim()[1]
    for place, (name, head) in enumerate(zip(names, heads.names, strict=True)):
        canvas.say(
            axes,
            place + 0.5,
            top,
            short_name(head, TO_HEAD),
            dy=5,
            colour=canvas.palette.muted if name in grey else canvas.palette.ink,
            ha="left" if heads.lean else "center",
            va="bottom" if not heads.lean else "center" if heads.lean == 90 else "baseline",
            rotation=heads.lean,
            rotation_mode="anchor",
        )
