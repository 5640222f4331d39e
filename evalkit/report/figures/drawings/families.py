"""Draws families by candidates: how far each candidate is from human text in each, with a mark beyond what human texts have."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.report.figures.canvas import Plan, short
from evalkit.report.figures.drawings.candidates import aside, beside, judged, nouns, spoken_name
from evalkit.report.figures.drawings.grid import Cell, Line, draw_grid, grid_height
from evalkit.report.view.judging.marks import family_within_range
from evalkit.report.view.ranking import Ranking


def plan(ranking: Ranking) -> Plan | None:
    """The figure; None for older files, which have no families."""
    found = {(family.candidate, family.family): family for family in ranking.results.families}
    if not found:
        return None
    lines = []
    for name in dict.fromkeys(family for _, family in found):
        cells = []
        for candidate in ranking.names:
            family = found.get((candidate, name))
            if family is None:
                cells.append(Cell(None, None, False, "not measured"))
                continue
            within = family_within_range(family)
            words = f"{'within' if within else 'beyond'} the human range"
            cells.append(Cell(min(1.0, family.value), within, False, words, beside(family.value, family.limit)))
        lines.append(Line("", name, cells))
    return Plan(
        finding=_finding(ranking, lines),
        how="Distance by family: 0 human text, 1 random letters. ◆ beyond what 95 % of human texts keep to; \u2013 not measured.",
        alt=_in_words(ranking, lines),
        height=lambda width: grid_height(ranking, lines, width),
        draw=lambda canvas: draw_grid(canvas, ranking, lines),
    )


def _finding(ranking: Ranking, lines: Sequence[Line]) -> str:
    """The family in which most candidates are beyond the human range."""
    spoken = judged(ranking)
    places = [place for place, name in enumerate(ranking.names) if name in spoken]
    if not places:
        return "How far each candidate is from human text, by family"
    if len(places) == 1:
        beyond = [line.label for line in lines if line.cells[places[0]].within is False]
        who = spoken_name(ranking.names[places[0]])
        return f"{who} is beyond the human range in {len(beyond)} of {len(lines)} families"
    counts = {line.label: sum(line.cells[place].within is False for place in places) for line in lines}
    most = max(counts.values())
    if not most:
        return f"None of the {nouns(ranking)} is beyond the human range in any family{aside(ranking)}"
    worst = [family for family, n in counts.items() if n == most]
    of = "All" if most == len(places) else f"{most} of {len(places)}"
    return f"{of} {nouns(ranking)} are beyond the human range in {_listed(worst)}{aside(ranking)}"


def _listed(families: Sequence[str]) -> str:
    return families[0] if len(families) == 1 else f"{', '.join(families[:-1])} and {families[-1]}"


def _in_words(ranking: Ranking, lines: Sequence[Line]) -> str:
    heads = [ranking.head(name) for name in ranking.names]
    return " ".join(
        f"{line.label}: {', '.join(f'{short(head, 120)} {cell.text or cell.words}' for head, cell in zip(heads, line.cells, strict=True))}."
        for line in lines
    )
