"""How trained models learned: the samples of each checkpoint, scored like a candidate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evalkit.evaluation.candidates import Candidate, samples_at_shape
from evalkit.evaluation.scorer import Scorer
from evalkit.text.io.readers import ReadOptions, read_passages
from generators.base import Progress
from generators.training.checkpoints import is_checkpoints, read_index


def learning(candidates: Sequence[Candidate], scorer: Scorer, options: ReadOptions, *, progress: Progress) -> list[dict[str, Any]]:
    """One entry of `results.learning` for each candidate that is a folder of checkpoints.

    Args:
        candidates: of the comparison.
        scorer: of the comparison, so that checkpoints have the shape of the candidates.
        options: how samples are read.
        progress: told which checkpoint is scored.

    Raises:
        InputError: when samples cannot be read.
        ModelError: when an index is damaged.
    """
    trained = [
        candidate
        for candidate in candidates
        if candidate.kind == "samples" and candidate.texts is None and is_checkpoints(candidate.spec)
    ]
    return [
        {"name": candidate.name, "checkpoints": list(_checkpoints(candidate, scorer, options, progress))} for candidate in trained
    ]


def _checkpoints(candidate: Candidate, scorer: Scorer, options: ReadOptions, progress: Progress) -> Iterator[dict[str, Any]]:
    index = read_index(candidate.spec)
    for done, one in enumerate(index):
        progress(f"scoring {candidate.name} after {one.updates:,} updates", done, len(index))
        passages = list(read_passages(Path(candidate.spec) / one.file, options=options))
        yield {
            "updates": one.updates,
            "characters": one.characters,
            "seconds": one.seconds,
            "bits_per_char": one.held_out_bits,
            "rows": scorer.headline(samples_at_shape(candidate, passages, scorer.shape, seed=scorer.seed).passages),
        }
