"""Renders a comparison as Markdown for a pull request: the conclusion, one table, and the rest folded."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit._util.formatting import count, in_unit, interval_in_unit, unit_name
from evalkit.report.formats import Samples
from evalkit.report.markdown.audit import audit_lines, render_audit
from evalkit.report.markdown.escape import code, plain, with_code
from evalkit.report.markdown.pairwise import pairwise
from evalkit.report.view.alignments import alignment_notes
from evalkit.report.view.classifications import classification_notes
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.family_table import LEGEND, FamilyCell, family_table
from evalkit.report.view.judging.marks import INSIDE, OUTSIDE, distance_figure, side_mark, within_range
from evalkit.report.view.ranking import Ranking
from evalkit.report.view.run_diff import since
from evalkit.report.view.score_table import ScoreCell, overall_row
from evalkit.results import Results, Row

_MARKS = {True: f"{INSIDE} ", False: f"{OUTSIDE} ", None: ""}
"""Whether a value is within the human range -> its mark."""


def render_markdown(results: Results, samples: Samples) -> str:
    """The report for a pull request."""
    ranking = Ranking(results)
    conclusion = conclude(results, ranking)
    names, last = ranking.names, since(results)
    notes = [*alignment_notes(ranking), *classification_notes(results)]
    order = ranking.by_distance(conclusion.subject, conclusion.metric)
    headline = ranking.headline_by_distance(conclusion.subject, conclusion.metric)
    if not order and results.audit is not None:  # the audit alone was asked for
        return render_audit(results, samples)
    state = f"**{results.verdict}** " if results.verdict is not None else ""
    lines = [
        f"### {state}{with_code(conclusion.sentence)}",
        "",
        _identity(results),
        "",
        *audit_lines(results),
        *(f"> ⚠ {plain(warning)}" for warning in results.warnings),
        *([""] if results.warnings else []),
        *_families(ranking, names),
        *_table(ranking, headline, names, intervals=False),
        "",
        *([f"Since {code(last.folder)} of {plain(last.date[:10])}: {with_code(last.sentence)}", ""] if last else []),
        _legend(results),
        "",
        *(f"- {code(name)}: {plain(note)}" for name, note in notes),
        *([""] if notes else []),
        "<details><summary>Intervals and further measures</summary>",
        "",
        *_table(ranking, order, names, intervals=True),
        "",
        "</details>",
        *pairwise(results),
    ]
    return "\n".join(lines) + "\n"


def _legend(results: Results) -> str:
    """What marks and brackets mean."""
    marks = f"{INSIDE} within the range of human text of the same shape, {OUTSIDE} outside"
    if any(row.distance is not None for row in results.results):
        return f"{marks}, ↓ too little, ↑ too much or too far; in brackets the distance in floor units, 1 at the end of that range."
    return f"{marks}; in brackets the position, 0 human text, 1 random letters."


def _families(ranking: Ranking, names: Sequence[str]) -> list[str]:
    """The table of families, with overall on top; nothing for older files."""
    rows = family_table(ranking, names)
    if not rows:
        return []
    overall = overall_row(ranking, names)
    cells = ["not measured" if cell.value is None else f"{_MARKS[cell.within]}{_with_interval(cell)}" for cell in overall.cells]
    lines = [
        f"| family | human text | {' | '.join(code(ranking.head(name)) for name in names)} |",
        f"|:--|--:|{'--:|' * len(names)}",
        f"| **overall** | {overall.floor_range or ''} | {' | '.join(cells)} |",
    ]
    for row in rows:
        shown = ["not measured" if cell.value is None else f"{cell.mark} {cell.value}{_farthest(cell)}" for cell in row.cells]
        lines.append(f"| {plain(row.family)} | up to {row.limit} | {' | '.join(shown)} |")
    return [*lines, "", f"{LEGEND[0].upper()}{LEGEND[1:]}.", ""]


def _with_interval(cell: ScoreCell) -> str:
    return f"{cell.value} ({cell.interval})" if cell.interval else str(cell.value)


def _farthest(cell: FamilyCell) -> str:
    return f"<br>{cell.side} {plain(cell.measure)}" if cell.measure else ""


def _identity(results: Results) -> str:
    shape, name = results.shape, plain(results.reference["name"])
    size = f"{count(shape['n_passages'], 'passage')} \u00d7 {shape['n_chars']:,} characters"
    return f"{plain(results.kind)} against {name} ({code(str(results.reference['hash'])[:12])}), {size}, seed {results.signature['seed']}"


def _table(ranking: Ranking, order: Sequence[str], names: Sequence[str], *, intervals: bool) -> list[str]:
    head = ["measure", "human text", *(code(ranking.head(name)) for name in names)]
    lines = [f"| {' | '.join(head)} |", f"|:--|--:|{'--:|' * len(names)}"]
    if intervals or not ranking.results.families:  # which have a table of their own
        lines.append(_overall(ranking, names, intervals=intervals))
    for id_ in order:
        metric = ranking.metrics[id_]
        rows = [ranking.row(name, id_) for name in names]
        floor = next((row.floor for row in rows if row is not None and row.floor is not None), None)
        cells = [_interval(row, metric["unit"]) if intervals else _cell(ranking, row) for row in rows]
        human = in_unit(floor.median, metric["unit"]) if floor else "not measured"
        lines.append(f"| {plain(metric['label'])}, {plain(unit_name(metric['unit']))} | {human} | {' | '.join(cells)} |")
    return lines


def _overall(ranking: Ranking, names: Sequence[str], *, intervals: bool) -> str:
    row = overall_row(ranking, names)
    cells = [
        "not measured" if cell.value is None
        else f"{cell.value} ({cell.interval})" if intervals and cell.interval
        else f"{_MARKS[cell.within]}{cell.value}"
        for cell in row.cells
    ]  # fmt: skip
    return f"| **overall**, 0 human to 1 noise | {row.floor or ''} | {' | '.join(cells)} |"


def _cell(ranking: Ranking, row: Row | None) -> str:
    if row is None or row.value is None:
        return "not measured"
    inside = within_range(row, ranking.metrics[row.metric])
    symbol = _MARKS[inside]
    return f"{symbol}{in_unit(row.value, ranking.metrics[row.metric]['unit'])}{_far(row)}{_side(row, ranking)}"


def _far(row: Row) -> str:
    """The distance in floor units, or the position of older files, in brackets."""
    if row.distance is not None:
        return f" ({distance_figure(row.distance)})"
    return "" if row.position is None else f" ({row.position:.2f})".replace("-", "\u2212")


def _side(row: Row, ranking: Ranking) -> str:
    mark = side_mark(row, ranking.metrics[row.metric])
    return f" {mark}" if mark else ""


def _interval(row: Row | None, unit: str) -> str:
    if row is None or row.value is None:
        return plain(f"not measured: {row.reason}" if row else "not measured")
    return in_unit(row.value, unit) + (f" ({interval_in_unit(row.ci.low, row.ci.high, unit)})" if row.ci else "")
