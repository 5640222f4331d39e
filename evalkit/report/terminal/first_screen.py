"""Makes the first screen of a run for a terminal: `ranking_table` with intervals and heat rows, and `audit_in_short`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evalkit._util.escape import visible
from evalkit._util.formatting import count, named
from evalkit.report.terminal.heat import HEAT_LEGEND, HeatCell, HeatTable, heat_table
from evalkit.report.terminal.text import with_bold
from evalkit.report.view.audit import AuditBlock, audit_blocks
from evalkit.report.view.judging.marks import INSIDE, OUTSIDE, UNKNOWN
from evalkit.report.view.ranking import Ranking
from evalkit.report.view.score_table import OverallRow, ScoreCell, overall_row
from evalkit.results import Results

LINES = 23
"""Lines of the first screen: a terminal has 24, and the next prompt needs one."""
_MARKS = {True: INSIDE, False: OUTSIDE, None: UNKNOWN}
_LONGEST_NAME, _SHORTEST_NAME = 28, 10
"""Columns that the longest name takes at most, and that it needs before there is heat beside it."""
_LONGEST_HEAD = 6
"""Characters of a family's name from which on the head of its column has two lines."""
_SCORES, _RANK, _LINE = 21, 5, 25
"""Columns of the overall distance with its interval, of the rank, and of the drawn interval, each with the space behind it."""
_EDGES = -1
"""The last column has no space behind it."""


@dataclass(frozen=True)
class RankingTable:
    """The ranking of a run on a screen of some columns.

    Where there is little room, the drawn intervals go first, then the ranks, then the heat; names are broken, numbers never.

    Args:
        ranking: of the run.
        width: columns of the screen.
    """

    ranking: Ranking
    width: int

    @cached_property
    def overall(self) -> OverallRow:
        """The overall distances, in the order of the names."""
        return overall_row(self.ranking, self.ranking.names)

    @cached_property
    def heat(self) -> HeatTable:
        """The symbols of every family."""
        return heat_table(self.ranking, self.ranking.names)

    @cached_property
    def _name_columns(self) -> int:
        longest = max(len(visible(self.ranking.head(name))) for name in self.ranking.names)
        return max(len(self._of), min(_LONGEST_NAME, longest)) + 1

    @property
    def _of(self) -> str:
        return "temperature" if self.ranking.temperatures else "candidate"

    @cached_property
    def _heads(self) -> list[str]:
        return [_broken(visible(family)) for family in self.heat.families]

    @cached_property
    def _room(self) -> int:
        """Columns beside name and scores."""
        return self.width - _EDGES - _SCORES - self._name_columns

    @cached_property
    def shows_heat(self) -> bool:
        """Whether there is room for a symbol a family."""
        return bool(self._heads) and self._room + max(0, self._name_columns - _SHORTEST_NAME) >= self._heat_columns

    @cached_property
    def _heat_columns(self) -> int:
        return sum(1 + max(3, *map(len, head.split("\n"))) for head in self._heads)

    @cached_property
    def shows_rank(self) -> bool:
        """Whether there are ranks and room for them."""
        return any(self.overall.ranks) and self._room - self._heat_columns * self.shows_heat >= _RANK

    @cached_property
    def shows_line(self) -> bool:
        """Whether intervals are drawn."""
        return self._room - self._heat_columns * self.shows_heat - _RANK * self.shows_rank >= _LINE

    def tables(self) -> Iterator[Table]:
        """A line a candidate, nearest to human text first; on a narrow screen the heat has a table of its own, if there is room for one."""
        table = self._begun()
        for head in ("overall", "interval", *(["rank"] * self.shows_rank), *(["0 human to 1 noise"] * self.shows_line)):
            table.add_column(head, no_wrap=True, vertical="bottom")
        if self.shows_heat:
            self._add_heads(table)
        for place, name in enumerate(self.ranking.names):
            table.add_row(self._name(name), *self._cells(place, name))
        yield table
        if self._heads and not self.shows_heat and self.width >= self._name_columns + self._heat_columns + _EDGES:
            apart = self._begun()
            self._add_heads(apart)
            for name in self.ranking.names:
                apart.add_row(self._name(name), *map(_symbol, self.heat.rows[name]))
            yield apart

    def _begun(self) -> Table:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0)
        table.add_column(self._of, overflow="fold", vertical="bottom")
        return table

    def _add_heads(self, table: Table) -> None:
        for head in self._heads:
            table.add_column(head, justify="center", no_wrap=True, vertical="bottom")

    def _name(self, name: str) -> Text:
        return Text(visible(self.ranking.head(name)))

    def _cells(self, place: int, name: str) -> Iterator[Text]:
        cell = self.overall.cells[place]
        yield _value(cell)
        yield Text(cell.interval or "")
        if self.shows_rank:
            yield Text(self.overall.ranks[place].removeprefix("rank "))
        if self.shows_line:
            yield self._line(name)
        if self.shows_heat:
            yield from map(_symbol, self.heat.rows[name])

    def _line(self, name: str) -> Text:
        """The overall distance and its interval on a line from human text to noise."""
        overall = self.ranking.overall(name)
        if overall.value is None:
            return Text("")
        most = max(1.0, *(end for each in self.ranking.names if (end := self.ranking.overall(each).value) is not None))
        last = _LINE - 2
        low, high = (overall.ci.low, overall.ci.high) if overall.ci is not None else (overall.value, overall.value)
        places = [round(last * min(1.0, max(0.0, value / most))) for value in (low, overall.value, high)]
        line = [
            ("├" if at == places[0] else "┤" if at == places[2] else "─") if places[0] <= at <= places[2] else " "
            for at in range(last + 1)
        ]
        line[places[1]] = _MARKS[self.overall.cells[self.ranking.names.index(name)].within]
        return Text("".join(line))

    def legend(self) -> str:
        """What the columns mean, as one paragraph."""
        limit = f" ({self.overall.floor_range})" if self.overall.floor_range else ""
        parts = [
            f"Overall: 0 is human text{limit}, 1 is unigram noise",
            *(["those that share a letter are tied"] * self.shows_rank),
        ]
        return "; ".join([*parts, *([HEAT_LEGEND] if len(list(self.tables())) > 1 or self.shows_heat else [])]) + "."


