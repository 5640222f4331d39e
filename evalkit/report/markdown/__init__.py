"""Renders results as Markdown for pull requests and documentation, and a gate as annotations of GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.report.markdown.calibration import render_calibration
    from evalkit.report.markdown.document import render_markdown
    from evalkit.report.markdown.escape import code, plain, with_code
    from evalkit.report.markdown.github import MARKER, render_annotations, render_gate_markdown, render_unfinished

__all__ = [
    "MARKER",
    "code",
    "plain",
    "render_annotations",
    "render_calibration",
    "render_gate_markdown",
    "render_markdown",
    "render_unfinished",
    "with_code",
]

__getattr__ = lazy_names(
    __name__,
    {
        "render_markdown": "evalkit.report.markdown.document",
        "MARKER": "evalkit.report.markdown.github",
        "render_annotations": "evalkit.report.markdown.github",
        "render_gate_markdown": "evalkit.report.markdown.github",
        "render_unfinished": "evalkit.report.markdown.github",
        "render_calibration": "evalkit.report.markdown.calibration",
        "code": "evalkit.report.markdown.escape",
        "plain": "evalkit.report.markdown.escape",
        "with_code": "evalkit.report.markdown.escape",
    },
)
