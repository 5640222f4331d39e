"""`gate`: has the candidate become worse than the baseline?"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from evalkit._util.atomic import cannot_write, write_atomically
from evalkit.cli import options as opt
from evalkit.cli.output import REPORTS, check_writable, write_run
from evalkit.cli.progress import shown
from evalkit.errors import NoVerdict, UsageError, one_of
from evalkit.results import Results

FORMATS = ("text", "json", "markdown", "github")
SUMMARY = "GITHUB_STEP_SUMMARY"
SUCCESSOR = "candidate.baseline.json"
"""What `baseline accept` takes from a gate's folder."""

_NOT_REPEATED = ("seed", "output", "format_", "no_progress", "quiet", "github_summary")

BaselineName = Annotated[
    str, typer.Option("--baseline", metavar="NAME_OR_FILE", help="A saved baseline (see baseline list) or its file.")
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="Tiers and margins, a TOML file; see docs/ci.md.")
]
MaybeReference = Annotated[str | None, typer.Option("--reference", metavar="REF", help="Corpus; the baseline's unless given.")]
MaybeLanguage = Annotated[
    str | None, typer.Option("--language", metavar="LANG", help="en, es, de or a profile of your own; the baseline's unless given.")
]
MaybeSeed = Annotated[int | None, typer.Option("--seed", min=0, help="Of sampling; the baseline's plus one unless given.")]
MaybeTemperature = Annotated[float | None, typer.Option("--temperature", help="Of sampling; the baseline's unless given.")]
Summary = Annotated[bool, typer.Option("--github-summary", help=f"Append Markdown to the file that {SUMMARY} names.")]


def gate(
    context: typer.Context,
    candidate: Annotated[
        str, typer.Argument(metavar="CANDIDATE", help="A generator, saved model or samples; NAME=SPEC gives a name.")
    ],
    baseline: BaselineName,
    policy: PolicyFile = None,
    reference: MaybeReference = None,
    text_field: opt.TextField = None,
    document_field: opt.DocumentField = None,
    passage_field: opt.PassageField = None,
    encoding: opt.Encoding = "utf-8",
    errors: opt.Errors = "strict",
    language: MaybeLanguage = None,
    metrics: opt.Metrics = None,
    seed: MaybeSeed = None,
    temperature: MaybeTemperature = None,
    top_k: opt.TopK = None,
    top_p: opt.TopP = None,
    no_cache: opt.NoCache = False,
    github_summary: Summary = False,
    output: opt.Output = None,
    format_: Annotated[
        str, typer.Option("-f", "--format", help="On stdout: text, json, markdown or github (annotations).")
    ] = "text",
    no_progress: opt.NoProgress = False,
    quiet: opt.Quiet = False,
) -> None:
    """Decide whether a candidate has become worse than a baseline: exit 0 pass, 1 regression, 3 no verdict."""
    outputs = [*(output or [])]
    check(outputs, format_, github_summary=github_summary)
    read = opt.read_options(
        encoding=encoding, errors=errors, text_field=text_field, document_field=document_field, passage_field=passage_field
    )
    try:
        with shown(enabled=not (no_progress or quiet)) as progress:
            from evalkit.evaluation.candidates import parse_candidate
            from evalkit.gating.request import prepare
            from evalkit.gating.run import gate as run

            request = prepare(
                parse_candidate(candidate, cached=not no_cache),
                baseline=baseline,
                policy=policy,
                reference=reference,
                language=language,
                metrics=opt.as_list(metrics),
                seed=seed,
                decoding={"temperature": temperature, "top_k": top_k, "top_p": top_p},
                read=read,
                command=_command(context),
            )
            gated = run(request, progress=progress)
    except NoVerdict as none:
        _deliver_nothing(none, outputs, github_summary=github_summary)
        raise
    successor = {SUCCESSOR: gated.successor.to_json()} if gated.successor is not None else {}
    folder, results = write_run(gated.outcome, REPORTS, more=successor)
    for path in outputs:
        write_atomically(path, rendered(results, path, gated.outcome.passages))
    if github_summary:
        append_summary(rendered(results, Path("summary.md"), {}))
    if not quiet:
        _show(results, format_, folder)
    raise typer.Exit(results.exit_code or 0)


def _command(context: typer.Context) -> str:
    """The command that repeats the decision: every option that was set, wherever; the seed is added when it is known."""
    given: list[str] = []
    for parameter in context.command.params:
        value = context.params.get(str(parameter.name))
        source = context.get_parameter_source(str(parameter.name))
        if source is None or source.name == "DEFAULT" or parameter.name in _NOT_REPEATED:
            continue
        if parameter.param_type_name == "argument":
            given.append(str(value))
        elif value is True:
            given.append(parameter.opts[-1])
        else:
            given += [part for one in (value if isinstance(value, list) else [value]) for part in (parameter.opts[-1], str(one))]
    return shlex.join(["python", "-m", "evalkit", "gate", *given])


def check(outputs: Sequence[Path], format_: str, *, github_summary: bool) -> None:
    """Refuses outputs that could not be written, before any work is done.

    Raises:
        UsageError: for an unknown extension or format, a folder in the place of a file, or a summary without its variable.
        OutputError: where there is no right to write.
    """
    from evalkit.report import format_of

    if format_ not in FORMATS:
        raise UsageError(f'There is no format "{format_}".', remedy=one_of(format_, FORMATS))
    for path in outputs:
        format_of(path, "gate")
        if path.is_dir():
            raise UsageError(f'"{path}" is a folder.', remedy="Give the name of a file.")
        check_writable(path.parent)
    check_writable(REPORTS)
    if github_summary and not os.environ.get(SUMMARY):
        raise UsageError(
            f"--github-summary writes to the file that {SUMMARY} names, and it is not set.",
            remedy="Use -o summary.md outside of GitHub.",
        )


def rendered(results: Results, path: Path, passages: Any) -> str:
    """The text of an output file, by its extension."""
    if path.suffix == ".xml":
        from evalkit.report.export.junit import render_junit

        return render_junit(results, passages)
    from evalkit.report import render

    return render(results, path.suffix, samples=passages)


def append_summary(text: str) -> None:
    """Adds Markdown to the job's summary."""
    path = Path(os.environ[SUMMARY])
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise cannot_write(path, error) from error


def _show(results: Results, format_: str, folder: Path) -> None:
    if format_ == "text":
        from evalkit.report import print_report

        print_report(results)
        typer.echo(f"Report  {folder / 'index.html'}")
        typer.echo(f"Results {folder / 'results.json'}")
    elif format_ == "github":
        from evalkit.report.markdown.github import workflow_commands

        for line in workflow_commands(results):
            typer.echo(line)
    else:
        typer.echo(rendered(results, Path("out" + {"json": ".json", "markdown": ".md"}[format_]), {}), nl=False)


def _deliver_nothing(none: NoVerdict, outputs: Sequence[Path], *, github_summary: bool) -> None:
    """Says in every output that can hold it that there is no verdict, so that no earlier file is taken for one."""
    from evalkit.report.export.junit import render_no_verdict
    from evalkit.report.markdown.escape import plain
    from evalkit.report.markdown.github import MARKER

    markdown = f"{MARKER}\n### ? no verdict: {plain(none.problem)}\n\n{plain(none.remedy)}\n"
    for path in outputs:
        if path.suffix == ".xml":
            write_atomically(path, render_no_verdict(none.problem, none.remedy))
        elif path.suffix == ".md":
            write_atomically(path, markdown)
        else:
            path.unlink(missing_ok=True)
    if github_summary:
        append_summary(markdown)
