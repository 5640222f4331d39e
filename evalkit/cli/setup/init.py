"""Runs `evalkit init`: writes evalkit.toml, a workflow and the first baseline for what lies in the folder."""

from __future__ import annotations

import shlex
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evalkit._util.atomic import write_atomically, write_new
from evalkit._util.escape import json_text, visible
from evalkit._util.paths import exists
from evalkit.cli import options as opt
from evalkit.cli.output import check_files_writable
from evalkit.errors import EvalkitError, OutputError, UsageError, install_command

if TYPE_CHECKING:
    from evalkit.cli.setup.finding import Found

_STAND_IN = "ngram:order=8"
"""The candidate where there are neither samples nor a model yet."""
_GITLAB = Path(".gitlab-ci.yml")
_GITLAB_BESIDE = Path("evalkit.gitlab-ci.yml")
_GITHUB_WORKFLOW = """\
# Fails when generated text has become worse. evalkit.toml says what is compared; make new samples before the last step.
name: evalkit
on: [pull_request]
permissions:
  contents: read
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: {install}
      - run: evalkit run
        env:
          EVALKIT_FORMAT: github
          EVALKIT_GITHUB_SUMMARY: "true"
"""
_GITLAB_JOB = """\
# Fails when generated text has become worse. evalkit.toml says what is compared; make new samples before the last line.
text-quality:
  image: python:3.12
  script:
    - {install}
    - evalkit run
  variables:
    EVALKIT_OUTPUT: gate.junit.xml,gate.md,gate.html
  # 3 is "no verdict": visible, and not a failure of the change. Leave these two lines out to insist on one.
  allow_failure:
    exit_codes: 3
  artifacts:
    when: always
    paths: [gate.md, gate.html]
    reports:
      junit: gate.junit.xml
"""


class Forge(StrEnum):
    """Where CI runs."""

    GITHUB = "github"
    GITLAB = "gitlab"
    NONE = "none"


@dataclass(frozen=True)
class Answers:
    """What a set-up depends on."""

    reference: str
    candidate: str
    forge: Forge


def init(
    context: typer.Context,
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="REF", help="Corpus; the likeliest text here unless given.")
    ] = None,
    candidate: Annotated[
        str | None,
        typer.Option("--candidate", metavar="CANDIDATE", help="A saved model, samples or a generator; what is here unless given."),
    ] = None,
    forge: Annotated[
        Forge | None, typer.Option("--forge", help="Where CI runs; by the files and remotes of the repository unless given.")
    ] = None,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Name of the baseline.")] = "main",
    no_baseline: Annotated[bool, typer.Option("--no-baseline", help="Save no baseline.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Ask nothing, also in a terminal.")] = False,
    dry_run: opt.DryRun = False,
) -> None:
    """Set up a gate for what is in this folder: evalkit.toml, a workflow of GitHub or GitLab, and the first baseline."""
    from evalkit.cli.setup.finding import look
    from evalkit.config import FILE, Config
    from evalkit.evaluation.candidates import parse_candidate
    from evalkit.gating.baseline import Store

    found = look()
    ask = sys.stdin is not None and sys.stdin.isatty() and not yes and not dry_run
    answers = _answers(found, reference, candidate, forge, ask=ask)
    parse_candidate(answers.candidate)
    saved = Store().path(name)
    text = configuration_text(answers, name)
    files = {Path(FILE): text, **_workflow(answers)}
    _refuse_existing([*files, *([] if no_baseline else [saved])], force=force)
    _say(answers, found)
    if dry_run:
        for path, content in files.items():
            typer.echo(f"\n--- {path}\n{visible(content, keep=chr(10))}")
        if not no_baseline:
            _preview(answers, saved)
        return
    check_files_writable([*files, saved])
    if not no_baseline:  # first, since it may be refused, and nothing shall be left half set up
        _save_baseline(context, Config(Path(FILE), tomllib.loads(text)), answers, name, force=force)
    for path, content in files.items():
        if force:
            write_atomically(path, content)
        elif not write_new(path, content):
            raise OutputError(f'"{path}" was made meanwhile.', remedy="Look at it, and give --force to replace it.")
        typer.echo(f"Wrote {path}")
    _say_next(answers, name, [*files, *([] if no_baseline else [saved])], no_baseline=no_baseline)


def configuration_text(answers: Answers, name: str) -> str:
    """An evalkit.toml; JSON's strings are TOML's, so that no name of a file can become a key."""
    return (
        "# What evalkit run does. `evalkit validate` checks this file; docs/ci.md says what else it may hold.\n"
        f"reference = {json_text(answers.reference)}\n\n"
        '[run]\ncommand = "gate"\n\n'
        f"[gate]\nbaseline = {json_text(name)}\n\n"
        f"[[candidates]]\nspec = {json_text(answers.candidate)}\n"
    )


