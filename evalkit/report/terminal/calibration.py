"""Renders a calibration for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from evalkit._util.escape import visible
from evalkit._util.formatting import bare
from evalkit.report.terminal.scores import table_text
from evalkit.report.view.calibration import blind_spots, defects_table, heading, measures_table, sensitivity_list


def render_calibration(calibration: Mapping[str, Any]) -> str:
    """How often each verdict was reached, what each measure sees, and the planted defects."""
    tables = [measures_table(calibration)]
    if calibration["defects"]:
        tables += [sensitivity_list(calibration), defects_table(calibration)]
    verdicts = [
        f"  {verdict:13} {100 * share:5.1f} %  (95 % interval {100 * low:.1f} to {100 * high:.1f})\n"
        for verdict, (share, low, high) in calibration["verdicts"].items()
    ]
    blind = bare(blind_spots(calibration))
    note = [*textwrap.wrap(blind, Console().width), ""] if blind else []
    return "".join([visible(heading(calibration)), "\n", *verdicts, "\n".join(note), *(table_text(*table) for table in tables)])
