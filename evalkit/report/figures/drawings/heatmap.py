"""Draws the heat map: measures by candidates, too little in one colour and too much in another, with a mark outside the human range."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evalkit.report.figures.canvas import Plan, short
from evalkit.report.figures.drawings.candidates import aside, judged, nouns, spoken_name
from evalkit.report.figures.drawings.grid import Cell, Line, draw_grid, grid_height
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.judging.marks import place_of, within_range
from evalkit.report.view.ranking import Ranking

_FULL = 30.0
"""Floor units from which a colour is at its strongest."""
_MOST = 14
_NOT_COPIED = " not copied"


def plan(ranking: Ranking) -> Plan | None:
    """The figure; None where nothing was measured."""
    names = ranking.names
    lines = heat_lines(ranking, names)
    if not lines:
        return None
    heads = [ranking.head(name) for name in names]
    return Plan(
        finding=_finding(ranking, lines, names),
        how="Blue: too little; red: too much or too far; the stronger the farther. ◆ outside the human range, with its side ↓ or ↑; "
        "○ range unknown; \u2013 not measured.",
        alt=_in_words(lines, heads),
        height=lambda width: grid_height(ranking, lines, width),
        draw=lambda canvas: draw_grid(canvas, ranking, lines),
        links=True,
    )


def heat_lines(ranking: Ranking, names: Sequence[str]) -> list[Line]:
    """The lines of the heat map, by family."""
    return [Line(id_, _label(ranking, id_), [_cell(ranking, name, id_) for name in names]) for id_ in measures(ranking)]


def measures(ranking: Ranking) -> list[str]:
    """The headline measures, of each family without one that which is farthest off, and the one that the conclusion names; by family."""
    measured = [id_ for id_ in ranking.judged if any(_value(ranking, name, id_) is not None for name in ranking.competing)]
    shown = [id_ for id_ in measured if id_ in ranking.headline]
    families = _families(ranking)
    for family in families:
        members = [id_ for id_ in measured if _family(ranking, id_) == family]
        if family and members and not any(id_ in shown for id_ in members):
            shown.append(max(members, key=lambda id_: _farthest(ranking, id_)))
    named = conclude(ranking.results, ranking).metric
    if named in measured and named not in shown:
        shown.insert(0, named)
    return sorted(shown[:_MOST], key=lambda id_: families.index(_family(ranking, id_)))


def _families(ranking: Ranking) -> list[str]:
    """The families in the order of the catalogue, as results have them."""
    judged = [family.family for family in ranking.results.families]
    return list(dict.fromkeys([*judged, *(_family(ranking, id_) for id_ in ranking.metrics)]))


def _family(ranking: Ranking, id_: str) -> str:
    return str(ranking.metrics[id_].get("family") or "")


def _value(ranking: Ranking, name: str, id_: str) -> float | None:
    row = ranking.row(name, id_)
    return None if row is None else row.value


def _farthest(ranking: Ranking, id_: str) -> float:
    """How far the candidates that titles speak of are off at most."""
    return max((ranking.off(name, id_) for name in judged(ranking) if _value(ranking, name, id_) is not None), default=0.0)


def _label(ranking: Ranking, id_: str) -> str:
    """The measure as the figure calls it: what is not copied is said as what is."""
    label = str(ranking.metrics[id_]["label"])
    return f"{label.removesuffix(_NOT_COPIED)} copied" if label.endswith(_NOT_COPIED) else label


def _cell(ranking: Ranking, name: str, id_: str) -> Cell:
    row, metric = ranking.row(name, id_), ranking.metrics[id_]
    sided = metric["direction"] != "lower"
    if row is None or row.value is None:
        return Cell(None, None, sided, "not measured")
    turned = -1.0 if str(metric["label"]).endswith(_NOT_COPIED) else 1.0
    within = within_range(row, metric)
    level = turned * _level(row.distance, place_of(row, metric))
    if within:
        return Cell(level, within, sided, "within the human range")
    much = ("too far" if not sided else "too much" if level > 0 else "too little") if within is False else "range unknown"
    return Cell(level, within, sided, much)


def _level(distance: float | None, place: float | None) -> float:
    """How strong the colour is, with its side: by the logarithm of the distance, or in older files by the place beside noise."""
    if distance is None:
        return max(-1.0, min(1.0, place or 0.0))
    return math.copysign(min(1.0, math.log1p(abs(distance)) / math.log1p(_FULL)), distance)


def _finding(ranking: Ranking, lines: Sequence[Line], names: Sequence[str]) -> str:
    n = {name: sum(line.cells[names.index(name)].within is False for line in lines) for name in judged(ranking)}
    if not n:
        return "How each measure differs from human text"
    outside = f"outside the human range on {_span(list(n.values()))} of {len(lines)} measures"
    return (
        f"{spoken_name(next(iter(n)))} is {outside}"
        if len(n) == 1
        else f"{nouns(ranking).capitalize()} are {outside}{aside(ranking)}"
    )


def _span(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low}" if low == high else f"{low} to {high}"


def _in_words(lines: Sequence[Line], heads: Sequence[str]) -> str:
    """Of each measure, who is outside on which side."""
    parts = []
    for line in lines:
        sides: dict[str, list[str]] = {}
        for head, cell in zip(heads, line.cells, strict=True):
            if not cell.within:
                sides.setdefault(cell.words, []).append(short(head, 120))
        parts.append(f"{line.label}: " + ("; ".join(f"{words} {', '.join(of)}" for words, of in sides.items()) or "none outside"))
    return ". ".join(parts) + "."
