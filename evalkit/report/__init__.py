"""Renders results as terminal text, HTML, Markdown, CSV, JSON, JUnit XML and figures.

A report is a function of results and of the samples stored beside them: it computes no score. The formats are listed in
`evalkit.report.formats`, and each renderer is imported when it is first used.

- `view`: what to say, in words and rows, whatever the format.
- `figures`: the drawings, also on axes of the caller's.
- `html`, `markdown`, `terminal`, `export`: one folder a family of formats.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.report.formats import FORMATS, OutputFormat, Samples, extensions, format_named, format_of, names

if TYPE_CHECKING:  # the command line asks for the formats at every --help
    from evalkit.results import Results

__all__ = [
    "FORMATS",
    "OutputFormat",
    "Samples",
    "extensions",
    "format_named",
    "format_of",
    "names",
    "print_report",
    "render",
]


def render(results: Results, extension: str, *, samples: Samples) -> str:
    """The text of a file with this extension.

    Args:
        results: of a run.
        extension: one of `extensions(results.kind)`.
        samples: candidate -> its passages, where they are at hand; only the HTML page shows them.

    Raises:
        UsageError: where these results cannot be written with this extension.
    """
    return format_of(Path(f"results{extension}"), results.kind).render(results, samples)


def print_report(results: Results) -> None:
    """Prints results to stdout, as wide as the terminal and in its colours."""
    sys.stdout.write(format_named("text", results.kind).render(results, {}))
