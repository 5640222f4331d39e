"""Runs `evalkit compare`: fits, samples and scores candidates beside each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from evalkit.cli import options as opt
from evalkit.cli.config import configuration
from evalkit.cli.groups import takes_groups
from evalkit.cli.output import check_run_writable, deliver
from evalkit.cli.request import evaluation_request
from evalkit.cli.setup.described import candidate_specs
from evalkit.cli.setup.preview import preview_comparison
from evalkit.cli.stderr import shown


@takes_groups
def compare(
    context: typer.Context,
    candidates: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CANDIDATE",
            help="Generators (unigram, ngram:order=8, lstm, human ...), saved models (model:DIR) or samples (file, folder, glob, URL); "
            "NAME=SPEC gives a name. Those of the configuration file unless given, and else the default generators.",
        ),
    ] = None,
    *,
    corpus: opt.CorpusOptions,
    reading: opt.SampleReadingOptions,
    measures: opt.MeasureOptions,
    shape: opt.ShapeOptions,
    seed: opt.Seed = 0,
    sampling: opt.SamplingOptions,
    no_cache: opt.NoCache = False,
    where: opt.EngineOptions,
    dry_run: opt.DryRun = False,
    out: opt.RunOutputOptions,
) -> None:
    """Compare generators or samples with a reference corpus, and write a report under reports/."""
    check_run_writable(out.files)
    from evalkit.evaluation.compare import compare as run
    from evalkit.evaluation.defaults import default_candidates
    from evalkit.metrics import main_metrics

    named = candidates or candidate_specs(configuration(context))
    specs, notes = (named, []) if named else default_candidates()
    request = evaluation_request(
        specs,
        corpus=corpus,
        reading=reading,
        measures=measures,
        shape=shape,
        seed=seed,
        sampling=sampling,
        no_cache=no_cache,
        defaults=() if measures.patterns else main_metrics(measures.language),
    )
    if dry_run:
        preview_comparison(request, writes=out.written)
        return
    with shown(enabled=out.progress) as progress, where.started() as engine:
        outcome = run(replace(request, notes=notes, engine=engine), progress=progress)
    deliver(outcome, out)
