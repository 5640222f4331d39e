"""`baseline`: keep a run that later runs are held against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evalkit._util.escape import visible
from evalkit.cli import options as opt
from evalkit.cli.output import REPORTS
from evalkit.cli.progress import shown
from evalkit.errors import NoVerdict, UsageError

if TYPE_CHECKING:  # numpy would slow down every --help
    from evalkit.gating.baseline import Baseline

app = typer.Typer(help="Save, list, show, accept and remove baselines.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="How the baseline is called.")]
JsonOrText = Annotated[str, typer.Option("-f", "--format", help="On stdout: text or json.")]
Anchor = Annotated[bool, typer.Option("--anchor", help="Make it the anchor too, against which slow drift is measured.")]


@app.command()
def save(
    name: Name,
    candidate: Annotated[
        str, typer.Argument(metavar="CANDIDATE", help="A generator, saved model or samples; NAME=SPEC gives a name.")
    ],
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
    replace: Annotated[bool, typer.Option("--replace", help="Replace a baseline of this name.")] = False,
    anchor: Anchor = False,
    no_progress: opt.NoProgress = False,
    quiet: opt.Quiet = False,
) -> None:
    """Run a candidate and keep its counts as a baseline; the first of a name becomes the anchor as well."""
    from evalkit.evaluation.candidates import parse_candidate
    from evalkit.evaluation.request import CompareRequest
    from evalkit.gating.baseline import Store
    from evalkit.gating.run import make_baseline
    from evalkit.metrics import Metric, select

    store = Store()
    if store.path(name).exists() and not replace:
        raise UsageError(
            f'There is a baseline "{name}" already.', remedy="Accept a gate's candidate with baseline accept, or give --replace."
        )
    read = opt.read_options(
        encoding=encoding, errors=errors, text_field=text_field, document_field=document_field, passage_field=passage_field
    )
    corpus, split = opt.reference(reference, held_out=held_out, share=held_out_share, seed=seed, read=read)
    request = CompareRequest(
        candidates=[parse_candidate(candidate, cached=not no_cache)],
        corpus=corpus,
        split=split,
        metrics=select(opt.as_list(metrics), kind=Metric, language=language),
        language=language,
        n_passages=passages,
        n_chars=chars,
        seed=seed,
        decoding=opt.decoding(temperature=temperature, top_k=top_k, top_p=top_p),
        read=read,
    )
    source = {"reference": reference, "held_out": held_out, "fraction": held_out_share, "split_seed": seed, "language": language}
    with shown(enabled=not (no_progress or quiet)) as progress:
        _, made = make_baseline(request, source=source, progress=progress)
    path = store.save(name, made, replace_old=replace, anchor=anchor)
    if not quiet:
        typer.echo(f"Saved {_describe(made)} as {path}")


@app.command("list")
def list_(format_: JsonOrText = "text") -> None:
    """List the baselines of this folder."""
    from evalkit.gating.baseline import Store
    from evalkit.report.terminal.scores import print_table

    store = Store()
    rows = [_row(name, *store.load(name)) for name in store.names()]
    if _is_json(format_):
        typer.echo(json.dumps(rows, ensure_ascii=True, indent=1))
    elif rows:
        print_table("Baselines", tuple(rows[0]), [[_short(*item) for item in row.items()] for row in rows])
    else:
        typer.echo(f"There is no baseline in {store.folder}. Save one with: python -m evalkit baseline save NAME CANDIDATE")


@app.command()
def show(name: Name, format_: JsonOrText = "text") -> None:
    """Show what a baseline holds: where it is from, its values and their noise, and the floor."""
    from evalkit._util.formatting import format_value
    from evalkit.gating.baseline import Store
    from evalkit.report.terminal.scores import print_table

    baseline, anchor = Store().load(name)
    values: dict[str, dict[str, Any]] = {
        id_: {**value, "floor": vars(baseline.floors[id_]) if id_ in baseline.floors else None}
        for id_, value in baseline.values.items()
    }
    if _is_json(format_):
        facts = {**_row(name, baseline, anchor), "source": baseline.source, "signature": baseline.signature, "metrics": values}
        typer.echo(json.dumps(facts, ensure_ascii=True, indent=1))
        return
    typer.echo(f"{visible(name)}: {_describe(baseline)}")
    if anchor is not None:
        typer.echo(f"anchor: {_describe(anchor)}")

    def number(value: float | None) -> str:
        return "not measured" if value is None else format_value(value)

    rows = [
        (id_, number(v["value"]), number(v["standard_error"]), number(v["floor"]["median"] if v["floor"] else None))
        for id_, v in values.items()
    ]
    print_table("Values", ("metric", "value", "noise (standard error)", "human floor"), rows)


@app.command()
def accept(
    name: Name,
    run: Annotated[
        Path | None,
        typer.Argument(metavar="[RUN]", help="Folder of the gate's run; the newest against this baseline unless given."),
    ] = None,
    anchor: Anchor = False,
    any_verdict: Annotated[bool, typer.Option("--any-verdict", help="Accept it although the gate did not pass.")] = False,
) -> None:
    """Make the candidate of a gate the new baseline; the anchor stays unless --anchor is given."""
    from evalkit.cli.gate import SUCCESSOR
    from evalkit.gating.baseline import Store, read_baseline
    from evalkit.results import read

    store = Store()
    current, _ = store.load(name)
    folder = run or _newest(name)
    results = read(folder)
    if results.kind != "gate" or results.gate is None or results.gate["baseline"]["name"] != name:
        raise UsageError(f'{folder} is no gate against "{name}".', remedy="Give the folder of one, under reports/.")
    if results.verdict != "PASS" and not any_verdict:
        raise UsageError(
            f"The verdict of {folder} is {results.verdict}.", remedy="Give --any-verdict if that change is what you want."
        )
    if results.gate["baseline"]["date"] != current.date and not any_verdict:
        raise UsageError(
            f'The gate of {folder} was against another baseline "{name}", of {results.gate["baseline"]["date"]}.',
            remedy="Run the gate again, or give --any-verdict if that run is what you want.",
        )
    if not (folder / SUCCESSOR).is_file():
        raise NoVerdict(
            f"The candidate of {folder} cannot be a baseline: it was not comparable, incomplete or too small.",
            remedy=f"Save another with: evalkit baseline save {name} CANDIDATE --replace",
        )
    made = read_baseline(folder / SUCCESSOR)
    store.save(name, made, replace_old=True, anchor=anchor)
    typer.echo(f"Accepted {_describe(made)} as {visible(name)}")


@app.command()
def remove(name: Name) -> None:
    """Delete a baseline and its anchor."""
    from evalkit.gating.baseline import Store

    Store().remove(name)
    typer.echo(f"Removed {visible(name)}")


def _newest(name: str) -> Path:
    """The newest run of a gate against a baseline; names of runs sort by time."""
    from evalkit.errors import ModelError
    from evalkit.results import read

    for folder in sorted(REPORTS.glob("gate-*"), reverse=True):
        try:
            results = read(folder)
        except ModelError:  # interrupted, or of another version: not what is looked for
            continue
        if results.gate is not None and results.gate["baseline"]["name"] == name:
            return folder
    raise NoVerdict(
        f'There is no gate against "{name}" under {REPORTS}.', remedy=f"Run: python -m evalkit gate CANDIDATE --baseline {name}"
    )


def _is_json(format_: str) -> bool:
    if format_ not in ("text", "json"):
        raise UsageError(f'The format must be text or json, not "{visible(format_)}".')
    return format_ == "json"


def _describe(baseline: Baseline) -> str:
    commit = f", commit {baseline.commit[:10]}" if baseline.commit else ""
    shape = f"{len(baseline.tally)} passages x {baseline.shape['n_chars']} characters"
    return f"{visible(baseline.candidate['spec'])}: {shape}, seed {baseline.signature['seed']}, {baseline.date}{commit}"


def _short(column: str, value: object) -> str:
    """A cell of the list, as short as it can be: days, and the first letters of a commit; JSON has them whole."""
    return "" if value is None else str(value)[: {"date": 10, "anchor": 10, "commit": 7}.get(column)]


def _row(name: str, baseline: Baseline, anchor: Baseline | None) -> dict[str, Any]:
    return {
        "name": name,
        "candidate": baseline.candidate["spec"],
        "passages": len(baseline.tally),
        "chars": baseline.shape["n_chars"],
        "seed": baseline.signature["seed"],
        "date": baseline.date,
        "commit": baseline.commit,
        "anchor": anchor.date if anchor is not None else None,
    }
