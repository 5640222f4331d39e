"""The command line: one file a command, which parses, calls, prints and sets the exit code, and does no arithmetic."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from evalkit import __version__
from evalkit.cli import baseline, calibrate, compare, corpus, gate, log, metrics, plan, report, score, sweep, validate

app = typer.Typer(
    name="evalkit",
    help="Measure whether generated text reads like its corpus.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"evalkit {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("-V", "--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Measure whether generated text reads like its corpus."""
    log.configure()
    _use_configuration(context)


def _use_configuration(context: typer.Context) -> None:
    """Gives every command the defaults of EVALKIT_* and of the configuration file; `validate` looks at it itself."""
    from evalkit.config import PREFIX, commands_of, default_map, find_config

    config = find_config() if context.invoked_subcommand != "validate" else None
    if config is not None and (config.path is not None or any(name.startswith(PREFIX) for name in os.environ)):
        context.default_map = default_map(config, commands_of(context.command), context)


app.command("compare")(compare.compare)
app.command("score")(score.score)
app.command("report")(report.report)
app.command("history")(report.history)
app.command("metrics")(metrics.metrics)
app.command("gate")(gate.gate)
app.command("calibrate")(calibrate.calibrate)
app.command("plan")(plan.plan)
app.command("sweep")(sweep.sweep)
app.command("validate")(validate.validate)
app.add_typer(baseline.app, name="baseline")
app.add_typer(corpus.app, name="corpus")
