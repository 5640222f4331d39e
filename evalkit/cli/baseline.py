"""Runs `evalkit baseline`: saves, lists, shows, accepts and removes the runs that later gates are compared with."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evalkit._util.escape import visible
from evalkit._util.formatting import count
from evalkit._util.paths import exists, is_file, names_in
from evalkit.cli import options as opt
from evalkit.cli.groups import takes_groups
from evalkit.cli.output import REPORTS, check_writable, say_what_was_read
from evalkit.cli.request import evaluation_request
from evalkit.cli.stderr import shown
from evalkit.errors import EvalkitError, NoVerdict, UsageError

if TYPE_CHECKING:  # numpy would slow down every --help
    from evalkit.gating.baseline import Baseline, Store
    from evalkit.gating.policy import Policy
    from evalkit.results import Results
    from generators.base import Progress

log = logging.getLogger("evalkit")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the baseline.")]
Anchor = Annotated[bool, typer.Option("--anchor", help="Make it the anchor too, with which slow drift is measured.")]


@takes_groups
def save(
    name: Name,
    candidate: Annotated[
        str, typer.Argument(metavar="CANDIDATE", help="A generator, saved model or samples; NAME=SPEC gives a name.")
    ],
    *,
    corpus: opt.CorpusOptions,
    reading: opt.SampleReadingOptions,
    measures: opt.MeasureOptions,
    shape: opt.ShapeOptions,
    seed: opt.Seed = 0,
    sampling: opt.SamplingOptions,
    no_cache: opt.NoCache = False,
    max_passages: Annotated[
        int,
        typer.Option(
            "--max-passages", min=1, metavar="N", help="Passages of a generator to keep in all, for gates that draw more of them."
        ),
    ] = 400,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the baseline of this name.")] = False,
    anchor: Anchor = False,
    no_progress: opt.NoProgress = False,
    quiet: opt.Quiet = False,
) -> None:
    """Run a candidate and save its counts as a baseline; the first one of a name is also the anchor."""
    from evalkit.gating.baseline import Store
    from evalkit.gating.saving import make_baseline

    store = Store()
    if exists(store.path(name)) and not replace:
        raise UsageError(
            f'There is a baseline "{name}" already.', remedy="Accept a gate's candidate with baseline accept, or give --replace."
        )
    check_writable(store.folder)
    request = evaluation_request(
        [candidate],
        corpus=corpus,
        reading=reading,
        measures=measures,
        shape=shape,
        seed=seed,
        sampling=sampling,
        no_cache=no_cache,
        every_kind=False,
    )
    source = {
        "reference": corpus.reference,
        "held_out": corpus.held_out,
        "fraction": corpus.held_out_share,
        "split_seed": corpus.split_seed,
        "language": measures.language,
        "group": corpus.group,
    }
    with shown(enabled=not (no_progress or quiet)) as progress:
        outcome, made = make_baseline(request, source=source, most_passages=max_passages, progress=progress)
    path = store.save(name, made, replace_old=replace, anchor=anchor)
    if not quiet:
        say_what_was_read(outcome.results)
        typer.echo(f"Saved {_describe(made)} as {path}")


def list_(format_: opt.ListingFormat = "text") -> None:
    """List the baselines of this folder."""
    from evalkit.gating.baseline import Store
    from evalkit.report.terminal.scores import print_table

    store = Store()
    rows = list(_readable_rows(store))
    if format_ == "json":
        typer.echo(json.dumps(rows, ensure_ascii=True, indent=1))
    elif rows:
        print_table("Baselines", tuple(rows[0]), [[_short(*item) for item in row.items()] for row in rows])
    else:
        typer.echo(f"There is no baseline in {store.folder}. Save one with: evalkit baseline save NAME CANDIDATE")


def _readable_rows(store: Store) -> Iterator[dict[str, Any]]:
    """A row each; a damaged baseline hides no other one."""
    for name in store.names():
        try:
            yield _row(name, *store.load(name))
        except EvalkitError as error:
            log.warning("%s", error.problem)


def show(name: Name, policy: opt.PolicyFile = None, format_: opt.ListingFormat = "text") -> None:
    """Show what a baseline holds: where it is from, its values and their noise, the floor, and how much worse a candidate may become."""
    from evalkit._util.formatting import amount
    from evalkit.config import find_config
    from evalkit.gating.baseline import Store
    from evalkit.gating.measures import units_of
    from evalkit.gating.request import effective_policy, language_of
    from evalkit.report.terminal.scores import print_table

    baseline, anchor = Store().load(name)
    rules = effective_policy(policy, config=find_config(), language=language_of(baseline))
    margins = _margins(baseline, rules)
    values: dict[str, dict[str, Any]] = {
        id_: {**value, "floor": vars(baseline.floors[id_]) if id_ in baseline.floors else None}
        for id_, value in baseline.values.items()
    }
    if format_ == "json":
        facts = {**_row(name, baseline, anchor), "source": baseline.source, "signature": baseline.signature, "metrics": values}
        doses = {dose: {f"{size:g}": dict(of) for size, of in sizes.items()} for dose, sizes in (baseline.doses or {}).items()}
        typer.echo(json.dumps({**facts, "margins": margins, "doses": doses}, ensure_ascii=True, indent=1))
        return
    typer.echo(f"{visible(name)}: {_describe(baseline)}")
    if anchor is not None:
        typer.echo(f"anchor: {_describe(anchor)}")

    units = units_of(language_of(baseline))
    rows = [(id_, *_shown(each, units.get(id_, ""))) for id_, each in values.items()]
    print_table("Values", ("metric", "unit", "value", "noise (standard error)", "human floor"), rows)

    allowed = [
        (id_, m["tier"], "not measured" if m["margin"] is None else amount(m["margin"], m["unit"]), m["margin_set"])
        for id_, m in margins.items()
    ]
    print_table("How much worse a candidate may become", ("measure", "tier", "allowed", "set as"), allowed)


def _margins(baseline: Baseline, policy: Policy) -> dict[str, dict[str, Any]]:
    """Gated measure -> tier and margin, as a gate with this baseline has them."""
    from evalkit.gating.measures import measures_of
    from evalkit.gating.policy import GATED
    from evalkit.gating.request import language_of
    from evalkit.metrics import Metric, catalogue

    metrics = [m for m in catalogue(Metric, language=language_of(baseline)).values() if m.id in baseline.values]
    found = {}
    for measure in measures_of(metrics, baseline.floors, doses=baseline.doses):
        threshold = policy.threshold(measure.id)
        if threshold.tier in GATED:
            found[measure.id] = {
                "tier": str(threshold.tier),
                "margin": measure.margin(threshold.margin),
                "margin_set": str(measure.holding(threshold.margin)),
                "unit": measure.metric.unit,
            }
    return found


def _shown(value: dict[str, Any], unit: str) -> tuple[str, str, str, str]:
    """Unit, value, noise and human floor, in the unit of every other table."""
    from evalkit._util.formatting import difference_unit, format_value, in_unit, unit_name

    def number(figure: float | None) -> str:
        return "not measured" if figure is None else in_unit(figure, unit)

    error = value["standard_error"]
    noise = "not measured" if error is None else format_value(difference_unit(unit)[1] * error)
    return unit_name(unit), number(value["value"]), noise, number(value["floor"]["median"] if value["floor"] else None)


def accept(
    name: Name,
    run: Annotated[
        Path | None,
        typer.Argument(metavar="[RUN]", help="Folder of a gate; the newest one with this baseline unless given."),
    ] = None,
    anchor: Anchor = False,
    any_verdict: Annotated[bool, typer.Option("--any-verdict", help="Accept it even if the gate did not pass.")] = False,
    as_drawn: Annotated[
        bool, typer.Option("--as-drawn", help="Keep the passages that the gate drew, and draw no more for further looks.")
    ] = False,
    no_progress: opt.NoProgress = False,
    quiet: opt.Quiet = False,
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
        raise UsageError(f'{folder} is not a gate with the baseline "{name}".', remedy="Give the folder of one, under reports/.")
    if results.verdict != "PASS" and not any_verdict:
        raise UsageError(f"The verdict of {folder} is {results.verdict}.", remedy="Give --any-verdict if you want that change.")
    if results.gate["baseline"]["date"] != current.date and not any_verdict:
        raise UsageError(
            f'The gate of {folder} was with an older baseline "{name}", of {results.gate["baseline"]["date"]}.',
            remedy="Run the gate again, or give --any-verdict if you want that run.",
        )
    if not is_file(folder / SUCCESSOR):
        raise NoVerdict(
            f"The candidate of {folder} cannot be a baseline: {_why_no_successor(results)}.",
            remedy=f"Save another with: evalkit baseline save {name} CANDIDATE --replace",
        )
    made = read_baseline(folder / SUCCESSOR)
    if not as_drawn:
        with shown(enabled=not (no_progress or quiet)) as progress:
            made = _completed(made, current, progress)
    store.save(name, made, replace_old=True, anchor=anchor)
    if not quiet:
        typer.echo(f"Accepted {_describe(made)} as {visible(name)}")


def _completed(made: Baseline, current: Baseline, progress: Progress) -> Baseline:
    """With passages for further looks, which a gate that decides at once does not draw; as it is where they cannot be drawn."""
    from evalkit.evaluation.candidates import is_drawn_here, parse_candidate
    from evalkit.gating.request import gate_request
    from evalkit.gating.saving import completed

    if made.candidate.get("kind") == "samples":
        return made
    try:
        # The folder of a gate may be somebody else's, and what its candidate is called must not start a program.
        if not is_drawn_here(made.candidate["spec"]):
            raise NoVerdict(
                "A program, a server or another package wrote them, which is not asked again.",
                remedy=f"For further looks save it anew: evalkit baseline save NAME {visible(made.candidate['spec'])} --replace",
            )
        request = gate_request(
            parse_candidate(made.candidate["spec"]),
            baseline=current,
            metrics=list(made.signature["metrics"]),
            seed=made.signature["seed"],
            decoding=made.candidate.get("decoding"),
        )
        return completed(made, request, progress=progress)
    except EvalkitError as error:
        log.warning(
            "The new baseline keeps the %s of its gate, and gates with it cannot look further. %s",
            count(made.sizes[-1], "passage"),
            error,
        )
        return made


def _why_no_successor(results: Results) -> str:
    """What kept the candidate of a gate from becoming a baseline, a clause."""
    from evalkit.cli.gate import SUCCESSOR
    from evalkit.gating.baseline import FEWEST_PASSAGES

    assert results.gate is not None
    if results.gate["not_comparable"]:
        return "it was not comparable"
    n, wanted = results.candidates[0].get("n_passages"), results.signature["shape"]["n_passages"]
    if isinstance(n, int) and n < max(wanted, FEWEST_PASSAGES):
        return f"it has {n} of {max(wanted, FEWEST_PASSAGES)} passages"
    return f"the gate kept none, which is so for too few independent passages, or its {SUCCESSOR} was removed"


def remove(name: Name) -> None:
    """Delete a baseline and its anchor."""
    from evalkit.gating.baseline import Store

    Store().remove(name)
    typer.echo(f"Removed {visible(name)}")


def _newest(name: str) -> Path:
    """The newest run of a gate against a baseline; names of runs sort by time."""
    from evalkit.errors import InputError, ModelError
    from evalkit.results import read

    for folder in (REPORTS / folder for folder in reversed(names_in(REPORTS)) if folder.startswith("gate-")):
        try:
            results = read(folder)
        except (InputError, ModelError):  # interrupted, of another version, or not ours to look at
            continue
        if results.gate is not None and results.gate["baseline"]["name"] == name:
            return folder
    raise NoVerdict(
        f'There is no gate with the baseline "{name}" under {REPORTS}.', remedy=f"Run: evalkit gate CANDIDATE --baseline {name}"
    )


def _describe(baseline: Baseline) -> str:
    commit = f", commit {baseline.commit[:10]}" if baseline.commit else ""
    more = f" ({baseline.sizes[-1]} for further looks)" if len(baseline.sizes) > 1 else ""
    shape = f"{count(len(baseline.tally), 'passage')} x {count(baseline.shape['n_chars'], 'character')}{more}"
    return f"{visible(baseline.candidate['spec'])}: {shape}, seed {baseline.signature['seed']}, {baseline.date}{commit}"


def _short(column: str, value: object) -> str:
    """A cell of the list, shortened: the day of a date, the first letters of a commit; JSON has them whole."""
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
