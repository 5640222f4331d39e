"""Results for a pull request: the verdict, one table, and the rest folded."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit._util.formatting import NBSP, count, in_unit, interval_in_unit, unit_name
from evalkit.report.formats import Samples
from evalkit.report.markdown.escape import code, plain
from evalkit.report.markdown.pairwise import against
from evalkit.report.view.alignments import remarks
from evalkit.report.view.run_diff import since
from evalkit.report.view.score_table import overall
from evalkit.report.view.standings import Board, within_range
from evalkit.report.view.verdict import verdict
from evalkit.results import Results, Row

SYMBOLS = {True: "● ", False: "◆ ", None: ""}
"""Whether a value is within the human range -> its mark."""


def render_markdown(results: Results, samples: Samples) -> str:
    """The report for a pull request."""
    board = Board(results)
    said = verdict(results, board)
    names, last, found = board.names, since(results), remarks(board)
    order = board.by_distance(said.subject) if said.subject is not None else list(board.metrics)
    headline = [id_ for id_ in order if board.metrics[id_]["headline"]]
    state = f"**{results.verdict}** " if results.verdict is not None else ""
    lines = [
        f"### {state}{sentence(said.sentence)}",
        "",
        _identity(results),
        "",
        *(f"> ⚠ {plain(warning)}" for warning in results.warnings),
        *([""] if results.warnings else []),
        *_table(board, headline, names, intervals=False),
        "",
        *([f"Since {code(last.folder)} of {last.date[:10]}: {sentence(last.sentence)}", ""] if last else []),
        "● within the range of human text of the same shape, ◆ outside; in brackets the position, 0 human text, 1 random letters.",
        "",
        *(f"- {code(name)}: {plain(remark)}" for name, remark in found),
        *([""] if found else []),
        "<details><summary>Intervals and further measures</summary>",
        "",
        *_table(board, order, names, intervals=True),
        "",
        "</details>",
        *against(results),
    ]
    return "\n".join(lines) + "\n"


def _identity(results: Results) -> str:
    shape, name = results.shape, plain(results.reference["name"])
    size = f"{count(shape['n_passages'], 'passage')} \u00d7 {shape['n_chars']:,} characters"
    return (
        f"{plain(results.kind)} against {name} (`{str(results.reference['hash'])[:12]}`), {size}, seed {results.signature['seed']}"
    )


def sentence(text: str) -> str:
    """A sentence with the names between backticks as code."""
    return "".join(code(piece) if i % 2 else plain(piece) for i, piece in enumerate(text.replace(NBSP, " ").split("`")))


def _table(board: Board, order: Sequence[str], names: Sequence[str], *, intervals: bool) -> list[str]:
    head = ["measure", "human text", *(code(board.head(name)) for name in names)]
    lines = [f"| {' | '.join(head)} |", f"|:--|--:|{'--:|' * len(names)}", _overall(board, names, intervals=intervals)]
    for id_ in order:
        metric = board.metrics[id_]
        rows = [board.row(name, id_) for name in names]
        floor = next((row.floor for row in rows if row is not None and row.floor is not None), None)
        cells = [_interval(row, metric["unit"]) if intervals else _cell(board, row) for row in rows]
        human = in_unit(floor.median, metric["unit"]) if floor else "not measured"
        lines.append(f"| {plain(metric['label'])}, {plain(unit_name(metric['unit']))} | {human} | {' | '.join(cells)} |")
    return lines


def _overall(board: Board, names: Sequence[str], *, intervals: bool) -> str:
    found = overall(board, names)
    cells = [
        "not measured" if cell.value is None
        else f"{cell.value} ({cell.interval})" if intervals and cell.interval
        else f"{SYMBOLS[cell.within]}{cell.value}"
        for cell in found.cells
    ]  # fmt: skip
    return f"| **overall**, mean position | {found.floor or ''} | {' | '.join(cells)} |"


def _cell(board: Board, row: Row | None) -> str:
    if row is None or row.value is None:
        return "not measured"
    inside = within_range(row, board.metrics[row.metric])
    symbol = SYMBOLS[inside]
    position = "" if row.position is None else f" ({row.position:.2f})".replace("-", "\u2212")
    return f"{symbol}{in_unit(row.value, board.metrics[row.metric]['unit'])}{position}"


def _interval(row: Row | None, unit: str) -> str:
    if row is None or row.value is None:
        return plain(f"not measured: {row.reason}" if row else "not measured")
    return in_unit(row.value, unit) + (f" ({interval_in_unit(row.ci.low, row.ci.high, unit)})" if row.ci else "")
