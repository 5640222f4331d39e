"""Results in a notebook: a fragment that needs no style of its own and does not touch the notebook's."""

from __future__ import annotations

from evalkit.report.html.page import render_template
from evalkit.report.view.score_table import overall, score_rows
from evalkit.report.view.standings import Board
from evalkit.report.view.verdict import verdict
from evalkit.results import Results


def fragment(results: Results) -> str:
    """The verdict and the headline metrics as HTML."""
    board = Board(results)
    said = verdict(results, board)
    names = board.names
    order = board.by_distance(said.subject) if said.subject is not None else list(board.metrics)
    rows = score_rows(board, [id_ for id_ in order if board.metrics[id_]["headline"]], names)
    return render_template(
        "notebook.html.j2",
        {
            "verdict": said,
            "names": names,
            "heads": [board.head(name) for name in names],
            "overall": overall(board, names),
            "rows": rows,
            "results": results,
        },
    )
