"""Makes the table of families, `family_table`: how far each candidate is from human text in each, and on which measure most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.report.view.digits import places_apart
from evalkit.report.view.judging.marks import INSIDE, LESS, MORE, OUTSIDE, family_within_range, floor_units, within_range
from evalkit.report.view.ranking import Ranking
from evalkit.results import FamilyDistance

LEGEND = (
    f"0 is human text and 1 is unigram noise, {INSIDE} within the range of human text and {OUTSIDE} beyond it; where a measure is named it is the "
    f"farthest off, {LESS} too little of it and {MORE} too much or too far"
)
_NOT_COPIED = " not copied"


@dataclass(frozen=True)
class FamilyCell:
    """A candidate's entry in a family.

    Args:
        value: as shown; None where nothing of the family was measured.
        mark: of the value, by the limit of human text; empty without a value.
        within: whether it is within that limit; None without a value.
        side, measure: the farthest measure, and the mark of its side; both empty where the family is within its limit.
        words: the same in words, with its distance.
    """

    value: str | None
    mark: str = ""
    within: bool | None = None
    side: str = ""
    measure: str = ""
    words: str = ""


@dataclass(frozen=True)
class FamilyRow:
    """A family's line.

    Args:
        family: its name.
        limit: what 95 % of human texts stay below, as text.
        cells: one a candidate.
    """

    family: str
    limit: str
    cells: Sequence[FamilyCell]


def family_table(ranking: Ranking, names: Sequence[str]) -> list[FamilyRow]:
    """A line a family, in the order of the catalogue; empty for older files, which have no families.

    Args:
        ranking: of the run.
        names: of the candidates, left to right.
    """
    found = {(family.candidate, family.family): family for family in ranking.results.families}
    rows = []
    for name in dict.fromkeys(family for _, family in found):
        families = [found.get((candidate, name)) for candidate in names]
        limit = next(family.limit for key, family in found.items() if key[1] == name)
        places = places_apart([family.value for family in families if family is not None], limit)
        rows.append(FamilyRow(name, f"{limit:.{places}f}", [_cell(ranking, family, places) for family in families]))
    return rows


def _cell(ranking: Ranking, family: FamilyDistance | None, places: int) -> FamilyCell:
    if family is None:
        return FamilyCell(None)
    within = family_within_range(family)
    row = ranking.row(family.candidate, family.metric)
    shown = FamilyCell(f"{family.value:.{places}f}", INSIDE if within else OUTSIDE, within)
    if within or row is None or within_range(row, ranking.metrics[family.metric]) is not False:
        return shown
    label, distance = str(ranking.metrics[family.metric]["label"]), family.distance
    if label.endswith(_NOT_COPIED):
        # Too little that is not copied is too much that is.
        label, distance = f"{label.removesuffix(_NOT_COPIED)} copied", -distance
    much = "too much" if distance > 0 else "too little"
    if ranking.metrics[family.metric]["direction"] == "lower":
        much = "too far"
    words = f"{label}: {much}, {floor_units(distance)}"
    return FamilyCell(shown.value, shown.mark, within, side=MORE if distance > 0 else LESS, measure=label, words=words)
