"""`train`: fit a generator and save it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from evalkit.cli import options as opt
from evalkit.cli.progress import shown
from evalkit.errors import UsageError
from evalkit.text.corpus import EMBEDDED
from evalkit.text.visible import visible
from generators import tasks
from generators.cli.shared import Format, Spec, check_format, in_words
from generators.saved import save


def train(
    spec: Spec,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder of the saved model.")],
    reference: opt.Reference = EMBEDDED,
    held_out: opt.HeldOut = None,
    held_out_share: opt.HeldOutShare = 0.2,
    text_field: opt.TextField = None,
    document_field: opt.DocumentField = None,
    encoding: opt.Encoding = "utf-8",
    errors: opt.Errors = "strict",
    seed: opt.Seed = 0,
    format_: Format = "text",
    no_progress: opt.NoProgress = False,
) -> None:
    """Fit a generator to the training documents of a corpus and save it."""
    check_format(format_)
    _refuse_model(spec)
    read = opt.read_options(
        encoding=encoding, errors=errors, text_field=text_field, document_field=document_field, passage_field=None
    )
    corpus, split = opt.reference(reference, held_out=held_out, share=held_out_share, seed=seed, read=read)
    with shown(enabled=not no_progress) as progress:
        generator = tasks.fit(spec, split, seed=seed, progress=progress)
    measured = tasks.score(generator, [document.text for document in split.held_out]) if generator.can_score else None
    extra = tasks.record(corpus, split, seed=seed, measured=measured)
    save(generator, output, extra=extra)
    if format_ == "json":
        typer.echo(json.dumps({"output": str(output), **generator.describe(), **extra}))
        return
    typer.echo(f"{spec} trained on {len(split.train)} documents of {visible(corpus.name)}, saved in {visible(str(output))}")
    if measured:
        typer.echo(in_words(measured))


def _refuse_model(spec: str) -> None:
    if tasks.is_model(spec):
        raise UsageError(f'"{spec}" is trained already.', remedy="Name a generator, such as ngram:order=8.")
