"""Long trainings, whatever the model: hooks, state that survives an interruption, checkpoints with samples, and logs.

- `hooks` is what a caller passes to a fit (`TrainingHooks`) and what it hears (`Measurement`, `Checkpoint`).
- `resume` keeps the state of a training and takes interrupts between two updates.
- `checkpoints` is the folder of samples that a training leaves, which `compare` reads.
- `folder` is what `python -m generators train` writes while it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from generators.training.checkpoints import SampledCheckpoint, is_checkpoints, read_index
    from generators.training.hooks import Checkpoint, Measurement, TrainingHooks

__all__ = ["Checkpoint", "Measurement", "SampledCheckpoint", "TrainingHooks", "is_checkpoints", "read_index"]

__getattr__ = lazy_names(
    __name__,
    {
        "Checkpoint": "generators.training.hooks",
        "Measurement": "generators.training.hooks",
        "SampledCheckpoint": "generators.training.checkpoints",
        "TrainingHooks": "generators.training.hooks",
        "is_checkpoints": "generators.training.checkpoints",
        "read_index": "generators.training.checkpoints",
    },
)
