"""What surrounds a long fit: where it keeps its state, so that it can go on where it was cut short, and who hears how it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generators.base import Generator


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One measurement of a training.

    Args:
        updates: steps of the optimiser so far.
        characters: of training text read so far.
        seconds: of training so far, those before an interruption included.
        train_bits: bits per symbol of the training text since the last measurement.
        held_out_bits: of the held-out documents, with the present weights; None where nothing was held out.
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
    """A generator as it was at one moment of its training; other arguments as for `Measured`."""

    updates: int
    characters: int
    seconds: float
    held_out_bits: float | None
    generator: Generator


def _unheard(_: object) -> None:
    """Nobody listens."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """The surroundings of a fit that takes long; what it learns does not depend on them.

    Args:
        folder: where the state of training is kept, one file that is replaced as a whole; None keeps nothing.
        keep_seconds: at most so much training is lost when the run is killed.
        checkpoint_every: updates between two checkpoints; one more is made when the training ends. None makes none.
        on_measured: told of each measurement.
        on_checkpoint: given the generator at each checkpoint; its time is not counted as training.
    """

    folder: Path | None = None
    keep_seconds: float = 30.0
    checkpoint_every: int | None = None
    on_measured: Callable[[Measured], None] = _unheard
    on_checkpoint: Callable[[Checkpoint], None] = _unheard
