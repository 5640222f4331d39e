"""Runs the gate (`gate`): decides whether a candidate has become worse than a baseline; `make_baseline` runs what later gates compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit._util.threads import one_blas_thread
from evalkit.errors import NoVerdict
from evalkit.evaluation.candidates import Drawn, Shape, generate, read_samples, samples_at_shape
from evalkit.evaluation.compare import Outcome, compare
from evalkit.evaluation.provenance import run_facts
from evalkit.evaluation.reference import Reference, base_lexicon
from evalkit.evaluation.request import CompareRequest
from evalkit.gating.audits import AuditedCandidate, audit_counts, audited
from evalkit.gating.baseline import Baseline, check_complete
from evalkit.gating.decision import Decided, decide, spreads_of
from evalkit.gating.measures import Measure, measures_of
from evalkit.gating.policy import GATED, OVER
from evalkit.gating.request import GateRequest
from evalkit.gating.results import JudgedCandidate, judged_results, not_comparable, usable_anchor
from evalkit.inference import Estimate, Sample, value_intervals
from evalkit.metrics.base import AuditMetric, Metric
from evalkit.metrics.registry import catalogue, of_kind
from evalkit.results import Audit, FloorSummary, number
from evalkit.text.groups import grouping_hash
from evalkit.text.passages import Passage
from evalkit.text.tokenize import TOKENIZER
from generators.base import Progress, silent

_LENGTH_TOLERANCE = 0.2
"""Largest difference of two mean lengths, as a share of the baseline's, at which passages are still of one shape."""


@dataclass(frozen=True)
class GateOutcome:
    """A finished gate.

    Args:
        outcome: results, and the candidate's passages.
        successor: the baseline that the candidate would make; None where it cannot be one.
    """

    outcome: Outcome
    successor: Baseline | None


def make_baseline(request: CompareRequest, *, source: Mapping[str, Any], progress: Progress = silent) -> tuple[Outcome, Baseline]:
    """Runs a candidate that is to be a baseline, with its human floor.

    Args:
        request: with a single candidate.
        source: how the reference was named and split, so that the gate needs no options.
        progress: told how far the work is.

    Raises:
        NoVerdict: when the run is incomplete or too small to be one.
    """
    outcome = compare(request, progress=progress)
    results, name = outcome.results, request.candidates[0].name
    reference = request.reference()
    sample = reference.sample(outcome.passages[name])
    floors = {row.metric: row.floor for row in results.results if row.floor is not None}
    facts = {key: results.candidates[0][key] for key in ("name", "spec", "kind")}
    baseline = _baseline(
        sample,
        value_intervals(sample, of_kind(request.metrics, Metric), seed=request.seed),
        passages=outcome.passages[name],
        floors=floors,
        facts={**facts, "decoding": vars(request.decoding)},
        signature=results.signature,
        source=source,
        audit=results.audit,
    )
    check_complete(sample, baseline.shape)
    return outcome, baseline


def _baseline(
    sample: Sample,
    estimates: Mapping[str, Estimate],
    *,
    passages: Sequence[Passage],
    floors: Mapping[str, FloorSummary],
    facts: Mapping[str, Any],
    signature: Mapping[str, Any],
    source: Mapping[str, Any],
    audit: Audit | None,
) -> Baseline:
    run = run_facts()
    found = audit.of(str(facts["name"])) if audit is not None else None
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
        audit=audit_counts(found, audit.checks) if audit is not None and found is not None else None,
        values={id_: {"value": number(e.value), "standard_error": number(e.standard_error)} for id_, e in estimates.items()},
        floors=floors,
        date=run["date"],
        commit=run["commit"],
    )


def gate(request: GateRequest, *, progress: Progress = silent) -> GateOutcome:
    """Decides whether a candidate has become worse than its baseline.

    Raises:
        NoVerdict: when the policy gates something that the baseline does not have.
    """
    _check_policy(request)
    different = differing(request)
    if different:
        return _not_comparable(request, different)
    progress("reading the reference", 0, 1)
    reference = request.reference()
    drawn = _read(request) or _generated(request, reference, progress)
    different = _shape_difference(request.baseline, drawn)
    if different:
        return _not_comparable(request, different, drawn)
    progress("auditing the passages", 0, 1)
    audit = _audit(request, drawn)
    progress("deciding", 0, 1)
    sample = reference.sample(drawn.passages)
    measures = measures_of(request.metrics, request.baseline.floors)
    with one_blas_thread():
        decided = [*audit.decided, *_decide(request, sample, measures, reference, level=audit.level)]
        judged = JudgedCandidate(request, reference, drawn, sample, measures, decided, audit)
        results = judged_results(judged)
    return GateOutcome(Outcome(results, {request.candidate.name: drawn.passages}), _successor(judged, results.signature))


def _not_comparable(request: GateRequest, different: Sequence[Mapping[str, Any]], drawn: Drawn | None = None) -> GateOutcome:
    """The outcome where measures of text cannot be compared. What is wrong with the passages is said, and decides, all the same."""
    drawn = drawn or _read(request)
    if drawn is None:
        return GateOutcome(Outcome(not_comparable(request, different), {request.candidate.name: ()}), None)
    same_reference = not any(str(entry["field"]).startswith("reference") for entry in different)
    results = not_comparable(request, different, drawn, _audit(request, drawn, same_reference=same_reference))
    return GateOutcome(Outcome(results, {request.candidate.name: drawn.passages}), None)


