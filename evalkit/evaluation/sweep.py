"""Samples one generator at several temperatures (`sweep`) and scores each, to find the best between noise and repetition."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evalkit.errors import UsageError
from evalkit.evaluation.audit import audit_of, audit_rows
from evalkit.evaluation.candidates import Drawn, likelihood_of_held_out, ready, sampled
from evalkit.evaluation.compare import Outcome
from evalkit.evaluation.provenance import candidate_facts, declaration, reference_facts, run_facts, signature
from evalkit.evaluation.request import CompareRequest
from evalkit.evaluation.scorer import Scorer
from evalkit.evaluation.shape import equal_shape
from evalkit.explain.excerpts import mark_copies
from evalkit.metrics.base import AuditMetric, Metric
from evalkit.metrics.registry import of_kind
from evalkit.results import Results
from generators.base import Progress, silent

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
    drawn = []
    for done, temperature in enumerate(temperatures):
        progress(f"sampling at {temperature:g}", done, len(temperatures))
        decoding = replace(request.decoding, temperature=temperature)
        passages, given = sampled(generator, shape, seed=request.seed, decoding=decoding)
        named = replace(candidate, name=f"{candidate.name} at {temperature:g}")
        drawn.append(Drawn(named, passages, {**generator.describe(), "temperature": temperature}, measured, read=given))
    audits = of_kind(request.metrics, AuditMetric)
    audit = audit_of(request.split, drawn, n_chars=shape.n_chars)
    scorer = Scorer(metrics, reference, shape, seed=request.seed)
    rows, profiles = scorer.score(drawn, progress)
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
        candidates=[candidate_facts(item) for item in drawn],
        results=[*rows, *audit_rows(audit, audits)],
        audit=audit,
        profiles=profiles,
        overall=scorer.overall(),
        families=scorer.families,
        human_tests=scorer.human_tests,
        excerpts=mark_copies({"": scorer.human_excerpts(), **scorer.excerpts}, reference.lexicon.training),
        traces=scorer.traces,
        warnings=[
            *scorer.copies,
            *request.split.warnings,
            *scorer.warnings,
            *([f"{candidate.name}: {unknown}."] if unknown else []),
        ],
    )
    return Outcome(results, {item.candidate.name: item.passages for item in drawn})
