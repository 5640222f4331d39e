"""`report`: render results again without computing anything."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evalkit.cli import options as opt
from evalkit.cli.deliver import check_outputs


def report(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="A results.json, or the folder of a run.")],
    output: opt.Output = None,
    format_: opt.Format = "text",
) -> None:
    """Render the results of an earlier run again, byte for byte the same."""
    check_outputs(output or [], format_)
    from evalkit.report import render
    from evalkit.report.stored import stored_samples
    from evalkit.results import read, write_atomically

    loaded = read(results)
    samples = stored_samples(loaded, results if results.is_dir() else results.parent)
    for path in output or []:
        write_atomically(path, render(loaded, path.suffix, samples=samples))
    if not output:
        if format_ == "text":
            from evalkit.report.terminal import print_results

            print_results(loaded)
        else:
            typer.echo(render(loaded, {"json": ".json", "markdown": ".md"}[format_], samples=samples), nl=False)
