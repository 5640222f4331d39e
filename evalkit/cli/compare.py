"""Runs `evalkit compare`: fits, samples and scores candidates beside each other."""

from __future__ import annotations

from typing import Annotated

import typer

from evalkit.cli import options as opt
from evalkit.cli.groups import takes_groups
from evalkit.cli.output import check_run_writable, deliver
from evalkit.cli.request import evaluation_request
from evalkit.cli.stderr import shown


@takes_groups
def compare(
    candidates: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CANDIDATE",
            help="Generators (unigram, ngram:order=8, lstm, human ...), saved models (model:DIR) or samples (file, folder, glob, URL); "
            "NAME=SPEC gives a name. The default generators unless given.",
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
    out: opt.RunOutputOptions,
) -> None:
    """Compare generators or samples with a reference corpus, and write a report under reports/."""
    check_run_writable(out.files)
    from evalkit.evaluation.compare import DEFAULT_CANDIDATES
    from evalkit.evaluation.compare import compare as run
    from evalkit.metrics import main_metrics

    request = evaluation_request(
        candidates or DEFAULT_CANDIDATES,
        corpus=corpus,
        reading=reading,
        measures=measures,
        shape=shape,
        seed=seed,
        sampling=sampling,
        no_cache=no_cache,
        defaults=() if measures.patterns else main_metrics(measures.language),
    )
    with shown(enabled=out.progress) as progress:
        outcome = run(request, progress=progress)
    deliver(outcome, out)
