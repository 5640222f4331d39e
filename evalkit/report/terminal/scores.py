"""Renders a comparison for a terminal: `render_scores` gives the conclusion, the table of scores and the notes."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from evalkit._util.escape import visible
from evalkit._util.formatting import count, in_unit, unit_name
from evalkit.report.formats import Samples
from evalkit.report.terminal.audit import print_audit
from evalkit.report.terminal.text import captured, with_bold
from evalkit.report.view.alignments import alignment_notes
from evalkit.report.view.classifications import classification_notes
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.family_table import LEGEND, FamilyCell, family_table
from evalkit.report.view.judging.marks import (
    INSIDE,
    LESS,
    MORE,
    OUTSIDE,
    UNKNOWN,
    overall_within_range,
    place_of,
    side_mark,
    within_range,
)
from evalkit.report.view.left_out import later_warnings, not_judged
from evalkit.report.view.ranking import Ranking
from evalkit.results import Results, Row

_STRIP = 11
"""Characters of a strip, an odd number: human text is in the middle."""
_NARROWEST = 13
"""Columns that a candidate needs in a table."""
_LABEL_COLUMNS = 34
"""Columns that the measures and the human floor need."""
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
    print_verdict(out, results, conclusion.sentence)
    print_audit(out, results)
    if not ranking.by_distance(None):  # the audit alone was asked for
        return
    for columns in column_groups(names, (out.width - _LABEL_COLUMNS) // (_NARROWEST + 2)):
        if ranking.results.families:
            out.print(_families(ranking, columns))
        wide = out.width >= _LABEL_COLUMNS + _NARROWEST + 2
        out.print(_wide(ranking, headline, columns) if wide else _narrow(ranking, headline, columns[0]))
    print_notes(out, ranking)


def column_groups(names: Sequence[str], room: int) -> list[Sequence[str]]:
    """The candidates of each table, as many side by side as there is room for, and at least one."""
    room = max(1, room)
    return [names[first : first + room] for first in range(0, len(names), room)]


def print_verdict(out: Console, results: Results, sentence: str) -> None:
    """The verdict, and what was measured how."""
    shape = results.shape
    if results.verdict is not None:
        out.print(Text(results.verdict, style=verdict_style(results.verdict)))
    out.print(with_bold(sentence))
    for warning in not_judged(results):
        print_warning(out, warning)
    out.print(
        Text(
            f"{visible(str(results.reference['name']))} {visible(str(results.reference['hash'])[:12])}, {count(shape['n_passages'], 'passage')} x "
            f"{shape['n_chars']:,} characters, seed {results.signature['seed']}",
            style="dim",
        )
    )


def verdict_style(verdict: str) -> str:
    """The colour of a verdict."""
    return {"PASS": "bold green", "REGRESSION": "bold red"}.get(verdict, "bold yellow")


def _wide(ranking: Ranking, headline: Sequence[str], names: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("measure", overflow="fold")
    table.add_column("human", justify="right", no_wrap=True)
    for name in names:
        table.add_column(Text(visible(name)), justify="right", overflow="fold", min_width=_STRIP + 2)
    if not ranking.results.families:
        head = _two_lines("overall", "0 human to 1 noise")
        table.add_row(head, _overall_floor(ranking, names), *(_overall(ranking, name) for name in names))
    for id_ in headline:
        rows = [ranking.row(name, id_) for name in names]
        table.add_row(_label(ranking, id_), _floor(ranking, id_, rows), *(_cell(ranking, row) for row in rows))
    table.add_row(_two_lines("bits per character", "of held-out text"), Text(""), *(_bits(ranking, name) for name in names))
    return table


def _narrow(ranking: Ranking, headline: Sequence[str], name: str) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, title=Text(visible(name), style="bold"), title_justify="left", title_style=""
    )
    table.add_column("measure", overflow="fold", min_width=_STRIP)
    table.add_column("value", justify="right", overflow="fold")
    table.add_column("human", justify="right", no_wrap=True)
    table.add_column("place", overflow="fold", min_width=_STRIP)
    overall = ranking.overall(name)
    shown = Text("not measured", style="dim") if overall.value is None else Text(f"{overall.value:.2f}")
    if not ranking.results.families:
        table.add_row(
            "overall [dim]0 human to 1 noise[/dim]", shown, _overall_floor(ranking, [name]), _overall_place(ranking, name)
        )
    for id_ in headline:
        row = ranking.row(name, id_)
        metric = ranking.metrics[id_]
        value = Text(in_unit(row.value, metric["unit"])) if row and row.value is not None else Text("not measured", style="dim")
        table.add_row(
            f"{escape(visible(metric['label']))} [dim]{escape(visible(unit_name(metric['unit'])))}[/dim]",
            value,
            _floor(ranking, id_, [row]),
            _place(ranking, row),
        )
    return table


def _families(ranking: Ranking, names: Sequence[str]) -> Table:
    """How far each candidate is from human text overall, and in each family on which measure most."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("family", no_wrap=True)
    table.add_column("human", justify="right", no_wrap=True)
    for name in names:
        table.add_column(Text(visible(name)), justify="right", overflow="fold", min_width=_STRIP)
    floors = [floor for name in names if (floor := ranking.overall(name).floor) is not None]
    limit = f"≤ {floors[0].p95:.2f}" if floors else "-"
    table.add_row("overall", Text(limit, style="dim"), *(_overall_in_families(ranking, name) for name in names))
    for row in family_table(ranking, names):
        table.add_row(visible(row.family), Text(f"≤ {row.limit}", style="dim"), *map(_family, row.cells))
    return table


