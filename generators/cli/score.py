"""`score`: bits per character of a text."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from evalkit.cli import options as opt
from evalkit.cli.progress import shown
from evalkit.text.corpus import EMBEDDED, read_corpus
from generators.cli import tasks
from generators.cli.shared import Format, SpecOrModel, check_format, in_words

_NO_VERDICT = 3


def score(
    spec: SpecOrModel,
    text: Annotated[
        str | None, typer.Argument(metavar="[FILE_OR_REF]", help="Text to score; the held-out documents without it.")
    ] = None,
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
    """Bits per character of a text under a generator; exit 3 where they cannot be measured."""
    check_format(format_)
    read = opt.read_options(
        encoding=encoding, errors=errors, text_field=text_field, document_field=document_field, passage_field=None
    )
    given = [document.text for document in read_corpus(text, options=read).documents] if text is not None else None
    with shown(enabled=not no_progress) as progress:
        if tasks.is_model(spec):
            generator = tasks.load_model(spec)
            texts = given if given is not None else tasks.held_out_of(spec, read_corpus(reference, options=read))
        else:
            _, split = opt.reference(reference, held_out=held_out, share=held_out_share, seed=seed, read=read)
            generator = tasks.fit(spec, split, seed=seed, progress=progress)
            texts = given if given is not None else [document.text for document in split.held_out]
    measured = tasks.score(generator, texts)
    typer.echo(json.dumps({"generator": spec, **asdict(measured)}) if format_ == "json" else in_words(measured))
    if measured.bits_per_char is None:
        raise typer.Exit(_NO_VERDICT)
