"""A training on the command line: what it keeps in the model's folder while it goes on, and what becomes of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evalkit._util.atomic import discard
from generators.cli import tasks
from generators.storage.models import WORK
from generators.training.checkpoints import SampledCheckpoint, file_of, write_checkpoint
from generators.training.log import TrainLog
from generators.training.session import Checkpoint, Session
from generators.training.state import FILE

CHECKPOINTS, LOGS = "checkpoints", "logs"
"""What is moved from there to the finished model."""


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """What is sampled and measured at checkpoints.

    Args:
        every: updates between two checkpoints.
        n_passages, n_chars: sampled at each.
        scores: passages -> metric id -> value.
    """

    every: int
    n_passages: int
    n_chars: int
    scores: Callable[[Sequence[str]], Mapping[str, float | None]]


class TrainRun:
    """The work folder of one training.

    Args:
        output: the model's folder.
        spec: what is trained.
        seed: of training and sampling.
        sampling: at checkpoints; None makes none.
        keep_seconds: at most so much training is lost when the run is killed.
    """

    def __init__(self, output: Path, *, spec: str, seed: int, sampling: Sampling | None = None, keep_seconds: float = 30.0) -> None:
        self.folder = output / WORK
        self._spec, self._seed, self._sampling, self._keep_seconds = spec, seed, sampling, keep_seconds
        self._log = TrainLog(self.folder / LOGS)

    @property
    def was_cut_short(self) -> bool:
        """Whether an earlier training left its state."""
        return (self.folder / FILE).exists()

    def restart(self) -> None:
        """Forgets what an earlier training left."""
        discard(self.folder)

    def session(self) -> Session:
        """What surrounds the fit."""
        return Session(
            folder=self.folder,
            keep_seconds=self._keep_seconds,
            checkpoint_every=self._sampling.every if self._sampling else None,
            on_measured=self._log.measured,
            on_checkpoint=self._sample,
        )

    def parts(self) -> dict[str, Path]:
        """The folders that the finished model takes over, by name."""
        return {name: self.folder / name for name in (CHECKPOINTS, LOGS) if (self.folder / name).is_dir()}

    def _sample(self, now: Checkpoint) -> None:
        """Draws and measures passages of the model as it is; the same seed each time, so that only the model changes."""
        assert self._sampling is not None
        texts = now.generator.sample(self._sampling.n_passages, self._sampling.n_chars, seed=self._seed)
        values = self._sampling.scores(texts)
        write_checkpoint(
            self.folder / CHECKPOINTS,
            SampledCheckpoint(
                updates=now.updates,
                characters=now.characters,
                seconds=now.seconds,
                held_out_bits=now.held_out_bits,
                file=file_of(now.updates),
                values=values,
            ),
            list(tasks.passage_lines(texts, spec=self._spec, seed=self._seed, first=0)),
            spec=self._spec,
            seed=self._seed,
        )
        self._log.sampled(values, now.updates)
