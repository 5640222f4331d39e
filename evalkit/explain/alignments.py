"""Reports where a candidate runs along the corpus (`traces`): the passage, the document, the first character there, and the text of both.

A model that is fed the true text and prints its guesses is wrong at single letters, all along the stretch. Text that was re-wrapped, rearranged
or edited agrees in part too, since every inserted character moves what follows it, but in exact pieces. `kind_of_errors` tells the two apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from evalkit.matching.alignment import SLIP, Shadow
from evalkit.matching.training_index import TrainingIndex
from evalkit.results import ErrorKind, Trace
from evalkit.text.passages import Passage

_N_TRACES = 10
_QUOTED_CHARS = 60
"""Characters of the passage and of the document that are shown side by side."""
PIECE = 24
"""Letters of an exact piece: five words. Of guesses that are right at four letters of five, one letter in forty lies in so long a piece."""
MOSTLY_EXACT = 0.5
"""Share of the agreeing letters in exact pieces from which the others are no guesses."""
_ALL_LETTERS = 0.98
"""Share of all letters in exact pieces from which nothing but their layout and order was changed."""
_AROUND_CHARS = 5_000
"""Characters of the document, before and after a stretch, in which its pieces are looked for."""
_EQUAL = 0.995
"""Agreement from which a stretch is a quotation; a paragraph that was joined with the next may cost a character."""


def traces(passages: Sequence[Passage], training: TrainingIndex | None) -> list[Trace]:
    """The stretches of passages that run along a document, those with the most agreeing characters first; at most ten.

    Args:
        passages: of one candidate.
        training: documents to search, held-out ones too; with None nothing is found.
    """
    if training is None:
        return []
    stretches = joined_windows(training.shadows([passage.text for passage in passages]))
    longest = sorted(stretches, key=lambda windows: -_n_chars(windows) * _agreement(windows))[:_N_TRACES]
    return [_trace(windows, passages, training) for windows in longest]


def joined_windows(shadows: Sequence[Shadow]) -> list[list[Shadow]]:
    """Shadows in groups, one a stretch: windows that touch and run along one document, the offset slipping by at most 12 characters."""
    ordered = sorted(shadows, key=lambda shadow: (shadow.passage, shadow.document, shadow.start))
    breaks = [i for i, (a, b) in enumerate(pairwise(ordered), start=1) if not _continues(a, b)]
    return [ordered[start:end] for start, end in pairwise([0, *breaks, len(ordered)]) if start < end]


def _continues(a: Shadow, b: Shadow) -> bool:
    slipped = abs((b.place - b.start) - (a.place - a.start))
    return (a.passage, a.document) == (b.passage, b.document) and b.start <= a.start + a.n_chars and slipped <= SLIP


def _n_chars(windows: Sequence[Shadow]) -> int:
    return windows[-1].start + windows[-1].n_chars - windows[0].start


def _agreement(windows: Sequence[Shadow]) -> float:
    return float(np.mean([window.agreement for window in windows]))


def _trace(windows: Sequence[Shadow], passages: Sequence[Passage], training: TrainingIndex) -> Trace:
    first, n_chars, agreement = windows[0], _n_chars(windows), _agreement(windows)
    passage, document = passages[first.passage], training.index.scan.spaced[first.document]
    text = passage.text[first.start : first.start + n_chars]
    around = document[max(0, first.place - _AROUND_CHARS) : first.place + n_chars + _AROUND_CHARS]
    return Trace(
        passage=passage.id,
        start=first.start,
        n_chars=n_chars,
        document=training.index.names[first.document],
        held_out=not training.trained[first.document],
        place=first.place,
        agreement=agreement,
        errors=kind_of_errors(text, around, agreement),
        text=text[:_QUOTED_CHARS],
        source_text=document[first.place : first.place + _QUOTED_CHARS],
    )


def kind_of_errors(text: str, document: str, agreement: float) -> ErrorKind:
    """What a stretch has where it does not agree with the document that it runs along.

    Letters and digits alone are compared, without case, so that white space, punctuation and the order of pieces play no part.

    Args:
        text: the stretch.
        document: what it runs along.
        agreement: share of characters that agree at a constant offset.

    Returns:
        "none" where nothing differs, "guesses" where single letters differ all along the stretch, "layout" where all letters stand in pieces of
        24 or more that are exact, "edits" where something else stands between such pieces.

    >>> text = "The keeper of the light went up the winding stair, and lit the lamp as he did each night."
    >>> kind_of_errors(text.upper(), text, 0.4)
    'layout'
    >>> kind_of_errors("The leeper af the lisht want ut the sinding stoir, ind lit toe lamp at he dod eash nipht.", text, 0.8)
    'guesses'
    """
    if agreement >= _EQUAL:
        return "none"
    letters, known = _letters(text), _letters(document)
    pieces = exact_pieces(letters, known)
    n_exact = sum(end - start for start, end in pieces)
    if n_exact < MOSTLY_EXACT * agreement * len(letters) or not pieces:
        return "guesses"
    # The stretch may begin and end inside a piece, and too little of it be left there to be found.
    ends = [n for n in (pieces[0][0], len(letters) - pieces[-1][1]) if n < PIECE]
    return "layout" if n_exact >= _ALL_LETTERS * (len(letters) - sum(ends)) else "edits"


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def exact_pieces(letters: str, known: str) -> list[tuple[int, int]]:
    """The pieces of 24 letters or more that stand in a known text too, each as long as it can be from its first letter on.

    >>> exact_pieces("x" + "abcdefghijklmnopqrstuvwxyz" + "yy", "zabcdefghijklmnopqrstuvwxyz")
    [(1, 27)]
    """
    pieces, start = [], 0
    while start + PIECE <= len(letters):
        end = start + PIECE
        place = known.find(letters[start:end])
        if place < 0:
            start += 1
            continue
        place += PIECE
        while end < len(letters) and place < len(known) and letters[end] == known[place]:
            end, place = end + 1, place + 1
        pieces.append((start, end))
        start = end
    return pieces
