"""Renders a comparison as Markdown for a pull request: the conclusion, one table, and the rest folded."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit._util.formatting import count, in_unit, interval_in_unit, unit_name
from evalkit.report.formats import Samples
from evalkit.report.markdown.audit import audit_lines, render_audit
from evalkit.report.markdown.escape import code, plain, with_code
from evalkit.report.markdown.pairwise import pairwise
from evalkit.report.view.alignments import alignment_notes
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.ranking import INSIDE, OUTSIDE, Ranking, within_range
from evalkit.report.view.run_diff import since
from evalkit.report.view.score_table import overall_row
from evalkit.results import Results, Row

_MARKS = {True: f"{INSIDE} ", False: f"{OUTSIDE} ", None: ""}
"""Whether a value is within the human range -> its mark."""


def render_markdown(results: Results, samples: Samples) -> str:
    """The report for a pull request."""
    ranking = Ranking(results)
    conclusion = conclude(results, ranking)
    names, last, notes = ranking.names, since(results), alignment_notes(ranking)
    order, headline = ranking.by_distance(conclusion.subject), ranking.headline_by_distance(conclusion.subject)
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
        *_table(ranking, headline, names, intervals=False),
        "",
        *([f"Since {code(last.folder)} of {plain(last.date[:10])}: {with_code(last.sentence)}", ""] if last else []),
        "● within the range of human text of the same shape, ◆ outside; in brackets the position, 0 human text, 1 random letters.",
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


def _identity(results: Results) -> str:
    shape, name = results.shape, plain(results.reference["name"])
    size = f"{count(shape['n_passages'], 'passage')} \u00d7 {shape['n_chars']:,} characters"
    return f"{plain(results.kind)} against {name} ({code(str(results.reference['hash'])[:12])}), {size}, seed {results.signature['seed']}"


def _table(ranking: Ranking, order: Sequence[str], names: Sequence[str], *, intervals: bool) -> list[str]:
    head = ["measure", "human text", *(code(ranking.head(name)) for name in names)]
    lines = [f"| {' | '.join(head)} |", f"|:--|--:|{'--:|' * len(names)}", _overall(ranking, names, intervals=intervals)]
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
    return f"| **overall**, mean position | {row.floor or ''} | {' | '.join(cells)} |"


def _cell(ranking: Ranking, row: Row | None) -> str:
    if row is None or row.value is None:
        return "not measured"
    inside = within_range(row, ranking.metrics[row.metric])
    symbol = _MARKS[inside]
    position = "" if row.position is None else f" ({row.position:.2f})".replace("-", "\u2212")
    return f"{symbol}{in_unit(row.value, ranking.metrics[row.metric]['unit'])}{position}"


def _interval(row: Row | None, unit: str) -> str:
    if row is None or row.value is None:
        return plain(f"not measured: {row.reason}" if row else "not measured")
    return in_unit(row.value, unit) + (f" ({interval_in_unit(row.ci.low, row.ci.high, unit)})" if row.ci else "")
