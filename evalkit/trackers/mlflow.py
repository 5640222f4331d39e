"""Logs results to MLflow, `log_mlflow`: into the active run, or else into a run of its own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from evalkit._util.urls import without_keys
from evalkit.trackers.record import Record

log = logging.getLogger("evalkit")

_MOST_NUMBERS = 1000
"""Numbers that one request may hold (MAX_METRICS_PER_BATCH of mlflow.utils.validation)."""
_MOST_CHARS = 5000
"""Characters of a tag or a parameter; servers take 5,000 to 8,000 (MAX_TAG_VAL_LENGTH)."""


def log_mlflow(record: Record, *, step: int | None = None, experiment: str | None = None, run_name: str | None = None) -> str:
    """Logs to the server or store that `mlflow.set_tracking_uri` or MLFLOW_TRACKING_URI names.

    Args:
        record: what is logged.
        step: of the training.
        experiment: of a run of its own; the current experiment unless given.
        run_name: of a run of its own.

    Returns:
        The run and the store.
    """
    import mlflow

    active = mlflow.active_run()
    if active is not None:
        _log(mlflow, active, record, step)
        return _place(mlflow, active)
    with mlflow.start_run(experiment_id=_experiment(mlflow, experiment), run_name=run_name or record.title) as run:
        _log(mlflow, run, record, step)
    return _place(mlflow, run)


def _experiment(mlflow: Any, name: str | None) -> str | None:
    """The id of an experiment, which is made if there is none."""
    if name is None:
        return None
    known = mlflow.get_experiment_by_name(name)
    return str(mlflow.create_experiment(name) if known is None else known.experiment_id)


def _log(mlflow: Any, run: Any, record: Record, step: int | None) -> None:
    numbers = list(record.all_numbers.items())
    for start in range(0, len(numbers), _MOST_NUMBERS):
        mlflow.log_metrics(dict(numbers[start : start + _MOST_NUMBERS]), step=step)
    _log_params(mlflow, run, {f"{record.prefix}.{key}": value[:_MOST_CHARS] for key, value in record.params.items()})
    mlflow.set_tags({f"{record.prefix}.{key}": value[:_MOST_CHARS] for key, value in record.tags.items()})
    folder = record.prefix if step is None else f"{record.prefix}/step-{step}"
    for name, content in record.files.items():
        mlflow.log_text(content, f"{folder}/{name}")


def _log_params(mlflow: Any, run: Any, params: Mapping[str, str]) -> None:
    """Logs parameters; those that the run has already stay, as MLflow has it, and others in their place are told."""
    known = mlflow.get_run(run.info.run_id).data.params
    mlflow.log_params({key: value for key, value in params.items() if key not in known})
    if changed := [key for key, value in params.items() if known.get(key, value) != value]:
        log.warning(
            "The run keeps the first value of %s, which these results do not share: their numbers cannot be compared.",
            ", ".join(changed),
        )


def _place(mlflow: Any, run: Any) -> str:
    return f"run {run.info.run_id} of {without_keys(mlflow.get_tracking_uri())}"
