"""The command line: one file a command, which parses, calls, prints and sets the exit code, and does no arithmetic."""

from __future__ import annotations

from typing import Annotated

import typer

from evalkit import __version__
from evalkit.cli import compare, corpus, log, metrics, report, score

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
    version: Annotated[bool, typer.Option("-V", "--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Measure whether generated text reads like its corpus."""
    log.configure()


app.command("compare")(compare.compare)
app.command("score")(score.score)
app.command("report")(report.report)
app.command("metrics")(metrics.metrics)
app.add_typer(corpus.app, name="corpus")
