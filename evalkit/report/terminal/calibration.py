"""Renders a calibration for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit._util.escape import visible
from evalkit.report.terminal.scores import table_text
from evalkit.report.view.calibration import defects_table, heading, measures_table, sensitivity_list


def render_calibration(calibration: Mapping[str, Any]) -> str:
    """How often each verdict was reached, what each measure sees, and the planted defects."""
    tables = [measures_table(calibration)]
    if calibration["defects"]:
        tables += [sensitivity_list(calibration), defects_table(calibration)]
    verdicts = [
        f"  {verdict:13} {100 * share:5.1f} %  (95 % interval {100 * low:.1f} to {100 * high:.1f})\n"
        for verdict, (share, low, high) in calibration["verdicts"].items()
    ]
    return "".join([visible(heading(calibration)), "\n", *verdicts, *(table_text(*table) for table in tables)])
