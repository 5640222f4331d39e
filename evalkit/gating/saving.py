"""Makes baselines: `make_baseline` runs a candidate that later gates compare with, and `successor` keeps the candidate of a gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._util.threads import one_blas_thread
from evalkit.errors import NoVerdict
from evalkit.evaluation.audit import Auditor, declarations
from evalkit.evaluation.candidates import NO_LIKELIHOOD, Drawn, Shape, ready, sampled
from evalkit.evaluation.compare import Compared, Outcome, compared
from evalkit.evaluation.provenance import run_facts
from evalkit.evaluation.request import CompareRequest, EvaluationRequest
from evalkit.gating.audits import audit_counts
from evalkit.gating.baseline import Baseline, check_complete
from evalkit.gating.doses import dose_damages
from evalkit.gating.further import Further, LookSize
from evalkit.gating.looks import can_draw_more, draw_more
from evalkit.gating.measures import measures_of
from evalkit.inference import Estimate, Sample, doubling, value_intervals
from evalkit.metrics.base import Metric
from evalkit.metrics.registry import of_kind
from evalkit.results import Audit, FloorSummary, number
from evalkit.text.passages import Passage
from generators.base import Progress, silent

if TYPE_CHECKING:
    from evalkit.gating.request import GateRequest
    from evalkit.gating.results import JudgedCandidate

_AuditCounts = Mapping[str, Mapping[str, Any]]
"""Check of the audit -> its version, the passages with its fault, all passages and independent ones."""
MOST_PASSAGES = 400
"""Passages of a generator that a baseline keeps unless more are asked for (docs/reference/measured/gate.md)."""


def make_baseline(
    request: CompareRequest, *, source: Mapping[str, Any], most_passages: int = MOST_PASSAGES, progress: Progress = silent
) -> tuple[Outcome, Baseline]:
    """Runs a candidate that is to be a baseline, with its human floor.

    Args:
        request: with a single candidate.
        source: how the reference was named and split, so that the gate needs no options.
        most_passages: passages of a generator that are drawn in all, for gates that look again.
        progress: told how far the work is.

    Raises:
        NoVerdict: when the run is incomplete or too small to be one.
    """
    run = compared(request, progress=progress)
    results, drawn, name = run.outcome.results, run.drawn[0], request.candidates[0].name
    sample = run.scorer.samples[name]
    baseline = _baseline(
        sample,
        value_intervals(sample, of_kind(request.metrics, Metric), seed=request.seed),
        passages=drawn.passages,
        floors={row.metric: row.floor for row in results.results if row.floor is not None},
        facts={**{key: results.candidates[0][key] for key in ("name", "spec", "kind")}, "decoding": vars(request.decoding)},
        signature=results.signature,
        source=source,
        audit=_counts(results.audit, name),
    )
    check_complete(sample, baseline.shape)
    progress("measuring what small defects do to human text", 0, 1)
    with one_blas_thread():
        measures = measures_of(of_kind(request.metrics, Metric), baseline.floors)
        doses = dose_damages(run.scorer.reference, run.scorer.folds, measures, seed=request.seed)
    further = _further(request, run, doubling(len(drawn.passages), most_passages)[1:], progress=progress)
    return run.outcome, replace(baseline, further=further, doses=doses)


def _further(request: CompareRequest, run: Compared, sizes: Sequence[int], *, progress: Progress) -> Further | None:
    """More passages of a generator, with human text of as many; None where it has no more."""
    drawn, reference = run.drawn[0], run.scorer.reference
    if not sizes or not can_draw_more(drawn):
        return None
    drawn = draw_more(drawn, Shape(sizes[-1], run.scorer.shape.n_chars), request, progress=progress)
    if len(drawn.passages) < sizes[-1]:
        return None
    progress("measuring the human floor of more passages", 0, 1)
    with one_blas_thread():
        floors = {n: run.scorer.floors_at(n) for n in sizes}
        sample = reference.sample(drawn.passages)
        audits = _audits(request, drawn, sizes, n_chars=run.scorer.shape.n_chars)
    n_first = len(run.drawn[0].passages)
    return _with_looks(sample, n_first, floors, audits)


def _audits(request: EvaluationRequest, drawn: Drawn, sizes: Sequence[int], *, n_chars: int) -> dict[int, _AuditCounts]:
    """Passages of each look -> what the audit counts among them."""
    auditor = Auditor(request.split)
    checks = declarations(auditor.checks)
    found = {n: auditor.audit(drawn.candidate.name, drawn.given[:n], drawn.passages[:n], n_chars=n_chars) for n in sizes}
    return {n: audit_counts(audit, checks) for n, audit in found.items()}


def _with_looks(
    sample: Sample, n_first: int, floors: Mapping[int, Mapping[str, FloorSummary]], audits: Mapping[int, _AuditCounts]
) -> Further:
    """The passages after the first ones, with what each look at them needs."""
    sizes = {n: LookSize(floors=floors[n], audit=audits[n]) for n in sorted(floors)}
    return Further(tally=sample.tally[n_first:], clusters=sample.clusters, sizes=sizes)


def _counts(audit: Audit | None, name: str) -> Mapping[str, Mapping[str, Any]] | None:
    found = audit.of(name) if audit is not None else None
    return audit_counts(found, audit.checks) if audit is not None and found is not None else None


def _baseline(
    sample: Sample,
    estimates: Mapping[str, Estimate],
    *,
    passages: Sequence[Passage],
    floors: Mapping[str, FloorSummary],
    facts: Mapping[str, Any],
    signature: Mapping[str, Any],
    source: Mapping[str, Any],
    audit: Mapping[str, Mapping[str, Any]] | None,
) -> Baseline:
    run = run_facts()
    return Baseline(
        candidate=facts,
        signature=signature,
        source=source,
        shape=dict(signature["shape"]),
        mean_chars=float(np.mean([len(passage.text) for passage in passages])),
        columns=sample.layout.columns,
        tally=sample.tally,
        clusters=sample.clusters,
        unit=sample.unit,
        blocks=sample.blocks,
        audit=audit,
        values={id_: {"value": number(e.value), "standard_error": number(e.standard_error)} for id_, e in estimates.items()},
        floors=floors,
        date=run["date"],
        commit=run["commit"],
    )


def successor(judged: JudgedCandidate, signature: Mapping[str, Any], audits: Mapping[int, _AuditCounts]) -> Baseline | None:
    """The baseline that the candidate of a gate would make; None where it has too few independent passages.

    Args:
        judged: at the gate's last look, whose passages are those of the baseline's shape and further ones.
        signature: of the results.
        audits: passages of each look -> what the audit counted among them.
    """
    request, kept = judged.request, judged.request.kept
    candidate, n_first = request.candidate, len(kept.tally)
    passages = judged.drawn.passages[:n_first]
    at_once = len(judged.drawn.passages) == n_first
    sample = judged.sample if at_once else judged.reference.sample(passages)
    try:
        check_complete(sample, kept.shape)
    except NoVerdict:
        return None
    baseline = _baseline(
        sample,
        judged.estimates if at_once else value_intervals(sample, request.metrics, seed=request.seed),
        passages=passages,
        # Reference and shape are those of the old baseline, so its human floor holds for the new one.
        floors=kept.floors,
        facts={"name": candidate.name, "spec": candidate.spec, "kind": candidate.kind, "decoding": vars(request.decoding)},
        signature={**signature, "shape": dict(kept.shape)},
        source=request.source,
        audit=audits.get(n_first),
    )
    baseline = replace(baseline, doses=kept.doses)
    if at_once:
        return baseline
    floors = {n: kept.at(n).floors for n in audits if n > n_first}
    return replace(baseline, further=_with_looks(judged.sample, n_first, floors, audits))


def completed(made: Baseline, request: GateRequest, *, progress: Progress = silent) -> Baseline:
    """A successor with as many passages as its predecessor keeps: those that its gate did not need are drawn from its generator.

    Args:
        made: the successor.
        request: of a gate of the same candidate, with the predecessor, the successor's seed and its way of sampling.
        progress: told how far the work is.

    Raises:
        NoVerdict: when the candidate writes other passages now than it did in its gate, or not as many.
    """
    kept = request.kept
    sizes = [n for n in kept.sizes if n > len(made.tally)]
    if not sizes or made.sizes[-1] >= sizes[-1] or request.candidate.kind == "samples":
        return made
    reference, n_chars = request.reference(), made.shape["n_chars"]
    shape = Shape(sizes[-1], n_chars)
    generator = ready(request.candidate, reference, seed=request.seed, progress=progress)
    passages, given = sampled(generator, shape, seed=request.seed, decoding=request.decoding, progress=progress)
    drawn = Drawn(request.candidate, passages, generator.describe(), NO_LIKELIHOOD, read=given)
    with one_blas_thread():
        sample = reference.sample(drawn.passages)
        old = np.concatenate([made.tally, made.further.tally]) if made.further is not None else made.tally
        if len(sample.tally) < sizes[-1] or not np.array_equal(sample.tally[: len(old)], old):
            raise NoVerdict(
                f"{request.candidate.name} does not write the passages of its gate again.",
                remedy="A model that was trained since, or a service without a seed, needs evalkit baseline save NAME CANDIDATE --replace.",
            )
        audits = _audits(request, drawn, sizes, n_chars=n_chars)
    return replace(made, further=_with_looks(sample, len(made.tally), {n: kept.at(n).floors for n in sizes}, audits))
