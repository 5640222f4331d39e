"""`metrics`: what can be measured."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from evalkit.cli import options as opt


def metrics(
    patterns: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Metrics or patterns; none: all of them.")] = None,
    format_: opt.Format = "text",
) -> None:
    """List the metrics, or explain some of them."""
    from evalkit.metrics import select

    chosen = select(patterns or [])
    if format_ == "json":
        rows = [
            {"id": m.id, "label": m.label, "unit": m.unit, "direction": m.direction, "version": m.version, "summary": m.summary}
            for m in chosen
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    elif patterns:
        for metric in chosen:
            _explain(metric.id)
    else:
        from evalkit.report.terminal import print_table

        print_table("Metrics", ("id", "unit", "good", "what"), [(m.id, m.unit, m.direction, m.label) for m in chosen])


def _explain(id_: str) -> None:
    from evalkit.metrics import all_metrics

    metric = all_metrics()[id_]
    low, high = metric.bounds
    typer.echo(
        f"{metric.id} (version {metric.version}): {metric.label}\n"
        f"  {metric.summary}\n"
        f"  formula    {metric.formula}\n"
        f"  unit       {metric.unit}\n"
        f"  good       {metric.direction}\n"
        f"  bounds     {'-' if low is None else low} to {'-' if high is None else high}\n"
        f"  needs      {metric.minimum.n} {metric.minimum.what}\n"
        f"  source     {metric.source}\n"
    )
