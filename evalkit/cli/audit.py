"""Runs `evalkit audit`: says what is wrong with samples before any style is measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from evalkit.cli import options as opt
from evalkit.cli.groups import takes_groups
from evalkit.cli.output import check_files_writable, log_to_trackers, show, write_files
from evalkit.cli.stderr import shown
from evalkit.errors import NoVerdict
from evalkit.report import formats


@dataclass(frozen=True, kw_only=True)
class AuditOutputOptions(opt.RunOutputOptions):
    """Where an audit goes."""

    output: Annotated[list[Path] | None, opt.output_option(formats.AUDIT)] = None
    format_: Annotated[str, opt.format_option(formats.AUDIT)] = "text"


@takes_groups
def audit(
    samples: Annotated[
        str, typer.Argument(metavar="SAMPLES", help="A file, folder, glob or URL of samples; NAME=SPEC gives a name.")
    ],
    *,
    corpus: opt.CorpusOptions,
    reading: opt.SampleReadingOptions,
    seed: opt.Seed = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 3 where a grave fault is surely more frequent than in human text.")
    ] = False,
    out: AuditOutputOptions,
) -> None:
    """Say what is wrong with samples, before any style is measured: empty, copied, cut off, looping, misread."""
    check_files_writable(out.files)
    # Imported here so that --help and usage errors answer at once.
    from evalkit.evaluation.audit import audit_samples
    from evalkit.evaluation.candidates import parse_candidate
    from evalkit.report.view.audit import has_grave_fault

    candidate = parse_candidate(samples)
    read_corpus, split = corpus.read(reading)
    with shown(enabled=out.progress) as progress:
        progress("auditing the passages", 0, 1)
        results = audit_samples(candidate, read_corpus, split, read=corpus.for_readers(reading), seed=seed)
    write_files(out.files, results, {})
    if not out.quiet:
        show(results, format_=out.format_)
    log_to_trackers(results, {}, out)
    if strict and has_grave_fault(results):
        raise typer.Exit(NoVerdict.exit_code)  # 1 is a regression of a gate, and an audit compares with nothing of before
