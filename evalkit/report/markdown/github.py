"""A gate's results for GitHub: Markdown for a pull request or the job's summary, and annotations on stdout."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit._util.escape import visible
from evalkit._util.formatting import bare
from evalkit.report.formats import Samples
from evalkit.report.markdown.document import sentence
from evalkit.report.markdown.escape import code, plain
from evalkit.report.view.decisions import MARKS, Line, facts, headline, lines, provenance, symbol, worst_first
from evalkit.results import Results

MARKER = "<!-- evalkit gate -->"
"""Stands at the top of every comment, so that a later run can find and replace its own."""
_LEVELS = {"PASS": "notice", "REGRESSION": "error"}


def render_gate_markdown(results: Results, samples: Samples) -> str:
    """The verdict, a table of the gated measures, and the rest folded."""
    ordered = worst_first(results)
    gated = [line for line in ordered if line.tier != "advisory"]
    advisory = [line for line in ordered if line.tier == "advisory"]
    parts = [
        MARKER,
        f"### {symbol(results)} {results.verdict}: {sentence(headline(results))}",
        "",
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


def render_no_verdict(problem: str, remedy: str) -> str:
    """The comment of a gate that could not begin."""
    return f"{MARKER}\n### ? no verdict: {plain(problem)}\n\n{plain(remedy)}\n"


def render_annotations(results: Results, samples: Samples) -> str:
    """Annotations, one a line."""
    return "".join(f"{line}\n" for line in workflow_commands(results))


def _table(rows: list[Line]) -> list[str]:
    head = ["| measure | tier | worse by | allowed | |", "|---|---|---:|---:|---|"]
    return [*head, *(_row(line) for line in rows), ""]


def _row(line: Line) -> str:
    against = "" if line.against == "baseline" else f" ({line.against})"
    note = f", {line.passages_needed:,} passages would decide" if line.passages_needed else ""
    reason = f", {plain(line.reason)}" if line.reason else ""
    return (
        f"| {code(line.measure)}{against} {plain(line.label)} | {line.tier} | {plain(line.change)} | {plain(line.allowed)} "
        f"| {MARKS[line.decision]} {line.decision}{note}{reason} |"
    )


def _differing(results: Results) -> list[str]:
    entries = facts(results)["not_comparable"]
    if not entries:
        return []
    head = ["| field | baseline | candidate |", "|---|---|---|"]
    return [
        *head,
        *(f"| {plain(e['field'])} | {code(_short(e['baseline']))} | {code(_short(e['candidate']))} |" for e in entries),
        "",
    ]


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _folded(title: str, body: list[str]) -> list[str]:
    return [f"<details><summary>{title}</summary>", "", *body, "</details>", ""] if body else []


def _reproduce(results: Results) -> list[str]:
    command = facts(results)["command"]
    return ["Reproduce it with", "", f"    {visible(command)}"] if command else []


def workflow_commands(results: Results) -> Iterator[str]:
    """Workflow commands: one for the verdict, one for each gated measure that regressed.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    level = _LEVELS.get(str(results.verdict), "warning")
    yield annotation(level, f"evalkit: {results.verdict}", bare(headline(results)))
    for line in lines(results):
        if line.decision == "regression":
            advisory = line.tier == "advisory"
            text = f"{line.label}: {line.change}, margin {line.allowed} ({line.tier})"
            yield annotation("warning" if advisory else "error", f"evalkit: {line.measure}", text)


def annotation(level: str, title: str, text: str) -> str:
    r"""One workflow command, its text escaped so that no name can begin another.

    >>> annotation("error", "a,b", "50%\n::end")
    '::error title=a%2Cb::50%25%0A::end'
    """
    return f"::{level} title={_escape(title).replace(':', '%3A').replace(',', '%2C')}::{_escape(text)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
