"""Logs results to Weights & Biases, `log_wandb`: into the run that is open, or else into a run of its own."""

from __future__ import annotations

import os
from typing import Any

from evalkit.trackers.record import Record

_PROJECT = "evalkit"


def log_wandb(record: Record, *, step: int | None = None, project: str | None = None, run_name: str | None = None) -> str:
    """Logs to the project that is given; with WANDB_MODE=offline into the folder `wandb/`, from where `wandb sync` sends it.

    Args:
        record: what is logged.
        step: of the training.
        project: of a run of its own; WANDB_PROJECT, or else `evalkit`, unless given.
        run_name: of a run of its own.

    Returns:
        The run.
    """
    import wandb

    if wandb.run is not None:
        _log(wandb, wandb.run, record, step)
        return _place(wandb.run)
    name = project or os.environ.get("WANDB_PROJECT") or _PROJECT
    with wandb.init(project=name, name=run_name or record.title, job_type="evalkit") as run:
        _log(wandb, run, record, step)
    return _place(run)


def _log(wandb: Any, run: Any, record: Record, step: int | None) -> None:
    prefix, numbers = record.prefix, record.all_numbers
    if step is not None:
        # A step of our own: the run's counter may be ahead of it already, and then numbers would be dropped.
        for group in (prefix, f"{prefix}_ranges", f"{prefix}_gate"):
            run.define_metric(f"{group}/*", step_metric=f"{prefix}/step")
        numbers = {**numbers, f"{prefix}/step": step}
    page = record.files.get("index.html")
    run.log({**numbers, **({} if page is None else {f"{prefix}/report": wandb.Html(page, inject=False)})})
    run.config.update({prefix: dict(record.params)}, allow_val_change=True)
    run.summary.update({f"{prefix}/{key}": value for key, value in record.tags.items()})
    artifact = wandb.Artifact(f"{prefix}-report-{run.id}", type="report", description=record.sentence)
    for name, content in record.files.items():
        with artifact.new_file(name, encoding="utf-8") as file:
            file.write(content)
    run.log_artifact(artifact)


def _place(run: Any) -> str:
    if not run.offline:
        return str(run.url)
    # The files of an offline run, which has no address, stand in the folder above.
    return f"run {run.id} in {os.path.dirname(run.dir)}"  # noqa: PTH120 - a path of another library, as it is
