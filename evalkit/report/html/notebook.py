"""Renders results for a notebook: `fragment` is HTML without a style of its own, so that it does not touch the notebook's."""

from __future__ import annotations

from evalkit.report.html.rendering import render_template
from evalkit.report.view.audit import audit_blocks
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.family_table import family_table
from evalkit.report.view.left_out import not_judged
from evalkit.report.view.ranking import Ranking
from evalkit.report.view.score_table import overall_row, score_rows
from evalkit.results import Results


def fragment(results: Results) -> str:
    """The verdict, each candidate overall and in each family, and folded the headline metrics, as HTML."""
    ranking = Ranking(results)
    conclusion = conclude(results, ranking)
    names = ranking.names
    rows = score_rows(ranking, ranking.headline_by_distance(conclusion.subject, conclusion.metric), names)
    return render_template(
        "notebook.html.j2",
        {
            "conclusion": conclusion,
            "not_judged": not_judged(results),
            "audit": audit_blocks(results),
            "heads": [ranking.head(name) for name in names],
            "shortened": ranking.shortened,
            "overall": overall_row(ranking, names),
            "family_rows": family_table(ranking, names),
            "rows": rows,
            "results": results,
        },
    )
