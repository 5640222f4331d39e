"""`calibrate`: how often the gate is wrong on this candidate, what it sees, and a policy that fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evalkit.cli import options as opt
from evalkit.cli.gate import PolicyFile
from evalkit.cli.progress import shown
from evalkit.errors import UsageError
from evalkit.results import write_atomically
from evalkit.text.visible import visible

if TYPE_CHECKING:  # numpy would slow down every --help
    from evalkit.calibrate import Rates
    from evalkit.workshop import Card, Trial

DEFAULT_PASSAGES, DEFAULT_CHARS = 40, 2000
POOL = 20
"""Passages drawn, in samples."""

Runs = Annotated[int, typer.Option("--runs", min=10, help="Gates that are run on the candidate against itself.")]
DefectRuns = Annotated[int, typer.Option("--defect-runs", min=0, help="Gates at each dose of each planted defect; 0 plants none.")]
Jobs = Annotated[int, typer.Option("-j", "--jobs", min=1, help="Processes; results do not depend on it.")]
PolicyOut = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the proposed policy, a .toml file.")]


def calibrate(
    candidate: Annotated[str, typer.Argument(metavar="CANDIDATE", help="A generator, saved model or samples.")],
    policy: PolicyFile = None,
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
    runs: Runs = 200,
    defect_runs: DefectRuns = 40,
    jobs: Jobs = 1,
    output: PolicyOut = None,
    format_: Annotated[str, typer.Option("-f", "--format", help="On stdout: text or json.")] = "text",
    no_progress: opt.NoProgress = False,
    quiet: opt.Quiet = False,
) -> None:
    """Run the whole gate on a candidate against itself many times, and plant defects of known size."""
    if format_ not in ("text", "json"):
        raise UsageError(f'The format must be text or json, not "{visible(format_)}".')
    if output is not None and output.suffix != ".toml":
        raise UsageError(f'"{output}" is no .toml file.', remedy="Give the policy a name such as policy.toml.")
    from evalkit.candidates import Shape, parse_candidate
    from evalkit.gate_request import effective_policy
    from evalkit.metrics import select
    from evalkit.workshop import Trial, Workshop

    read = opt.read_options(
        encoding=encoding, errors=errors, text_field=text_field, document_field=document_field, passage_field=passage_field
    )
    corpus, split = opt.reference(reference, held_out=held_out, share=held_out_share, seed=seed, read=read)
    trial = Trial(
        candidate=parse_candidate(candidate),
        corpus=corpus,
        split=split,
        metrics=select(opt.as_list(metrics), language=language),
        language=language,
        policy=effective_policy(policy, language=language),
        shape=Shape(passages or DEFAULT_PASSAGES, chars or DEFAULT_CHARS),
        seed=seed,
        decoding=opt.decoding(temperature=temperature, top_k=top_k, top_p=top_p),
        read=read,
    )
    with shown(enabled=not (no_progress or quiet)) as progress:
        workshop = Workshop(trial, progress=progress)
        pool = workshop.tally(workshop.texts(POOL * trial.shape.n_passages, seed=seed + 1))
        rates = workshop.false_alarms(pool, runs=runs, jobs=jobs)
        cards = list(workshop.cards(pool, runs=defect_runs, jobs=jobs)) if defect_runs else []
    facts = _facts(trial, rates, cards)
    if output is not None:
        write_atomically(output, _policy(trial, rates))
    if quiet:
        return
    if format_ == "json":
        typer.echo(json.dumps(facts, ensure_ascii=True, indent=1, allow_nan=False))
    else:
        _print(facts, output)


def _policy(trial: Trial, rates: Rates) -> str:
    from evalkit.calibrate import policy_toml, proposed_margins

    share, low, high = rates.share("REGRESSION")
    comment = (
        f"Margins within which 99 % of {rates.runs} gates of {visible(trial.candidate.spec)} against itself stay, measure by measure,\n"
        f"at {trial.shape}, reference {visible(trial.corpus.name)} {trial.corpus.hash[:12]}, seed {trial.seed}.\n"
        f"False alarms under the policy in use: {100 * share:.1f} % ({100 * low:.1f} to {100 * high:.1f}).\n"
        "They are as tight as this run can decide; widen them to what you can bear."
    )
    return policy_toml(trial.policy, proposed_margins(rates), comment=comment)


def _facts(trial: Trial, rates: Rates, cards: list[Card]) -> dict[str, Any]:
    from evalkit.calibrate import proposed_margins

    proposed = proposed_margins(rates)
    units = {metric.id: metric.unit for metric in trial.metrics}
    return {
        "candidate": trial.candidate.spec,
        "shape": vars(trial.shape),
        "reference": {"corpus": trial.corpus.name, "hash": trial.corpus.hash},
        "seed": trial.seed,
        "runs": rates.runs,
        "verdicts": {verdict: list(rates.share(verdict)) for verdict in ("REGRESSION", "PASS", "INCONCLUSIVE")},
        "measures": {
            measure: {
                "tier": trial.policy.threshold(measure).tier,
                "passed": counts["pass"] / rates.runs,
                "smallest_effect": rates.smallest_effect(measure),
                "unit": units.get(measure.removesuffix(":over"), ""),
                "proposed_margin": proposed.get(measure),
                "sees": {card.defect.name: plain for card in cards if (plain := card.plain(measure)) is not None},
            }
            for measure, counts in rates.decisions.items()
        },
        "defects": {
            card.defect.name: {
                "smallest": card.plain(),
                "gate": {str(dose): rate for dose, rate in card.gate.items()},
                "measures": {m: {str(dose): rate for dose, rate in seen.items()} for m, seen in card.measures.items()},
            }
            for card in cards
        },
    }


def _print(facts: dict[str, Any], output: Path | None) -> None:
    from evalkit.report.numbers import format_value
    from evalkit.report.terminal import print_table

    shape = facts["shape"]
    typer.echo(
        f"{visible(facts['candidate'])} against itself, {facts['runs']} gates of {shape['n_passages']} passages x {shape['n_chars']} characters"
    )
    for verdict, (share, low, high) in facts["verdicts"].items():
        typer.echo(f"  {verdict:13} {100 * share:5.1f} %  (95 % interval {100 * low:.1f} to {100 * high:.1f})")
    rows = [
        (
            id_,
            m["tier"],
            f"{100 * m['passed']:.0f} %",
            "" if m["smallest_effect"] is None else f"{format_value(m['smallest_effect'])} {m['unit']}",
            "; ".join(m["sees"].values()),
        )
        for id_, m in facts["measures"].items()
    ]
    print_table("What each measure sees with 80 % power", ("measure", "tier", "passes", "smallest effect", "in plain units"), rows)
    if facts["defects"]:
        cards = [
            (
                name,
                card["smallest"] or "not seen",
                "  ".join(f"{float(dose):g}: {100 * rate:.0f} %" for dose, rate in card["gate"].items()),
            )
            for name, card in facts["defects"].items()
        ]
        print_table(
            "Planted defects: dose and share of gates that say REGRESSION",
            ("defect", "seen with 80 % power", "dose: detected"),
            cards,
        )
    if output is not None:
        typer.echo(f"Policy {output}")
