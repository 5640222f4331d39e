"""Renders results as text for a terminal, as wide as the screen and in its colours. Only this part of the report draws with rich."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.report.terminal.calibration import render_calibration
    from evalkit.report.terminal.gate import render_gate
    from evalkit.report.terminal.runs import render_changes, render_history
    from evalkit.report.terminal.scores import print_table, render_scores, table_text
    from evalkit.report.terminal.sweep import render_sweep

__all__ = [
    "print_table",
    "render_calibration",
    "render_changes",
    "render_gate",
    "render_history",
    "render_scores",
    "render_sweep",
    "table_text",
]

__getattr__ = lazy_names(
    __name__,
    {
        "print_table": "evalkit.report.terminal.scores",
        "render_scores": "evalkit.report.terminal.scores",
        "table_text": "evalkit.report.terminal.scores",
        "render_sweep": "evalkit.report.terminal.sweep",
        "render_gate": "evalkit.report.terminal.gate",
        "render_changes": "evalkit.report.terminal.runs",
        "render_history": "evalkit.report.terminal.runs",
        "render_calibration": "evalkit.report.terminal.calibration",
    },
)
