"""Marked text: raw text sliced at the ends of its spans, each slice to be escaped on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from evalkit.results import Span

KINDS = ("nonword", "copied", "shadow", "loop")


@dataclass(frozen=True)
class Slice:
    """A stretch of text with the marks that cover all of it.

    Args:
        text: raw.
        kinds: of `KINDS`, in that order; empty for plain text.
        source: of a copied stretch or a shadow.
        ends: whether that stretch ends with this slice.
    """

    text: str
    kinds: tuple[str, ...]
    source: str | None
    ends: bool = False


def slices(text: str, spans: Sequence[Span]) -> list[Slice]:
    """The text cut wherever a span starts or ends; joined, the slices are the text. Ends beyond the text are taken as its end.

    >>> [(piece.text, piece.kinds) for piece in slices("a grotch", [Span(start=2, end=8, kind="nonword")])]
    [('a ', ()), ('grotch', ('nonword',))]
    """
    inside = [span for span in spans if span.start < min(span.end, len(text))]
    cuts = sorted({0, len(text), *(span.start for span in inside), *(min(span.end, len(text)) for span in inside)})
    found = []
    for start, end in pairwise(cuts):
        covering = [span for span in inside if span.start <= start and end <= span.end]
        kinds = {span.kind for span in covering}
        sourced = next((span for span in covering if span.source), None)
        source, ends = (sourced.source, min(sourced.end, len(text)) == end) if sourced else (None, False)
        found.append(Slice(text[start:end], tuple(kind for kind in KINDS if kind in kinds), source, ends))
    return found