def _audit(request: GateRequest, drawn: Drawn, *, same_reference: bool = True) -> AuditedCandidate:
    anchor = usable_anchor(request)
    others = {"baseline": request.baseline} | ({"anchor": anchor} if anchor is not None else {})
    return audited(request, drawn.given, drawn.passages, others=others, same_reference=same_reference)


def _shape(request: GateRequest) -> Shape:
    return Shape(request.baseline.shape["n_passages"], request.baseline.shape["n_chars"])


def _read(request: GateRequest) -> Drawn | None:
    """The passages of samples on disk or in memory; None for a generator."""
    if request.candidate.kind != "samples":
        return None
    return samples_at_shape(request.candidate, read_samples(request.candidate, request.read), _shape(request), seed=request.seed)


def _generated(request: GateRequest, reference: Reference, progress: Progress) -> Drawn:
    shape = _shape(request)
    return generate(request.candidate, reference, shape, seed=request.seed, decoding=request.decoding, progress=progress)


def _successor(judged: JudgedCandidate, signature: Mapping[str, Any]) -> Baseline | None:
    """The baseline that the candidate would make."""
    request, candidate = judged.request, judged.request.candidate
    try:
        check_complete(judged.sample, request.baseline.shape)
    except NoVerdict:
        return None
    return _baseline(
        judged.sample,
        judged.estimates,
        passages=judged.drawn.passages,
        # Reference and shape are those of the old baseline, so its human floor holds for the new one.
        floors=request.baseline.floors,
        facts={"name": candidate.name, "spec": candidate.spec, "kind": candidate.kind, "decoding": vars(request.decoding)},
        signature=signature,
        source=request.source,
        audit=judged.audit.audit,
    )


def _check_policy(request: GateRequest) -> None:
    """Refuses a policy that gates a metric by name which the baseline lacks; one that matches a pattern may be absent."""
    measured = {*(metric.id for metric in request.metrics), *catalogue(AuditMetric)}
    named = [
        rule.pattern for rule in request.policy.rules if rule.tier in GATED and rule.source != "default" and "*" not in rule.pattern
    ]
    missing = [name for name in named if name.removesuffix(OVER) not in measured and request.policy.threshold(name).tier in GATED]
    if missing:
        raise NoVerdict(
            f'The policy gates {", ".join(missing)}, which the baseline "{request.name}" does not have.',
            remedy="Save the baseline again with these metrics, or take them out of the policy.",
        )


def differing(request: GateRequest) -> list[dict[str, Any]]:
    """The fields of the signature in which a run of this request would differ from the baseline; known before it is run."""
    old, word_lists = request.baseline.signature, base_lexicon(request.language).hashes
    held_out = sorted(document.id for document in request.split.held_out)
    pairs = {
        "reference.hash": (old["reference"].get("hash"), request.corpus.hash),
        "reference.groups": (old["reference"].get("groups"), grouping_hash([*request.split.train, *request.split.held_out])),
        "reference.held_out": (old["reference"].get("held_out"), held_out),
        "tokenizer": (old.get("tokenizer"), TOKENIZER),
        **{f"metrics.{m.id}": (old["metrics"].get(m.id), m.version) for m in request.metrics},
        **{
            f"word_lists.{name}": (old["word_lists"].get(name), word_lists.get(name))
            for name in dict.fromkeys([*old["word_lists"], *word_lists])
        },
    }
    return [{"field": name, "baseline": before, "candidate": now} for name, (before, now) in pairs.items() if before != now]


def _shape_difference(baseline: Baseline, drawn: Drawn) -> list[dict[str, Any]]:
    """The fields in which the candidate's passages differ from the baseline's shape."""
    different = []
    n = len(drawn.passages)
    if n != len(baseline.tally):
        different.append({"field": "shape.n_passages", "baseline": len(baseline.tally), "candidate": n})
    mean = sum(len(passage.text) for passage in drawn.passages) / max(n, 1)
    if not of_one_length(baseline.mean_chars, mean):
        different.append({"field": "mean length of a passage", "baseline": round(baseline.mean_chars), "candidate": round(mean)})
    return different


def of_one_length(baseline: float, candidate: float) -> bool:
    """Whether passages of these two mean lengths, in characters, can be compared."""
    return abs(candidate - baseline) <= _LENGTH_TOLERANCE * baseline


def _decide(
    request: GateRequest, sample: Sample, measures: Sequence[Measure], reference: Reference, *, level: float
) -> list[Decided]:
    """The decisions on measures of text, against the baseline and its anchor, at the level that the audit has left for each."""
    of_candidate = spreads_of(sample, measures, seed=request.seed)
    anchor = usable_anchor(request)
    others = {"baseline": request.baseline} | ({"anchor": anchor} if anchor is not None else {})
    return [
        decided
        for against, other in others.items()
        for decided in decide(
            of_candidate,
            spreads_of(other.sample(reference.layout, reference.totals), measures, seed=request.seed),
            measures,
            request.policy,
            reference=reference.totals,
            n_passages=len(sample.tally),
            seed=request.seed,
            against=against,
            level=level,
        )
    ]