def _answers(found: Found, reference: str | None, candidate: str | None, forge: Forge | None, *, ask: bool) -> Answers:
    """What was given, else asked for in a terminal, else found."""
    likely = next(iter([*(f"model:{model}" for model in found.models), *found.samples]), _STAND_IN)
    corpus = next(iter(found.corpora), opt.DEFAULT_REFERENCE)

    def answer(given: str | None, question: str, default: str) -> str:
        return given or (str(typer.prompt(question, default=default, err=True)) if ask else default)

    return Answers(
        answer(reference, "Corpus of human text", corpus),
        answer(candidate, "Candidate (samples, model:FOLDER or a generator)", likely),
        Forge(answer(forge, "CI", found.forge or Forge.NONE)),
    )


def _workflow(answers: Answers) -> Mapping[Path, str]:
    """The file for CI. Nothing that was found stands in it, so no name of a file can become a command."""
    install = f"python -m {install_command(_extra(answers.candidate))}"
    if answers.forge is Forge.GITHUB:
        return {Path(".github/workflows/evalkit.yml"): _GITHUB_WORKFLOW.format(install=install)}
    if answers.forge is Forge.GITLAB:
        return {_GITLAB_BESIDE if _is_foreign(_GITLAB) else _GITLAB: _GITLAB_JOB.format(install=install)}
    return {}


def _is_foreign(path: Path) -> bool:
    """Whether somebody else's file is there; one that `init` wrote begins as it does now."""
    from evalkit._util.foreign import read_text

    try:
        return exists(path) and not read_text(path, most_bytes=1 << 20).startswith(_GITLAB_JOB.partition("\n")[0])
    except (OSError, ValueError):
        return True


def _extra(candidate: str) -> str:
    """The extra that a candidate needs."""
    head, _, rest = candidate.partition(":")
    if head == "model":
        from generators.storage.models import read_meta

        head = str(read_meta(rest).get("generator"))
    if head == "lstm":
        return "lstm"
    return "parquet" if candidate.endswith(".parquet") else ""


def _refuse_existing(paths: list[Path], *, force: bool) -> None:
    there = [str(path) for path in paths if exists(path)]
    if there and not force:
        raise UsageError(
            f"There is {', '.join(there)} already, and nothing was written.", remedy="Give --force to replace what is there."
        )


def _say(answers: Answers, found: Found) -> None:
    """What was chosen, and what else there is to choose."""
    candidates = [*(f"model:{model}" for model in found.models), *found.samples]
    for what, option, chosen, others in (
        ("corpus", "--reference", answers.reference, found.corpora),
        ("candidate", "--candidate", answers.candidate, candidates),
    ):
        more = [other for other in others if other != chosen][:5]
        hint = f" ({option} chooses another: {', '.join(more)})" if more else ""
        typer.echo(visible(f"{what:<9}  {chosen}{hint}"))
    if answers.candidate == _STAND_IN and not candidates:
        typer.echo("           It stands in for your model: there are no samples and no saved model here yet.")
    typer.echo(f"{'CI':<9}  {answers.forge}")


def _preview(answers: Answers, saved: Path) -> None:
    from evalkit.cli.request import evaluation_request
    from evalkit.cli.setup.preview import preview_comparison

    request = evaluation_request(
        [answers.candidate],
        corpus=opt.CorpusOptions(reference=answers.reference),
        reading=opt.SampleReadingOptions(),
        measures=opt.MeasureOptions(),
        shape=opt.ShapeOptions(),
        seed=0,
        sampling=opt.SamplingOptions(),
        no_cache=False,
        every_kind=False,
    )
    preview_comparison(replace(request, kind="baseline save"), writes=[saved])


def _save_baseline(context: typer.Context, config: Any, answers: Answers, name: str, *, force: bool) -> None:
    """Saves the baseline by its command, with the new configuration."""
    from evalkit.cli.config import use_configuration

    parent: Any = context.parent
    use_configuration(parent, config=config)
    words = ["save", *(["--replace"] if force else []), "--", name, answers.candidate]
    group = parent.command.get_command(parent, "baseline")
    try:
        with group.make_context("baseline", words, parent=parent) as below:
            group.invoke(below)
    except EvalkitError as error:
        error.remedy = f"{error.remedy} Nothing was written; --no-baseline writes the files without a baseline.".strip()
        raise


def _say_next(answers: Answers, name: str, written: list[Path], *, no_baseline: bool) -> None:
    save = shlex.join(["evalkit", "baseline", "save", "--", name, answers.candidate])
    add = shlex.join(["git", "add", *map(str, written)])
    typer.echo("\nNext:")
    typer.echo(
        visible("\n".join(f"  {line}" for line in ([save, "evalkit run"] if no_baseline else ["evalkit run", add])), keep="\n")
    )
    if _GITLAB_BESIDE in written:
        typer.echo(f"And name the job in {_GITLAB}:  include: {{ local: {_GITLAB_BESIDE} }}")
