"""Renders a sweep for a terminal: the conclusion, the overall position by temperature, and every headline measure."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evalkit._util.escape import visible
from evalkit.report.formats import Samples
from evalkit.report.terminal.scores import column_groups, print_findings, print_first_screen, print_measures, print_notes
from evalkit.report.terminal.text import captured
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.family_table import family_table
from evalkit.report.view.ranking import Ranking
from evalkit.results import Results

_LABEL, _COLUMN = 34, 12


def render_sweep(results: Results, samples: Samples) -> str:
    """The verdict and the scores by temperature, as wide as the terminal and in its colours."""
    return captured(print_sweep, results, Console())


def print_sweep(results: Results, *, console: Console | None = None) -> None:
    """Prints what `print_results` prints of other runs, by temperature."""
    out, ranking = console or Console(), Ranking(results)
    print_first_screen(out, ranking, conclude(results, ranking).sentence)
    if not ranking.by_distance(None):  # the audit alone was asked for
        return
    for columns in column_groups(ranking.names, (out.width - _LABEL) // _COLUMN):
        if ranking.results.families:
            out.print(_families(ranking, columns))
        print_measures(out, ranking, ranking.headline, columns)
    print_findings(out, results)
    print_notes(out, ranking)


def _families(ranking: Ranking, names: Sequence[str]) -> Table:
    """How far each temperature is from human text in each family."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("family", overflow="fold", min_width=_LABEL - 2)
    for name in names:
        table.add_column(ranking.head(name), justify="right", no_wrap=True)
    for row in family_table(ranking, names):
        label = Text(visible(row.family)).append(f" human ≤ {row.limit}", style="dim")
        cells = [
            Text("-", style="dim")
            if cell.value is None
            else Text(f"{cell.value} {cell.mark}", style="red" if cell.within is False else "")
            for cell in row.cells
        ]
        table.add_row(label, *cells)
    return table
