"""`calibrate`: how often the gate is wrong on this candidate, what it sees, and a policy that fits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit._util.atomic import write_atomically
from evalkit.cli import options as opt
from evalkit.cli.gate import MaybeLanguage, MaybeReference, MaybeTemperature, PolicyFile
from evalkit.cli.progress import shown
from evalkit.errors import UsageError
from evalkit.report.formats import format_named

if TYPE_CHECKING:  # numpy would slow down every --help
    from evalkit.calibration.experiment import Card
    from evalkit.calibration.request import CalibrationRequest
    from evalkit.calibration.simulate import Rates

POOL = 20
"""Passages drawn, in samples."""

MaybeBaseline = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        metavar="NAME_OR_FILE",
        help="Calibrate the gate against this baseline: candidate, reference, language, shape, metrics and sampling are its own unless given.",
    ),
]
MaybeShare = Annotated[float | None, typer.Option("--held-out-share", help="Share of the corpus to hold out.")]
Runs = Annotated[int, typer.Option("--runs", min=10, help="Gates that are run on the candidate against itself.")]
DefectRuns = Annotated[int, typer.Option("--defect-runs", min=0, help="Gates at each dose of each planted defect; 0 plants none.")]
Defects = Annotated[
    list[str] | None, typer.Option("--defect", metavar="NAME", help="Plant only this defect, such as temperature; repeatable.")
]
Jobs = Annotated[int, typer.Option("-j", "--jobs", min=1, help="Processes; results do not depend on it.")]
PolicyOut = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the proposed policy, a .toml file.")]


def calibrate(
    candidate: Annotated[
        str | None, typer.Argument(metavar="[CANDIDATE]", help="A generator, saved model or samples; the baseline's unless given.")
    ] = None,
    baseline: MaybeBaseline = None,
    policy: PolicyFile = None,
    reference: MaybeReference = None,
    held_out: opt.HeldOut = None,
    held_out_share: MaybeShare = None,
    text_field: opt.TextField = None,
    document_field: opt.DocumentField = None,
    passage_field: opt.PassageField = None,
    encoding: opt.Encoding = "utf-8",
    errors: opt.Errors = "strict",
    language: MaybeLanguage = None,
    metrics: opt.Metrics = None,
    passages: opt.Passages = None,
    chars: opt.Chars = None,
    seed: opt.Seed = 0,
    temperature: MaybeTemperature = None,
    top_k: opt.TopK = None,
    top_p: opt.TopP = None,
    no_cache: opt.NoCache = False,
    runs: Runs = 200,
    defect_runs: DefectRuns = 40,
    defect: Defects = None,
    jobs: Jobs = 1,
    output: PolicyOut = None,
    format_: opt.Format = "text",
    no_progress: opt.NoProgress = False,
    quiet: opt.Quiet = False,
) -> None:
    """Run the whole gate on a candidate against itself many times, and plant defects of known size."""
    format_named(format_, "calibration")
    if output is not None and output.suffix != ".toml":
        raise UsageError(f'"{output}" is no .toml file.', remedy="Give the policy a name such as policy.toml.")
    if candidate is None and baseline is None:
        raise UsageError("There is nothing to calibrate.", remedy="Name a candidate, or a baseline with --baseline.")
    read = opt.read_options(
        encoding=encoding, errors=errors, text_field=text_field, document_field=document_field, passage_field=passage_field
    )
    with shown(enabled=not (no_progress or quiet)) as progress:
        from evalkit.calibration.defects import defects_named
        from evalkit.calibration.experiment import Workshop
        from evalkit.calibration.request import prepare

        planted = defects_named(opt.as_list(defect)) if defect_runs else ()

        trial = prepare(
            candidate,
            baseline=baseline,
            policy=policy,
            reference=reference,
            held_out=held_out,
            fraction=held_out_share,
            language=language,
            metrics=opt.as_list(metrics),
            n_passages=passages,
            n_chars=chars,
            seed=seed,
            decoding={"temperature": temperature, "top_k": top_k, "top_p": top_p},
            read=read,
            cached=not no_cache,
        )
        workshop = Workshop(trial, progress=progress)
        pool = workshop.tally(workshop.texts(POOL * trial.shape.n_passages, seed=seed + 1))
        rates = workshop.false_alarms(pool, runs=runs, jobs=jobs)
        cards = list(workshop.cards(pool, planted, runs=defect_runs, jobs=jobs))
    _deliver(trial, rates, cards, output=output, format_="" if quiet else format_)


def _deliver(trial: CalibrationRequest, rates: Rates, cards: list[Card], *, output: Path | None, format_: str) -> None:
    from evalkit.calibration.proposed_policy import proposed_policy
    from evalkit.calibration.summary import summary

    if output is not None:
        write_atomically(output, proposed_policy(trial, rates))
    if not format_:
        return
    typer.echo(format_named(format_, "calibration").render(summary(trial, rates, cards)), nl=False)
    if output is not None and format_ == "text":
        typer.echo(f"Policy {output}")
