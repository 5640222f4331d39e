"""`sweep`: the frontier over temperature."""

from __future__ import annotations

from typing import Annotated

import typer

from evalkit.cli import options as opt
from evalkit.cli.output import check_outputs, deliver
from evalkit.cli.progress import shown


def sweep(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A generator or a saved model.")],
    temperature: Annotated[
        str, typer.Option("--temperature", metavar="LOW:HIGH:STEP", help="Or a list, such as 0.7,1.")
    ] = "0.5:1.2:0.1",
    reference: opt.Reference = "embedded",
    held_out: opt.HeldOut = None,
    held_out_share: opt.HeldOutShare = 0.2,
    document_field: opt.DocumentField = None,
    text_field: opt.TextField = None,
    encoding: opt.Encoding = "utf-8",
    errors: opt.Errors = "strict",
    language: opt.Language = "en",
    metrics: opt.Metrics = None,
    passages: opt.Passages = None,
    chars: opt.Chars = None,
    seed: opt.Seed = 0,
    top_k: opt.TopK = None,
    top_p: opt.TopP = None,
    no_cache: opt.NoCache = False,
    output: opt.Output = None,
    format_: opt.Format = "text",
    no_progress: opt.NoProgress = False,
    quiet: opt.Quiet = False,
) -> None:
    """Sample one generator at several temperatures and show which reads most like the corpus, and on what."""
    check_outputs(output or [], format_, run=True)
    from evalkit.evaluation.candidates import parse_candidate
    from evalkit.evaluation.request import CompareRequest
    from evalkit.evaluation.sweep import parse_temperatures
    from evalkit.evaluation.sweep import sweep as run
    from evalkit.metrics import Metric, select

    temperatures = parse_temperatures(temperature)
    read = opt.read_options(
        encoding=encoding, errors=errors, text_field=text_field, document_field=document_field, passage_field=None
    )
    corpus, split = opt.reference(reference, held_out=held_out, share=held_out_share, seed=seed, read=read)
    request = CompareRequest(
        candidates=[parse_candidate(spec, cached=not no_cache)],
        corpus=corpus,
        split=split,
        metrics=select(opt.as_list(metrics), kind=Metric, language=language),
        language=language,
        n_passages=passages,
        n_chars=chars,
        seed=seed,
        decoding=opt.decoding(temperature=1.0, top_k=top_k, top_p=top_p),
        read=read,
        kind="sweep",
    )
    with shown(enabled=not (no_progress or quiet)) as progress:
        outcome = run(request, temperatures, progress=progress)
    deliver(outcome, outputs=output or [], format_=format_, quiet=quiet)
