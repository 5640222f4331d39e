"""A sweep in a terminal: the verdict, the overall position by temperature, and every headline measure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evalkit._util.escape import visible
from evalkit._util.formatting import in_unit, unit_name
from evalkit.report.formats import Samples
from evalkit.report.terminal.scores import INSIDE, OUTSIDE, captured, print_notes, print_verdict, strip
from evalkit.report.view.standings import Board, within_range
from evalkit.report.view.verdict import verdict
from evalkit.results import Results

_LABEL, _COLUMN = 34, 12


def render_sweep(results: Results, samples: Samples) -> str:
    """The verdict and the scores by temperature, as wide as the terminal and in its colours."""
    return captured(print_sweep, results, Console())


def print_sweep(results: Results, *, console: Console | None = None) -> None:
    """What `print_results` is for other runs, by temperature."""
    out, board = console or Console(), Board(results)
    print_verdict(out, results, verdict(results, board).sentence)
    out.print(_overall(board))
    for chosen in _chunks(board.names, max(1, (out.width - _LABEL) // _COLUMN)):
        out.print(_measures(board, chosen))
    print_notes(out, board)


def _overall(board: Board) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("temperature", justify="right", no_wrap=True)
    table.add_column("overall", justify="right", no_wrap=True)
    table.add_column("95 % interval", no_wrap=True)
    table.add_column("human to noise", no_wrap=True)
    table.add_column("in human range", no_wrap=True)
    by_name = {standing.name: standing for standing in board.standings}
    for name in board.names:
        found, standing = board.overall(name), by_name[name]
        within = found.value <= found.floor.p95 if found.floor is not None and found.value is not None else None
        table.add_row(
            board.head(name),
            "-" if found.value is None else f"{found.value:.2f}",
            f"{found.ci.low:.2f} to {found.ci.high:.2f}" if found.ci else "",
            Text("") if found.value is None else strip(found.value, within),
            f"{len(standing.within)} of {standing.n_measured}",
        )
    return table


def _chunks(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), size):
        yield names[start : start + size]


def _measures(board: Board, names: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("measure", overflow="fold", max_width=_LABEL - 2)
    for name in names:
        table.add_column(board.head(name), justify="right", no_wrap=True)
    for id_ in board.headline:
        metric = board.metrics[id_]
        label = Text(visible(metric["label"])).append(f" {visible(unit_name(metric['unit']))}", style="dim")
        table.add_row(label, *(_cell(board, name, id_) for name in names))
    return table


def _cell(board: Board, name: str, id_: str) -> Text:
    row = board.row(name, id_)
    if row is None or row.value is None:
        return Text("-", style="dim")
    inside = within_range(row, board.metrics[id_])
    symbol = " " if inside is None else INSIDE if inside else OUTSIDE
    return Text(f"{in_unit(row.value, board.metrics[id_]['unit'])} {symbol}", style="red" if inside is False else "")
