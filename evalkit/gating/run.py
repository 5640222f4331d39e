"""Runs the gate (`gate`): decides whether a candidate has become worse than a baseline, drawing more passages while that is undecided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit._util.threads import one_blas_thread
from evalkit.errors import NoVerdict
from evalkit.evaluation.audit import Auditor, auditor_of
from evalkit.evaluation.candidates import Drawn
from evalkit.evaluation.compare import Outcome
from evalkit.evaluation.reference import Reference, base_lexicon
from evalkit.gating.audits import AuditedCandidate, audit_counts, audited
from evalkit.gating.baseline import Baseline
from evalkit.gating.decision import Decided, Verdict, conclude, decide, spreads_of
from evalkit.gating.looks import LookTaken, Supply, mean_chars, of_one_length
from evalkit.gating.measures import Measure, measures_of
from evalkit.gating.policy import GATED, OVER
from evalkit.gating.request import GateRequest
from evalkit.gating.results import JudgedCandidate, judged_results, not_comparable, usable_anchor
from evalkit.gating.saving import successor
from evalkit.inference import FEWEST_UNITS, SINGLE, Look, Sample
from evalkit.inference.blocks import FEWEST_PIECES
from evalkit.metrics.base import AuditMetric
from evalkit.metrics.registry import catalogue
from evalkit.text.canonical import CANONICAL
from evalkit.text.groups import grouping_hash
from evalkit.text.tokenize import TOKENIZER
from generators.base import Progress, silent


@dataclass(frozen=True)
class GateOutcome:
    """A finished gate.

    Args:
        outcome: results, and the candidate's passages.
        successor: the baseline that the candidate would make; None where it cannot be one.
    """

    outcome: Outcome
    successor: Baseline | None


def gate(request: GateRequest, *, progress: Progress = silent) -> GateOutcome:
    """Decides whether a candidate has become worse than its baseline.

    While nothing is decided and the candidate can write more, further passages of both sides are compared. The permitted chance of an error is
    spread over these looks (`evalkit.inference.sequential`).

    Raises:
        NoVerdict: when the policy gates something that the baseline does not have.
    """
    _check_policy(request)
    supply = Supply(request)
    different = differing(request)
    if different:
        return _not_comparable(request, different, supply.read())
    progress("reading the reference", 0, 1)
    reference, first = supply.first(progress)
    looks: list[LookTaken] = []
    audits: dict[int, dict[str, dict[str, Any]]] = {}
    for look, drawn in supply.draw(first, reference, progress):
        at = request.at(len(drawn.passages))
        different = _shape_difference(at.baseline, drawn)
        if different:
            return _not_comparable(at, different, drawn)
        judged = _judged(at, reference, drawn, look, progress=progress)
        audits[len(drawn.passages)] = audit_counts(judged.audit.audit.candidates[0], judged.audit.audit.checks)
        looks.append(LookTaken(len(drawn.passages), conclude(judged.decided)))
        if looks[-1].verdict is not Verdict.INCONCLUSIVE:
            break
    with one_blas_thread():
        results = judged_results(judged, looks)
        made = successor(judged, results.signature, audits)
    return GateOutcome(Outcome(results, {request.candidate.name: judged.drawn.passages}), made)


def _judged(request: GateRequest, reference: Reference, drawn: Drawn, look: Look, *, progress: Progress) -> JudgedCandidate:
    """One look at a candidate."""
    progress("auditing the passages", 0, 1)
    audit = _audit(request, drawn, look=look, auditor=auditor_of(reference))
    progress("deciding", 0, 1)
    sample = _sample(request, reference, drawn)
    kept = request.kept
    measures = measures_of(request.metrics, request.baseline.floors, units=kept.floors, doses=kept.doses)
    with one_blas_thread():
        decided = [*audit.decided, *_decide(request, sample, measures, reference, level=audit.level, look=look)]
    return JudgedCandidate(request, reference, drawn, sample, measures, decided, audit)


def _sample(request: GateRequest, reference: Reference, drawn: Drawn) -> Sample:
    """The candidate's passages, counted in shards where that is asked for."""
    if request.engine is None:
        return reference.sample(drawn.passages)
    from evalkit.evaluation.work.counting import Counting, tallies

    [tally] = tallies(request.engine, Counting(reference, request.metrics), [drawn.passages])
    return reference.sample(drawn.passages, tally=tally)


def _not_comparable(request: GateRequest, different: Sequence[Mapping[str, Any]], drawn: Drawn | None) -> GateOutcome:
    """The outcome where measures of text cannot be compared. What is wrong with the passages is said, and decides, all the same."""
    if drawn is None:
        return GateOutcome(Outcome(not_comparable(request, different), {request.candidate.name: ()}), None)
    same_reference = not any(str(entry["field"]).startswith("reference") for entry in different)
    results = not_comparable(request, different, drawn, _audit(request, drawn, same_reference=same_reference))
    return GateOutcome(Outcome(results, {request.candidate.name: drawn.passages}), None)


def _audit(
    request: GateRequest, drawn: Drawn, *, same_reference: bool = True, look: Look = SINGLE, auditor: Auditor | None = None
) -> AuditedCandidate:
    anchor = usable_anchor(request)
    others = {"baseline": request.baseline} | ({"anchor": anchor} if anchor is not None else {})
    passages = drawn.given, drawn.passages
    return audited(request, *passages, others=others, same_reference=same_reference, look=look, auditor=auditor)


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
        "canonical": (old.get("canonical"), CANONICAL),
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
    n, needed = len(drawn.passages), len(baseline.tally)
    texts = {passage.document for passage in drawn.passages if passage.piece is not None}
    # So few pieces of so few texts can have no interval, whatever is in them.
    if needed < FEWEST_PIECES and len(texts) < FEWEST_UNITS and all(passage.piece is not None for passage in drawn.passages):
        n = len(texts)
    if n != needed:
        different.append({"field": "shape.n_passages", "baseline": needed, "candidate": n})
    mean = mean_chars(drawn)
    if not of_one_length(baseline.mean_chars, mean):
        different.append({"field": "mean length of a passage", "baseline": round(baseline.mean_chars), "candidate": round(mean)})
    return different


def _decide(
    request: GateRequest, sample: Sample, measures: Sequence[Measure], reference: Reference, *, level: float, look: Look
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
            look=look,
        )
    ]
