"""Renders a comparison for a terminal: `render_scores` gives the conclusion, the table of scores and the notes."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from evalkit._util.escape import visible
from evalkit._util.formatting import count
from evalkit.report.formats import Samples
from evalkit.report.terminal.audit import print_audit
from evalkit.report.terminal.first_screen import LINES, RankingTable, audit_in_short, fitting
from evalkit.report.terminal.measures import LABEL_COLUMNS, NARROWEST, STRIP, measures_table
from evalkit.report.terminal.text import captured, with_bold
from evalkit.report.view.alignments import alignment_notes
from evalkit.report.view.audit import audit_blocks
from evalkit.report.view.classifications import classification_notes
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.family_table import LEGEND, FamilyCell, family_table
from evalkit.report.view.judging.marks import (
    INSIDE,
    LESS,
    MORE,
    OUTSIDE,
)
from evalkit.report.view.left_out import later_warnings, not_judged
from evalkit.report.view.ranking import Ranking
from evalkit.results import Results

_CELLS = "Below a value stands its 95 % interval, and below the human median the range of 95 % of human texts of this shape."
_STRIPS = f"{_CELLS} Lines have human text in the middle, and unigram noise at an end."
_IN_TABLE = f"{INSIDE} within that range, {OUTSIDE} outside, {LESS} too little, {MORE} too much or too far."
_UNBROKEN = 10
"""Cells of at most so many characters are never broken: numbers, days, tiers."""


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Prints a plain table of text to stdout."""
    sys.stdout.write(table_text(title, columns, rows))


