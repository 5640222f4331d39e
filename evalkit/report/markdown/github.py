"""Renders a gate for GitHub: Markdown for a pull request or the summary of a job, and annotations for stdout."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit._util.escape import visible
from evalkit._util.formatting import bare, count
from evalkit.report.formats import Samples
from evalkit.report.markdown.audit import audit_lines
from evalkit.report.markdown.escape import code, plain, with_code
from evalkit.report.markdown.fitting import Section, fitted, whole
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
"""Stands below the first line of every comment, so that a later run can find and replace its own."""
MOST_BYTES = 6_000
"""Of a comment: what a reviewer reads before the code."""
_ROWS = (12, 8, 5, 3)
"""Rows of a table that are kept, as there is room for them."""
_LEVELS = {"PASS": "notice", "REGRESSION": "error"}


def render_gate_markdown(results: Results, samples: Samples) -> str:
    """The verdict with what decided it, then the gated measures, and as much of the rest as a comment of 6 kB has room for."""
    ordered = worst_first(results)
    gated = [row for row in ordered if row.tier != "advisory"]
    worse = [row for row in ordered if row.tier == "advisory" and row.decision == "regression"]
    rest = [row for row in ordered if row.tier == "advisory" and row.decision != "regression"]
    warnings = [f"> ⚠ {plain(warning)}" for warning in results.warnings]
    sections = [
        whole(f"### {symbol(results)} {results.verdict}: {with_code(verdict_sentence(results))}", MARKER, ""),
        Section([audit_lines(results), audit_lines(results, examples=False), audit_lines(results, examples=False, most=1)], "examples of the audit", 4),
        Section([[*warnings, ""], [*warnings[:2], ""]] if len(warnings) > 2 else [[*warnings, ""] if warnings else []], "more warnings", 3),
        _cut_table(_differing(results), "fields that differ", 1),
        _cut_table(_table(gated), "gated measures", 2),
        _cut_table(_table(worse, title="Advisory measures that became worse, which decide nothing"), "advisory measures that became worse", 5),
        whole(plain(provenance(results)), "", *_reproduce(results)),
        Section([_folded("Further advisory measures, which decide nothing", _table(rest)), []], count(len(rest), "further advisory measure"), 6),
    ]  # fmt: skip
    return fitted(sections, most_bytes=MOST_BYTES)


def render_unfinished(problem: str, remedy: str, *, state: str = "no verdict") -> str:
    """The comment of a gate that did not come to its end."""
    return f"### ? {state}: {plain(problem)}\n{MARKER}\n\n{plain(remedy)}\n"


def render_annotations(results: Results, samples: Samples) -> str:
    """Annotations, one a line."""
    return "".join(f"{line}\n" for line in workflow_commands(results))


def _table(rows: list[DecisionRow], *, title: str = "") -> list[str]:
    """The decisions; nothing where there are none."""
    heads = ["| measure | tier | before → now | worse by | allowed | |", "|---|---|---:|---:|---:|---|"]
    head = [*([f"{title}:", ""] if title else []), *heads]
    return [*head, *(_row(row) for row in rows), ""] if rows else []


def _cut_table(lines: list[str], things: str, priority: int) -> Section:
    """A table whose last rows are left out where there is no room for them."""
    head = next((i + 2 for i, line in enumerate(lines) if line.startswith("|")), 0)
    n = len(lines) - head - 1
    kept = [most for most in _ROWS if most < n]
    return Section([lines, *([*lines[: head + most], ""] for most in kept)], f"further {things}", priority)


def _row(row: DecisionRow) -> str:
    against = "" if row.against == "baseline" else f" ({plain(row.against)})"
    note = f", {row.passages_needed:,} passages would decide" if row.passages_needed else ""
    reason = f", {plain(row.reason)}" if row.reason else ""
    return (
        f"| {plain(row.label)}{against} {code(row.measure)} | {row.tier} | {plain(row.values)} | {plain(row.change)} | {plain(row.allowed)} "
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
    return ["", f"<details><summary>{title}</summary>", "", *body, "</details>"] if body else []


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
