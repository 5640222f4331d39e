"""Renders a gate for GitHub: Markdown for a pull request or the summary of a job, and annotations for stdout."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit._util.escape import visible
from evalkit._util.formatting import bare
from evalkit.report.formats import Samples
from evalkit.report.markdown.audit import audit_lines
from evalkit.report.markdown.escape import code, plain, with_code
from evalkit.report.view.decisions import (
    MARKS,
    DecisionRow,
    decision_rows,
    gate_of,
    provenance,
    shortened,
    symbol,
    verdict_sentence,
    worst_first,
)
from evalkit.results import Results

MARKER = "<!-- evalkit gate -->"
"""Stands at the top of every comment, so that a later run can find and replace its own."""
_LEVELS = {"PASS": "notice", "REGRESSION": "error"}


def render_gate_markdown(results: Results, samples: Samples) -> str:
    """The verdict, a table of the gated measures, and the rest folded."""
    ordered = worst_first(results)
    gated = [row for row in ordered if row.tier != "advisory"]
    advisory = [row for row in ordered if row.tier == "advisory"]
    parts = [
        MARKER,
        f"### {symbol(results)} {results.verdict}: {with_code(verdict_sentence(results))}",
        "",
        *audit_lines(results),
        *_differing(results),
        *(_table(gated) if gated else []),
        *(f"> ⚠ {plain(warning)}" for warning in results.warnings),
        "",
        *_folded("Advisory measures, which decide nothing", _table(advisory) if advisory else []),
        plain(provenance(results)),
        "",
        *_reproduce(results),
    ]
    return "\n".join(parts) + "\n"


def render_unfinished(problem: str, remedy: str, *, state: str = "no verdict") -> str:
    """The comment of a gate that did not come to its end."""
    return f"{MARKER}\n### ? {state}: {plain(problem)}\n\n{plain(remedy)}\n"


def render_annotations(results: Results, samples: Samples) -> str:
    """Annotations, one a line."""
    return "".join(f"{line}\n" for line in workflow_commands(results))


def _table(rows: list[DecisionRow]) -> list[str]:
    head = ["| measure | tier | worse by | allowed | |", "|---|---|---:|---:|---|"]
    return [*head, *(_row(row) for row in rows), ""]


def _row(row: DecisionRow) -> str:
    against = "" if row.against == "baseline" else f" ({plain(row.against)})"
    note = f", {row.passages_needed:,} passages would decide" if row.passages_needed else ""
    reason = f", {plain(row.reason)}" if row.reason else ""
    return (
        f"| {code(row.measure)}{against} {plain(row.label)} | {row.tier} | {plain(row.change)} | {plain(row.allowed)} "
        f"| {MARKS[row.decision]} {row.decision}{note}{reason} |"
    )


def _differing(results: Results) -> list[str]:
    entries = gate_of(results)["not_comparable"]
    if not entries:
        return []
    head = ["| field | baseline | candidate |", "|---|---|---|"]
    return [
        *head,
        *(f"| {plain(e['field'])} | {code(shortened(e['baseline']))} | {code(shortened(e['candidate']))} |" for e in entries),
        "",
    ]


def _folded(title: str, body: list[str]) -> list[str]:
    return [f"<details><summary>{title}</summary>", "", *body, "</details>", ""] if body else []


def _reproduce(results: Results) -> list[str]:
    command = gate_of(results)["command"]
    return ["Reproduce it with", "", f"    {visible(command)}"] if command else []


def workflow_commands(results: Results) -> Iterator[str]:
    """Workflow commands: one for the verdict, one for each gated measure that regressed.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    level = _LEVELS.get(str(results.verdict), "warning")
    yield annotation(level, f"evalkit: {results.verdict}", bare(verdict_sentence(results)))
    for row in decision_rows(results):
        if row.decision == "regression":
            advisory = row.tier == "advisory"
            text = f"{row.label}: {row.change}, margin {row.allowed} ({row.tier})"
            yield annotation("warning" if advisory else "error", f"evalkit: {row.measure}", text)


def annotation(level: str, title: str, text: str) -> str:
    r"""One workflow command, its text escaped so that no name can begin another.

    >>> annotation("error", "a,b", "50%\n::end")
    '::error title=a%2Cb::50%25%0A::end'
    """
    return f"::{level} title={_escape(title).replace(':', '%3A').replace(',', '%2C')}::{_escape(text)}"


def _escape(text: str) -> str:
    return visible(text, keep="\r\n").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
