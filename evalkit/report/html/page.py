"""Renders the HTML page of a run, `render_html`: one file, complete without scripts, the same bytes for the same results."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from evalkit.report.formats import Samples
from evalkit.report.html.embedded import csv_address, script_json
from evalkit.report.html.pictures import drawn, first_screen, reasons_drawn
from evalkit.report.html.rendering import render_page
from evalkit.report.html.scores import Scores, scores
from evalkit.report.view import decisions, score_table
from evalkit.report.view.alignments import alignment_rows
from evalkit.report.view.audit import audit_blocks
from evalkit.report.view.certainty import certainty, detectable
from evalkit.report.view.classifications import classification_notes
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.explanations import reasons
from evalkit.report.view.left_out import later_warnings, not_judged
from evalkit.report.view.passages.differing import differing_most
from evalkit.report.view.passages.excerpts import FLAWS, marked_passages
from evalkit.report.view.passages.pairing import beside, is_noise
from evalkit.report.view.provenance import provenance
from evalkit.report.view.ranking import Ranking
from evalkit.report.view.run_diff import since
from evalkit.report.view.tables.distributions import distribution_tables
from evalkit.report.view.tables.pairs import pair_matrix, rank_table
from evalkit.results import Results

_CODE = re.compile(r"([a-z]{2,3})-v\d+")
"""Name of a language's list of words."""
_MOST_NAMED = 3


def render_html(results: Results, samples: Samples) -> str:
    """The page of a run."""
    ranking = Ranking(results)
    conclusion = conclude(results, ranking)
    names, tables = ranking.names, scores(ranking, conclusion)
    marked = marked_passages(results, samples)
    room, matrix, ranks = beside(ranking, marked), pair_matrix(ranking), rank_table(ranking)
    context: dict[str, Any] = {
        "results": results,
        "heading": _heading(ranking, names),
        "conclusion": conclusion,
        "symbol": decisions.SYMBOLS.get(results.verdict or "", ""),
        "not_judged": not_judged(results),
        "later_warnings": later_warnings(results),
        "pictures": [] if results.verdict == "NOT COMPARABLE" else first_screen(results),
        "audit": audit_blocks(results),
        **_gate(results),
        **_why(ranking, tables),
        "reasons": reasons(results, [name for name in names if not is_noise(ranking, name)] or names, marked),
        "differing": differing_most(ranking),
        "room": room,
        "strip": drawn(results, ["passages"], narrow=True),
        "flaws": FLAWS,
        "alignments": alignment_rows(results, names, marked),
        "copied": score_table.longest_copies(ranking, names),
        "language": language_of(results),
        "scores": tables,
        "pairs": matrix,
        "ranks": ranks,
        "learning": _learning(ranking),
        "since": since(results),
        "certainty": certainty(ranking),
        "told_apart": classification_notes(results),
        "detectable": detectable(ranking, ranking.headline, names) if tables.tables else [],
        "names": names,
        "shortened": ranking.shortened,
        "heads": {name: ranking.head(name) for name in names},
        "candidates": {row["name"]: row for row in score_table.candidate_rows(results)},
        "provenance": provenance(results),
        "csv": csv_address(ranking),
        "data": Markup(script_json(ranking)),  # noqa: S704 - made safe there
    }
    labels = tables.labels | {"mx": matrix.columns if matrix else (), "mr": ranks.names if ranks else ()}
    return render_page("report.html.j2", context, labels=labels, n_tabs=len(room.tabs) if room else 0)


def language_of(results: Results) -> str:
    """The language of the texts, by the lists of words that the run used; "" where it is not known."""
    codes = (match[1] for name in results.signature.get("word_lists", {}) if (match := _CODE.fullmatch(str(name))))
    return next((code for code in codes if code != "fw"), "")


def _why(ranking: Ranking, tables: Scores) -> dict[str, Any]:
    """The figures that show why, and the data behind them; nothing where nothing was measured."""
    if not tables.tables or ranking.results.kind == "audit":
        return {"why": [], "distributions": []}
    return {"why": reasons_drawn(ranking.results), "distributions": distribution_tables(ranking)}


# What only gates or trainings show is imported for them alone: most pages are of a comparison or a score.


def _gate(results: Results) -> dict[str, Any]:
    """The decisions of a gate; empty for every other run."""
    if results.gate is None:
        return {"gate_rows": [], "advisory_rows": [], "unlike": []}
    from evalkit.report.view.gate_rows import differing, gate_rows

    return {
        "gate_rows": gate_rows(results, advisory=False),
        "advisory_rows": gate_rows(results, advisory=True),
        "unlike": differing(results),
    }


def _learning(ranking: Ranking) -> Any:
    if not ranking.results.learning:
        return None
    from evalkit.report.figures.checkpoints import learning

    return learning(ranking)


def _heading(ranking: Ranking, names: Sequence[str]) -> str:
    """What was compared, for the title of the page and its first line."""
    if ranking.temperatures:
        low, high = (ranking.temperatures[name] for name in (names[0], names[-1]))
        return f"{ranking.candidates[0]['spec']} at {len(names)} temperatures, {low:g} to {high:g}"
    return ", ".join(names) if len(names) <= _MOST_NAMED else f"{len(names)} candidates"
