"""`report` and `history`: render results again, or several runs together, without computing anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.cli import options as opt
from evalkit.cli.output import check_outputs
from evalkit.errors import UsageError

if TYPE_CHECKING:
    from evalkit.report.view.run_diff import Run
    from evalkit.results import Results

_HTML = ".html"


def report(
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULTS...", help="A results.json or the folder of a run; two are compared.")
    ],
    output: opt.Output = None,
    format_: opt.Format = "text",
) -> None:
    """Render the results of an earlier run again, byte for byte the same; of two runs, show what changed."""
    check_outputs(output or [], format_)
    if len(results) > 2:
        raise UsageError(
            f"{len(results)} results were given.", remedy="Give one, or two to compare them; history takes any number."
        )
    if len(results) == 2:
        _two(results, output or [], format_)
    else:
        _one(results[0], output or [], format_)


def _one(path: Path, outputs: Sequence[Path], format_: str) -> None:
    from evalkit._util.atomic import write_atomically
    from evalkit.report import print_report, render
    from evalkit.report.export.samples import stored_samples
    from evalkit.results import read

    loaded = read(path)
    samples = stored_samples(loaded, path if path.is_dir() else path.parent)
    for file in outputs:
        write_atomically(file, render(loaded, file.suffix, samples=samples))
    if outputs:
        return
    if format_ == "text":
        print_report(loaded)
    else:
        typer.echo(render(loaded, {"json": ".json", "markdown": ".md"}[format_], samples=samples), nl=False)


def _two(paths: Sequence[Path], outputs: Sequence[Path], format_: str) -> None:
    _only_html(outputs, format_)
    from evalkit._util.atomic import write_atomically
    from evalkit.report.html.runs import render_comparison
    from evalkit.results import read

    before, after = (read(path) for path in paths)
    for file in outputs:
        write_atomically(file, render_comparison(before, after))
    if not outputs:
        _print_changes(before, after)


def _print_changes(before: Results, after: Results) -> None:
    from evalkit._util.escape import visible
    from evalkit.report.terminal.scores import print_table
    from evalkit.report.view.run_diff import changes, differences, sentence

    typer.echo(visible(sentence(before, after).replace("`", "").replace("\u00a0", " ")))
    forbidding, settings = differences(before, after)
    differing = [*forbidding, *settings]
    if differing:
        print_table("", ("field", "before", "after"), [(one.field, one.before, one.after) for one in differing])
    if not forbidding:
        rows = [(one.candidate, one.label, one.before, one.after, one.difference, one.state) for one in changes(before, after)]
        print_table("", ("candidate", "measure", "before", "after", "change", ""), rows)


def history(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders that hold runs, at any depth.")],
    output: opt.Output = None,
) -> None:
    """Show each measure over runs, with intervals, and where settings changed."""
    _only_html(output or [], "text")
    check_outputs(output or [], "text")
    from evalkit._util.atomic import write_atomically
    from evalkit.report.html.runs import render_history, runs_in

    runs = runs_in(folders)
    for file in output or []:
        write_atomically(file, render_history(runs))
    if not output:
        _print_runs(runs)


def _print_runs(runs: Sequence[Run]) -> None:
    from evalkit.report.terminal.scores import print_table
    from evalkit.report.view.verdict import verdict

    rows = [
        (
            str(run.results.run["date"])[:16],
            verdict(run.results).sentence.replace("`", "").replace("\u00a0", " "),
            ", ".join(one.field for one in (*run.breaks, *run.settings)) or "-",
        )
        for run in runs
    ]
    print_table("", ("date", "verdict", "changed since the run before"), rows)


def _only_html(outputs: Sequence[Path], format_: str) -> None:
    others = [str(path) for path in outputs if path.suffix != _HTML]
    if others:
        raise UsageError(f"Several runs cannot be written to {', '.join(others)}.", remedy="Give a name that ends in .html.")
    if format_ != "text":
        raise UsageError(
            f"Several runs cannot be shown as {format_}.", remedy="Leave --format out, or write a page with -o FILE.html."
        )
