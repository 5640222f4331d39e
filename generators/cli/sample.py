"""Runs `generators sample`: writes passages of a generator as JSON Lines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evalkit._util.atomic import write_atomically
from evalkit._util.escape import visible
from evalkit._util.formatting import count
from evalkit.cli import options as opt
from evalkit.cli.groups import takes_groups
from evalkit.cli.output import check_files_writable
from evalkit.cli.stderr import shown
from evalkit.report import formats


@takes_groups
def sample(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A generator, such as ngram:order=8, or a saved one, model:DIR.")],
    *,
    corpus: opt.CorpusOptions,
    reading: opt.ReadingOptions,
    passages: Annotated[int, typer.Option("--passages", min=1, help="Number of passages.")] = 50,
    chars: Annotated[int, typer.Option("--chars", min=1, help="Characters per passage.")] = 1000,
    first: Annotated[int, typer.Option("--first", min=0, help="Number of the first passage.")] = 0,
    seed: opt.Seed = 0,
    sampling: opt.SamplingOptions,
    prompt: Annotated[str, typer.Option("--prompt", help="Text that every passage continues.")] = "",
    stop: Annotated[str, typer.Option("--stop", help="length: stop at --chars; end: also where a document ends.")] = "length",
    output: Annotated[Path | None, opt.output_option(formats.PASSAGES, help_="JSON Lines file ({}); stdout without it.")] = None,
    no_progress: opt.NoProgress = False,
) -> None:
    """Write passages of a generator as JSON Lines: one object with its text per line."""
    # Imported here so that --help and usage errors answer at once.
    from generators.base import Decoding, check_amount
    from generators.cli import tasks
    from generators.training.checkpoints import passage_lines

    decoding = Decoding(temperature=sampling.temperature, top_k=sampling.top_k, top_p=sampling.top_p, prompt=prompt, stop=stop)
    check_amount(passages, chars, first=first)
    check_files_writable([output] if output else [])
    with shown(enabled=not no_progress) as progress:
        if tasks.is_model(spec):
            generator = tasks.load_model(spec)
        else:
            _, split = corpus.read(reading)
            generator = tasks.fit(spec, split, seed=seed, progress=progress)
        texts = generator.sample(passages, chars, seed=seed, first=first, decoding=decoding, progress=progress)
    lines = passage_lines(texts, spec=spec, seed=seed, first=first)
    if output is None:
        for line in lines:
            typer.echo(line, nl=False)
        return
    write_atomically(output, "".join(lines))
    fewer = f" ({passages} were asked for)" if len(texts) < passages else ""
    typer.echo(f"{count(len(texts), 'passage')}{fewer} of {spec} written to {visible(str(output))}")