def table_text(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A plain table of text, as wide as the terminal."""
    table = Table(title=escape(visible(title)), box=box.SIMPLE_HEAD, title_justify="left", collapse_padding=True, pad_edge=False)
    cells = [[visible(str(cell)) for cell in row] for row in rows]
    for i, column in enumerate(columns):
        # Where room is short, long cells make it: a day or a number in two lines cannot be read.
        table.add_column(column, overflow="fold", no_wrap=max([len(column), *(len(row[i]) for row in cells)]) <= _UNBROKEN)
    for row in cells:
        table.add_row(*map(escape, row))
    console = Console()
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def render_scores(results: Results, samples: Samples) -> str:
    """The verdict and the scores, as wide as the terminal and in its colours."""
    return captured(print_results, results, Console())


def print_results(results: Results, *, console: Console | None = None) -> None:
    """The verdict, then one row a headline metric and one column a candidate, in as many tables as the width of the screen asks for."""
    out = console or Console()
    ranking = Ranking(results)
    conclusion = conclude(results, ranking)
    names = ranking.names
    headline = ranking.headline_by_distance(conclusion.subject, conclusion.metric)
    print_first_screen(out, ranking, conclusion.sentence)
    if not ranking.by_distance(None):  # the audit alone was asked for
        return
    for columns in column_groups(names, (out.width - LABEL_COLUMNS) // (NARROWEST + 2)):
        if ranking.results.families:
            out.print(_families(ranking, columns))
        print_measures(out, ranking, headline, columns)
    print_findings(out, results)
    print_notes(out, ranking)


def print_first_screen(out: Console, ranking: Ranking, sentence: str) -> None:
    """What is read before anything is scrolled: the verdict, the ranking and the audit, 24 lines of 80 columns for seven candidates."""
    results = ranking.results
    parts: list[Text | Table] = verdict_lines(results, sentence)
    if not ranking.by_distance(None):  # the audit alone was asked for
        out.print(*parts, sep="\n")
        print_audit(out, results)
        return
    listed = RankingTable(ranking, out.width)
    parts += [*listed.tables(), Text(listed.legend(), style="dim")]
    parts += audit_in_short(results, out, room=max(2, LINES - fitting(out, parts)))
    for part in parts:
        out.print(part)


def print_measures(out: Console, ranking: Ranking, measures: Sequence[str], names: Sequence[str]) -> None:
    """The table of some measures and candidates; nothing where it would have no rows."""
    table = measures_table(ranking, measures, names, width=out.width)
    if table.row_count:
        out.print(table)


def print_findings(out: Console, results: Results) -> None:
    """All that the audit found, with an example each; nothing where it found nothing."""
    if any(block.lines for block in audit_blocks(results)):
        print_audit(out, results)


def column_groups(names: Sequence[str], room: int) -> list[Sequence[str]]:
    """The candidates of each table, as many side by side as there is room for, and at least one."""
    room = max(1, room)
    return [names[first : first + room] for first in range(0, len(names), room)]


def verdict_lines(results: Results, sentence: str) -> list[Text | Table]:
    """The verdict, what was not judged, and what was measured how."""
    shape = results.shape
    size = f"{count(shape['n_passages'], 'passage')} x {count(shape['n_chars'], 'character')}, seed {results.signature['seed']}"
    corpus = f"{visible(str(results.reference['name']))} {visible(str(results.reference['hash'])[:12])}"
    return [
        *([Text(results.verdict, style=verdict_style(results.verdict))] if results.verdict is not None else []),
        with_bold(sentence),
        *map(_warning, not_judged(results)),
        Text(f"{corpus}, {size}", style="dim"),
    ]


def verdict_style(verdict: str) -> str:
    """The colour of a verdict."""
    return {"PASS": "bold green", "REGRESSION": "bold red"}.get(verdict, "bold yellow")


def _families(ranking: Ranking, names: Sequence[str]) -> Table:
    """How far each candidate is from human text in each family, and on which measure most."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("family", no_wrap=True)
    table.add_column("human", justify="right", no_wrap=True)
    for name in names:
        table.add_column(Text(visible(name)), justify="right", overflow="fold", min_width=STRIP)
    for row in family_table(ranking, names):
        table.add_row(visible(row.family), Text(f"≤ {row.limit}", style="dim"), *map(_family, row.cells))
    return table


def _family(cell: FamilyCell) -> Text:
    if cell.value is None:
        return Text("not measured", style="dim")
    text = Text(f"{cell.value} {cell.mark}", style="red" if cell.within is False else "")
    return text.append(f"\n{cell.side} {visible(cell.measure)}") if cell.measure else text


def _without_bits(ranking: Ranking) -> dict[str, str]:
    """Generators that should have bits per character and have none, those of one reason together, and the reason."""
    reasons: dict[str, list[str]] = {}
    for candidate in ranking.candidates:
        if candidate["bits_per_char"] is None and candidate["kind"] != "samples" and candidate.get("bits_reason"):
            reasons.setdefault(candidate["bits_reason"], []).append(candidate["name"])
    return {", ".join(names): reason for reason, names in reasons.items()}


def print_notes(out: Console, ranking: Ranking) -> None:
    """How to read the table, notes on candidates, and warnings."""
    if ranking.results.families:
        out.print(Text(f"Families: {LEGEND}.", style="dim"))
    out.print(Text(f"{_STRIPS if len(ranking.names) == 1 else _CELLS} {_IN_TABLE}", style="dim"))
    for head, name in ranking.shortened:
        out.print(Text(f"{visible(head)} is short for {visible(name)}", style="dim"))
    for names, reason in _without_bits(ranking).items():
        out.print(Text(f"No bits per character of {visible(names)}: {visible(reason)}.", style="dim"))
    for candidate in ranking.candidates:
        for note in candidate["notes"]:
            out.print(Text(f"{visible(candidate['name'])}: {visible(note)}", style="dim"))
    for name, note in [*alignment_notes(ranking), *classification_notes(ranking.results)]:
        out.print(Text(visible(f"{name}: {note}"), style="dim"))
    for warning in later_warnings(ranking.results):
        print_warning(out, warning)


def print_warning(out: Console, warning: str) -> None:
    """Prints a warning on lines of its own."""
    out.print(_warning(warning))


def _warning(warning: str) -> Text:
    return Text.assemble(("Warning: ", "yellow"), visible(warning))
