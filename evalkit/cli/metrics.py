"""Runs `evalkit metrics`: lists the metrics, or explains some of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.cli import options as opt

if TYPE_CHECKING:  # numpy would slow down every --help
    from evalkit.metrics.base import Declaration


def metrics(
    patterns: Annotated[
        list[str] | None,
        typer.Argument(metavar="[list|show] [ID]", help="Metrics or patterns; all metrics in a table unless given."),
    ] = None,
    language: opt.Language = "en",
    format_: opt.ListingFormat = "text",
) -> None:
    """List the metrics, or explain some: `metrics show novelty.chars_20`."""
    from evalkit.metrics import select

    verb, wanted = ("show" if patterns else "list"), patterns or []
    if wanted and wanted[0] in ("list", "show"):
        verb, wanted = wanted[0], wanted[1:]
    selected = select(wanted, language=language)
    if format_ == "json":
        typer.echo(json.dumps([_row(metric) for metric in selected], ensure_ascii=False, indent=1))
    elif verb == "show":
        for metric in selected:
            _explain(metric)
    else:
        from evalkit.report.terminal.scores import print_table

        rows = [(m.id, str(m.family), m.direction, f"{m.label}, in {m.unit}") for m in selected]
        print_table("Metrics", ("id", "family", "good", "what"), rows)


def _row(metric: Declaration) -> dict[str, object]:
    names = ("id", "family", "label", "unit", "direction", "version", "summary", "formula", "source", "headline", "judged")
    return {**{name: getattr(metric, name) for name in names}, "gated": metric.gated}


_APART = {
    "items": "by item: the largest parts of the value",
    "words": "by word: those that make up the difference",
    "missing words": "by word: those that are not among them",
    None: "-",
}


def _explain(metric: Declaration) -> None:
    low, high = metric.bounds
    typer.echo(
        f"{metric.id} (version {metric.version}): {metric.label}\n"
        f"  {metric.summary}\n"
        f"  family     {metric.family}{'' if metric.judged else ' (reported, not judged)'}\n"
        f"  formula    {metric.formula}\n"
        f"  unit       {metric.unit}\n"
        f"  good       {metric.direction}\n"
        f"  bounds     {'-' if low is None else low} to {'-' if high is None else high}\n"
        f"  needs      {metric.needs}\n"
        f"  source     {metric.source}\n"
        f"  interval   {metric.interval}\n"
        f"  explained  {_APART[metric.explained_by]}\n"
    )
