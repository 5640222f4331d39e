"""What a gate puts into results.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit import __version__
from evalkit.evaluation.candidates import Drawn, Shape
from evalkit.evaluation.overall import passage_distances
from evalkit.evaluation.provenance import candidate_facts, declaration, reference_facts, run_facts, signature
from evalkit.evaluation.reference import Reference, base_lexicon
from evalkit.evaluation.rows import damage_of, interval_of, position, scales_of, target_of
from evalkit.explain.alignments import traces
from evalkit.explain.contributions import explain
from evalkit.explain.distributions import baseline_series, profiles
from evalkit.explain.excerpts import choose_excerpts, held_out_passages, human_excerpts, mark_copies, show_words
from evalkit.gating.baseline import Baseline
from evalkit.gating.decision import Decided, Verdict, conclude, worst_of
from evalkit.gating.measures import Measure
from evalkit.gating.policy import GATED
from evalkit.inference import (
    DifferenceTest,
    Estimate,
    Sample,
    minimum_detectable_effect,
    source_tests,
    spreads,
    value_intervals,
)
from evalkit.metrics.base import Direction, Metric
from evalkit.metrics.copy import SHADOWS
from evalkit.results import Excerpt, Explanation, Results, Row, Trace, number
from evalkit.text.tokenize import TOKENIZER

if TYPE_CHECKING:
    from evalkit.gating.request import GateRequest

PERMUTATIONS = 1999


@dataclass(frozen=True)
class Judged:
    """A candidate that was measured and decided."""

    request: GateRequest
    reference: Reference
    drawn: Drawn
    sample: Sample
    measures: Sequence[Measure]
    decided: Sequence[Decided]

    @cached_property
    def estimates(self) -> dict[str, Estimate]:
        """Value and interval of every metric."""
        return value_intervals(self.sample, self.request.metrics, seed=self.request.seed)

    @property
    def shape(self) -> Shape:
        """The baseline's, which is also the candidate's."""
        return Shape(self.request.baseline.shape["n_passages"], self.request.baseline.shape["n_chars"])


def judged_results(judged: Judged) -> Results:
    """Results with the verdict, the decisions and one row a metric."""
    request, decided = judged.request, judged.decided
    verdict = conclude(decided)
    worst = worst_of(decided)
    undecided = [one.passages for one in decided if one.threshold.tier in GATED and one.against == "baseline" and one.passages]
    metrics = {metric.id: declaration(metric) for metric in request.metrics}
    facts = {
        **_facts(request),
        "decisions": [one.plain() for one in decided],
        "worst": worst.plain() if worst else None,
        "passages_needed": max(undecided) if undecided and verdict is Verdict.INCONCLUSIVE else None,
        "not_comparable": [],
        "measures": {measure.id: declaration(measure.metric) for measure in judged.measures if measure.id not in metrics},
    }
    explanation = explain(judged.drawn.passages, judged.sample, request.metrics, judged.reference.lexicon, seed=request.seed)
    return Results(
        kind="gate",
        signature=signature(request.metrics, judged.reference, judged.shape, seed=request.seed, decoding=request.decoding),
        run=run_facts(),
        reference=reference_facts(request.corpus, request.split),
        shape=dict(request.baseline.shape),
        metrics=metrics,
        candidates=[candidate_facts(judged.drawn)],
        results=_rows(judged),
        profiles=profiles(request.metrics, _profiled(judged), judged.reference.lexicon, seed=request.seed),
        excerpts=_excerpts(judged, explanation),
        explanations={request.candidate.name: explanation},
        traces=_traces(judged),
        warnings=[*request.split.warnings, *_warnings(judged)],
        verdict=str(verdict),
        exit_code=verdict.exit_code,
        gate=facts,
    )


def _profiled(judged: Judged) -> dict[str, Sample]:
    """The candidate and, under a name of its own, the baseline beside it."""
    request = judged.request
    baseline = request.baseline.sample(judged.reference.layout, judged.reference.totals)
    return {request.candidate.name: judged.sample, baseline_series(request.name, request.candidate.name): baseline}


def _traces(judged: Judged) -> dict[str, list[Trace]]:
    """Where the candidate runs along the corpus, if that is measured."""
    if SHADOWS not in judged.reference.layout.features:
        return {}
    return {judged.request.candidate.name: traces(judged.drawn.passages, judged.reference.lexicon.training)}


def _excerpts(judged: Judged, explanation: Explanation) -> dict[str, list[Excerpt]]:
    """Passages of the candidate to read beside human ones; of the baseline there are only counts."""
    request, reference = judged.request, judged.reference
    headline = [metric for metric in request.metrics if metric.headline]
    distances = passage_distances(judged.sample, headline, scales_of(request.baseline.floors))
    chosen = choose_excerpts(judged.drawn.passages, distances, reference.lexicon, seed=request.seed)
    words = [use.word for use in explanation.words if use.z > 0]
    human = human_excerpts(held_out_passages(request.split.held_out, judged.shape.n_chars), reference.lexicon, seed=request.seed)
    found = {"": human, request.candidate.name: show_words(chosen, words, judged.drawn.passages, reference.lexicon)}
    return mark_copies(found, reference.lexicon.training)


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
    """The anchor where it is like the baseline in all that must agree."""
    anchor, baseline = request.anchor, request.baseline
    if anchor is None or len(anchor.tally) != len(baseline.tally) or not set(baseline.columns) <= set(anchor.columns):
        return None
    keys = ("reference", "tokenizer", "metrics", "word_lists")
    return anchor if all(anchor.signature.get(key) == baseline.signature.get(key) for key in keys) else None


def _warnings(judged: Judged) -> list[str]:
    request, found = judged.request, []
    if request.candidate.kind != "samples" and request.seed == request.baseline.signature["seed"]:
        found.append(
            "The candidate was sampled with the baseline's own seed, so the two samples are not independent; leave --seed out."
        )
    if np.array_equal(judged.sample.tally, request.baseline.tally):
        found.append("The candidate's passages count exactly like the baseline's: it seems to be the same text.")
    if request.anchor is not None and usable_anchor(request) is None:
        found.append(
            "The anchor differs from the baseline in reference, metrics or shape and was left out; renew it with baseline accept --anchor."
        )
    now_sampled = {"temperature": request.decoding.temperature, "top_k": request.decoding.top_k, "top_p": request.decoding.top_p}
    for key, value in now_sampled.items():
        then = request.baseline.signature.get(key)
        if request.candidate.kind != "samples" and then != value:
            found.append(f"The candidate was sampled with {key.replace('_', '-')} {value}, the baseline with {then}.")
    return found


def _rows(judged: Judged) -> list[Row]:
    """One row a metric: the value beside the floor of the baseline's shape, and what it adds to the baseline's damage."""
    request = judged.request
    own = {one.measure: one for one in judged.decided if one.against == "baseline"}
    family = [one.measure for one in own.values() if one.threshold.tier in GATED]
    other = request.baseline.sample(judged.reference.layout, judged.reference.totals)
    both = (spreads(judged.sample, request.metrics, seed=request.seed), spreads(other, request.metrics, seed=request.seed))
    tests = source_tests(
        judged.sample, other, request.metrics, spreads=both, seed=request.seed, replicates=PERMUTATIONS, family=family
    )
    return [_row(judged, metric, own[metric.id], tests[metric.id]) for metric in request.metrics]


def _row(judged: Judged, metric: Metric, one: Decided, test: DifferenceTest) -> Row:
    totals, estimate, difference = judged.reference.totals, judged.estimates[metric.id], one.difference
    floor = judged.request.baseline.floors.get(metric.id)
    if estimate.value is None:
        reason = estimate.reason or "undefined for this text"
        return Row(
            candidate=judged.request.candidate.name,
            metric=metric.id,
            value=None,
            floor=floor,
            n_units=estimate.n_units,
            status="not measured",
            reason=reason,
        )
    return Row(
        candidate=judged.request.candidate.name,
        metric=metric.id,
        value=estimate.value,
        ci=interval_of(estimate),
        floor=floor,
        target=target_of(metric, totals) if metric.direction is Direction.TARGET else None,
        position=position(damage_of(metric, estimate.value, totals), floor),
        delta=number(difference.value),
        delta_ci=interval_of(difference),
        p_raw=test.p_raw,
        p_adjusted=test.p_adjusted,
        mde=_detectable(one),
        n_units=estimate.n_units,
        reason=estimate.reason or one.reason or test.reason,
    )


def _detectable(one: Decided) -> float | None:
    """The smallest true increase in damage beyond the margin that would be called a regression with 80 % power, margin included."""
    difference = one.difference
    if difference.standard_error is None or difference.df is None or one.margin is None:
        return None
    return number(one.margin + minimum_detectable_effect(difference.standard_error, difference.df))


def _remedy(request: GateRequest, different: Sequence[Mapping[str, Any]]) -> str:
    """What would make the runs comparable, by the field that differs first."""
    field, shape = str(different[0]["field"]), request.baseline.shape
    if field.startswith("reference"):
        return "Hold the candidate against the baseline's own reference, or save the baseline again."
    if field.startswith(("shape", "mean length")):
        text = f"{shape['n_passages']} passages of about {shape['n_chars']:,} characters"
        return f"Give {text}, each generated on its own: one long text is one unit, however long."
    return "Use the baseline's language and version of evalkit, or save the baseline again."


def not_comparable(request: GateRequest, different: Sequence[Mapping[str, Any]]) -> Results:
    """Results without decisions, which name the differing fields."""
    verdict = Verdict.NOT_COMPARABLE
    facts = {
        **_facts(request),
        "decisions": [],
        "worst": None,
        "passages_needed": None,
        "not_comparable": list(different),
        "measures": {},
    }
    corpus, split, shape = request.corpus, request.split, request.baseline.shape
    return Results(
        kind="gate",
        signature={
            "reference": {"corpus": corpus.name, "hash": corpus.hash, "held_out": sorted(d.id for d in split.held_out)},
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
            {
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
        warnings=[_remedy(request, different)],
        verdict=str(verdict),
        exit_code=verdict.exit_code,
        gate=facts,
    )
