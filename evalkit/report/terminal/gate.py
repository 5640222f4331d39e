"""Renders a gate for a terminal: `render_gate`."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evalkit._util.escape import visible
from evalkit.report.formats import Samples
from evalkit.report.terminal.audit import print_audit
from evalkit.report.terminal.scores import print_warning, verdict_style
from evalkit.report.terminal.text import captured, with_bold
from evalkit.report.view.decisions import MARKS, DecisionRow, gate_of, provenance, shortened, symbol, verdict_sentence, worst_first
from evalkit.report.view.left_out import later_warnings, not_judged
from evalkit.results import Results

_NARROW_SCREEN = 76
"""Columns below which a screen is narrow."""
_LONGEST_NAME = 20
"""Columns that the name of a measure takes at most before it is broken; half of them on a narrow screen."""
_DECISIONS = {"pass": "green", "regression": "bold red", "inconclusive": "yellow", "not measured": "dim"}


def render_gate(results: Results, samples: Samples) -> str:
    """The verdict and the decisions, as wide as the terminal and in its colours."""
    return captured(print_gate, results, Console(highlight=False, soft_wrap=True))


def print_gate(results: Results, *, console: Console | None = None) -> None:
    """Prints the verdict, its reason and the decisions; of advisory measures only those that became worse."""
    out = console or Console(highlight=False, soft_wrap=True)
    verdict = str(results.verdict)
    out.print(Text.assemble((f"{symbol(results)} {verdict}", verdict_style(verdict)), "  ", with_bold(verdict_sentence(results))))
    print_audit(out, results)
    for warning in not_judged(results):
        print_warning(out, warning)
    for entry in gate_of(results)["not_comparable"]:
        out.print(
            Text(visible(f"  {entry['field']}: baseline {shortened(entry['baseline'])}, candidate {shortened(entry['candidate'])}"))
        )
    shown = [row for row in worst_first(results) if row.tier != "advisory" or row.decision == "regression"]
    if shown:
        out.print(_table(shown, narrow=out.width < _NARROW_SCREEN))
    out.print(Text(visible(provenance(results)), style="dim"))
    for warning in later_warnings(results):
        print_warning(out, warning)
    if verdict != "PASS" and gate_of(results)["command"]:
        out.print(Text(f"Reproduce: {visible(gate_of(results)['command'])}", style="dim"))


def _table(rows: list[DecisionRow], *, narrow: bool) -> Table:
    """The decisions; tier, unit and, where there is room, the name in policies stand below the measure; on a narrow screen values stand below changes."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(
        "measure",
        overflow="fold",
        min_width=min(_LONGEST_NAME // 2 if narrow else _LONGEST_NAME, max(len(_name(row)) for row in rows)),
    )
    if not narrow:
        table.add_column("before → now", justify="right", overflow="fold")
    table.add_column("worse by", justify="right")
    table.add_column("allowed", justify="right", no_wrap=True)
    table.add_column("", overflow="fold", min_width=max(len(_decision(row)) for row in rows))
    for row in rows:
        note = f" ({row.passages_needed:,} passages would decide)" if row.passages_needed else ""
        table.add_row(
            Text(f"{_name(row)}\n").append(
                visible(", ".join(part for part in (row.tier, row.unit, "" if narrow else row.measure) if part)), style="dim"
            ),
            *([] if narrow else [Text(row.values)]),
            Text("\n".join(line for line in (row.value, row.interval, row.values if narrow else "") if line)),
            Text(visible(row.margin or row.margin_set)),
            Text(
                f"{_decision(row)}{note}{': ' + visible(row.reason) if row.reason else ''}",
                style=_DECISIONS[row.decision],
            ),
        )
    return table


def _decision(row: DecisionRow) -> str:
    return f"{MARKS[row.decision]} {row.decision}"


def _name(row: DecisionRow) -> str:
    return visible(row.label if row.against == "baseline" else f"{row.label} ({row.against})")
