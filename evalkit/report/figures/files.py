"""Writes the figures of a run as files for papers: `write_figures`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evalkit._util.atomic import write_atomically
from evalkit.errors import UsageError, one_of
from evalkit.report.figures.catalogue import FIGURES, PAPER_WIDTH, figure_files
from evalkit.results import Results

FORMATS = ("svg", "pdf", "png")
NARROWEST, WIDEST = 60.0, 400.0
"""Millimetres between which figures have room for their text and fit on paper."""


def write_figures(
    results: Results, folder: str | Path, *, formats: Sequence[str] = FORMATS, width: float = PAPER_WIDTH
) -> list[Path]:
    """Writes every figure that a run has, each as `NAME.FORMAT`; the same bytes for the same results.

    Args:
        results: of a run.
        folder: made as needed; files of other names in it stay.
        formats: some of `FORMATS`; a png has 300 dots an inch.
        width: in millimetres; text has 8 points at any width.

    Returns:
        The files, in the order of the page.

    Raises:
        UsageError: for another format or width.
        OutputError: where a file cannot be written.
    """
    check_figures(formats, width)
    written = []
    for name in FIGURES:
        for format_, content in figure_files(results, name, formats, width=width).items():
            path = Path(folder) / f"{name}.{format_}"
            write_atomically(path, content)
            written.append(path)
    return written


def check_figures(formats: Sequence[str], width: float) -> None:
    """Refuses formats and widths that figures cannot have.

    Raises:
        UsageError: with what is allowed.
    """
    for format_ in formats:
        if format_ not in FORMATS:
            raise UsageError(f'Figures cannot be written as "{format_}".', remedy=one_of(format_, FORMATS))
    if not NARROWEST <= width <= WIDEST:
        raise UsageError(f"A figure cannot be {width:g} mm wide.", remedy=f"Give {NARROWEST:g} to {WIDEST:g} mm.")
