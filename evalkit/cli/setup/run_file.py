"""Runs `evalkit run`: does what a configuration file describes, by the command that it names."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from evalkit._util.escape import visible
from evalkit.cli import options as opt
from evalkit.errors import UsageError


class RunKind(StrEnum):
    """The commands that a file can describe."""

    COMPARE = "compare"
    SCORE = "score"
    GATE = "gate"


def _use_file(context: typer.Context, file: Path | None) -> Path | None:
    """Makes a file the configuration of all commands, this one's options among them."""
    from evalkit.cli.config import configuration, use_configuration
    from evalkit.config import FILE, find_config, load_config

    parent: Any = context.parent
    if parent is None or context.resilient_parsing:
        return file
    use_configuration(parent, config=find_config() if file is None else load_config(file))
    if configuration(context).path is None:
        raise UsageError(
            f"There is no {FILE} here that describes a run.", remedy="Write one with `evalkit init`, or give the name of the file."
        )
    context.default_map = (parent.default_map or {}).get("run")
    return file


def run(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            callback=_use_file,
            is_eager=True,
            help="A configuration file with [[candidates]]; evalkit.toml or pyproject.toml unless given.",
        ),
    ] = None,
    kind: Annotated[
        RunKind, typer.Option("--command", help="What to do with the candidates; `command` in the table [run] of the file.")
    ] = RunKind.COMPARE,
    dry_run: opt.DryRun = False,
) -> None:
    """Do what a configuration file describes: compare, score or gate its [[candidates]] with its options."""
    from evalkit.cli.config import configuration
    from evalkit.cli.setup.described import candidate_specs

    parent: Any = context.parent
    config = configuration(context)
    candidates = candidate_specs(config)
    if not candidates:
        raise UsageError(
            f"{visible(config.origin)} describes no candidates.",
            remedy='Add a table [[candidates]] with spec = "runs/new.jsonl", or another candidate.',
        )
    if len(candidates) > 1 and kind is not RunKind.COMPARE:
        raise UsageError(
            f"{kind} takes one candidate, and {visible(config.origin)} describes {len(candidates)}.",
            remedy="Leave one of them, or use --command compare.",
        )
    command = parent.command.get_command(parent, str(kind))
    words = [*([opt.DRY_RUN] if dry_run else []), "--", *candidates]
    with command.make_context(str(kind), words, parent=parent) as below:
        command.invoke(below)
