"""`score`: one candidate, with intervals and floor."""

from __future__ import annotations

from typing import Annotated

import typer

from evalkit.cli import options as opt
from evalkit.cli.output import check_outputs, deliver
from evalkit.cli.progress import shown


def score(
    samples: Annotated[
        str, typer.Argument(metavar="SAMPLES", help="A file, folder, glob or URL of samples, or any other candidate.")
    ],
    reference: opt.Reference = "embedded",
    held_out: opt.HeldOut = None,
    held_out_share: opt.HeldOutShare = 0.2,
    text_field: opt.TextField = None,
    document_field: opt.DocumentField = None,
    passage_field: opt.PassageField = None,
    encoding: opt.Encoding = "utf-8",
    errors: opt.Errors = "strict",
    language: opt.Language = "en",
    metrics: opt.Metrics = None,
    passages: opt.Passages = None,
    chars: opt.Chars = None,
    seed: opt.Seed = 0,
    no_cache: opt.NoCache = False,
    output: opt.Output = None,
    format_: opt.Format = "text",
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Print which letters, lengths and words the differences consist of, and where they show."),
    ] = False,
    no_progress: opt.NoProgress = False,
    quiet: opt.Quiet = False,
) -> None:
    """Score one file or folder of samples against a reference corpus, metric by metric."""
    check_outputs(output or [], format_, run=True)
    from evalkit.evaluation.candidates import parse_candidates
    from evalkit.evaluation.compare import compare
    from evalkit.evaluation.request import CompareRequest
    from evalkit.metrics import select

    chosen = select(opt.as_list(metrics), language=language)
    parsed = parse_candidates([samples], cached=not no_cache)
    read = opt.read_options(
        encoding=encoding, errors=errors, text_field=text_field, document_field=document_field, passage_field=passage_field
    )
    corpus, split = opt.reference(reference, held_out=held_out, share=held_out_share, seed=seed, read=read)
    request = CompareRequest(
        candidates=parsed,
        corpus=corpus,
        split=split,
        metrics=chosen,
        language=language,
        n_passages=passages,
        n_chars=chars,
        seed=seed,
        read=read,
        kind="score",
    )
    with shown(enabled=not (no_progress or quiet)) as progress:
        outcome = compare(request, progress=progress)
    deliver(outcome, outputs=output or [], format_=format_, quiet=quiet)
    if explain and format_ == "text" and not quiet:
        from itertools import chain

        from evalkit.report.terminal import alignments as traces
        from evalkit.report.terminal import explanation as explained
        from evalkit.report.terminal.scores import print_table

        for title, head, rows in chain(traces.tables(outcome.results), explained.tables(outcome.results)):
            print_table(title, head, rows)
