"""Renders the page of a calibration, `render_calibration`: how often an unchanged model fails the gate, and which planted defects it sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit._util.formatting import NBSP, percent
from evalkit.report.html.rendering import render_page
from evalkit.report.view.calibration import blind_spots, defects_table, heading, measures_table, seen_table, verdict_shares

_STEPS = 5
"""Shades of the table of what is seen."""


def render_calibration(calibration: Mapping[str, Any]) -> str:
    """The page of a calibration, as `evalkit.calibration.summary` sums it up."""
    seen = seen_table(calibration) if calibration["defects"] else None
    context = {
        "calibration": calibration,
        "heading": heading(calibration),
        "sentence": _sentence(calibration),
        "verdicts": [
            (verdict, f"{shown.value}{NBSP}%", f"{shown.interval}{NBSP}%", 100 * calibration["verdicts"][verdict][0])
            for verdict, shown in verdict_shares(calibration).items()
        ],
        "blind": blind_spots(calibration),
        "seen": seen,
        "tables": [measures_table(calibration), *([defects_table(calibration)] if calibration["defects"] else [])],
        "steps": _STEPS,
    }
    return render_page("calibration.html.j2", context, labels={"seen": seen.heads} if seen else {})


def _sentence(calibration: Mapping[str, Any]) -> str:
    """The false alarms, which decide whether a gate can be trusted, and how often an unchanged model passes."""
    runs, (wrong, _, upper) = calibration["runs"], calibration["verdicts"]["REGRESSION"]
    passed = calibration["verdicts"]["PASS"][0]
    return (
        f"The gate called an unchanged model a regression in {round(wrong * runs):,} of {runs:,} runs "
        f"(at most {percent(upper)}{NBSP}% with 95{NBSP}% confidence), and passed it in {percent(passed)}{NBSP}%."
    )
