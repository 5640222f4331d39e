"""Makes the heat row of a candidate, `heat_table`: one symbol a family, with its side and how far it is from human text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.report.view.family_table import FamilyCell, family_table
from evalkit.report.view.judging.marks import INSIDE, LESS, MORE, OUTSIDE
from evalkit.report.view.ranking import Ranking

FAR, NOISE_LIKE = 0.25, 0.75
"""Distances of a family from which its arrow is doubled and tripled; 0 is human text and 1 is unigram noise."""
HEAT_LEGEND = (
    f"{INSIDE} within the human range, {LESS} too little, {MORE} too much; doubled from {FAR:g}, tripled from {NOISE_LIKE:g}"
)


@dataclass(frozen=True)
class HeatCell:
    """A candidate's symbol in a family.

    Args:
        symbol: a circle within the human range, one to three arrows beyond it; "-" where nothing was measured.
        within: whether it is in that range; None where nothing was measured.
    """

    symbol: str
    within: bool | None


@dataclass(frozen=True)
class HeatTable:
    """The symbols of candidates.

    Args:
        families: the heads of the columns.
        rows: candidate -> a cell a family.
    """

    families: Sequence[str]
    rows: dict[str, list[HeatCell]]


def heat_table(ranking: Ranking, names: Sequence[str]) -> HeatTable:
    """The heat rows of candidates; without columns for older files, which have no families."""
    table = family_table(ranking, names)
    rows = {name: [_heat(row.cells[i]) for row in table] for i, name in enumerate(names)}
    return HeatTable([row.family for row in table], rows)


def _heat(cell: FamilyCell) -> HeatCell:
    if cell.value is None:
        return HeatCell("-", None)
    if cell.within:
        return HeatCell(INSIDE, True)
    far = float(cell.value)
    return HeatCell((cell.side or OUTSIDE) * (1 + (far >= FAR) + (far >= NOISE_LIKE)), False)
