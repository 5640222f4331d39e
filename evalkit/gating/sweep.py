"""Samples one generator at several temperatures (`sweep`) and scores each, to find the best between noise and repetition.

The gate has the last word: a temperature that it would call worse than temperature 1 is not recommended, however near its overall distance is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from evalkit.errors import UsageError
from evalkit.evaluation.audit import audit_of, audit_rows, auditor_of
from evalkit.evaluation.candidates import Drawn, Shape, likelihood_of_held_out, ready, sampled
from evalkit.evaluation.compare import Outcome
from evalkit.evaluation.likelihood import Likelihood
from evalkit.evaluation.provenance import candidate_facts, declaration, reference_facts, run_facts, signature
from evalkit.evaluation.request import CompareRequest
from evalkit.evaluation.scorer import Scorer
from evalkit.evaluation.shape import equal_shape
from evalkit.explain.excerpts import mark_copies
from evalkit.gating.decision import decide, spreads_of
from evalkit.gating.doses import dose_damages
from evalkit.gating.measures import measures_of
from evalkit.gating.policy import GATED, Policy, default_policy
from evalkit.inference import Sample
from evalkit.metrics.base import AuditMetric, Metric
from evalkit.metrics.registry import of_kind
from evalkit.results import Results
from generators.base import Generator, Progress, silent

OWN = 1.0
"""The temperature at which a model is what it has learned."""
MOST_STEPS = 50
"""Temperatures of one sweep; each costs as much as a candidate."""


def parse_temperatures(text: str) -> list[float]:
    """Temperatures from `LOW:HIGH:STEP`, both ends included, or from a list with commas.

    Raises:
        UsageError: when it is neither, or no temperatures come of it.

    >>> parse_temperatures("0.5:0.8:0.1"), parse_temperatures("1,0.7")
    ([0.5, 0.6, 0.7, 0.8], [0.7, 1.0])
    """
    parts = re.split(r"[:,]", text)
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if ":" in text:
        low, high, step = numbers if len(numbers) == 3 and "," not in text else (0.0, 0.0, 0.0)
        # The tiny addition keeps the upper end where division falls just short: (0.8 - 0.5) / 0.1 is 2.999...
        fits = 0 < low <= high < np.inf and 0 < step < np.inf and (high - low) / step < MOST_STEPS
        numbers = [round(low + i * step, 6) for i in range(int((high - low) / step + 1e-9) + 1)] if fits else []
    if not numbers or len(set(numbers)) > MOST_STEPS or not all(np.isfinite(t) and t > 0 for t in numbers):
        raise UsageError(
            f'"{text}" gives no temperatures.',
            remedy=f"Write LOW:HIGH:STEP, such as 0.5:1.2:0.1, or a list 0.7,1; at most {MOST_STEPS}.",
        )
    return sorted(set(numbers))


def sweep(request: CompareRequest, temperatures: Sequence[float], *, progress: Progress = silent) -> Outcome:
    """Fits once, samples at every temperature, and scores each as a candidate of its own.

    Args:
        request: with one candidate that is a generator or a saved model.
        temperatures: rising.
        progress: told how far the work is.

    Raises:
        UsageError: for samples, which cannot be drawn at another temperature.
    """
    candidate = request.candidates[0]
    if candidate.kind == "samples":
        raise UsageError("Samples cannot be drawn at another temperature.", remedy="Give a generator or a saved model.")
    progress("reading the reference", 0, 1)
    metrics = of_kind(request.metrics, Metric)
    reference = request.reference()
    shape = equal_shape(request, {}, reference)
    generator = ready(candidate, reference, seed=request.seed, progress=progress)
    # The likelihood of held-out text does not depend on how the model is sampled, so all temperatures share it.
    measured = likelihood_of_held_out(generator, reference, seed=request.seed)
    unknown = measured.unknown_in_words("the held-out text")
    drawn = list(_drawn(request, generator, temperatures, measured=measured, shape=shape, progress=progress))
    audits = of_kind(request.metrics, AuditMetric)
    audit = audit_of(auditor_of(reference), drawn, n_chars=shape.n_chars)
    scorer = Scorer(metrics, reference, shape, seed=request.seed)
    rows, profiles = scorer.score(drawn, progress)
    # With the run's own seed the passages at temperature 1 would be compared with themselves.
    own = sampled(generator, shape, seed=request.seed + 1, decoding=replace(request.decoding, temperature=OWN))[0]
    worse = _worse_than_own(
        scorer,
        reference.sample(own),
        metrics,
        dict(zip(scorer.samples, temperatures, strict=True)),
        policy=default_policy(request.language),
        seed=request.seed,
    )
    results = Results(
        kind="sweep",
        signature={
            **signature(metrics, reference, shape, seed=request.seed, decoding=request.decoding),
            "temperature": list(temperatures),
        },
        run=run_facts(),
        reference=reference_facts(request.corpus, request.split),
        shape={"n_passages": shape.n_passages, "n_chars": shape.n_chars},
        metrics={metric.id: declaration(metric) for metric in (*metrics, *audits)},
        candidates=[{**candidate_facts(item), "worse": worse[item.candidate.name]} for item in drawn],
        results=[*rows, *audit_rows(audit, audits)],
        audit=audit,
        profiles=profiles,
        overall=scorer.overall(),
        families=scorer.families,
        human_tests=scorer.human_tests,
        excerpts=mark_copies({"": scorer.human_excerpts(), **scorer.excerpts}, reference.lexicon.training),
        texts=scorer.texts,
        traces=scorer.traces,
        warnings=[
            *scorer.copies,
            *request.split.warnings,
            *scorer.warnings,
            *([f"{candidate.name}: {unknown}."] if unknown else []),
        ],
    )
    return Outcome(results, {item.candidate.name: item.passages for item in drawn})


def _drawn(
    request: CompareRequest,
    generator: Generator,
    temperatures: Sequence[float],
    *,
    measured: Likelihood,
    shape: Shape,
    progress: Progress,
) -> Iterator[Drawn]:
    """The generator's passages at every temperature, each as a candidate of its own."""
    candidate = request.candidates[0]
    for done, temperature in enumerate(temperatures):
        progress(f"sampling at {temperature:g}", done, len(temperatures))
        decoding = replace(request.decoding, temperature=temperature)
        passages, given = sampled(generator, shape, seed=request.seed, decoding=decoding)
        named = replace(candidate, name=f"{candidate.name} at {temperature:g}")
        yield Drawn(named, passages, {**generator.describe(), "temperature": temperature}, measured, read=given)


