"""Runs `generators train`: fits a generator and saves it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit._util.escape import visible
from evalkit._util.formatting import count
from evalkit.cli import options as opt
from evalkit.cli.groups import takes_groups
from evalkit.cli.stderr import shown
from evalkit.errors import UsageError
from generators.cli.score import in_words

if TYPE_CHECKING:  # numpy would slow down every --help
    from evalkit.text.corpus import Corpus, Split
    from generators.training.folder import CheckpointSampling

LEARNED = ("letters.jsd", "wordlen.w1", "suffix.ing", "suffix.ed", "suffix.tion", "function.share", "vocab.hit")
"""The article's measures: what is watched while a model learns."""


@takes_groups
def train(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A generator, such as ngram:order=8.")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder of the saved model.")],
    corpus: opt.CorpusOptions,
    reading: opt.ReadingOptions,
    seed: opt.Seed = 0,
    scale: Annotated[
        float | None,
        typer.Option("--scale", help="Share of the epochs of a preset; the option scale of SPEC."),
    ] = None,
    score_every: Annotated[
        int | None,
        typer.Option(
            "--score-every",
            metavar="UPDATES",
            min=1,
            help="Sample and measure the model this often; `compare DIR/checkpoints` shows how it learned.",
        ),
    ] = None,
    passages: Annotated[int, typer.Option("--passages", min=1, help="Passages to sample for each measurement.")] = 20,
    chars: Annotated[int, typer.Option("--chars", min=1, help="Characters per passage.")] = 1000,
    keep_every: Annotated[
        float,
        typer.Option("--keep-every", metavar="SECONDS", min=0, help="Time between saved states: the most that a killed run loses."),
    ] = 30.0,
    restart: Annotated[bool, typer.Option("--restart", help="Start again; do not continue an interrupted training.")] = False,
    format_: opt.ListingFormat = "text",
    no_progress: opt.NoProgress = False,
) -> None:
    """Fit a generator to the training documents of a corpus and save it; an interrupted training is continued."""
    # Imported here so that --help and usage errors answer at once.
    from evalkit.evaluation.likelihood import measured_likelihood
    from generators.base import check_amount
    from generators.cli import tasks
    from generators.storage.models import check_replaceable, save
    from generators.training.folder import TrainingFolder

    if tasks.is_model(spec):
        raise UsageError(f'"{spec}" is trained already.', remedy="Name a generator, such as ngram:order=8.")
    spec = spec if scale is None else _scaled(spec, scale)
    _check_scored(spec, score_every)
    check_amount(passages, chars)
    read_corpus, split = corpus.read(reading)
    check_replaceable(output)
    sampling = None if score_every is None else _sampling(read_corpus, split, score_every, n_passages=passages, n_chars=chars)
    folder = TrainingFolder(output, spec=spec, seed=seed, sampling=sampling, keep_seconds=keep_every)
    with folder.held():
        if restart:
            folder.restart()
        if folder.was_cut_short:
            typer.echo(f"Continuing the training in {visible(str(folder.folder))}.", err=True)
        with shown(enabled=not no_progress) as progress:
            generator = tasks.fit(spec, split, seed=seed, hooks=folder.hooks(), progress=progress)
        held_out = [document.text for document in split.held_out]
        measured = measured_likelihood(generator, held_out) if generator.can_score else None
        extra = tasks.record(read_corpus, split, seed=seed, measured=measured)
        save(generator, output, extra=extra, parts=folder.parts())
    if format_ == "json":
        typer.echo(json.dumps({"output": str(output), **generator.describe(), **extra}))
        return
    typer.echo(
        f"{spec} trained on {count(len(split.train), 'document')} of {visible(read_corpus.name)}, saved in {visible(str(output))}"
    )
    if measured:
        typer.echo(in_words(measured))


def _scaled(spec: str, scale: float) -> str:
    """The specification with the option scale."""
    from generators import parse_generator

    parsed = parse_generator(spec)
    return str(replace(parsed, options={**parsed.options, "scale": str(scale)}))


def _check_scored(spec: str, score_every: int | None) -> None:
    from generators import create

    if score_every is not None and not create(spec).trains_in_updates:
        raise UsageError(
            f"{spec} is not trained in updates, so it cannot be scored while it is trained.", remedy="Leave out --score-every."
        )


def _sampling(corpus: Corpus, split: Split, every: int, *, n_passages: int, n_chars: int) -> CheckpointSampling:
    """The sampling and measuring that goes on while the model is trained."""
    from evalkit.evaluation.online import SampleScores
    from generators.training.folder import CheckpointSampling

    return CheckpointSampling(every=every, n_passages=n_passages, n_chars=n_chars, scores=SampleScores(corpus, split, LEARNED))
