"""Renders a calibration as Markdown, for documentation and pull requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.report.markdown.escape import code, plain
from evalkit.report.view.calibration import (
    Table,
    blind_spots,
    defects_table,
    heading,
    measures_table,
    sensitivity_table,
    verdict_shares,
)


def render_calibration(calibration: Mapping[str, Any]) -> str:
    """Everything as Markdown, for documentation and pull requests."""
    verdicts = [[verdict, str(shown)] for verdict, shown in verdict_shares(calibration).items()]
    tables = [("", ("verdict", "percent (95 % interval)"), verdicts), measures_table(calibration)]
    tables += [sensitivity_table(calibration), defects_table(calibration)] if calibration["defects"] else []
    blind = blind_spots(calibration)
    lines = [f"{plain(heading(calibration))}.", "", *([plain(blind), ""] if blind else [])]
    return "\n".join([*lines, *(line for table in tables for line in _markdown(table))])


def _markdown(table: Table) -> list[str]:
    title, head, rows = table
    cells = [
        head,
        ["---"] * len(head),
        *([code(cell) if head[i] == "id" else plain(cell) for i, cell in enumerate(row)] for row in rows),
    ]
    return [*([f"**{title}**", ""] if title else []), *("| " + " | ".join(line) + " |" for line in cells), ""]
