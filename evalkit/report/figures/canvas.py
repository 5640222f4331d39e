"""Lays out one figure, a `Canvas`: title, how to read it and the room below, with the marks and names that all figures share."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from evalkit._util.escape import visible
from evalkit._util.formatting import NBSP
from evalkit.report.figures.theme import MARKERS, PALETTES, SCREEN_TEXT, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE, LINE = 13.0, 15.0
"""Pixels of the title's text, and from one line of text to the next, where text has 11 pixels."""
Side = Literal["left", "right", "below", "above"]
_WAYS: dict[Side, tuple[int, int]] = {"left": (-1, 0), "right": (1, 0), "below": (0, -1), "above": (0, 1)}
"""Edge of axes -> the way out, to the right and upwards."""
_NOTEBOOK_DPI = 144
_LONGEST_NAME = 200
"""Characters of a name that are measured; a file may hold any."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A figure that is ready to be drawn.

    Args:
        finding: what it shows, which is its title.
        how: how to read it.
        alt: the same for those who cannot see it, with its numbers.
        height: of the room for axes in pixels; one that depends on the width is a function of it.
        draw: draws on a canvas.
        links: whether its labels lead to places of the page.
    """

    finding: str
    how: str
    alt: str
    height: float | Callable[[float], float]
    draw: Callable[[Canvas], None]
    links: bool = False


class _Shown(Figure):
    """A figure that a notebook shows, once: pyplot does not know it."""

    def _repr_png_(self) -> bytes:
        out = io.BytesIO()
        self.savefig(out, format="png", dpi=_NOTEBOOK_DPI, facecolor=self.get_facecolor())
        return out.getvalue()


class Canvas:
    """A figure with its title; sizes are in pixels of a screen on which text has 11, and grow and shrink with the text."""

    def __init__(self, plan: Plan, *, width: float, theme: Theme, text: float = SCREEN_TEXT) -> None:
        """Args: width of the figure and size of its text, in points."""
        self.palette, self.text, self.scale = PALETTES[theme], text, text / SCREEN_TEXT
        self.width = width / self.scale
        title = wrapped(plan.finding, self.width, _BOLD * TITLE)
        how = wrapped(plan.how, self.width) if plan.how else []
        self._head = len(title) * (TITLE + 4) + len(how) * LINE + 8
        self.height = plan.height(self.width) if callable(plan.height) else plan.height
        total = self._head + self.height
        self.figure = _Shown(figsize=(width / 72, total * self.scale / 72), dpi=72)
        FigureCanvasSVG(self.figure)
        self._total = total
        for i, line in enumerate(title):
            self._write(line, i * (TITLE + 4) + TITLE, TITLE, self.palette.ink, "bold")
        for i, line in enumerate(how):
            self._write(line, len(title) * (TITLE + 4) + i * LINE + 11, SCREEN_TEXT, self.palette.muted, "normal")

    def _write(self, line: str, baseline: float, size: float, colour: str, weight: str) -> None:
        self.figure.text(
            0, 1 - baseline / self._total, line, fontsize=size * self.scale, color=colour, fontweight=weight, va="baseline"
        )

    def axes(self, left: float, top: float, right: float, bottom: float, *, sharey: Axes | None = None) -> Axes:
        """Axes without a frame, by the pixels that they leave free on each side of the room below the title."""
        width, total = self.width, self._total
        box = (left / width, bottom / total, (width - left - right) / width, (self.height - top - bottom) / total)
        axes = self.figure.add_axes(box, sharey=sharey)
        axes.spines[:].set_visible(False)
        return axes

    def px(self, pixels: float) -> float:
        """Pixels of the screen as points of this figure."""
        return pixels * self.scale

    def mark(
        self,
        axes: Axes,
        points: Sequence[tuple[float, float, bool | None]],
        *,
        noise: bool = False,
        size: float = 7.0,
        colour: str | None = None,
    ) -> None:
        """Values by their mark: a filled circle within the human range, a diamond outside, a hollow circle where it is unknown.

        Args:
            axes: to draw on.
            points: x, y and whether it is within the range.
            noise: whether they are of noise, which is grey.
            size: of a circle.
            colour: None takes that of the mark.
        """
        for within, marker in MARKERS.items():
            shown = [(x, y) for x, y, state in points if state is within]
            if not shown:
                continue
            own = colour or self.colour_of(within, noise=noise)
            hollow = within is None
            axes.plot(
                [x for x, _ in shown],
                [y for _, y in shown],
                linestyle="none",
                marker=marker,
                markersize=self.px(size * (0.9 if within is False else 1 if within else 0.85)),
                markerfacecolor=self.palette.paper if hollow else own,
                markeredgecolor=own,
                markeredgewidth=self.px(1.3) if hollow else 0,
                clip_on=False,
                zorder=4,
            )

    def beyond(self, axes: Axes, places: Sequence[tuple[float, float]], side: Side, colour: str) -> None:
        """Signs at the edge of what lies beyond it."""
        from matplotlib.path import Path

        across, up = _WAYS[side]
        arms = [
            (along - 0.9 + shift, sideways) for shift in (0.0, 1.0) for along, sideways in ((0.0, -1.0), (0.8, 0.0), (0.0, 1.0))
        ]
        shape = Path([(across * x + up * y, up * x + across * y) for x, y in arms], [1, 2, 2, 1, 2, 2])
        if places:
            axes.plot(
                [x for x, _ in places], [y for _, y in places], linestyle="none", marker=shape, markersize=self.px(7),
                markerfacecolor="none", markeredgecolor=colour, markeredgewidth=self.px(1.3), clip_on=False, zorder=4,
            )  # fmt: skip

    def colour_of(self, within: bool | None, *, noise: bool = False) -> str:
        """The colour of a mark."""
        return self.palette.muted if noise else self.palette.accent if within is False else self.palette.ink

    def lines(self, axes: Axes, spans: Sequence[tuple[float, float, float]], colour: str, *, width: float = 1.4) -> None:
        """Intervals (y, low, high) as horizontal lines, in one path."""
        x = [end for _, low, high in spans for end in (low, high, math.nan)]
        y = [place for place, _, _ in spans for place in (place, place, math.nan)]
        if spans:
            axes.plot(x, y, color=colour, linewidth=self.px(width), solid_capstyle="butt", clip_on=False, zorder=3)

    def say(self, axes: Axes, x: float, y: float, text: str, *, colour: str | None = None, **options: Any) -> None:
        """Text at a place of the data, moved by `dx` and `dy` pixels."""
        shift = (self.px(options.pop("dx", 0)), self.px(options.pop("dy", 0)))
        axes.annotate(
            text,
            (x, y),
            xytext=shift,
            textcoords="offset points",
            color=colour or self.palette.ink,
            fontsize=self.text,
            annotation_clip=False,
            **{"va": "center_baseline", **options},
        )