def _broken(family: str) -> str:
    """The head of a narrow column, in two lines if it is long.

    >>> _broken("order"), _broken("vocabulary").splitlines()
    ('order', ['vocab-', 'ulary'])
    """
    middle = len(family) // 2
    return family if len(family) <= _LONGEST_HEAD else f"{family[:middle]}-\n{family[middle:]}"


def _value(cell: ScoreCell) -> Text:
    if cell.value is None:
        return Text("not measured", style="dim")
    return Text(f"{cell.value} {_MARKS[cell.within]}", style="bold red" if cell.within is False else "bold")


def _symbol(cell: HeatCell) -> Text:
    return Text(cell.symbol, style="red" if cell.within is False else "")


def audit_in_short(results: Results, console: Console, *, room: int) -> list[Text]:
    """The gravest finding of each candidate, as many as there is room for, and those in which nothing was found.

    Args:
        results: of the run.
        console: whose width the lines have.
        room: lines; what else was found has a place below the tables.
    """
    blocks = audit_blocks(results)
    lines = [_gravest(block) for block in sorted(blocks, key=_gravity) if block.lines]
    clean = [with_bold(f"Audit: {block.clean}.") for block in blocks if block.clean]
    for shown in range(len(lines), -1, -1):
        more = [_rest(len(lines) - shown, shown)] if shown < len(lines) else []
        text = [*lines[:shown], *more, *clean]
        if sum(len(line.wrap(console, console.width)) for line in text) <= room:
            break
    return text


def _rest(n: int, shown: int) -> Text:
    """That more candidates have findings than the screen has room for."""
    candidates = count(n, "more candidate" if shown else "candidate")
    return Text(f"Audit: {candidates} {'has' if n == 1 else 'have'} findings, which stand below.")


def _gravity(block: AuditBlock) -> bool:
    """Sorts candidates with a finding beyond human text first."""
    return not any(line.beyond for line in block.lines)


def _gravest(block: AuditBlock) -> Text:
    first = next((line for line in block.lines if line.beyond), block.lines[0])
    more = f"; {count(len(block.lines) - 1, 'more finding')} below" if len(block.lines) > 1 else ""
    mark = Text(f"{OUTSIDE} ", style="red") if first.beyond else Text("")
    return mark.append_text(with_bold(f"Audit of {named(block.names[0])}: {first.sentence}{more}."))


def fitting(console: Console, parts: Sequence[Text | Table]) -> int:
    """The lines that some parts of a screen take."""
    return sum(len(console.render_lines(part)) for part in parts)
