"""Logs results for TensorBoard, `log_tensorboard`: numbers as curves, the sentence as text, and the page as a file beside them."""

from __future__ import annotations

from pathlib import Path

from evalkit._util.atomic import write_atomically
from evalkit._util.tensorboard import Scalars
from evalkit.trackers.record import Record


def log_tensorboard(record: Record, *, step: int | None = None, folder: str = "runs/evalkit") -> str:
    """Logs into a folder, which `tensorboard --logdir` shows. TensorBoard itself is not needed.

    Args:
        record: what is logged.
        step: of the training; 0 unless given.
        folder: made if there is none.

    Returns:
        The folder.
    """
    place, at = Path(folder), step or 0
    scalars = Scalars(place)
    scalars.write(record.all_numbers, at)
    facts = "".join(f"| {key} | {_cell(value)} |\n" for key, value in {**record.tags, **record.params}.items())
    scalars.write_texts({f"{record.prefix}/results": f"{record.sentence}\n\n| | |\n|---|---|\n{facts}"}, at)
    files = place / record.prefix if step is None else place / record.prefix / f"step-{step}"
    for name, content in record.files.items():
        write_atomically(files / name, content)
    return str(place)


def _cell(value: str) -> str:
    return value.replace("|", "\\|")
