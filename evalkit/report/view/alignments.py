"""Puts stretches that run along the corpus into words: `alignment_rows` for the page, `alignment_notes` for other forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit._util.formatting import NBSP
from evalkit.report.view.judging.faults import SHADOW
from evalkit.report.view.passages.excerpts import Reading
from evalkit.report.view.ranking import MUCH_COPIED, Ranking
from evalkit.results import ErrorKind, Results, Trace

_MOST_ROWS = 5
_ERRORS_SAID: dict[ErrorKind, str] = {
    "guesses": "the others are single letters all along, as in a model's guesses",
    "layout": "only layout, punctuation, case or the order of pieces differ",
    "edits": "between exact pieces stands other text",
}


@dataclass(frozen=True)
class AlignmentRow:
    """A stretch of a passage beside what the corpus has there.

    Args:
        passage, anchor: the passage's id, and where it stands on the page; None where it is not shown.
        along: the document and the character from which it is followed.
        agreement: of how many characters which share agrees.
        text, source_text: how both begin, on one line.
    """

    passage: str
    anchor: str | None
    along: str
    agreement: str
    text: str
    source_text: str


def alignment_rows(results: Results, names: Sequence[str], passages: Reading) -> dict[str, list[AlignmentRow]]:
    """The stretches with the most agreeing characters of each candidate that runs along the corpus, in the order of the page."""
    rows = {}
    for name in names:
        anchors = {shown.passage: shown.anchor for shown in passages.get(name, ())}
        if longest := list(results.traces.get(name, ()))[:_MOST_ROWS]:
            rows[name] = [_row(alignment, anchors.get(alignment.passage)) for alignment in longest]
    return rows


def _row(alignment: Trace, anchor: str | None) -> AlignmentRow:
    return AlignmentRow(
        passage=alignment.passage,
        anchor=anchor,
        along=f"{alignment.document}{', held out' if alignment.held_out else ''}, from character {alignment.place:,}",
        agreement=f"{100 * alignment.agreement:.0f}{NBSP}% of {alignment.n_chars:,} characters",
        text=_on_one_line(alignment.text),
        source_text=_on_one_line(alignment.source_text),
    )


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def alignment_notes(ranking: Ranking) -> list[tuple[str, str]]:
    """Candidates of which a tenth or more runs along the corpus, each with the stretch that has the most agreeing characters, in words."""
    # The human share is about 0, so that `MUCH_COPIED` alone decides here; `Ranking.copied_share` compares with human text.
    rows = [(name, ranking.row(name, SHADOW)) for name in ranking.names]
    copiers = [name for name, row in rows if row is not None and row.value is not None and row.value >= MUCH_COPIED]
    return [(name, alignment_sentence(ranking.results.traces[name][0])) for name in copiers if ranking.results.traces.get(name)]


def alignment_sentence(alignment: Trace) -> str:
    """An alignment in words, the document's text in quotation marks."""
    quote = " ".join(alignment.source_text.split())
    errors = _ERRORS_SAID.get(alignment.errors) if alignment.errors else None
    where = f"{alignment.document}{', which is held out,' if alignment.held_out else ''} from character {alignment.place:,}"
    return (
        f'passage {alignment.passage} runs along {where} ("{quote}..."): '
        f"{100 * alignment.agreement:.0f} % of {alignment.n_chars:,} characters agree" + (f"; {errors}" if errors else "")
    )