def _worse_than_own(
    scorer: Scorer,
    own: Sample,
    metrics: Sequence[Metric],
    temperatures: Mapping[str, float],
    *,
    policy: Policy,
    seed: int,
) -> dict[str, list[str]]:
    """Candidate -> the gated measures on which it is worse than the model at temperature 1 by more than a gate allows, the worst first.

    Args:
        scorer: has scored all of them.
        own: a further sample at temperature 1, drawn on its own.
        metrics: the metrics of the run; a gate compares some of them.
        temperatures: candidate -> temperature. What that of 1 differs in is chance.
        policy: of the gate.
        seed: of the intervals.
    """
    n_passages = scorer.shape.n_passages
    floors = {metric.id: scorer.floor(metric, n_passages) for metric in metrics}
    doses = dose_damages(scorer.reference, scorer.folds, measures_of(metrics, floors), seed=seed)
    measures = measures_of(metrics, floors, doses=doses)
    before, worse = spreads_of(own, measures, seed=seed), {}
    for name, temperature in temperatures.items():
        decided = decide(
            spreads_of(scorer.samples[name], measures, seed=seed),
            before,
            measures,
            policy,
            reference=own.reference,
            n_passages=n_passages,
            seed=seed,
        )
        beyond = [item for item in decided if item.threshold.tier in GATED and item.severity > 1 and temperature != OWN]
        worse[name] = [item.measure for item in sorted(beyond, key=lambda item: -item.severity)]
    return worse
