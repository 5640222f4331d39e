"""Renders several runs for a terminal: two of them compared, or a history."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.console import Console

from evalkit._util.escape import visible
from evalkit._util.formatting import bare
from evalkit.report.terminal.scores import table_text
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.run_diff import Run, changes, changes_sentence, differences
from evalkit.report.view.runs.gate_diff import GateChanges, gate_changes, paired
from evalkit.results import Results


def render_changes(before: Results, after: Results) -> str:
    """What changed from one run to the next: verdict and decisions of gates, the settings, and the measures where the runs can be compared."""
    gates, before = gate_changes(before, after), paired(before, after)
    forbidding, settings = differences(before, after)
    text = _decisions(gates) if gates is not None else ""
    text += "\n".join(textwrap.wrap(visible(bare(changes_sentence(before, after))), Console().width)) + "\n"
    if forbidding or settings:
        rows = [(field.field, field.before, field.after) for field in (*forbidding, *settings)]
        text += table_text("", ("field", "before", "after"), rows)
    if not forbidding:
        changed = [(row.candidate, row.label, row.before, row.after, row.difference, row.state) for row in changes(before, after)]
        text += table_text("", ("candidate", "measure", "before", "after", "change", ""), changed) if changed else ""
    return text


def _decisions(gates: GateChanges) -> str:
    """Both verdicts, and the decisions: those that changed, and the gated ones that did not."""
    width = Console().width
    lines = [
        line
        for text in (gates.sentence, f"Before: {gates.verdicts[0]}", f"After:  {gates.verdicts[1]}")
        for line in textwrap.wrap(visible(bare(text)), width)
    ]
    rows = [(change.field, change.before, change.after, "changed" if change.changed else "") for change in gates.decisions]
    return "\n".join(lines) + "\n" + (table_text("", ("measure", "before", "after", ""), rows) if rows else "")


def render_history(runs: Sequence[Run]) -> str:
    """One line a run, oldest first: its verdict, and the settings that differ from the run before."""
    rows = [
        (
            str(run.results.run["date"])[:16],
            bare(conclude(run.results).sentence),
            ", ".join(difference.field for difference in (*run.breaks, *run.settings)) or "-",
        )
        for run in runs
    ]
    return table_text("", ("date", "verdict", "changed since the run before"), rows)
