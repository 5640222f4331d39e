"""Prints what the audit found, the first block of every run, `print_audit`; and an audit alone, `render_audit`."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from evalkit._util.escape import visible
from evalkit._util.formatting import count, named
from evalkit.report.formats import Samples
from evalkit.report.terminal.text import captured, with_bold
from evalkit.report.view.audit import AuditBlock, audit_blocks
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.judging.marks import OUTSIDE
from evalkit.results import Results


def render_audit(results: Results, samples: Samples) -> str:
    """An audit, as wide as the terminal and in its colours."""
    return captured(_print, results, Console())


def _print(results: Results, *, console: Console) -> None:
    console.print(with_bold(conclude(results).sentence))
    for audit in results.audit.candidates if results.audit is not None else ():
        size = f"{count(audit.n_passages, 'passage')}, {count(audit.n_chars, 'character')}, {audit.n_distinct:,} distinct"
        beside = f"beside {count(audit.human_passages, 'passage')} of human text, {visible(str(results.reference['name']))}"
        console.print(Text(f"{visible(audit.candidate)}: {size}; {beside}", style="dim"))
    print_audit(console, results)
    for warning in results.warnings:
        console.print(Text("Warning: ", style="yellow").append(visible(warning), style=""))


def print_audit(out: Console, results: Results) -> None:
    """What was found, with an example each, or one line where nothing was; nothing for results without an audit."""
    for block in audit_blocks(results):
        if block.clean:
            out.print(with_bold(f"Audit: {block.clean}."))
        else:
            _print_block(out, block)


def _print_block(out: Console, block: AuditBlock) -> None:
    out.print(with_bold(f"Audit of {named(block.names[0])}:"))
    for line in block.lines:
        mark = Text(f"  {OUTSIDE} ", style="red") if line.beyond else Text("  · ", style="dim")
        out.print(mark.append_text(with_bold(line.sentence)))
        out.print(Text(f"    {visible(line.example)}", style="dim"))
    if block.scored:
        out.print(Text(f"  {block.scored}"))
