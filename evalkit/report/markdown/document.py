"""Renders a comparison as Markdown for a pull request: the conclusion, one table, and the rest folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evalkit._util.formatting import count, unit_name
from evalkit.report.formats import Samples
from evalkit.report.markdown.audit import audit_lines, render_audit
from evalkit.report.markdown.escape import code, plain, with_code
from evalkit.report.markdown.fitting import Section, fitted, whole
from evalkit.report.markdown.pairwise import pairwise_sections
from evalkit.report.view.alignments import alignment_notes
from evalkit.report.view.classifications import classification_notes
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.digits import RowDigits
from evalkit.report.view.family_table import LEGEND, FamilyCell, family_table
from evalkit.report.view.judging.marks import INSIDE, OUTSIDE, distance_figure, side_mark, within_range
from evalkit.report.view.ranking import Ranking
from evalkit.report.view.run_diff import since
from evalkit.report.view.score_table import ScoreCell, overall_row
from evalkit.results import Results, Row

MOST_BYTES = 20_000
"""Of a comment."""
_MOST_COLUMNS = 6
"""Candidates beyond which tables have a row for each instead of a column."""
_MARKS = {True: f"{INSIDE} ", False: f"{OUTSIDE} ", None: ""}
"""Whether a value is within the human range -> its mark."""


def render_markdown(results: Results, samples: Samples) -> str:
    """The report for a pull request: the conclusion, who is how far from human text on what, and as much of the rest as 20 kB have room for."""
    ranking = Ranking(results)
    conclusion = conclude(results, ranking)
    order = ranking.by_distance(conclusion.subject, conclusion.metric)
    headline = ranking.headline_by_distance(conclusion.subject, conclusion.metric)
    if not order and results.audit is not None:  # the audit alone was asked for
        return render_audit(results, samples)
    state = f"**{results.verdict}** " if results.verdict is not None else ""
    sections = [
        whole(f"### {state}{with_code(conclusion.sentence)}", "", _identity(results), ""),
        _audit(results),
        _warnings(results),
        Section(_families(ranking), "the farthest measure of each family", 1),
        Section([_measures(ranking, headline[:n]) for n in _numbers(len(headline))], "further measures", 2),
        whole(*_since(results), _legend(results), ""),
        _notes(results, ranking),
        *_folded(ranking, order),
        *pairwise_sections(results, priority=7),
    ]
    return fitted(sections, most_bytes=MOST_BYTES)


def _audit(results: Results) -> Section:
    forms = [audit_lines(results), audit_lines(results, examples=False), audit_lines(results, examples=False, most=1)]
    return Section(forms, "examples and further findings of the audit", 4)


def _warnings(results: Results) -> Section:
    lines = [f"> ⚠ {plain(warning)}" for warning in results.warnings]
    forms = [[*lines[:n], ""] if lines else [] for n in (len(lines), 3) if n == len(lines) or n < len(lines)]
    return Section(forms, "further warnings", 3)


def _since(results: Results) -> list[str]:
    last = since(results)
    return [f"Since {code(last.folder)} of {plain(last.date[:10])}: {with_code(last.sentence)}", ""] if last else []


def _notes(results: Results, ranking: Ranking) -> Section:
    short = [f"- {code(head)} is short for {code(name)}" for head, name in ranking.shortened]
    notes = [
        *short,
        *(f"- {code(name)}: {plain(note)}" for name, note in [*alignment_notes(ranking), *classification_notes(results)]),
    ]
    return Section([[*notes, ""], [*short, ""] if short else [], []] if notes else [[]], "notes on candidates", 5)


def _folded(ranking: Ranking, order: Sequence[str]) -> list[Section]:
    """All measures with their intervals, as many as there is room for."""

    def form(n: int) -> list[str]:
        title = "Intervals and further measures" if n == len(order) else f"Intervals of the {n} measures that are farthest off"
        return ["", f"<details><summary>{title}</summary>", "", *_table(ranking, order[:n], intervals=True), "", "</details>"]

    return [Section([*map(form, _numbers(len(order))), []], "intervals of measures", 6)]


def _numbers(n: int) -> list[int]:
    """How many rows of a table are tried, the most first."""
    return [n, *(most for most in (40, 30, 20, 15, 10, 6) if most < n)]


def _legend(results: Results) -> str:
    """What marks and brackets mean."""
    marks = f"{INSIDE} within the range of human text of the same shape, {OUTSIDE} outside"
    if any(row.distance is not None for row in results.results):
        return f"{marks}, ↓ too little, ↑ too much or too far; in brackets the distance in floor units, 1 at the end of that range."
    return f"{marks}; in brackets the position, 0 human text, 1 random letters."


def _families(ranking: Ranking) -> list[list[str]]:
    """The table of families with overall on top, and without the names of measures; the positions of older files, which have no families."""
    if not ranking.results.families:
        return [[]]
    if len(ranking.names) > _MOST_COLUMNS:
        return [_turned_families(ranking)]
    return [_families_table(ranking, measures=measures) for measures in (True, False)]


def _families_table(ranking: Ranking, *, measures: bool) -> list[str]:
    names = ranking.names
    overall = overall_row(ranking, names)
    lines = [
        *_head(["family", "human text", *(code(ranking.head(name)) for name in names)], left=1),
        f"| **overall** | {overall.floor_range or ''} | {' | '.join(map(_overall_cell, overall.cells))} |",
    ]
    for row in family_table(ranking, names):
        shown = [f"{_family_cell(cell)}{_farthest(cell) if measures else ''}" for cell in row.cells]
        lines.append(f"| {plain(row.family)} | up to {row.limit} | {' | '.join(shown)} |")
    return [*lines, "", f"{LEGEND[0].upper()}{LEGEND[1:]}.", ""]


def _turned_families(ranking: Ranking) -> list[str]:
    """A row a candidate, where there are too many for a column each."""
    names = ranking.names
    overall, families = overall_row(ranking, names), family_table(ranking, names)
    human = [overall.floor_range or "", *(f"up to {row.limit}" for row in families)]
    lines = [
        *_head(["candidate", "overall", *(plain(row.family) for row in families)], left=1),
        f"| human text | {' | '.join(human)} |",
    ]
    for i, name in enumerate(names):
        cells = [_overall_cell(overall.cells[i]), *(_family_cell(row.cells[i], side=True) for row in families)]
        lines.append(f"| {code(ranking.head(name))} | {' | '.join(cells)} |")
    return [*lines, "", f"{LEGEND[0].upper()}{LEGEND[1:]}.", ""]


def _head(titles: Sequence[str], *, left: int) -> list[str]:
    """The head of a table whose first columns are aligned to the left."""
    return [f"| {' | '.join(titles)} |", f"|{':--|' * left}{'--:|' * (len(titles) - left)}"]


def _overall_cell(cell: ScoreCell) -> str:
    return "not measured" if cell.value is None else f"{_MARKS[cell.within]}{_with_interval(cell)}"


def _family_cell(cell: FamilyCell, *, side: bool = False) -> str:
    if cell.value is None:
        return "not measured"
    return f"{cell.mark}{cell.side if side else ''} {cell.value}"


def _with_interval(cell: ScoreCell) -> str:
    return f"{cell.value} ({cell.interval})" if cell.interval else str(cell.value)


def _farthest(cell: FamilyCell) -> str:
    return f"<br>{cell.side} {plain(cell.measure)}" if cell.measure else ""


def _identity(results: Results) -> str:
    shape, name = results.shape, plain(results.reference["name"])
    size = f"{count(shape['n_passages'], 'passage')} \u00d7 {count(shape['n_chars'], 'character')}"
    return f"{plain(results.kind)} against {name} ({code(str(results.reference['hash'])[:12])}), {size}, seed {results.signature['seed']}"


def _measures(ranking: Ranking, order: Sequence[str]) -> list[str]:
    """The table of headline measures; nothing where there are none."""
    return [*_table(ranking, order, intervals=False), ""] if order or not ranking.results.families else []


def _table(ranking: Ranking, order: Sequence[str], *, intervals: bool) -> list[str]:
    """Measures as rows and candidates as columns; the other way round where there are many candidates."""
    heads, rows = _cells(ranking, order, intervals=intervals)
    if len(ranking.names) > _MOST_COLUMNS:
        columns = list(zip(*rows, strict=True))
        heads, rows = ["candidate", *columns[0]], [[head, *column] for head, column in zip(heads[1:], columns[1:], strict=True)]
    return [*_head(heads, left=1), *(f"| {' | '.join(row)} |" for row in rows)]


def _cells(ranking: Ranking, order: Sequence[str], *, intervals: bool) -> tuple[list[str], list[list[str]]]:
    """The heads of the columns, and the rows, one a measure."""
    rows = []
    if not ranking.results.families:  # which have a table of their own
        rows.append(_overall(ranking, intervals=intervals))
    for id_ in order:
        metric = ranking.metrics[id_]
        found = [ranking.row(name, id_) for name in ranking.names]
        digits = RowDigits(found, metric)
        cells = [_interval(row, digits) if intervals else _cell(ranking, row, digits) for row in found]
        human = digits.human_range() if intervals else digits.human()
        rows.append([f"{plain(metric['label'])}, {plain(unit_name(metric['unit']))}", human or "not known", *cells])
    return ["measure", "human range" if intervals else "human text", *(code(ranking.head(name)) for name in ranking.names)], rows


def _overall(ranking: Ranking, *, intervals: bool) -> list[str]:
    row = overall_row(ranking, ranking.names)
    cells = [_overall_cell(cell if intervals else replace(cell, interval=None)) for cell in row.cells]
    return ["**overall**, 0 human to 1 noise", row.floor or "", *cells]


def _cell(ranking: Ranking, row: Row | None, digits: RowDigits) -> str:
    if row is None or row.value is None:
        return "not measured"
    inside = within_range(row, ranking.metrics[row.metric])
    return f"{_MARKS[inside]}{digits.value(row)}{_far(row)}{_side(row, ranking)}"


def _far(row: Row) -> str:
    """The distance in floor units, or the position of older files, in brackets."""
    if row.distance is not None:
        return f" ({distance_figure(row.distance)})"
    return "" if row.position is None else f" ({row.position:.2f})".replace("-", "\u2212")


def _side(row: Row, ranking: Ranking) -> str:
    mark = side_mark(row, ranking.metrics[row.metric])
    return f" {mark}" if mark else ""


def _interval(row: Row | None, digits: RowDigits) -> str:
    if row is None or row.value is None:
        return plain(f"not measured: {row.reason}" if row else "not measured")
    interval = digits.interval(row)
    return f"{digits.value(row)} ({interval})" if interval else digits.value(row)
