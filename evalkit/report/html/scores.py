"""Lays out the table of scores (`scores`): noise apart, candidates as columns or as rows, a page of measures at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evalkit.report.view import score_table
from evalkit.report.view.conclusion import Conclusion
from evalkit.report.view.family_table import LEGEND, FamilyRow, family_table
from evalkit.report.view.passages.pairing import is_noise
from evalkit.report.view.ranking import Ranking
from evalkit.report.view.score_table import OverallRow, ScoreRow, overall_row, score_rows

MOST_COLUMNS = 6
"""Candidates that stand beside each other as columns; more of them are rows."""
_MOST_MEASURES = 6
"""Measures that stand beside each other as columns."""
_NOISE, _FAMILIES = "tn", "tf"


@dataclass(frozen=True)
class ScoreTable:
    """One table of scores.

    Args:
        id: its class, by which narrow screens label its columns.
        caption: what it shows.
        names: of the candidates.
        heads: how columns or rows name them.
        rows: its measures.
        turned: whether candidates are rows.
        strips: whether values have their place drawn below them.
        folded: whether it is read on demand.
        overall, families: lines above the measures; none where the table is a further one.
        bits: each candidate's bits per character, "" where not measured; none where the table has no such line.
    """

    id: str
    caption: str
    names: Sequence[str]
    heads: Sequence[str]
    rows: Sequence[ScoreRow]
    turned: bool
    strips: bool = False
    folded: bool = False
    overall: OverallRow | None = None
    families: Sequence[FamilyRow] = ()
    bits: Sequence[str] = ()

    @property
    def columns(self) -> list[str]:
        """The heads of its columns after the first."""
        if not self.turned:
            return ["human text", *self.heads]
        first = ["overall"] if self.overall else []
        bits = ["bits per character"] if self.bits else []
        return [*first, *(row.family for row in self.families), *bits, *(row.label for row in self.rows)]


@dataclass(frozen=True)
class Scores:
    """All tables of scores; none where nothing could be measured.

    Args:
        tables: in the order of the page.
        n_further: measures that are no headline.
    """

    tables: Sequence[ScoreTable] = ()
    n_further: int = 0

    @property
    def further(self) -> list[ScoreTable]:
        """The tables of measures that are no headline."""
        return [table for table in self.tables if table.folded and table.id not in (_NOISE, _FAMILIES)]

    @property
    def by_family(self) -> list[ScoreTable]:
        """The table of families."""
        return [table for table in self.tables if table.id == _FAMILIES]

    @property
    def noise(self) -> list[ScoreTable]:
        """The table of candidates that are noise."""
        return [table for table in self.tables if table.id == _NOISE]

    @property
    def closest(self) -> bool:
        """Whether a value is marked as closer to human text than every other generator's."""
        return any(cell.closest for table in self.tables for row in table.rows for cell in row.cells)

    @property
    def labels(self) -> dict[str, Sequence[str]]:
        """Class of a table -> the heads of its columns."""
        return {table.id: table.columns for table in self.tables}


def scores(ranking: Ranking, conclusion: Conclusion) -> Scores:
    """The tables of scores of a run."""
    if ranking.results.verdict == "NOT COMPARABLE":
        return Scores()
    order = ranking.by_distance(conclusion.subject, conclusion.metric)
    headline = ranking.headline_by_distance(conclusion.subject, conclusion.metric)
    if not order:
        return Scores()
    noise = [name for name in ranking.names if is_noise(ranking, name)]
    shown = [name for name in ranking.names if name not in noise] or ranking.names
    tables = [*_main(ranking, headline, shown), *_further(ranking, [id_ for id_ in order if id_ not in headline], shown)]
    if noise and noise != ranking.names:
        tables += _noise(ranking, headline, noise)
    return Scores(tables, len(order) - len(headline))


def _main(ranking: Ranking, headline: Sequence[str], names: Sequence[str]) -> Iterable[ScoreTable]:
    heads, turned = [ranking.head(name) for name in names], len(names) > MOST_COLUMNS
    rows, overall, bits = score_rows(ranking, headline, names), overall_row(ranking, names), _bits(ranking, names)
    for i, page in enumerate(_pages(rows) if turned else [rows]):
        yield ScoreTable(
            f"t{i}", "", names, heads, page, turned=turned, strips=not turned,
            overall=overall if i == 0 else None, bits=bits if i == 0 else (),
        )  # fmt: skip
    if families := family_table(ranking, names):
        title = f"How far each candidate is from human text: {LEGEND}"
        yield ScoreTable(_FAMILIES, title, names, heads, (), turned=turned, folded=True, families=families)


def _further(ranking: Ranking, ids: Sequence[str], names: Sequence[str]) -> Iterable[ScoreTable]:
    heads, turned = [ranking.head(name) for name in names], len(names) > MOST_COLUMNS
    rows = score_rows(ranking, ids, names)
    groups: dict[str, list[ScoreRow]] = {}
    for row in rows:
        groups.setdefault(row.family, []).append(row)
    if not turned:
        groups = {"": rows} if rows else {}
    for number, (family, members) in enumerate(groups.items()):
        title = f"{len(members)} further measures" + (f": {family}" if family else "")
        for i, page in enumerate(_pages(members) if turned else [members]):
            yield ScoreTable(f"m{number}-{i}", title if i == 0 else "", names, heads, page, turned=turned, folded=True)


def _noise(ranking: Ranking, headline: Sequence[str], names: Sequence[str]) -> Iterable[ScoreTable]:
    heads = [ranking.head(name) for name in names]
    title = f"As far from human text as random letters: {', '.join(heads)}"
    yield ScoreTable(
        _NOISE, title, names, heads, score_rows(ranking, headline, names), turned=False, folded=True,
        overall=overall_row(ranking, names), bits=_bits(ranking, names),
    )  # fmt: skip


def _pages(rows: Sequence[ScoreRow]) -> list[Sequence[ScoreRow]]:
    """Measures in pages of about the same number."""
    n_pages = max(1, math.ceil(len(rows) / _MOST_MEASURES))
    size = math.ceil(len(rows) / n_pages)
    return [rows[start : start + size] for start in range(0, len(rows), size)] if rows else []


def _bits(ranking: Ranking, names: Sequence[str]) -> list[str]:
    """Bits per character of held-out text under each model itself; none where no candidate has any."""
    facts = {row["name"]: row["bits"] for row in score_table.candidate_rows(ranking.results)}
    return [facts[name] for name in names] if any(facts.values()) else []
