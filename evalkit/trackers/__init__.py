"""Logs results to trackers of experiments (MLflow, TensorBoard, Weights & Biases), `log`; `TRACKERS` names them.

- `record` is what a tracker is given: numbers, parameters, tags and files, under names that every tracker takes.
- Each tracker is a function in a file of its own, `(record, *, step, ...) -> place`, and a line in `TRACKERS`.
- Other packages bring trackers by entry points of the group `evalkit.trackers`, each such a function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.trackers.record import Record
    from evalkit.trackers.registry import TRACKERS, Destination, Tracker, log, parse_destination, tracker_named

__all__ = ["TRACKERS", "Destination", "Record", "Tracker", "log", "parse_destination", "tracker_named"]

_REGISTRY = f"{__name__}.registry"

__getattr__ = lazy_names(__name__, dict.fromkeys(__all__, _REGISTRY) | {"Record": f"{__name__}.record"})
