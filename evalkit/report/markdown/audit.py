"""Renders what the audit found as Markdown: `audit_lines` for the head of a report, `render_audit` for an audit alone."""

from __future__ import annotations

from evalkit._util.formatting import NBSP, count, named
from evalkit.report.formats import Samples
from evalkit.report.markdown.escape import code, plain, with_code
from evalkit.report.view.audit import AuditLine, audit_blocks
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.judging.marks import OUTSIDE
from evalkit.results import Results


def audit_lines(results: Results, *, examples: bool = True, most: int | None = None) -> list[str]:
    """The findings, or one line where there are none; nothing for results without an audit.

    Args:
        results: of a run.
        examples: whether each has its interval and an example.
        most: findings of each candidate, the gravest first; None for all.
    """
    lines: list[str] = []
    for block in audit_blocks(results):
        if block.clean:
            lines += [f"Audit: {with_code(block.clean)}.", ""]
            continue
        lines += [with_code(f"Audit of {named(block.names[0])}:"), ""]
        lines += [_finding(line, examples=examples) for line in block.lines[:most]]
        lines += ["", *([plain(block.scored), ""] if block.scored and examples else [])]
    return lines


def _finding(line: AuditLine, *, examples: bool) -> str:
    text = f"- {f'{OUTSIDE} ' if line.beyond else ''}{with_code(line.sentence)}"
    return f"{text}, {plain(line.share.replace(NBSP, ' '))}. {code(line.example)}" if examples else f"{text}."


def render_audit(results: Results, samples: Samples) -> str:
    """An audit alone."""
    sizes = [
        f"{code(audit.candidate)}: {count(audit.n_passages, 'passage')}, {count(audit.n_chars, 'character')}, {audit.n_distinct:,} distinct; "
        f"beside {count(audit.human_passages, 'passage')} of human text, {plain(results.reference['name'])}"
        for audit in (results.audit.candidates if results.audit is not None else ())
    ]
    warnings = [f"> ⚠ {plain(warning)}" for warning in results.warnings]
    return "\n".join([f"### {with_code(conclude(results).sentence)}", "", *sizes, "", *warnings, *audit_lines(results)]) + "\n"
