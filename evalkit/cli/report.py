"""Runs `evalkit report` and `evalkit history`: render stored results again, one run, two, or many together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from evalkit._util.escape import visible
from evalkit._util.paths import is_folder
from evalkit.cli import options as opt
from evalkit.cli.output import check_files_writable, show, write_files
from evalkit.errors import UsageError
from evalkit.report import formats


def report(
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULTS...", help="A results.json or the folder of a run; two are compared.")
    ],
    output: Annotated[list[Path] | None, opt.output_option(formats.RESULTS)] = None,
    format_: Annotated[str, opt.format_option(formats.RESULTS)] = "text",
    quiet: opt.Quiet = False,
    figures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the figures of a run into a folder, for papers.", rich_help_panel="Figures"),
    ] = None,
    figure_format: Annotated[
        list[str] | None,
        typer.Option(metavar="FORMAT", help="svg, pdf or png; repeatable. All three unless given.", rich_help_panel="Figures"),
    ] = None,
    figure_width: Annotated[
        float, typer.Option(metavar="MM", help="Width of the figures in millimetres; text has 8 points.", rich_help_panel="Figures")
    ] = 130.0,
) -> None:
    """Render stored results again, byte for byte the same; of two runs, show what changed."""
    check_files_writable(output or [])
    if len(results) > 2:
        raise UsageError(
            f"{len(results)} results were given.", remedy="Give one, or two to compare them; history takes any number."
        )
    if figures is not None:
        said = _figures(results, figures, figure_format, figure_width)
        if not quiet:
            typer.echo(said, err=True)
    shown = _two(results, output or [], format_) if len(results) == 2 else _one(results[0], output or [], format_)
    if not quiet:
        shown()
        _say_written(output or [], format_)


def _say_written(outputs: Sequence[Path], format_: str = "text") -> None:
    """Names the files that were written; after text, since in any other format it would be a part of it."""
    for path in outputs if format_ == "text" else ():
        typer.echo(visible(f"Wrote {path}"))


def _figures(paths: Sequence[Path], folder: Path, kinds: Sequence[str] | None, width: float) -> str:
    """Writes the figures of a run, and gives what says which."""
    if len(paths) > 1:
        raise UsageError("Figures are of one run.", remedy="Give one results.json with --figures.")
    from evalkit.report.figures.files import FORMATS, write_figures
    from evalkit.results import read

    written = write_figures(read(paths[0]), folder, formats=tuple(dict.fromkeys(kinds or FORMATS)), width=width)
    names = ", ".join(dict.fromkeys(path.stem for path in written)) or "none"
    return visible(f"Figures {folder} ({names})")


def _one(path: Path, outputs: Sequence[Path], format_: str) -> Callable[[], None]:
    """Writes a run, and gives what prints it."""
    from evalkit.report.export.samples import stored_samples
    from evalkit.results import read

    loaded = read(path)
    write_files(outputs, loaded, stored_samples(loaded, path if is_folder(path) else path.parent) if outputs else {})
    return lambda: show(loaded, format_=format_)


def _two(paths: Sequence[Path], outputs: Sequence[Path], format_: str) -> Callable[[], None]:
    """Writes two runs beside each other, and gives what prints them."""
    _check_changes(outputs, format_)
    from evalkit._util.atomic import write_atomically
    from evalkit.results import read

    before, after = (read(path) for path in paths)
    for path in outputs:
        write_atomically(path, formats.format_of(path, "changes").render(before, after))
    return lambda: typer.echo(formats.format_named(format_, "changes").render(before, after), nl=False)


def _check_changes(outputs: Sequence[Path], format_: str) -> None:
    """Refuses what can be written for one run but not for two."""
    for path in outputs:
        formats.format_of(path, "changes")
    if format_ not in formats.names(formats.CHANGES):
        raise UsageError(f"Two runs cannot be shown as {format_}.", remedy="Leave --format out, or write a page with -o FILE.html.")


def history(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders that hold runs, at any depth.")],
    output: Annotated[list[Path] | None, opt.output_option(formats.HISTORY)] = None,
    quiet: opt.Quiet = False,
) -> None:
    """Show each measure over runs, with intervals, and where settings changed."""
    check_files_writable(output or [])
    from evalkit._util.atomic import write_atomically
    from evalkit.report.html.runs import runs_in

    runs = runs_in(folders)
    for path in output or []:
        write_atomically(path, formats.format_of(path, "history").render(runs))
    if not quiet:
        typer.echo(formats.format_named("text", "history").render(runs), nl=False)
        _say_written(output or [])
