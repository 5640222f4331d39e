"""Draws figures: for the page as small SVG, and by `plot` on axes of the caller's.

`plots` lists the plots, `line_chart` draws every measure along an axis, `style` sets the house style and `svg` writes the files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.report.figures.curves import Curve, Point
    from evalkit.report.figures.panels import Drawing, Family, Panel
    from evalkit.report.figures.plots import PLOTS, Plot, plot
    from evalkit.report.figures.svg import to_svg

__all__ = [
    "PLOTS",
    "Curve",
    "Drawing",
    "Family",
    "Panel",
    "Plot",
    "Point",
    "plot",
    "to_svg",
]

__getattr__ = lazy_names(
    __name__,
    {
        "PLOTS": "evalkit.report.figures.plots",
        "Plot": "evalkit.report.figures.plots",
        "plot": "evalkit.report.figures.plots",
        "Drawing": "evalkit.report.figures.panels",
        "Family": "evalkit.report.figures.panels",
        "Panel": "evalkit.report.figures.panels",
        "Curve": "evalkit.report.figures.curves",
        "Point": "evalkit.report.figures.curves",
        "to_svg": "evalkit.report.figures.svg",
    },
)
