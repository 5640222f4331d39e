"""Sets the colours, sizes and marks of figures, the same in every figure: `Palette`, `LIGHT` and `DARK`.

A role of the palette is a custom property of the page's style, so that a figure in the page follows its theme. Colours of series are such that
they can be seen on light and dark paper, and told apart by people who confuse red and green.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal

Theme = Literal["light", "dark"]

SCREEN_TEXT = 11.0
"""Pixels of the smallest text on a screen."""
PAPER_TEXT = 8.0
"""Points of the smallest text on paper."""
FONTS = ["DejaVu Sans"]
MARKERS = {True: "o", False: "D", None: "o"}
"""Within the human range, outside it, unknown (drawn hollow) -> marker, in every figure."""
SERIES = ("#2b7bba", "#c8591c", "#178f63", "#a45fb8", "#9a7416", "#c9507f")
"""Colours of candidates in figures of lines; a line of the second turn through them is dashed."""
Dash = Literal["-", "--", ":"]
DASHES: tuple[Dash, ...] = ("-", "--", ":")


@dataclass(frozen=True)
class Palette:
    """Colours by their role.

    Args:
        ink: of values and titles.
        muted: of labels, and of what is noise.
        rule: of lines that guide the eye.
        band: of the human range.
        paper: behind the figure.
        accent: of what lies outside the human range, and of too much.
        less: of too little.
    """

    ink: str
    muted: str
    rule: str
    band: str
    paper: str
    accent: str
    less: str


LIGHT = Palette(ink="#1f2326", muted="#5d656d", rule="#d9dde1", band="#dfe3e6", paper="#fefefe", accent="#b23c17", less="#2a6fb0")
DARK = Palette(ink="#e6e8ea", muted="#9aa3ad", rule="#343a41", band="#3a4148", paper="#14171a", accent="#f08f66", less="#6fb1ee")
PALETTES: dict[Theme, Palette] = {"light": LIGHT, "dark": DARK}
PROPERTIES = {colour: f"--{role}" for role, colour in asdict(LIGHT).items()}
"""Colour of the light palette -> the page's custom property that holds it."""

WHITE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": ".15",
    "axes.facecolor": "white",
    "axes.grid": False,
    "axes.labelcolor": ".15",
    "axes.spines.bottom": True,
    "axes.spines.left": True,
    "axes.spines.right": True,
    "axes.spines.top": True,
    "figure.facecolor": "white",
    "font.family": ["sans-serif"],
    "font.sans-serif": ["Arial", "DejaVu Sans", "Liberation Sans", "Bitstream Vera Sans", "sans-serif"],
    "grid.color": ".8",
    "grid.linestyle": "-",
    "lines.solid_capstyle": "round",
    "patch.edgecolor": "w",
    "patch.force_edgecolor": True,
    "text.color": ".15",
    "xtick.bottom": False,
    "xtick.color": ".15",
    "xtick.direction": "out",
    "xtick.top": False,
    "ytick.color": ".15",
    "ytick.direction": "out",
    "ytick.left": False,
    "ytick.right": False,
}
"""The style "white" of seaborn less its colours of images. Importing seaborn takes a second, which figures that it does not draw need not wait for."""


@contextmanager
def drawing(palette: Palette, size: float) -> Iterator[None]:
    """The house style for the time of a `with` block, for text of a size in points."""
    import matplotlib as mpl

    with mpl.rc_context({**WHITE, **_settings(palette, size)}), warnings.catch_warnings():
        # The reader's browser has the glyphs or not; the font here only measures.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def _settings(palette: Palette, size: float) -> dict[Any, Any]:
    return {
        "axes.edgecolor": palette.muted,
        "axes.labelcolor": palette.muted,
        "axes.linewidth": 0.8,
        "axes.titlesize": size,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "font.family": FONTS,
        "font.size": size,
        "axes.labelsize": size,
        "xtick.labelsize": size,
        "ytick.labelsize": size,
        "xtick.color": palette.muted,
        "ytick.color": palette.muted,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "xtick.minor.size": 0,
        "ytick.minor.size": 0,
        "xtick.major.pad": 0.4 * size,
        "ytick.major.pad": 0.5 * size,
        "text.color": palette.ink,
        # Names of candidates are text, whatever they hold.
        "text.parse_math": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "evalkit",
        "pdf.fonttype": 42,
        "path.simplify": False,
    }
