"""Writes the results of a gate: verdict, decisions, rows and excerpts (`judged_results`), or the fields that forbid a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit import __version__
from evalkit.evaluation.candidates import Drawn, Shape
from evalkit.evaluation.provenance import candidate_facts, declaration, reference_facts, run_facts, signature
from evalkit.evaluation.reference import Reference, base_lexicon, grouping_of
from evalkit.evaluation.rows import at_distance, interval_of, scale_of, target_of
from evalkit.evaluation.shape import left_out_warnings
from evalkit.evaluation.told_apart import told_from_baseline, unnamed_difference
from evalkit.evaluation.units import copies_said
from evalkit.explain.alignments import traces
from evalkit.explain.contributions import explain
from evalkit.explain.distributions import baseline_series, profiles
from evalkit.gating.audits import AuditedCandidate
from evalkit.gating.baseline import Baseline
from evalkit.gating.decision import Decided, Decision, Verdict, conclude, worst_of
from evalkit.gating.measures import Measure
from evalkit.gating.policy import GATED
from evalkit.gating.reading import passages_shown
from evalkit.inference import (
    DifferenceTest,
    Estimate,
    Sample,
    minimum_detectable_effect,
    source_tests,
    spreads,
    value_intervals,
)
from evalkit.inference.blocks import FEWEST_PIECES
from evalkit.judgment.scale import TextSize
from evalkit.metrics.base import Direction, Metric
from evalkit.metrics.copy import SHADOWS
from evalkit.results import Results, Row, Trace, number
from evalkit.text.canonical import CANONICAL
from evalkit.text.tokenize import TOKENIZER

if TYPE_CHECKING:
    from evalkit.gating.looks import LookTaken
    from evalkit.gating.request import GateRequest

PERMUTATIONS = 1999
"""Permutations of a test; with the observed order among them, the smallest p is 1/2000."""

_NAMED = 0.05
"""p below which a measure is said to differ."""


@dataclass(frozen=True)
class JudgedCandidate:
    """A candidate that was measured, with the decision of each measure."""

    request: GateRequest
    reference: Reference
    drawn: Drawn
    sample: Sample
    measures: Sequence[Measure]
    decided: Sequence[Decided]
    audit: AuditedCandidate

    @cached_property
    def estimates(self) -> dict[str, Estimate]:
        """Value and interval of every metric."""
        return value_intervals(self.sample, self.request.metrics, seed=self.request.seed)

    @property
    def shape(self) -> Shape:
        """The baseline's, which is also the candidate's."""
        return Shape(self.request.baseline.shape["n_passages"], self.request.baseline.shape["n_chars"])


def judged_results(judged: JudgedCandidate, looks: Sequence[LookTaken]) -> Results:
    """Results with the verdict, the decisions and one row a metric.

    Args:
        judged: at the last look.
        looks: all that were taken.
    """
    request, decided = judged.request, judged.decided
    verdict = conclude(decided)
    worst = worst_of(decided)
    undecided = [d.passages for d in decided if d.threshold.tier in GATED and d.against == "baseline" and d.passages]
    metrics = {metric.id: declaration(metric) for metric in request.metrics}
    facts = {
        **_facts(request),
        "decisions": [decision.plain() for decision in decided],
        "worst": worst.plain() if worst else None,
        "passages_needed": max(undecided) if undecided and verdict is Verdict.INCONCLUSIVE else None,
        "looks": [look.plain() for look in looks],
        "most_passages": request.looks[-1],
        "baseline_passages": request.kept.sizes[-1],
        "can_draw_more": judged.drawn.candidate.kind != "samples",
        "not_comparable": [],
        "measures": {
            **{measure.id: declaration(measure.metric) for measure in judged.measures if measure.id not in metrics},
            **{id_: declaration(check) for id_, check in judged.audit.checks.items()},
        },
    }
    baseline = request.baseline.sample(judged.reference.layout, judged.reference.totals)
    found = told_from_baseline(request.candidate.name, judged.sample, baseline, seed=request.seed)
    rows = _rows(judged)
    explanation = explain(judged.drawn.passages, judged.sample, request.metrics, judged.reference.lexicon, seed=request.seed)
    shown = passages_shown(judged, explanation)
    return Results(
        kind="gate",
        signature=signature(request.metrics, judged.reference, judged.shape, seed=request.seed, decoding=request.decoding),
        run=run_facts(),
        reference=reference_facts(request.corpus, request.split),
        shape=dict(request.baseline.shape),
        metrics=metrics,
        candidates=[candidate_facts(judged.drawn)],
        results=rows,
        audit=judged.audit.audit,
        profiles=profiles(request.metrics, _profiled(judged), judged.reference.lexicon, seed=request.seed),
        excerpts=shown.excerpts,
        texts=shown.texts,
        explanations={request.candidate.name: explanation},
        traces=_traces(judged),
        classifications=[found],
        warnings=[
            *left_out_warnings([judged.drawn]),
            *copies_said(request.candidate.name, judged.drawn.given, judged.sample),
            *request.split.warnings,
            *judged.audit.warnings,
            *_warnings(judged),
            *([] if _is_named(decided, rows) else unnamed_difference(found)),
        ],
        verdict=str(verdict),
        exit_code=verdict.exit_code,
        gate=facts,
    )


def _is_named(decided: Sequence[Decided], rows: Sequence[Row]) -> bool:
    """Whether some measure says that the candidate differs from its baseline, for better or worse."""
    # The p of measures that are not gated is not corrected for their number.
    p_values = [
        min(1.0, len(rows) * row.p_raw) if row.p_adjusted is None else row.p_adjusted for row in rows if row.p_raw is not None
    ]
    return any(item.decision is Decision.REGRESSION for item in decided) or min(p_values, default=1.0) < _NAMED


def _profiled(judged: JudgedCandidate) -> dict[str, Sample]:
    """The candidate and, under a name of its own, the baseline beside it."""
    request = judged.request
    baseline = request.baseline.sample(judged.reference.layout, judged.reference.totals)
    return {request.candidate.name: judged.sample, baseline_series(request.name, request.candidate.name): baseline}


def _traces(judged: JudgedCandidate) -> dict[str, list[Trace]]:
    """Where the candidate follows documents of the corpus, if that is measured."""
    if SHADOWS not in judged.reference.layout.features:
        return {}
    return {judged.request.candidate.name: traces(judged.drawn.passages, judged.reference.lexicon.training)}


def _facts(request: GateRequest) -> dict[str, Any]:
    return {
        "policy": request.policy.plain(),
        "baseline": _provenance(request.name, request.baseline),
        "anchor": _provenance(request.name, request.anchor) if request.anchor is not None and usable_anchor(request) else None,
        "command": request.command,
    }


def _provenance(name: str, baseline: Baseline) -> dict[str, Any]:
    return {
        "name": name,
        "spec": baseline.candidate["spec"],
        "commit": baseline.commit,
        "date": baseline.date,
        "n_passages": len(baseline.tally),
        "seed": baseline.signature["seed"],
    }


def usable_anchor(request: GateRequest) -> Baseline | None:
    """The anchor, where it agrees with the baseline in everything that a comparison needs; None otherwise."""
    anchor, baseline = request.anchor, request.baseline
    if anchor is None or len(anchor.tally) != len(baseline.tally) or not set(baseline.columns) <= set(anchor.columns):
        return None
    keys = ("reference", "canonical", "tokenizer", "metrics", "word_lists")
    return anchor if all(anchor.signature.get(key) == baseline.signature.get(key) for key in keys) else None


def _warnings(judged: JudgedCandidate) -> list[str]:
    request, warnings = judged.request, []
    if judged.sample.is_in_blocks:
        warnings.append(f"The candidate's intervals are from blocks of consecutive pieces ({judged.sample.blocks}).")
    if request.candidate.kind != "samples" and request.seed == request.baseline.signature["seed"]:
        warnings.append(
            "The candidate was sampled with the baseline's own seed, so the two samples are not independent; leave --seed out."
        )
    if np.array_equal(judged.sample.tally, request.baseline.tally):
        warnings.append("The candidate's passages count exactly like the baseline's: it seems to be the same text.")
    if request.anchor is not None and usable_anchor(request) is None:
        warnings.append(
            "The anchor differs from the baseline in reference, metrics or shape and was left out; renew it with baseline accept --anchor."
        )
    sampled = {"temperature": request.decoding.temperature, "top_k": request.decoding.top_k, "top_p": request.decoding.top_p}
    for key, value in sampled.items():
        old = request.baseline.signature.get(key)
        if request.candidate.kind != "samples" and old != value:
            warnings.append(f"The candidate was sampled with {key.replace('_', '-')} {value}, the baseline with {old}.")
    return warnings


def _rows(judged: JudgedCandidate) -> list[Row]:
    """One row a metric: the value beside the human floor, and how much its damage exceeds the baseline's."""
    request = judged.request
    if not request.metrics:  # the audit alone was asked for
        return []
    of_text = [decision for decision in judged.decided if decision.before is None]
    decisions = {decision.measure: decision for decision in of_text if decision.against == "baseline"}
    family = [decision.measure for decision in decisions.values() if decision.threshold.tier in GATED]
    other = request.baseline.sample(judged.reference.layout, judged.reference.totals)
    both = (spreads(judged.sample, request.metrics, seed=request.seed), spreads(other, request.metrics, seed=request.seed))
    tests = source_tests(
        judged.sample, other, request.metrics, spreads=both, seed=request.seed, replicates=PERMUTATIONS, family=family
    )
    return [_row(judged, metric, decisions[metric.id], tests[metric.id]) for metric in request.metrics]


