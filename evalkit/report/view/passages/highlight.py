"""Slices raw text at the ends of its marked spans, so that each `Slice` can be escaped on its own, and by surprise within them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from evalkit.results import Span

KINDS = ("nonword", "copied", "shadow", "loop", "overused")
SURPRISING, VERY_SURPRISING = 5, 8
"""Bits from which a character is surprising, and very surprising, under the reference model: one in 32 and one in 256."""


@dataclass(frozen=True)
class Slice:
    """A stretch of text with the marks that cover all of it.

    Args:
        text: raw.
        kinds: of `KINDS`, in that order; empty for plain text.
        source: of a copied stretch or a shadow.
        ends: whether that stretch ends with this slice.
        anchor: what links to it use; None where none does.
        levels: the surprise of each of its characters, 0 to 2; empty where it is not known.
    """

    text: str
    kinds: tuple[str, ...]
    source: str | None
    ends: bool = False
    anchor: str | None = None
    levels: tuple[int, ...] = ()

    @property
    def tones(self) -> list[tuple[int, str]]:
        """The text in runs of equal surprise, each with its level.

        >>> Slice("abc", (), None, levels=(0, 2, 2)).tones, Slice("abc", (), None).tones
        ([(0, 'a'), (2, 'bc')], [(0, 'abc')])
        """
        if not any(self.levels):
            return [(0, self.text)]
        runs = groupby(zip(self.levels, self.text, strict=True), key=lambda pair: pair[0])
        return [(level, "".join(char for _, char in run)) for level, run in runs]


def slices(
    text: str,
    spans: Sequence[Span],
    anchors: Mapping[int, str] | None = None,
    *,
    surprise: str | None = None,
    cut: int | None = None,
) -> list[Slice]:
    """The text cut wherever a span starts or ends; joined, the slices are the text. Ends beyond the text are taken as its end.

    Args:
        text: raw.
        spans: what is marked.
        anchors: for links, by the place where a span starts.
        surprise: bits of each character, a digit each.
        cut: a further place to cut at.

    >>> [(piece.text, piece.kinds) for piece in slices("a grotch", [Span(start=2, end=8, kind="nonword")])]
    [('a ', ()), ('grotch', ('nonword',))]
    """
    inside = [span for span in spans if span.start < min(span.end, len(text))]
    further = {cut} if cut is not None and 0 < cut < len(text) else set()
    cuts = sorted({0, len(text), *further, *(span.start for span in inside), *(min(span.end, len(text)) for span in inside)})
    levels = tuple((digit >= str(SURPRISING)) + (digit >= str(VERY_SURPRISING)) for digit in surprise or "")
    pieces = []
    for start, end in pairwise(cuts):
        covering = [span for span in inside if span.start <= start and end <= span.end]
        kinds = {span.kind for span in covering}
        sourced = next((span for span in covering if span.source), None)
        source, ends = (sourced.source, min(sourced.end, len(text)) == end) if sourced else (None, False)
        marks = tuple(kind for kind in KINDS if kind in kinds)
        anchor = (anchors or {}).get(start) if marks else None
        pieces.append(Slice(text[start:end], marks, source, ends, anchor, levels[start:end]))
    return pieces
