"""A gate's results in a terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evalkit._util.escape import visible
from evalkit.report.formats import Samples
from evalkit.report.terminal.scores import captured, emphasised
from evalkit.report.view.decisions import MARKS, Line, facts, headline, provenance, symbol, worst_first
from evalkit.results import Results

_STYLES = {"PASS": "bold green", "REGRESSION": "bold red"}
_NARROW = 76
"""Columns below which a screen is narrow."""
_LONGEST = 20
"""Columns that the name of a measure takes at most before it is broken."""
_DECISIONS = {"pass": "green", "regression": "bold red", "inconclusive": "yellow", "not measured": "dim"}


def render_gate(results: Results, samples: Samples) -> str:
    """The verdict and the decisions, as wide as the terminal and in its colours."""
    return captured(print_gate, results, Console(highlight=False, soft_wrap=True))


def print_gate(results: Results, *, console: Console | None = None) -> None:
    """The verdict, why, and what was measured; advisory measures only where they say something."""
    out = console or Console(highlight=False, soft_wrap=True)
    verdict = str(results.verdict)
    out.print(
        Text.assemble((f"{symbol(results)} {verdict}", _STYLES.get(verdict, "bold yellow")), "  ", emphasised(headline(results)))
    )
    for entry in facts(results)["not_comparable"]:
        out.print(
            Text(visible(f"  {entry['field']}: baseline {_short(entry['baseline'])}, candidate {_short(entry['candidate'])}"))
        )
    shown = [line for line in worst_first(results) if line.tier != "advisory" or line.decision == "regression"]
    if shown:
        out.print(_table(shown, narrow=out.width < _NARROW))
    out.print(Text(visible(provenance(results)), style="dim"))
    for warning in results.warnings:
        out.print(Text.assemble(("Warning: ", "yellow"), visible(warning)))
    if verdict != "PASS" and facts(results)["command"]:
        out.print(Text(f"Reproduce: {visible(facts(results)['command'])}", style="dim"))


def _table(rows: list[Line], *, narrow: bool) -> Table:
    """The decisions; on a narrow screen the tier stands below the measure."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("measure", overflow="fold", min_width=min(_LONGEST, max(len(_name(line)) for line in rows)))
    if not narrow:
        table.add_column("tier", no_wrap=True)
    table.add_column("worse by", justify="right")
    table.add_column("allowed", justify="right", no_wrap=True)
    table.add_column("", overflow="fold", min_width=max(len(_decision(line)) for line in rows))
    for line in rows:
        note = f" ({line.passages_needed:,} passages would decide)" if line.passages_needed else ""
        table.add_row(
            Text(f"{_name(line)}\n").append(f"{line.unit}\n{line.tier}" if narrow else line.unit, style="dim"),
            *([] if narrow else [line.tier]),
            Text(f"{line.value}\n{line.interval}" if line.interval else line.value),
            Text(line.margin or line.margin_set),
            Text(
                f"{_decision(line)}{note}{': ' + line.reason if line.reason else ''}",
                style=_DECISIONS[line.decision],
            ),
        )
    return table


def _decision(line: Line) -> str:
    return f"{MARKS[line.decision]} {line.decision}"


def _name(line: Line) -> str:
    return line.measure if line.against == "baseline" else f"{line.measure} ({line.against})"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
