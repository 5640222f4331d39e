"""Draws figures: `svg_of` for the page, `figure_of` for notebooks, `write_figures` for papers, by the names of `FIGURES`.

`catalogue` lists the figures, `drawings` has a file for each, `canvas` lays them out, `theme` has colours and marks, and `inline` writes small SVG.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.report.figures.catalogue import FIGURES, Declaration, figure_files, figure_of, svg_of
    from evalkit.report.figures.curves import Curve, Point
    from evalkit.report.figures.files import write_figures

__all__ = [
    "FIGURES",
    "Curve",
    "Declaration",
    "Point",
    "figure_files",
    "figure_of",
    "svg_of",
    "write_figures",
]

__getattr__ = lazy_names(
    __name__,
    {
        "FIGURES": "evalkit.report.figures.catalogue",
        "Declaration": "evalkit.report.figures.catalogue",
        "figure_files": "evalkit.report.figures.catalogue",
        "figure_of": "evalkit.report.figures.catalogue",
        "svg_of": "evalkit.report.figures.catalogue",
        "write_figures": "evalkit.report.figures.files",
        "Curve": "evalkit.report.figures.curves",
        "Point": "evalkit.report.figures.curves",
    },
)
