"""`sweep`: the frontier over temperature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.cli import options as opt
from evalkit.cli.deliver import check_outputs, deliver
from evalkit.cli.progress import shown
from evalkit.text.visible import visible

if TYPE_CHECKING:  # numpy would slow down every --help
    from evalkit.results import Results


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
    metrics: opt.Metrics = None,
    passages: opt.Passages = None,
    chars: opt.Chars = None,
    seed: opt.Seed = 0,
    top_k: opt.TopK = None,
    top_p: opt.TopP = None,
    output: opt.Output = None,
    format_: opt.Format = "text",
    no_progress: opt.NoProgress = False,
    quiet: opt.Quiet = False,
) -> None:
    """Sample one generator at several temperatures and show which reads most like the corpus, and on what."""
    check_outputs(output or [], format_, run=True)
    from evalkit.candidates import parse_candidate
    from evalkit.compare import Request
    from evalkit.metrics import select
    from evalkit.sweep import parse_temperatures
    from evalkit.sweep import sweep as run

    temperatures = parse_temperatures(temperature)
    read = opt.read_options(
        encoding=encoding, errors=errors, text_field=text_field, document_field=document_field, passage_field=None
    )
    corpus, split = opt.reference(reference, held_out=held_out, share=held_out_share, seed=seed, read=read)
    request = Request(
        candidates=[parse_candidate(spec)],
        corpus=corpus,
        split=split,
        metrics=select(opt.as_list(metrics)),
        n_passages=passages,
        n_chars=chars,
        seed=seed,
        decoding=opt.decoding(temperature=1.0, top_k=top_k, top_p=top_p),
        read=read,
        kind="sweep",
    )
    with shown(enabled=not (no_progress or quiet)) as progress:
        outcome = run(request, temperatures, progress=progress)
    folder = deliver(outcome, outputs=output or [], format_=format_, quiet=quiet or format_ == "text")
    if format_ == "text" and not quiet:
        _print(outcome.results)
        typer.echo(f"\nReport  {folder / 'index.html'}\nResults {folder / 'results.json'}")


def _print(results: Results) -> None:
    """One column a temperature: the mean distance from human text, and each headline metric, the nearest to human text marked."""
    from evalkit.report.numbers import format_value, in_unit
    from evalkit.report.terminal import print_table
    from evalkit.sweep import frontier

    distances = frontier(results)
    table = [["distance", *_marked(distances.values(), [_number(value, format_value) for value in distances.values()])]]
    for id_, metric in results.metrics.items():
        if metric["headline"]:
            rows = [results.row(name, id_) for name in distances]
            cells = ["-" if row is None or row.value is None else in_unit(row.value, metric["unit"]) for row in rows]
            positions = [None if row is None or row.position is None else max(row.position, 0.0) for row in rows]
            table.append([id_, *_marked(positions, cells)])
    head = [f"{temperature:g}" for temperature in results.signature["temperature"]]
    name = visible(str(results.candidates[0]["spec"]))
    print_table(f"{name} by temperature; distance 0 reads like human text, 1 like unigram noise; * nearest", ("", *head), table)


def _number(value: float | None, shown_as: Callable[[float], str]) -> str:
    return "-" if value is None else shown_as(value)


def _marked(values: Iterable[float | None], cells: Sequence[str]) -> list[str]:
    """Cells with a star at the lowest value."""
    listed = list(values)
    best = min((value for value in listed if value is not None), default=None)
    return [f"{cell} *" if value is not None and value == best else cell for value, cell in zip(listed, cells, strict=True)]
