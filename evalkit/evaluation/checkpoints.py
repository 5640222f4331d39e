"""Scores the checkpoints of a training, one entry a checkpoint: `learning` gives the learning curve of a model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evalkit._util.formatting import count
from evalkit.evaluation.candidates import Candidate
from evalkit.evaluation.scorer import Scorer
from evalkit.evaluation.shape import samples_at_shape
from evalkit.text.io.readers import ReadOptions, read_passages
from generators.base import Progress
from generators.training.checkpoints import read_index


def learning(candidate: Candidate, scorer: Scorer, options: ReadOptions, *, progress: Progress) -> dict[str, Any]:
    """The entry of `results.learning` for a candidate that is a folder of checkpoints.

    Args:
        candidate: of the comparison.
        scorer: of the comparison, so that checkpoints have the shape of the candidates.
        options: how samples are read.
        progress: told which checkpoint is scored.

    Raises:
        InputError: when samples cannot be read.
        ModelError: when an index is damaged.
    """
    return {"name": candidate.name, "checkpoints": list(_checkpoints(candidate, scorer, options, progress))}


def _checkpoints(candidate: Candidate, scorer: Scorer, options: ReadOptions, progress: Progress) -> Iterator[dict[str, Any]]:
    index = read_index(candidate.spec)
    for done, checkpoint in enumerate(index):
        progress(f"scoring {candidate.name} after {count(checkpoint.updates, 'update')}", done, len(index))
        passages = list(read_passages(Path(candidate.spec) / checkpoint.file, options=options))
        yield {
            "updates": checkpoint.updates,
            "characters": checkpoint.characters,
            "seconds": checkpoint.seconds,
            "bits_per_char": checkpoint.held_out_bits,
            "rows": scorer.headline(samples_at_shape(candidate, passages, scorer.shape, seed=scorer.seed).passages),
        }
