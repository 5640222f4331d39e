"""Holds what a training on the command line writes into the model's folder while it runs: `TrainingFolder`."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from evalkit._util.atomic import discard, write_atomically
from evalkit._util.escape import visible
from evalkit._util.lock import exclusive
from evalkit._util.paths import exists, is_folder
from evalkit._util.tensorboard import Scalars
from evalkit.errors import UsageError
from generators.storage.models import WORK
from generators.training.checkpoints import SampledCheckpoint, file_of, passage_lines, write_checkpoint
from generators.training.hooks import Checkpoint, Measurement, TrainingHooks
from generators.training.resume import FILE

CHECKPOINTS, LOGS = "checkpoints", "logs"
"""Folders that move from the work folder to the finished model."""
TABLE = "training.csv"
_COLUMNS = ("updates", "characters", "seconds", "train_bits", "held_out_bits", "learning_rate", "characters_per_second")


class TrainingLog:
    """`training.csv` with one row a measurement, and a folder of TensorBoard events beside it.

    Args:
        folder: made when something is first written.
    """

    def __init__(self, folder: Path) -> None:
        self._table = folder / TABLE
        self._scalars = Scalars(str(folder / "tensorboard"))

    def measured(self, now: Measurement) -> None:
        """Adds a measurement.

        A training that resumes from a kept state repeats the updates after it, so rows of as many updates or more are replaced.
        """
        row = asdict(now) | {"characters_per_second": round(now.characters / max(now.seconds, 1e-6))}
        rows = [old for old in self._rows() if int(old["updates"]) < now.updates]
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows([*rows, row])
        write_atomically(self._table, text.getvalue())
        self._scalars.write({f"training/{key}": value for key, value in row.items() if value is not None}, now.updates)

    def sampled(self, values: Mapping[str, float | None], updates: int) -> None:
        """Adds the metrics of a checkpoint's samples to TensorBoard's curves."""
        self._scalars.write({f"evalkit/{id_}": value for id_, value in values.items() if value is not None}, updates)

    def _rows(self) -> list[dict[str, str]]:
        if not exists(self._table):
            return []
        with self._table.open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if (row.get("updates") or "").isdigit()]


@dataclass(frozen=True, kw_only=True)
class CheckpointSampling:
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


class TrainingFolder:
    """The work folder of one training.

    Args:
        output: the model's folder.
        spec: what is trained.
        seed: of training and sampling.
        sampling: at checkpoints; None makes none.
        keep_seconds: a run that is killed loses at most so much training.
    """

    def __init__(
        self, output: Path, *, spec: str, seed: int, sampling: CheckpointSampling | None = None, keep_seconds: float = 30.0
    ) -> None:
        self._output = output
        self.folder = output / WORK
        self._spec, self._seed, self._sampling, self._keep_seconds = spec, seed, sampling, keep_seconds
        self._log = TrainingLog(self.folder / LOGS)

    @property
    def was_cut_short(self) -> bool:
        """Whether an earlier training was interrupted and left its state."""
        return exists(self.folder / FILE)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keeps other programs from training into the same folder meanwhile: they would write over each other's checkpoints.

        Raises:
            UsageError: when another one does.
        """
        with exclusive(self._output) as free:
            if not free:
                raise UsageError(
                    f'Another program is training a model in "{visible(str(self._output))}".',
                    remedy="Wait until it has finished, or choose another folder.",
                )
            yield

    def restart(self) -> None:
        """Removes what an earlier training left."""
        discard(self.folder)

    def hooks(self) -> TrainingHooks:
        """The hooks of the fit."""
        return TrainingHooks(
            folder=self.folder,
            keep_seconds=self._keep_seconds,
            checkpoint_every=self._sampling.every if self._sampling else None,
            on_measured=self._log.measured,
            on_checkpoint=self._sample,
        )

    def parts(self) -> dict[str, Path]:
        """The folders that the finished model takes along, by name."""
        return {name: self.folder / name for name in (CHECKPOINTS, LOGS) if is_folder(self.folder / name)}

    def _sample(self, now: Checkpoint) -> None:
        """Draws and measures passages of the present model, with the same seed each time, so that only the model changes."""
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
            list(passage_lines(texts, spec=self._spec, seed=self._seed, first=0)),
            spec=self._spec,
            seed=self._seed,
        )
        self._log.sampled(values, now.updates)
