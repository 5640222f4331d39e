"""Runs `evalkit sweep`: one generator at several temperatures."""

from __future__ import annotations

from typing import Annotated

import typer

from evalkit.cli import options as opt
from evalkit.cli.groups import takes_groups
from evalkit.cli.output import check_run_writable, deliver
from evalkit.cli.request import evaluation_request
from evalkit.cli.stderr import shown


@takes_groups
def sweep(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A generator or a saved model.")],
    temperature: Annotated[
        str, typer.Option("--temperature", metavar="LOW:HIGH:STEP", help="Temperatures, or a list such as 0.7,1.")
    ] = "0.5:1.2:0.1",
    *,
    corpus: opt.CorpusOptions,
    reading: opt.ReadingOptions,
    measures: opt.MeasureOptions,
    shape: opt.ShapeOptions,
    seed: opt.Seed = 0,
    truncation: opt.TruncationOptions,
    no_cache: opt.NoCache = False,
    out: opt.RunOutputOptions,
) -> None:
    """Sample one generator at several temperatures, and show which one reads most like the corpus."""
    check_run_writable(out.files)
    from evalkit.gating.sweep import parse_temperatures
    from evalkit.gating.sweep import sweep as run

    temperatures = parse_temperatures(temperature)
    request = evaluation_request(
        [spec],
        corpus=corpus,
        reading=reading,
        measures=measures,
        shape=shape,
        seed=seed,
        sampling=truncation,
        no_cache=no_cache,
        every_kind=False,
        kind="sweep",
    )
    with shown(enabled=out.progress) as progress:
        outcome = run(request, temperatures, progress=progress)
    deliver(outcome, out)
