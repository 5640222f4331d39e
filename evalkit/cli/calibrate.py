"""Runs `evalkit calibrate`: measures the false alarms and the power of the gate on a candidate, and proposes a policy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit._util.atomic import write_atomically
from evalkit._util.escape import visible
from evalkit.cli import options as opt
from evalkit.cli.groups import takes_groups
from evalkit.cli.output import check_files_writable, say_reports
from evalkit.cli.stderr import shown
from evalkit.errors import UsageError
from evalkit.report import formats

if TYPE_CHECKING:  # numpy would slow down every --help
    from evalkit.calibration.experiment import SensitivityCard
    from evalkit.calibration.request import CalibrationRequest
    from evalkit.calibration.simulate import Rates


@takes_groups
def calibrate(
    candidate: Annotated[
        str | None, typer.Argument(metavar="[CANDIDATE]", help="A generator, saved model or samples; the baseline's unless given.")
    ] = None,
    *,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="NAME_OR_FILE",
            help="Baseline of the gate; what is not given, such as candidate, reference, shape and metrics, is taken from it.",
        ),
    ] = None,
    policy: opt.PolicyFile = None,
    reference: opt.BaselineReference = None,
    group: opt.BaselineGroup = None,
    held_out: opt.HeldOut = None,
    held_out_share: Annotated[float | None, typer.Option("--held-out-share", help="Share of the corpus to hold out.")] = None,
    split_seed: Annotated[
        int | None, typer.Option("--split-seed", min=0, help=f"{opt.SPLIT_SEED_HELP} The baseline's unless given, or 0.")
    ] = None,
    reading: opt.SampleReadingOptions,
    measures: opt.BaselineMeasureOptions,
    shape: opt.ShapeOptions,
    max_passages: Annotated[
        int | None,
        typer.Option(
            "--max-passages",
            min=1,
            metavar="N",
            help="Passages of the last look of every gate; what the baseline keeps unless given, and one look without a baseline.",
        ),
    ] = None,
    seed: opt.Seed = 0,
    sampling: opt.BaselineSamplingOptions,
    no_cache: opt.NoCache = False,
    runs: Annotated[int, typer.Option("--runs", min=10, max=1_000_000, help="Gates to run on the candidate against itself.")] = 200,
    defect_runs: Annotated[
        int, typer.Option("--defect-runs", min=0, max=1_000_000, help="Gates for each dose of each planted defect; 0 plants none.")
    ] = 40,
    defect: Annotated[
        list[str] | None,
        typer.Option("--defect", metavar="NAME", help="Plant only this defect, such as temperature; repeatable."),
    ] = None,
    jobs: opt.Jobs = 1,
    output: Annotated[
        list[Path] | None, opt.output_option(formats.POLICY, help_="Write the proposed policy or the page, {}; repeatable.")
    ] = None,
    format_: Annotated[str, opt.format_option(formats.CALIBRATION)] = "text",
    no_progress: opt.NoProgress = False,
    quiet: opt.Quiet = False,
) -> None:
    """Run the whole gate on a candidate against itself many times, and plant defects of known size."""
    if candidate is None and baseline is None:
        raise UsageError("There is nothing to calibrate.", remedy="Name a candidate, or a baseline with --baseline.")
    files = list(output or ())
    check_files_writable(files)
    with shown(enabled=not (no_progress or quiet)) as progress:
        from evalkit.calibration.experiment import Experiment
        from evalkit.calibration.request import calibration_request
        from evalkit.config import find_config
        from evalkit.defects.planted import defects_named

        planted = defects_named(opt.as_list(defect)) if defect_runs else ()

        request = calibration_request(
            candidate,
            baseline=baseline,
            policy=policy,
            reference=reference,
            group=group,
            held_out=held_out,
            fraction=held_out_share,
            split_seed=split_seed,
            language=measures.language,
            metrics=measures.patterns,
            n_passages=shape.passages,
            n_chars=shape.chars,
            most_passages=max_passages,
            seed=seed,
            decoding=sampling.given(),
            read=reading.for_readers(),
            cached=not no_cache,
            config=find_config(),
        )
        experiment = Experiment(request, progress=progress)
        pool = experiment.pool()
        rates = experiment.false_alarms(pool, runs=runs, jobs=jobs)
        cards = list(experiment.cards(pool, planted, runs=defect_runs, jobs=jobs))
    if not quiet:
        say_reports(request.candidate.name, experiment.read)
    _deliver(request, rates, cards, files=files, format_="" if quiet else format_)


def _deliver(
    request: CalibrationRequest, rates: Rates, cards: list[SensitivityCard], *, files: Sequence[Path], format_: str
) -> None:
    from evalkit.calibration.proposed_policy import proposed_policy
    from evalkit.calibration.summary import summary

    found = summary(request, rates, cards)
    for file in files:
        page = formats.format_of(file, "policy")
        write_atomically(file, page.render(found) if page.renderer else proposed_policy(request, rates))
    if not format_:
        return
    typer.echo(formats.format_named(format_, "calibration").render(found), nl=False)
    for file in files if format_ == "text" else ():
        typer.echo(visible(f"{'Policy' if file.suffix == '.toml' else 'Report'} {file}"))
