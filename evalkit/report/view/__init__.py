"""Decides what a report says, whatever its format: the ranking, the conclusion, the decisions of a gate, and the rows of tables.

`judging`, `ranking` and `conclusion` lead; the other files hold one section of the report each. Nothing here knows HTML, Markdown or terminals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.report.view.conclusion import Conclusion, conclude
    from evalkit.report.view.decisions import DecisionRow, decision_rows, verdict_sentence
    from evalkit.report.view.judging.marks import damage, within_range
    from evalkit.report.view.ranking import CandidateSummary, Ranking
    from evalkit.report.view.run_diff import Change, FieldDifference, Run, changes, changes_sentence, differences
    from evalkit.report.view.score_table import ScoreRow, overall_row, score_rows

__all__ = [
    "CandidateSummary",
    "Change",
    "Conclusion",
    "DecisionRow",
    "FieldDifference",
    "Ranking",
    "Run",
    "ScoreRow",
    "changes",
    "changes_sentence",
    "conclude",
    "damage",
    "decision_rows",
    "differences",
    "overall_row",
    "score_rows",
    "verdict_sentence",
    "within_range",
]

__getattr__ = lazy_names(
    __name__,
    {
        "CandidateSummary": "evalkit.report.view.ranking",
        "Ranking": "evalkit.report.view.ranking",
        "damage": "evalkit.report.view.judging.marks",
        "within_range": "evalkit.report.view.judging.marks",
        "Conclusion": "evalkit.report.view.conclusion",
        "conclude": "evalkit.report.view.conclusion",
        "DecisionRow": "evalkit.report.view.decisions",
        "decision_rows": "evalkit.report.view.decisions",
        "verdict_sentence": "evalkit.report.view.decisions",
        "Change": "evalkit.report.view.run_diff",
        "FieldDifference": "evalkit.report.view.run_diff",
        "Run": "evalkit.report.view.run_diff",
        "changes": "evalkit.report.view.run_diff",
        "changes_sentence": "evalkit.report.view.run_diff",
        "differences": "evalkit.report.view.run_diff",
        "ScoreRow": "evalkit.report.view.score_table",
        "overall_row": "evalkit.report.view.score_table",
        "score_rows": "evalkit.report.view.score_table",
    },
)
