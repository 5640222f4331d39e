"""Runs `evalkit score`: one candidate, metric by metric, with intervals and the human floor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.cli import options as opt
from evalkit.cli.groups import takes_groups
from evalkit.cli.output import check_run_writable, deliver
from evalkit.cli.request import evaluation_request
from evalkit.cli.stderr import shown

if TYPE_CHECKING:
    from evalkit.results import Results


@takes_groups
def score(
    samples: Annotated[
        str, typer.Argument(metavar="SAMPLES", help="A file, folder, glob or URL of samples, or any other candidate.")
    ],
    *,
    corpus: opt.CorpusOptions,
    reading: opt.SampleReadingOptions,
    measures: opt.MeasureOptions,
    shape: opt.ShapeOptions,
    seed: opt.Seed = 0,
    no_cache: opt.NoCache = False,
    where: opt.EngineOptions,
    dry_run: opt.DryRun = False,
    out: opt.RunOutputOptions,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Print in a screen the words, letters and lengths that make up the differences, and where they occur."
        ),
    ] = False,
) -> None:
    """Score one file or folder of samples against a reference corpus, metric by metric."""
    check_run_writable(out.files)
    from evalkit.evaluation.compare import compare

    request = evaluation_request(
        [samples],
        corpus=corpus,
        reading=reading,
        measures=measures,
        shape=shape,
        seed=seed,
        sampling=opt.TruncationOptions(),
        no_cache=no_cache,
        kind="score",
    )
    if dry_run:
        from evalkit.cli.setup.preview import preview_comparison

        preview_comparison(request, writes=out.written)
        return
    with shown(enabled=out.progress) as progress, where.started() as engine:
        outcome = compare(replace(request, engine=engine), progress=progress)
    deliver(outcome, out)
    if explain and out.format_ == "text" and not out.quiet:
        _print_explanation(outcome.results)


def _print_explanation(results: Results) -> None:
    from rich.console import Console

    from evalkit.report.terminal.explanation import explanation_lines

    for lines in explanation_lines(results, width=Console().width):
        typer.echo("\n" + "\n".join(lines))
