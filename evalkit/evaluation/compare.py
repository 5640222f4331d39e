"""Compares candidates with the reference and with each other (`compare`): which is closest, on what, and by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evalkit._util.formatting import series
from evalkit._util.threads import one_blas_thread
from evalkit.errors import UsageError
from evalkit.evaluation.audit import audit_of, audit_rows
from evalkit.evaluation.candidates import Candidate, Drawn, Samples, Shape, generate, read_samples
from evalkit.evaluation.likelihood import likelihood_row
from evalkit.evaluation.provenance import candidate_facts, declaration, reference_facts, run_facts, signature
from evalkit.evaluation.reference import Reference
from evalkit.evaluation.request import CompareRequest
from evalkit.evaluation.scorer import Scorer
from evalkit.evaluation.shape import equal_shape, left_out_warnings, samples_at_shape
from evalkit.explain.excerpts import mark_copies, show_words
from evalkit.inference import FEWEST_UNITS
from evalkit.metrics.base import AuditMetric, Declaration, GeneratorMetric
from evalkit.metrics.model import BITS
from evalkit.metrics.registry import of_kind
from evalkit.results import Excerpt, Explanation, Results
from evalkit.text.groups import unit_of
from evalkit.text.passages import Passage
from generators.base import Progress, silent

DEFAULT_CANDIDATES = ("uniform", "unigram", "ngram:order=3", "ngram:order=8", "ngram:unit=word,order=3", "lstm", "human")

_REMEDY = "Give more passages, each generated on its own; one long text is one unit, however long."
_ONE_STRETCH = "They hold for more text of the same stream; what all of it has in common cannot show in them."


@dataclass(frozen=True)
class Outcome:
    """The results of a run, and the passages of each candidate."""

    results: Results
    passages: Mapping[str, Sequence[Passage]]


def compare(request: CompareRequest, *, progress: Progress = silent) -> Outcome:
    """Fits, samples, tallies and scores every candidate at equal shape.

    Raises:
        UsageError, InputError: when a candidate or the reference cannot be used.
    """
    if not request.candidates:
        raise UsageError("There is nothing to compare.", remedy="Name at least one generator or file of samples.")
    # Samples are read first, so that an unreadable file is reported before anything is fitted.
    on_disk = {c.name: read_samples(c, request.read) for c in request.candidates if c.kind == "samples"}
    progress("reading the reference", 0, 1)
    reference = request.reference()
    shape = equal_shape(request, on_disk, reference)
    drawn = [_draw(candidate, on_disk, reference, shape, request, progress=progress) for candidate in request.candidates]
    with one_blas_thread():
        return _measure(request, reference, shape, drawn, progress=progress)


def _measure(request: CompareRequest, reference: Reference, shape: Shape, drawn: Sequence[Drawn], *, progress: Progress) -> Outcome:
    """Everything that is computed from the passages."""
    progress("auditing the passages", 0, 1)
    audit = audit_of(request.split, drawn, n_chars=shape.n_chars)
    progress("measuring the human floor", 0, 1)
    scorer = Scorer(request.metrics, reference, shape, seed=request.seed)
    rows, profiles = scorer.score(drawn, progress)
    of_text = [metric for metric in request.metrics if not isinstance(metric, GeneratorMetric | AuditMetric)]
    measured: list[Declaration] = list(of_text)
    if BITS in request.metrics and any(item.candidate.kind != "samples" for item in drawn):
        measured.append(BITS)
        n_units = len(set(map(unit_of, request.split.held_out)))
        rows += [likelihood_row(item.candidate.name, item.likelihood, n_units=n_units) for item in drawn]
    # Audits are no part of the signature: they look at the passages as given, so that no other setting makes them incomparable.
    audits = of_kind(request.metrics, AuditMetric)
    measured += audits
    rows += audit_rows(audit, audits)
    comparisons, ranking = scorer.compare(progress)
    explanations = {item.candidate.name: scorer.explain(item) for item in drawn}
    scorer.warnings += _without_intervals(scorer, drawn)
    results = Results(
        kind=request.kind,
        # Bits per character are left out: samples have none, and must stay comparable with the generator that they are from.
        signature=signature(of_text, reference, shape, seed=request.seed, decoding=request.decoding),
        run=run_facts(),
        reference=reference_facts(request.corpus, request.split),
        shape={"n_passages": shape.n_passages, "n_chars": shape.n_chars},
        metrics={metric.id: declaration(metric) for metric in measured},
        candidates=[candidate_facts(item) for item in drawn],
        results=rows,
        audit=audit,
        profiles=profiles,
        comparisons=comparisons,
        ranking=ranking,
        overall=scorer.overall(),
        families=scorer.families,
        human_tests=scorer.human_tests,
        learning=_learning(request, scorer, progress),
        excerpts=_excerpts(scorer, reference, drawn, explanations),
        explanations=explanations,
        traces=scorer.traces,
        classifications=scorer.classifications,
        warnings=[*left_out_warnings(drawn), *scorer.copies, *request.split.warnings, *scorer.warnings],
    )
    return Outcome(results, {item.candidate.name: item.passages for item in drawn})


def _learning(request: CompareRequest, scorer: Scorer, progress: Progress) -> list[dict[str, Any]]:
    """The learning curves of those candidates that are folders of checkpoints."""
    trained = [candidate for candidate in request.candidates if candidate.holds_checkpoints]
    if not trained:
        return []
    from evalkit.evaluation.checkpoints import learning

    return [learning(candidate, scorer, request.read, progress=progress) for candidate in trained]


def _without_intervals(scorer: Scorer, drawn: Sequence[Drawn]) -> list[str]:
    """Warnings about candidates with too few independent passages: what stands in for them, or that nothing does."""
    warnings, few = [], []
    for item in drawn:
        name, sample = item.candidate.name, scorer.samples[item.candidate.name]
        if sample.is_in_blocks:
            warnings.append(f"The intervals of {name} are from blocks of consecutive pieces ({sample.blocks}). {_ONE_STRETCH}")
        elif sample.blocks is not None:
            warnings.append(f"No interval and no verdict for {name}: {sample.blocks.reason}. {_REMEDY}")
        # Held-out human text is passed over: that it has few documents is a property of the corpus.
        elif sample.n_units < FEWEST_UNITS and not item.candidate.is_human:
            few.append(name)
    if few:
        needed = f"it takes at least {FEWEST_UNITS} independent passages to tell a difference from chance"
        warnings.append(f"No interval and no verdict for {series(few)}: {needed}. {_REMEDY}")
    return warnings


def _excerpts(
    scorer: Scorer, reference: Reference, drawn: Sequence[Drawn], explanations: Mapping[str, Explanation]
) -> dict[str, list[Excerpt]]:
    """Passages to read: human ones, and each candidate's with their faults marked."""
    shown = {"": scorer.human_excerpts()}
    for item in drawn:
        name = item.candidate.name
        words = [use.word for use in explanations[name].words if use.z > 0]
        shown[name] = show_words(scorer.excerpts[name], words, item.passages, reference.lexicon)
    return mark_copies(shown, reference.lexicon.training)


def _draw(
    candidate: Candidate,
    on_disk: Mapping[str, Samples],
    reference: Reference,
    shape: Shape,
    request: CompareRequest,
    *,
    progress: Progress,
) -> Drawn:
    if candidate.kind == "samples":
        samples = on_disk[candidate.name]
        return replace(samples_at_shape(candidate, samples, shape, seed=request.seed), reports=samples.reports)
    return generate(candidate, reference, shape, seed=request.seed, decoding=request.decoding, progress=progress)
