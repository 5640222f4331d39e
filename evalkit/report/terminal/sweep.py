"""Renders a sweep for a terminal: the conclusion, the overall position by temperature, and every headline measure."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evalkit._util.escape import visible
from evalkit._util.formatting import in_unit, unit_name
from evalkit.report.formats import Samples
from evalkit.report.terminal.audit import print_audit
from evalkit.report.terminal.scores import column_groups, print_notes, print_verdict, strip
from evalkit.report.terminal.text import captured
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.family_table import family_table
from evalkit.report.view.judging.marks import INSIDE, OUTSIDE, overall_within_range, side_mark, within_range
from evalkit.report.view.ranking import Ranking
from evalkit.results import Results

_LABEL, _COLUMN = 34, 12


def render_sweep(results: Results, samples: Samples) -> str:
    """The verdict and the scores by temperature, as wide as the terminal and in its colours."""
    return captured(print_sweep, results, Console())


def print_sweep(results: Results, *, console: Console | None = None) -> None:
    """Prints what `print_results` prints of other runs, by temperature."""
    out, ranking = console or Console(), Ranking(results)
    print_verdict(out, results, conclude(results, ranking).sentence)
    print_audit(out, results)
    if not ranking.by_distance(None):  # the audit alone was asked for
        return
    out.print(_overall(ranking))
    for columns in column_groups(ranking.names, (out.width - _LABEL) // _COLUMN):
        if ranking.results.families:
            out.print(_families(ranking, columns))
        out.print(_measures(ranking, columns))
    print_notes(out, ranking)


def _overall(ranking: Ranking) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("temperature", justify="right", no_wrap=True)
    table.add_column("overall", justify="right", no_wrap=True)
    table.add_column("95 % interval", no_wrap=True)
    table.add_column("beside human text", no_wrap=True)
    table.add_column("in human range", no_wrap=True)
    by_name = {summary.name: summary for summary in ranking.summaries}
    for name in ranking.names:
        position, summary = ranking.overall(name), by_name[name]
        table.add_row(
            ranking.head(name),
            "-" if position.value is None else f"{position.value:.2f}",
            f"{position.ci.low:.2f} to {position.ci.high:.2f}" if position.ci else "",
            Text("") if position.value is None else strip(position.value, overall_within_range(position)),
            f"{len(summary.within)} of {summary.n_measured}",
        )
    return table


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


def _measures(ranking: Ranking, names: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("measure", overflow="fold", max_width=_LABEL - 2)
    for name in names:
        table.add_column(ranking.head(name), justify="right", no_wrap=True)
    for id_ in ranking.headline:
        metric = ranking.metrics[id_]
        label = Text(visible(metric["label"])).append(f" {visible(unit_name(metric['unit']))}", style="dim")
        table.add_row(label, *(_cell(ranking, name, id_) for name in names))
    return table


def _cell(ranking: Ranking, name: str, id_: str) -> Text:
    row = ranking.row(name, id_)
    if row is None or row.value is None:
        return Text("-", style="dim")
    inside = within_range(row, ranking.metrics[id_])
    symbol = " " if inside is None else INSIDE if inside else OUTSIDE
    # In place of the space, so that values stand below each other.
    side = side_mark(row, ranking.metrics[id_]) or " "
    return Text(f"{in_unit(row.value, ranking.metrics[id_]['unit'])}{side}{symbol}", style="red" if inside is False else "")
