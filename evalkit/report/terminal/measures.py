"""Makes the table of measures for a terminal, `measures_table`: values above their intervals, and the human median above its range."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from evalkit._util.escape import visible
from evalkit._util.formatting import unit_name
from evalkit.report.view.digits import RowDigits
from evalkit.report.view.judging.marks import (
    INSIDE,
    OUTSIDE,
    UNKNOWN,
    place_of,
    side_mark,
    within_range,
)
from evalkit.report.view.ranking import Ranking
from evalkit.results import Row

STRIP = 11
"""Characters of a strip, an odd number: human text is in the middle."""
NARROWEST = 13
"""Columns that a candidate needs in a table."""
LABEL_COLUMNS = 34
"""Columns that the measures and the human text need."""
_HUMAN = 6
"""Columns that the human text needs at least."""


def measures_table(ranking: Ranking, measures: Sequence[str], names: Sequence[str], *, width: int) -> Table:
    """A row a measure: the human median above the human range, and each value above its interval.

    Args:
        ranking: of the run.
        measures: ids, top to bottom.
        names: of the candidates, left to right.
        width: columns of the screen; a single candidate has a strip where there is room.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("measure", overflow="fold", min_width=STRIP)
    table.add_column("human", justify="right", overflow="fold", min_width=_HUMAN)
    for name in names:
        table.add_column(Text(visible(ranking.head(name))), justify="right", overflow="fold", min_width=STRIP)
    strips = len(ranking.names) == 1 and width >= LABEL_COLUMNS + NARROWEST + STRIP + 4
    if strips:
        table.add_column("place", min_width=STRIP)
    for id_ in measures:
        rows = [ranking.row(name, id_) for name in names]
        digits = RowDigits((ranking.row(name, id_) for name in ranking.names), ranking.metrics[id_])
        cells = [_cell(ranking, row, digits) for row in rows]
        table.add_row(_label(ranking, id_), _human(digits), *cells, *([_place(ranking, rows[0])] if strips else []))
    if any(candidate["bits_per_char"] is not None for candidate in ranking.candidates):
        table.add_row(_two_lines("bits per character", "of held-out text"), Text(""), *(_bits(ranking, name) for name in names))
    return table


def _label(ranking: Ranking, id_: str) -> Text:
    metric = ranking.metrics[id_]
    return Text(visible(metric["label"])).append(f" {visible(unit_name(metric['unit']))}", style="dim")


def _two_lines(first: str, second: str) -> Text:
    return Text(f"{first}\n").append(second, style="dim")


def _human(digits: RowDigits) -> Text:
    """The human median, and the human range below it."""
    return Text("\n".join(part for part in (digits.human(), digits.human_range()) if part) or "-")


def _cell(ranking: Ranking, row: Row | None, digits: RowDigits) -> Text:
    """A value with its mark and side, and its interval below it."""
    if row is None or row.value is None:
        return Text(f"not measured{_measured_part(row)}")
    metric = ranking.metrics[row.metric]
    inside = within_range(row, metric)
    mark = {True: INSIDE, False: OUTSIDE, None: ""}[inside]
    text = Text(f"{digits.value(row)} {mark}{side_mark(row, metric)}".rstrip(), style="red" if inside is False else "")
    interval = digits.interval(row)
    return text.append(f"\n{interval}") if interval else text


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
    middle = STRIP // 2
    at = middle + round(max(-1.0, min(1.0, place)) * middle)
    symbol, style = {True: (INSIDE, ""), False: (OUTSIDE, "red"), None: (UNKNOWN, "")}[inside]
    line = [("─", "dim")] * STRIP
    line[middle] = ("┼", "dim")
    if abs(place) > 1 + 0.5 / middle:
        # The symbol stands one place further in.
        line[at] = ("»" if place > 0 else "«", style)
        at -= 1 if place > 0 else -1
    line[at] = (symbol, style)
    return Text.assemble(*line)


def _bits(ranking: Ranking, name: str) -> Text:
    bits = next(candidate["bits_per_char"] for candidate in ranking.candidates if candidate["name"] == name)
    return Text("-", style="dim") if bits is None else Text(f"{bits:.3f}")
