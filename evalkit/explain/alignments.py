"""Where a candidate runs along the corpus: which passage, which document, from which character on, and what stands there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from evalkit.matching.alignment import SLIP, Positions, Shadow
from evalkit.matching.corpus_index import Training
from evalkit.results import Trace
from evalkit.text.passages import Passage

MOST = 10
"""Traces that are kept of each candidate, the most agreeing characters first."""
_QUOTE = 60
"""Characters of the passage and of the document that are shown side by side."""


def traces(passages: Sequence[Passage], training: Training | None) -> list[Trace]:
    """The stretches of passages that run along a document, those with the most agreeing characters first; at most ten.

    Args:
        passages: of one candidate.
        training: documents to look in, held-out ones too; None finds nothing.
    """
    if training is None:
        return []
    found = [_trace(one, passages, training) for one in joined(training.shadows([passage.text for passage in passages]))]
    return sorted(found, key=lambda trace: -trace.n_chars * trace.agreement)[:MOST]


def joined(shadows: Sequence[Shadow]) -> list[list[Shadow]]:
    """Windows that touch and run along one document, the offset slipping by no more than 12 characters, as one stretch each."""
    ordered = sorted(shadows, key=lambda one: (one.passage, one.document, one.start))
    breaks = [i for i, (a, b) in enumerate(pairwise(ordered), start=1) if not _goes_on(a, b)]
    return [ordered[start:end] for start, end in pairwise([0, *breaks, len(ordered)]) if start < end]


def _goes_on(a: Shadow, b: Shadow) -> bool:
    slipped = abs((b.place - b.start) - (a.place - a.start))
    return (a.passage, a.document) == (b.passage, b.document) and b.start <= a.start + a.n_chars and slipped <= SLIP


def _trace(windows: Sequence[Shadow], passages: Sequence[Passage], training: Training) -> Trace:
    first, last = windows[0], windows[-1]
    passage, document = passages[first.passage], training.index.scan.texts[first.document]
    mine, theirs = _unbroken(passage.text), _unbroken(document)
    start, end = int(mine[first.start]), int(mine[last.start + last.n_chars - 1]) + 1
    place, past = int(theirs[first.place]), int(theirs[min(first.place + _QUOTE, len(theirs)) - 1]) + 1
    return Trace(
        passage=passage.id,
        start=start,
        n_chars=end - start,
        document=training.index.names[first.document],
        held_out=not training.trained[first.document],
        place=place,
        agreement=float(np.mean([one.agreement for one in windows])),
        text=passage.text[start : min(end, start + _QUOTE)],
        source_text=document[place:past],
    )


def _unbroken(text: str) -> Positions:
    """Where the characters stand that are neither line ends nor tabs, which shadows do not count."""
    return np.array([i for i, char in enumerate(text) if char not in "\n\r\t"], dtype=np.int64)
