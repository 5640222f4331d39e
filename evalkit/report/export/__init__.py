"""Renders results for other programs (JSON, CSV, JUnit XML), and reads the samples that are stored beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.report.export.junit import render_junit, render_unfinished
    from evalkit.report.export.samples import stored_samples
    from evalkit.report.export.tables import csv_text, flat_rows, render_csv, render_json

__all__ = [
    "csv_text",
    "flat_rows",
    "render_csv",
    "render_json",
    "render_junit",
    "render_unfinished",
    "stored_samples",
]

__getattr__ = lazy_names(
    __name__,
    {
        "csv_text": "evalkit.report.export.tables",
        "flat_rows": "evalkit.report.export.tables",
        "render_csv": "evalkit.report.export.tables",
        "render_json": "evalkit.report.export.tables",
        "render_junit": "evalkit.report.export.junit",
        "render_unfinished": "evalkit.report.export.junit",
        "stored_samples": "evalkit.report.export.samples",
    },
)
