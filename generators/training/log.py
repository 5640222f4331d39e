"""What a training measured, as a table and as TensorBoard's curves."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from evalkit._util.atomic import write_atomically
from evalkit._util.tensorboard import Scalars
from generators.training.session import Measured

TABLE = "training.csv"
_COLUMNS = ("updates", "characters", "seconds", "train_bits", "held_out_bits", "learning_rate", "characters_per_second")


class TrainLog:
    """`training.csv` with one row a measurement, and a folder of TensorBoard events beside it.

    Args:
        folder: made when something is first written.
    """

    def __init__(self, folder: Path) -> None:
        self._table = folder / TABLE
        self._scalars = Scalars(str(folder / "tensorboard"))

    def measured(self, now: Measured) -> None:
        """Adds a measurement. After an interruption it takes the place of what was written beyond the state that was kept."""
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
        if not self._table.exists():
            return []
        with self._table.open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if (row.get("updates") or "").isdigit()]
