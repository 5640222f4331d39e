"""Tells a long fit where to keep its state and whom to report to: `TrainingHooks`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generators.base import Generator


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One measurement of a training.

    Args:
        updates: steps of the optimiser so far.
        characters: of training text read so far.
        seconds: of training so far, including those before an interruption.
        train_bits: bits per symbol of the training text since the last measurement.
        held_out_bits: bits per symbol of the held-out documents with the present weights; None where nothing was held out.
        learning_rate: of the last update.
    """

    updates: int
    characters: int
    seconds: float
    train_bits: float
    held_out_bits: float | None
    learning_rate: float


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A generator as it was at one moment of its training; the other arguments are as for `Measurement`."""

    updates: int
    characters: int
    seconds: float
    held_out_bits: float | None
    generator: Generator


def _ignore(_: object) -> None:
    """The hook that does nothing."""


@dataclass(frozen=True, kw_only=True)
class TrainingHooks:
    """Where a fit that takes long keeps its state, and what is called on the way; what it learns does not depend on them.

    Args:
        folder: where the state of training is kept, in one file that is replaced as a whole; None keeps nothing.
        keep_seconds: a run that is killed loses at most so much training.
        checkpoint_every: updates between two checkpoints; one more is made when the training ends. None makes none.
        on_measured: called with each measurement.
        on_checkpoint: called with the generator at each checkpoint; its time does not count as training.
    """

    folder: Path | None = None
    keep_seconds: float = 30.0
    checkpoint_every: int | None = None
    on_measured: Callable[[Measurement], None] = _ignore
    on_checkpoint: Callable[[Checkpoint], None] = _ignore
