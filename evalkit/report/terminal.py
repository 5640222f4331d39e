"""Results in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evalkit.report.numbers import format_value
from evalkit.results import Results, Row
from evalkit.text.visible import visible


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A plain table of text on stdout."""
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(visible(str(cell))) for cell in row))
    Console().print(table)


def print_results(results: Results) -> None:
    """The short table: one row a headline metric, one column a candidate, the human floor beside them."""
    console = Console()
    shape = results.shape
    console.print(
        f"[bold]{escape(visible(str(results.reference['name'])))}[/bold]  {str(results.reference['hash'])[:12]}  "
        f"{shape['n_passages']} passages x {shape['n_chars']} characters  seed {results.signature['seed']}",
        highlight=False,
    )
    console.print(_table(results))
    console.print(_position_key(), highlight=False)
    for candidate in results.candidates:
        for note in candidate["notes"]:
            console.print(f"[dim]{escape(visible(candidate['name']))}: {escape(visible(note))}[/dim]", highlight=False)
    for warning in results.warnings:
        console.print(f"[yellow]Warning:[/yellow] {escape(visible(warning))}", highlight=False)


def _table(results: Results) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("metric")
    table.add_column("human floor", justify="right")
    for candidate in results.candidates:
        table.add_column(escape(visible(candidate["name"])), justify="right")
    for id_, metric in results.metrics.items():
        if metric["headline"]:
            rows = [results.row(candidate["name"], id_) for candidate in results.candidates]
            table.add_row(f"{escape(metric['label'])}\n[dim]{escape(metric['unit'])}[/dim]", _floor(rows), *(_cell(row) for row in rows))
    table.add_row("bits per character\n[dim]of held-out text[/dim]", "", *(_bits(c["bits_per_char"]) for c in results.candidates))
    return table


def _floor(rows: Sequence[Row | None]) -> str:
    floors = [row.floor for row in rows if row and row.floor]
    return f"{format_value(floors[0].median)}\n[dim]p95 {format_value(floors[0].p95)}[/dim]" if floors else "[dim]not measured[/dim]"


def _cell(row: Row | None) -> str:
    if row is None or row.value is None:
        return f"[dim]not measured\n{escape(row.reason or '') if row else ''}[/dim]"
    position = "" if row.position is None else f"[{_colour(row.position)}]{_symbol(row.position)} {row.position:+.2f}[/]"
    return f"{format_value(row.value)}\n{position}"


def _bits(bits: float | None) -> str:
    return "[dim]not measured[/dim]" if bits is None else f"{bits:.3f}"


def _colour(position: float) -> str:
    return "green" if position < 0.1 else "yellow" if position < 0.5 else "red"


def _symbol(position: float) -> str:
    return "●" if position < 0.1 else "◐" if position < 0.5 else "○"


def _position_key() -> str:
    return "[dim]Under each value its position: 0 reads like held-out human text, 1 like unigram noise (● below .1, ◐ below .5, ○ above).[/dim]"
