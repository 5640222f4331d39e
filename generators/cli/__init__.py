"""`python -m generators`: list, train, sample, score. Commands parse, call and print; the work is in `generators.cli.tasks`."""

from __future__ import annotations

from typing import Annotated

import typer

from evalkit import __version__
from evalkit.cli import log
from generators.cli import listing, sample, score, train

app = typer.Typer(
    name="generators",
    help="Text generators: train, sample and score them on their own.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"generators {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("-V", "--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Text generators: train, sample and score them on their own."""
    log.configure()
    from evalkit.cli.defaults import GENERATORS, use_configuration

    use_configuration(context, below=(GENERATORS,))


app.command("list")(listing.list_)
app.command("train")(train.train)
app.command("sample")(sample.sample)
app.command("score")(score.score)
