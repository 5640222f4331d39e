"""`sample`: write passages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evalkit._util.atomic import write_atomically
from evalkit._util.escape import visible
from evalkit._util.formatting import count
from evalkit.cli import options as opt
from evalkit.cli.progress import shown
from evalkit.errors import UsageError
from evalkit.text.corpus import EMBEDDED
from generators.base import Decoding
from generators.cli import tasks
from generators.cli.shared import SpecOrModel


def sample(
    spec: SpecOrModel,
    reference: opt.Reference = EMBEDDED,
    held_out: opt.HeldOut = None,
    held_out_share: opt.HeldOutShare = 0.2,
    text_field: opt.TextField = None,
    document_field: opt.DocumentField = None,
    encoding: opt.Encoding = "utf-8",
    errors: opt.Errors = "strict",
    passages: Annotated[int, typer.Option("--passages", min=1, help="How many passages.")] = 50,
    chars: Annotated[int, typer.Option("--chars", min=1, help="Characters of each passage.")] = 1000,
    first: Annotated[int, typer.Option("--first", min=0, help="Number of the first passage.")] = 0,
    seed: opt.Seed = 0,
    temperature: opt.Temperature = 1.0,
    top_k: opt.TopK = None,
    top_p: opt.TopP = None,
    prompt: Annotated[str, typer.Option("--prompt", help="Text that every passage continues.")] = "",
    stop: Annotated[str, typer.Option("--stop", help="length, or end: stop where a document ends.")] = "length",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="JSON Lines file; stdout without it.")
    ] = None,
    no_progress: opt.NoProgress = False,
) -> None:
    """Write passages of a generator, one JSON object with its text a line."""
    decoding = Decoding(temperature=temperature, top_k=top_k, top_p=top_p, prompt=prompt, stop=stop)
    if output is not None and output.suffix not in (".jsonl", ".ndjson"):
        raise UsageError(f'"{output}" does not end in .jsonl.', remedy="Passages are written as JSON Lines; name the file so.")
    with shown(enabled=not no_progress) as progress:
        if tasks.is_model(spec):
            generator = tasks.load_model(spec)
        else:
            read = opt.read_options(
                encoding=encoding, errors=errors, text_field=text_field, document_field=document_field, passage_field=None
            )
            _, split = opt.reference(reference, held_out=held_out, share=held_out_share, seed=seed, read=read)
            generator = tasks.fit(spec, split, seed=seed, progress=progress)
        texts = generator.sample(passages, chars, seed=seed, first=first, decoding=decoding, progress=progress)
    lines = tasks.passage_lines(texts, spec=spec, seed=seed, first=first)
    if output is None:
        for line in lines:
            typer.echo(line, nl=False)
        return
    write_atomically(output, "".join(lines))
    fewer = f" ({passages} were asked for)" if len(texts) < passages else ""
    typer.echo(f"{count(len(texts), 'passage')}{fewer} of {spec} written to {visible(str(output))}")
