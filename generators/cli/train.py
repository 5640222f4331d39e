"""`train`: fit a generator and save it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from evalkit._util.escape import visible
from evalkit._util.formatting import count
from evalkit.cli import options as opt
from evalkit.cli.progress import shown
from evalkit.errors import UsageError
from evalkit.text.corpus import EMBEDDED
from generators import create, parse_generator
from generators.cli import tasks
from generators.cli.shared import Format, Spec, check_format, in_words
from generators.storage.models import check_replaceable, save
from generators.training.folder import CheckpointSampling, TrainingFolder

LEARNED = ("letters.jsd", "wordlen.w1", "suffix.ing", "suffix.ed", "suffix.tion", "function.share", "vocab.hit")
"""The article's measures: what is watched while a model learns."""


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
    scale: Annotated[
        float | None,
        typer.Option("--scale", help="Part of the epochs of one of the article's experiments; the option scale of SPEC."),
    ] = None,
    score_every: Annotated[
        int | None,
        typer.Option(
            "--score-every",
            metavar="UPDATES",
            min=1,
            help="Sample and measure the model so often; `compare DIR/checkpoints` shows how it learned.",
        ),
    ] = None,
    passages: Annotated[int, typer.Option("--passages", min=1, help="Passages sampled at each.")] = 20,
    chars: Annotated[int, typer.Option("--chars", min=1, help="Characters of each passage.")] = 1000,
    keep_every: Annotated[
        float, typer.Option("--keep-every", metavar="SECONDS", min=0, help="How much training a killed run may lose.")
    ] = 30.0,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew, not where a training was cut short.")] = False,
    format_: Format = "text",
    no_progress: opt.NoProgress = False,
) -> None:
    """Fit a generator to the training documents of a corpus and save it; go on where an earlier run was cut short."""
    check_format(format_)
    _refuse_model(spec)
    spec = spec if scale is None else _scaled(spec, scale)
    if score_every is not None and not create(spec).trains_in_updates:
        raise UsageError(
            f"{spec} is not trained in updates, so there is nothing to score on the way.", remedy="Leave out --score-every."
        )
    read = opt.read_options(
        encoding=encoding, errors=errors, text_field=text_field, document_field=document_field, passage_field=None
    )
    corpus, split = opt.reference(reference, held_out=held_out, share=held_out_share, seed=seed, read=read)
    check_replaceable(output)
    sampling = None
    if score_every is not None:
        from evalkit.evaluation.online import SampleScores  # here, so that --help answers at once

        scores = SampleScores(corpus, split, LEARNED)
        sampling = CheckpointSampling(every=score_every, n_passages=passages, n_chars=chars, scores=scores)
    folder = TrainingFolder(output, spec=spec, seed=seed, sampling=sampling, keep_seconds=keep_every)
    if restart:
        folder.restart()
    if folder.was_cut_short:
        typer.echo(f"Going on with the training in {visible(str(folder.folder))}.", err=True)
    with shown(enabled=not no_progress) as progress:
        generator = tasks.fit(spec, split, seed=seed, hooks=folder.hooks(), progress=progress)
    measured = tasks.score(generator, [document.text for document in split.held_out]) if generator.can_score else None
    extra = tasks.record(corpus, split, seed=seed, measured=measured)
    save(generator, output, extra=extra, parts=folder.parts())
    if format_ == "json":
        typer.echo(json.dumps({"output": str(output), **generator.describe(), **extra}))
        return
    typer.echo(
        f"{spec} trained on {count(len(split.train), 'document')} of {visible(corpus.name)}, saved in {visible(str(output))}"
    )
    if measured:
        typer.echo(in_words(measured))


def _scaled(spec: str, scale: float) -> str:
    """The specification with the option scale."""
    given = parse_generator(spec)
    return str(replace(given, options={**given.options, "scale": str(scale)}))


def _refuse_model(spec: str) -> None:
    if tasks.is_model(spec):
        raise UsageError(f'"{spec}" is trained already.', remedy="Name a generator, such as ngram:order=8.")
