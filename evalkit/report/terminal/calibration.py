"""Renders a calibration for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from evalkit._util.escape import visible
from evalkit._util.formatting import bare
from evalkit.report.terminal.scores import table_text
from evalkit.report.view.calibration import blind_spots, defects_table, heading, measures_table, sensitivity_list, verdict_shares


def render_calibration(calibration: Mapping[str, Any]) -> str:
    """How often each verdict was reached, what each measure sees, and the planted defects."""
    tables = [measures_table(calibration)]
    if calibration["defects"]:
        tables += [sensitivity_list(calibration), defects_table(calibration)]
    verdicts = [
        f"  {verdict:13} {shown.value:>5} %  (95 % interval {shown.interval})\n"
        for verdict, shown in verdict_shares(calibration).items()
    ]
    blind = bare(blind_spots(calibration))
    note = [*textwrap.wrap(blind, Console().width), ""] if blind else []
    return "".join([visible(heading(calibration)), "\n", *verdicts, "\n".join(note), *(table_text(*table) for table in tables)])
