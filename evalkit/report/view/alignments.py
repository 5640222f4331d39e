"""What runs along the corpus, for the page, the terminal and Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit._util.formatting import NBSP
from evalkit.report.view.excerpts import Reading
from evalkit.report.view.standings import MUCH, Board
from evalkit.results import Results, Trace

_METRIC = "copy.shadow"
_MOST = 5


@dataclass(frozen=True)
class Line:
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


def following(results: Results, names: Sequence[str], passages: Reading) -> dict[str, list[Line]]:
    """The most telling stretches of each candidate that runs along the corpus, in the order of the page."""
    found = {}
    for name in names:
        anchors = {shown.passage: shown.anchor for shown in passages.get(name, ())}
        if some := list(results.traces.get(name, ()))[:_MOST]:
            found[name] = [_line(trace, anchors.get(trace.passage)) for trace in some]
    return found


def _line(trace: Trace, anchor: str | None) -> Line:
    return Line(
        passage=trace.passage,
        anchor=anchor,
        along=f"{trace.document}{', held out' if trace.held_out else ''}, from character {trace.place:,}",
        agreement=f"{100 * trace.agreement:.0f}{NBSP}% of {trace.n_chars:,} characters",
        text=_on_one_line(trace.text),
        source_text=_on_one_line(trace.source_text),
    )


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def remarks(board: Board) -> list[tuple[str, str]]:
    """Candidates of which a tenth or more runs along the corpus, each with its most telling stretch in words."""
    rows = [(name, board.row(name, _METRIC)) for name in board.names]
    much = [name for name, row in rows if row is not None and row.value is not None and row.value >= MUCH]
    return [(name, sentence(board.results.traces[name][0])) for name in much if board.results.traces.get(name)]


def sentence(trace: Trace) -> str:
    """A trace in words, the document's text in quotation marks."""
    quote = " ".join(trace.source_text.split())
    where = f"{trace.document}{', which is held out,' if trace.held_out else ''} from character {trace.place:,}"
    return (
        f'passage {trace.passage} runs along {where} ("{quote}..."): '
        f"{100 * trace.agreement:.0f} % of {trace.n_chars:,} characters agree"
    )
