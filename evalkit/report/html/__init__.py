"""Renders HTML pages from the templates of this folder: a run, two runs compared, a history, the index of a folder, a notebook's fragment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.report.html.notebook import fragment
    from evalkit.report.html.page import render_html
    from evalkit.report.html.runs import last_run, render_comparison, render_history, runs_in, write_index

__all__ = [
    "fragment",
    "last_run",
    "render_comparison",
    "render_history",
    "render_html",
    "runs_in",
    "write_index",
]

__getattr__ = lazy_names(
    __name__,
    {
        "render_html": "evalkit.report.html.page",
        "last_run": "evalkit.report.html.runs",
        "render_comparison": "evalkit.report.html.runs",
        "render_history": "evalkit.report.html.runs",
        "runs_in": "evalkit.report.html.runs",
        "write_index": "evalkit.report.html.runs",
        "fragment": "evalkit.report.html.notebook",
    },
)
