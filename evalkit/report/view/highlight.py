"""Slices raw text at the ends of its marked spans, so that each `Slice` can be escaped on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from evalkit.results import Span

KINDS = ("nonword", "copied", "shadow", "loop", "overused")


@dataclass(frozen=True)
class Slice:
    """A stretch of text with the marks that cover all of it.

    Args:
        text: raw.
        kinds: of `KINDS`, in that order; empty for plain text.
        source: of a copied stretch or a shadow.
        ends: whether that stretch ends with this slice.
        anchor: what links to it use; None where none does.
    """

    text: str
    kinds: tuple[str, ...]
    source: str | None
    ends: bool = False
    anchor: str | None = None


def slices(text: str, spans: Sequence[Span], anchors: Mapping[int, str] | None = None) -> list[Slice]:
    """The text cut wherever a span starts or ends; joined, the slices are the text. Ends beyond the text are taken as its end.

    Args:
        text: raw.
        spans: what is marked.
        anchors: for links, by the place where a span starts.

    >>> [(piece.text, piece.kinds) for piece in slices("a grotch", [Span(start=2, end=8, kind="nonword")])]
    [('a ', ()), ('grotch', ('nonword',))]
    """
    inside = [span for span in spans if span.start < min(span.end, len(text))]
    cuts = sorted({0, len(text), *(span.start for span in inside), *(min(span.end, len(text)) for span in inside)})
    pieces = []
    for start, end in pairwise(cuts):
        covering = [span for span in inside if span.start <= start and end <= span.end]
        kinds = {span.kind for span in covering}
        sourced = next((span for span in covering if span.source), None)
        source, ends = (sourced.source, min(sourced.end, len(text)) == end) if sourced else (None, False)
        marks = tuple(kind for kind in KINDS if kind in kinds)
        pieces.append(Slice(text[start:end], marks, source, ends, (anchors or {}).get(start) if marks else None))
    return pieces