def _row(judged: JudgedCandidate, metric: Metric, decided: Decided, test: DifferenceTest) -> Row:
    totals, estimate, difference = judged.reference.totals, judged.estimates[metric.id], decided.difference
    floor = judged.request.baseline.floors.get(metric.id)
    if estimate.value is None:
        reason = estimate.reason or "undefined for this text"
        return Row(
            candidate=judged.request.candidate.name,
            metric=metric.id,
            value=None,
            floor=floor,
            n_units=judged.sample.n_units,
            status="not measured",
            reason=reason,
        )
    row = Row(
        candidate=judged.request.candidate.name,
        metric=metric.id,
        value=estimate.value,
        ci=interval_of(estimate),
        floor=floor,
        target=target_of(metric, totals) if metric.direction is Direction.TARGET else None,
        delta=number(difference.value),
        delta_ci=interval_of(difference),
        p_raw=test.p_raw,
        p_adjusted=test.p_adjusted,
        mde=_detectable(decided),
        n_units=judged.sample.n_units,
        reason=estimate.reason or decided.reason or test.reason,
    )
    return at_distance(row, scale_of(metric, floor, TextSize(judged.shape.n_passages, judged.shape.n_chars)))


def _detectable(decided: Decided) -> float | None:
    """The smallest true increase in damage that would be called a regression with 80 % power; it includes the margin."""
    difference = decided.difference
    if difference.standard_error is None or difference.df is None or decided.margin is None:
        return None
    return number(decided.margin + minimum_detectable_effect(difference.standard_error, difference.df))


