"""`compare`: fit, sample and score candidates; the project's main job."""

from __future__ import annotations

from typing import Annotated

import typer

from evalkit.cli import options as opt
from evalkit.cli.output import check_outputs, deliver
from evalkit.cli.progress import shown


def compare(
    candidates: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CANDIDATE",
            help="Generators (unigram, ngram:order=8, lstm, human ...), saved models (model:DIR) or samples (file, folder, glob, URL); "
            "NAME=SPEC gives a name. None: the default generators.",
        ),
    ] = None,
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
    temperature: opt.Temperature = 1.0,
    top_k: opt.TopK = None,
    top_p: opt.TopP = None,
    no_cache: opt.NoCache = False,
    output: opt.Output = None,
    format_: opt.Format = "text",
    no_progress: opt.NoProgress = False,
    quiet: opt.Quiet = False,
) -> None:
    """Compare generators or samples with a reference corpus, and write a report under reports/."""
    check_outputs(output or [], format_, run=True)
    # Imported here so that --help and usage errors answer at once.
    from evalkit.evaluation.candidates import parse_candidates
    from evalkit.evaluation.compare import DEFAULT_CANDIDATES
    from evalkit.evaluation.compare import compare as run
    from evalkit.evaluation.request import CompareRequest
    from evalkit.metrics import main_families, select

    patterns = opt.as_list(metrics) or main_families(language)
    parsed = parse_candidates(candidates or DEFAULT_CANDIDATES, cached=not no_cache)
    read = opt.read_options(
        encoding=encoding, errors=errors, text_field=text_field, document_field=document_field, passage_field=passage_field
    )
    decoding = opt.decoding(temperature=temperature, top_k=top_k, top_p=top_p)
    corpus, split = opt.reference(reference, held_out=held_out, share=held_out_share, seed=seed, read=read)
    request = CompareRequest(
        candidates=parsed,
        corpus=corpus,
        split=split,
        metrics=select(patterns, language=language),
        language=language,
        n_passages=passages,
        n_chars=chars,
        seed=seed,
        decoding=decoding,
        read=read,
    )
    with shown(enabled=not (no_progress or quiet)) as progress:
        outcome = run(request, progress=progress)
    deliver(outcome, outputs=output or [], format_=format_, quiet=quiet)
