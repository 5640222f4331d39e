"""Runs `generators score`: bits per character of a text under a generator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit._util.escape import visible
from evalkit._util.formatting import count
from evalkit.cli import options as opt
from evalkit.cli.groups import takes_groups
from evalkit.cli.stderr import shown
from evalkit.errors import NoVerdict

if TYPE_CHECKING:  # numpy would slow down every --help
    from evalkit.evaluation.likelihood import Likelihood


@takes_groups
def score(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A generator, such as ngram:order=8, or a saved one, model:DIR.")],
    text: Annotated[
        str | None, typer.Argument(metavar="[FILE_OR_REF]", help="Text to score; the held-out documents unless given.")
    ] = None,
    *,
    corpus: opt.CorpusOptions,
    reading: opt.ReadingOptions,
    seed: opt.Seed = 0,
    format_: opt.ListingFormat = "text",
    no_progress: opt.NoProgress = False,
) -> None:
    """Measure the bits per character of a text under a generator; exit 3 if that is impossible."""
    # Imported here so that --help and usage errors answer at once.
    from evalkit.evaluation.likelihood import measured_likelihood
    from evalkit.text.corpus import read_corpus
    from generators.cli import tasks

    read = corpus.for_readers(reading)
    texts = [document.text for document in read_corpus(text, options=reading.for_readers()).documents] if text is not None else None
    with shown(enabled=not no_progress) as progress:
        if tasks.is_model(spec):
            generator = tasks.load_model(spec)
            texts = texts if texts is not None else tasks.held_out_of(spec, read_corpus(corpus.reference, options=read))
        else:
            _, split = corpus.read(reading)
            generator = tasks.fit(spec, split, seed=seed, progress=progress)
            texts = texts if texts is not None else [document.text for document in split.held_out]
    measured = measured_likelihood(generator, texts)
    typer.echo(json.dumps({"generator": spec, **measured.summary()}) if format_ == "json" else in_words(measured))
    if measured.bits_per_char is None:
        raise typer.Exit(NoVerdict.exit_code)


def in_words(measured: Likelihood) -> str:
    """A score as one line of text."""
    over = f"{measured.characters:,} characters of {count(measured.documents, 'document')}"
    clause = measured.unknown_in_words()
    unknown = f"; {visible(clause)}" if clause else ""
    if measured.bits_per_char is None:
        return f"not measured over {over}: {visible(measured.reason)}{unknown}"
    per_byte = f", {measured.bits_per_byte:.4f} per byte" if measured.bits_per_byte is not None else ""
    return f"{measured.bits_per_char:.4f} bits per character{per_byte} over {over}{unknown}"
