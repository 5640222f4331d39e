"""Reports where a candidate runs along the corpus (`traces`): the passage, the document, the first character there, and the text of both."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from evalkit.matching.alignment import SLIP, Shadow
from evalkit.matching.training_index import TrainingIndex
from evalkit.results import Trace
from evalkit.text.passages import Passage

_N_TRACES = 10
_QUOTED_CHARS = 60
"""Characters of the passage and of the document that are shown side by side."""


def traces(passages: Sequence[Passage], training: TrainingIndex | None) -> list[Trace]:
    """The stretches of passages that run along a document, those with the most agreeing characters first; at most ten.

    Args:
        passages: of one candidate.
        training: documents to search, held-out ones too; with None nothing is found.
    """
    if training is None:
        return []
    stretches = joined_windows(training.shadows([passage.text for passage in passages]))
    every = [_trace(windows, passages, training) for windows in stretches]
    return sorted(every, key=lambda trace: -trace.n_chars * trace.agreement)[:_N_TRACES]


def joined_windows(shadows: Sequence[Shadow]) -> list[list[Shadow]]:
    """Shadows in groups, one a stretch: windows that touch and run along one document, the offset slipping by at most 12 characters."""
    ordered = sorted(shadows, key=lambda shadow: (shadow.passage, shadow.document, shadow.start))
    breaks = [i for i, (a, b) in enumerate(pairwise(ordered), start=1) if not _continues(a, b)]
    return [ordered[start:end] for start, end in pairwise([0, *breaks, len(ordered)]) if start < end]


def _continues(a: Shadow, b: Shadow) -> bool:
    slipped = abs((b.place - b.start) - (a.place - a.start))
    return (a.passage, a.document) == (b.passage, b.document) and b.start <= a.start + a.n_chars and slipped <= SLIP


def _trace(windows: Sequence[Shadow], passages: Sequence[Passage], training: TrainingIndex) -> Trace:
    first, last = windows[0], windows[-1]
    passage, document = passages[first.passage], training.index.scan.spaced[first.document]
    start, end = first.start, last.start + last.n_chars
    return Trace(
        passage=passage.id,
        start=start,
        n_chars=end - start,
        document=training.index.names[first.document],
        held_out=not training.trained[first.document],
        place=first.place,
        agreement=float(np.mean([window.agreement for window in windows])),
        text=passage.text[start : min(end, start + _QUOTED_CHARS)],
        source_text=document[first.place : first.place + _QUOTED_CHARS],
    )
