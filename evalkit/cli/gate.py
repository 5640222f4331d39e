"""Runs `evalkit gate`: decides whether a candidate has become worse than its baseline."""

from __future__ import annotations

import contextlib
import os
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from evalkit._util.atomic import cannot_write
from evalkit._util.urls import without_keys
from evalkit.cli import options as opt
from evalkit.cli.config import configuration
from evalkit.cli.groups import takes_groups
from evalkit.cli.output import (
    REPORTS,
    check_files_writable,
    check_run_writable,
    how_it_ended,
    log_to_trackers,
    renew_index,
    say_what_was_read,
    show,
    write_run,
)
from evalkit.cli.setup.preview import preview_gate
from evalkit.cli.stderr import shown
from evalkit.errors import OutputError, UsageError
from evalkit.report import formats

SUMMARY = "GITHUB_STEP_SUMMARY"
SUCCESSOR = "candidate.baseline.json"
"""The file in a gate's folder that `baseline accept` makes the new baseline."""

_NOT_REPEATED = (
    "seed",
    "dry_run",
    "jobs",
    "engine",
    "scheduler",
    "output",
    "format_",
    "no_progress",
    "quiet",
    "github_summary",
    "track",
)


@dataclass(frozen=True, kw_only=True)
class GateOutputOptions(opt.RunOutputOptions):
    """Where the results of a gate go."""

    output: Annotated[list[Path] | None, opt.output_option(formats.GATE)] = None
    format_: Annotated[str, opt.format_option(formats.GATE)] = "text"


@takes_groups
def gate(
    context: typer.Context,
    candidate: Annotated[
        str, typer.Argument(metavar="CANDIDATE", help="A generator, saved model or samples; NAME=SPEC gives a name.")
    ],
    *,
    baseline: opt.BaselineName,
    policy: opt.PolicyFile = None,
    reference: opt.BaselineReference = None,
    group: opt.BaselineGroup = None,
    reading: opt.SampleReadingOptions,
    measures: opt.BaselineMeasureOptions,
    max_passages: opt.MaxPassages = None,
    fixed: Annotated[
        bool, typer.Option("--fixed", help="Look once, at as many passages as the baseline has, even if that decides nothing.")
    ] = False,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Seed of sampling; the baseline's plus one unless given.")
    ] = None,
    sampling: opt.BaselineSamplingOptions,
    no_cache: opt.NoCache = False,
    where: opt.EngineOptions,
    dry_run: opt.DryRun = False,
    github_summary: Annotated[
        bool, typer.Option("--github-summary", help=f"Append Markdown to the file that {SUMMARY} names.")
    ] = False,
    out: GateOutputOptions,
) -> None:
    """Decide whether a candidate has become worse than a baseline: exit 0 pass, 1 regression, 3 no verdict."""
    check_run_writable(out.files)
    github_summary = github_summary and not dry_run
    _check_summary(wanted=github_summary)
    try:
        with shown(enabled=out.progress) as progress:
            from evalkit.evaluation.candidates import parse_candidate
            from evalkit.gating.request import gate_request
            from evalkit.gating.run import gate as run

            request = gate_request(
                parse_candidate(candidate, cached=not no_cache),
                baseline=baseline,
                policy=policy,
                reference=reference,
                group=group,
                language=measures.language,
                metrics=measures.patterns,
                seed=seed,
                decoding=sampling.given(),
                read=reading.for_readers(),
                command=_command(context),
                most_passages=1 if fixed else max_passages,
                config=configuration(context),
            )
            if dry_run:
                preview_gate(request, writes=out.written)
                return
            with where.started() as engine:
                gated = run(replace(request, engine=engine), progress=progress)
    except BaseException as error:
        if github_summary:
            _summarise_end(error)
        raise
    successor = {SUCCESSOR: gated.successor.to_json()} if gated.successor is not None else {}
    folder, results = write_run(gated.outcome, REPORTS, outputs=out.files, more=successor)
    if github_summary:
        _append_summary(formats.format_named("markdown", "gate").render(results, {}))
    if not out.quiet:
        say_what_was_read(results)
        show(results, format_=out.format_, folder=folder)
    log_to_trackers(results, gated.outcome.passages, out)
    renew_index(REPORTS)
    raise typer.Exit(results.exit_code or 0)


def _command(context: typer.Context) -> str:
    """The command that repeats the decision, with every option that was set; the seed is added when it is known."""
    words: list[str] = []
    for parameter in context.command.params:
        value = context.params.get(str(parameter.name))
        source = context.get_parameter_source(str(parameter.name))
        if source is None or source.name == "DEFAULT" or parameter.name in _NOT_REPEATED:
            continue
        if parameter.param_type_name == "argument":
            words.append(without_keys(str(value)))  # the command is printed and stored
        elif value is True:
            words.append(parameter.opts[-1])
        else:
            words += [word for item in (value if isinstance(value, list) else [value]) for word in (parameter.opts[-1], str(item))]
    return shlex.join(["python", "-m", "evalkit", "gate", *words])


def _check_summary(*, wanted: bool) -> None:
    if wanted and not os.environ.get(SUMMARY):
        raise UsageError(
            f"--github-summary writes to the file that {SUMMARY} names, and it is not set.",
            remedy="Use -o summary.md outside of GitHub.",
        )
    if wanted:
        check_files_writable([Path(os.environ[SUMMARY])])


def _append_summary(text: str) -> None:
    """Adds Markdown to the job's summary."""
    path = Path(os.environ[SUMMARY])
    try:
        with open(path, "a", encoding="utf-8", opener=_opened_at_once) as file:
            file.write(text)
    except OSError as error:
        raise cannot_write(path, error) from error


def _opened_at_once(path: str, flags: int) -> int:
    """Opens a file; a pipe that nobody reads is an error, where it would be waited for without end."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)


def _summarise_end(error: BaseException) -> None:
    """Adds to the job's summary that there is no verdict, and why."""
    state, problem, remedy = how_it_ended(error)
    text = formats.format_named("markdown", "gate").render_unfinished(problem, remedy, state=state)
    with contextlib.suppress(OutputError):  # what ended the gate is said, not what followed from it
        _append_summary(text or "")