def _remedy(request: GateRequest, different: Sequence[Mapping[str, Any]]) -> str:
    """How the runs can be made comparable, by the first field that differs."""
    field, shape = str(different[0]["field"]), request.baseline.shape
    if field.startswith("reference"):
        if field == "reference.groups":
            return "Group the documents as for the baseline (leave --group out), or save the baseline again."
        return "Compare the candidate with the baseline's own reference, or save the baseline again."
    if field.startswith(("shape", "mean length")):
        text = f"{shape['n_passages']} passages of about {shape['n_chars']:,} characters"
        if shape["n_passages"] < FEWEST_PIECES:
            return f"Give {text}, each generated on its own: one long text is one unit, whatever its length."
        return (
            f"Give {text}, each generated on its own, or one text that holds as much: its intervals are from blocks of its pieces."
        )
    return "Use the baseline's language and version of evalkit, or save the baseline again."


def not_comparable(
    request: GateRequest, different: Sequence[Mapping[str, Any]], drawn: Drawn | None = None, audit: AuditedCandidate | None = None
) -> Results:
    """Results without decisions on measures of text, which name the fields that differ.

    Args:
        request: of the gate.
        different: the fields in which candidate and baseline differ.
        drawn: the candidate's passages, where there are any before it is known that nothing can be compared.
        audit: of these; a regression that it finds is one, whatever else cannot be compared.
    """
    decided = list(audit.decided) if audit is not None else []
    worst = next((item for item in decided if item.decision is Decision.REGRESSION and item.threshold.tier in GATED), None)
    verdict = Verdict.NOT_COMPARABLE if worst is None else Verdict.REGRESSION
    facts = {
        **_facts(request),
        "decisions": [decision.plain() for decision in decided],
        "worst": worst.plain() if worst else None,
        "passages_needed": None,
        "not_comparable": list(different),
        "measures": {id_: declaration(check) for id_, check in audit.checks.items()} if audit is not None else {},
    }
    corpus, split, shape = request.corpus, request.split, request.baseline.shape
    return Results(
        kind="gate",
        signature={
            "reference": {
                "corpus": corpus.name,
                "hash": corpus.hash,
                **grouping_of(split),
                "held_out": sorted(d.id for d in split.held_out),
            },
            "canonical": CANONICAL,
            "tokenizer": TOKENIZER,
            "metrics": {metric.id: metric.version for metric in request.metrics},
            "word_lists": dict(base_lexicon(request.language).hashes),
            "shape": dict(shape),
            "seed": request.seed,
            "version": __version__,
        },
        run=run_facts(),
        reference=reference_facts(corpus, split),
        shape=dict(shape),
        metrics={metric.id: declaration(metric) for metric in request.metrics},
        candidates=[
            candidate_facts(drawn)
            if drawn is not None
            else {
                "name": request.candidate.name,
                "spec": request.candidate.spec,
                "kind": request.candidate.kind,
                "n_passages": 0,
                "n_chars": 0,
                "bits_per_char": None,
                "bits_reason": "it was not measured: the runs are not comparable",
                "notes": [],
                "describe": {},
            }
        ],
        results=[
            Row(
                candidate=request.candidate.name,
                metric=metric.id,
                value=None,
                status="not measured",
                reason="not comparable with the baseline",
            )
            for metric in request.metrics
        ],
        audit=audit.audit if audit is not None else None,
        warnings=[_remedy(request, different), *(audit.warnings if audit is not None else ())],
        verdict=str(verdict),
        exit_code=verdict.exit_code,
        gate=facts,
    )