_ASCII = (
    "3240468464957827393950843236323464646464646464646464343484848453"  # from the space to the question mark
    "9968697077635877752929665686757960796963617368996961693934398450"  # from @ to the underscore
    "5061635563623563632828582897636163634152396359825959526434648499"  # from the grave accent to the end
)
"""Hundredths of the size that characters of DejaVu Sans take, two digits each; it is wider than most fonts without serifs."""
_BOLD = 1.13


def text_width(text: str, size: float = SCREEN_TEXT) -> float:
    """About how wide a text is, in pixels, in a wide font without serifs.

    >>> text_width("mm") > 3 * text_width("ii"), text_width("\u4e2d") == SCREEN_TEXT
    (True, True)
    """
    return size * sum(_em(char) for char in text)


def _em(char: str) -> float:
    place = 2 * (ord(char) - 32)
    if 0 <= place < len(_ASCII):
        return int(_ASCII[place : place + 2]) / 100
    return 1.0 if ord(char) > 0x2000 else 0.7


def wrapped(text: str, width: float, size: float = SCREEN_TEXT) -> list[str]:
    """A sentence in lines of at most a width in pixels."""
    lines, line = [], ""
    # A number stays with its unit.
    for word in re.sub(r"(?<=\d) (?=%)", NBSP, visible(text)).split(" "):
        longer = f"{line} {word}" if line else word
        if line and text_width(longer, size) > width:
            lines.append(line)
            longer = word
        line = longer
    return [*lines, line]


def short(name: str, width: float, size: float = SCREEN_TEXT) -> str:
    """A name as it fits into a width in pixels, with nothing in it that a font or SVG cannot hold.

    >>> short("ngram", 100), short("m" * 300, 60)
    ('ngram', 'mmmm…')
    """
    shown = visible(name[:_LONGEST_NAME])
    if len(name) <= _LONGEST_NAME and text_width(shown, size) <= width:
        return shown
    while shown and text_width(shown, size) + 0.9 * size > width:
        shown = shown[:-1]
    return f"{shown}\u2026"


def short_name(name: str, width: float) -> str:
    """A candidate's name as it fits into a width in pixels: names often differ at their end only, which therefore stays.

    >>> short_name("ngram:order=3", 200), short_name("ngram:unit=word,order=3", 95)
    ('ngram:order=3', 'ngram:…rder=3')
    """
    shown = visible(name[:_LONGEST_NAME])
    if len(name) > _LONGEST_NAME:
        shown = f"{visible(name[: _LONGEST_NAME // 2])}{visible(name[-_LONGEST_NAME // 2 :])}"
    elif text_width(shown) <= width + 0.01:  # of a width that was measured for it and added to
        return shown
    kept = len(shown)
    while kept and text_width(shown[: kept - kept // 2] + shown[len(shown) - kept // 2 :]) + 0.9 * SCREEN_TEXT > width:
        kept -= 1
    return f"{shown[: kept - kept // 2]}\u2026{shown[len(shown) - kept // 2 :]}"


def label_width(names: Sequence[str], most: float) -> float:
    """The room that the longest of some names takes, at most `most`."""
    return min(most, max((text_width(visible(name[:_LONGEST_NAME])) for name in names), default=0.0)) + 10