def _overall_in_families(ranking: Ranking, name: str) -> Text:
    overall = ranking.overall(name)
    if overall.value is None:
        return Text("not measured", style="dim")
    within = overall_within_range(overall)
    mark = {True: INSIDE, False: OUTSIDE, None: UNKNOWN}[within]
    text = Text(f"{overall.value:.2f} {mark}", style="bold red" if within is False else "bold")
    return text.append(f"\n{overall.ci.low:.2f} to {overall.ci.high:.2f}", style="not bold") if overall.ci else text


def _family(cell: FamilyCell) -> Text:
    if cell.value is None:
        return Text("not measured", style="dim")
    text = Text(f"{cell.value} {cell.mark}", style="red" if cell.within is False else "")
    return text.append(f"\n{cell.side} {visible(cell.measure)}") if cell.measure else text


def _overall_floor(ranking: Ranking, names: Sequence[str]) -> Text:
    floor = next((floor for name in names if (floor := ranking.overall(name).floor) is not None), None)
    return Text(f"{floor.median:.2f}" if floor else "-", style="dim")


def _overall(ranking: Ranking, name: str) -> Text:
    overall = ranking.overall(name)
    if overall.value is None:
        return Text("not measured", style="dim")
    return Text(f"{overall.value:.2f}\n").append_text(_overall_place(ranking, name))


def _overall_place(ranking: Ranking, name: str) -> Text:
    overall = ranking.overall(name)
    if overall.value is None:
        return Text("")
    return strip(overall.value, overall_within_range(overall))


def _label(ranking: Ranking, id_: str) -> Text:
    metric = ranking.metrics[id_]
    return Text(visible(metric["label"])).append(f" {visible(unit_name(metric['unit']))}", style="dim")


def _two_lines(first: str, second: str) -> Text:
    return Text(f"{first}\n").append(second, style="dim")


def _floor(ranking: Ranking, id_: str, rows: Sequence[Row | None]) -> Text:
    floor = next((row.floor for row in rows if row is not None and row.floor is not None), None)
    return Text(in_unit(floor.median, ranking.metrics[id_]["unit"]), style="dim") if floor else Text("-", style="dim")


def _cell(ranking: Ranking, row: Row | None) -> Text:
    if row is None or row.value is None:
        return Text(f"not measured{_measured_part(row)}", style="dim")
    text = Text(in_unit(row.value, ranking.metrics[row.metric]["unit"]))
    return text.append("\n").append_text(_place(ranking, row))


def _measured_part(row: Row | None) -> str:
    """How much of what a metric needs there was, on a line of its own, where that is why it was not measured."""
    match = re.match(r"(\d+) of the (\d+) ", row.reason or "") if row is not None else None
    return f"\n{match[1]} of {match[2]}" if match else ""


def _place(ranking: Ranking, row: Row | None) -> Text:
    """The position between human text, at the left, and noise, at the right."""
    if row is None or row.value is None:
        return Text(visible(row.reason) if row and row.reason else "", style="dim")
    metric = ranking.metrics[row.metric]
    inside, place = within_range(row, metric), place_of(row, metric)
    if place is not None:
        return strip(place, inside)
    if inside is None:
        return Text("")
    return Text(f"{INSIDE} human") if inside else Text(f"{OUTSIDE} outside {side_mark(row, metric)}".rstrip(), style="red")


def strip(place: float, inside: bool | None) -> Text:
    """A place on a line with human text in the middle, too little to its left, too much to its right, and as far as noise at the ends.

    What lies beyond an end has an arrow there in place of the line's end.
    """
    middle = _STRIP // 2
    at = middle + round(max(-1.0, min(1.0, place)) * middle)
    symbol, style = {True: (INSIDE, ""), False: (OUTSIDE, "red"), None: (UNKNOWN, "")}[inside]
    line = ["─"] * _STRIP
    line[middle] = "┼"
    if abs(place) > 1 + 0.5 / middle:
        # The symbol stands one place further in.
        line[at] = "»" if place > 0 else "«"
        at -= 1 if place > 0 else -1
    return Text.assemble(("".join(line[:at]), "dim"), (symbol, style), ("".join(line[at + 1 :]), "dim"))


def _bits(ranking: Ranking, name: str) -> Text:
    bits = next(candidate["bits_per_char"] for candidate in ranking.candidates if candidate["name"] == name)
    return Text("-", style="dim") if bits is None else Text(f"{bits:.3f}")


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
    out.print(
        Text(
            "Lines have human text in the middle, too little of the measure to the left, too much or too far to the right, and unigram noise at an end; "
            f"{INSIDE} within the range of human text of this shape, {OUTSIDE} outside, {LESS} too little, {MORE} too much.",
            style="dim",
        )
    )
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
    out.print(Text.assemble(("Warning: ", "yellow"), visible(warning)))
