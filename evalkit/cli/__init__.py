"""The command line: one file a command, which parses, calls, prints and sets the exit code, and does no arithmetic."""

from __future__ import annotations

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
    if context.invoked_subcommand != "validate":  # which looks at the configuration itself
        from evalkit.cli.defaults import use_configuration

        use_configuration(context)


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
