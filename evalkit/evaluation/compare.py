"""Compares candidates with the reference and with each other (`compare`): which is closest, on what, and by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from evalkit._util.formatting import series
from evalkit._util.threads import one_blas_thread
from evalkit.errors import UsageError
from evalkit.evaluation.audit import audit_of, audit_rows, auditor_of
from evalkit.evaluation.candidates import Candidate, Drawn, Samples, Shape, generate, read_samples
from evalkit.evaluation.likelihood import likelihood_row
from evalkit.evaluation.provenance import candidate_facts, declaration, reference_facts, run_facts, signature
from evalkit.evaluation.reference import Reference
from evalkit.evaluation.request import CompareRequest
from evalkit.evaluation.scorer import Scorer
from evalkit.evaluation.shape import equal_shape, left_out_warnings, samples_at_shape
from evalkit.explain.excerpts import mark_copies
from evalkit.inference import FEWEST_UNITS
from evalkit.metrics.base import AuditMetric, Declaration, GeneratorMetric
from evalkit.metrics.model import BITS
from evalkit.metrics.registry import of_kind
from evalkit.results import Audit, Results
from evalkit.text.groups import unit_of
from evalkit.text.passages import Passage
from generators.base import Progress, silent

if TYPE_CHECKING:
    from evalkit.engines import Engine

DEFAULT_CANDIDATES = ("uniform", "unigram", "ngram:order=3", "ngram:order=8", "ngram:unit=word,order=3", "lstm", "human")

_REMEDY = "Give more passages, each generated on its own; one long text is one unit, however long."
_ONE_STRETCH = "They hold for more text of the same stream; what all of it has in common cannot show in them."


@dataclass(frozen=True)
class Outcome:
    """The results of a run, and the passages of each candidate."""

    results: Results
    passages: Mapping[str, Sequence[Passage]]


@dataclass(frozen=True)
class Compared:
    """A finished comparison with what it was made from, for those who go on.

    Args:
        outcome: results, and the passages of each candidate.
        scorer: with the human floor and the sample of each candidate.
        drawn: the candidates.
    """

    outcome: Outcome
    scorer: Scorer
    drawn: Sequence[Drawn]


def compare(request: CompareRequest, *, progress: Progress = silent) -> Outcome:
    """Fits, samples, tallies and scores every candidate at equal shape.

    Raises:
        UsageError, InputError: when a candidate or the reference cannot be used.
    """
    return compared(request, progress=progress).outcome


def compared(request: CompareRequest, *, progress: Progress = silent) -> Compared:
    """As `compare`, with what the results were made from."""
    if not request.candidates:
        raise UsageError("There is nothing to compare.", remedy="Name at least one generator or file of samples.")
    # Samples are read first, so that an unreadable file is reported before anything is fitted.
    on_disk = {c.name: read_samples(c, request.read) for c in request.candidates if c.kind == "samples"}
    progress("reading the reference", 0, 1)
    if request.engine is None:
        reference, scorer = request.reference(), None
        shape = equal_shape(request, on_disk, reference)
        generated = [
            generate(candidate, reference, shape, seed=request.seed, decoding=request.decoding, progress=progress)
            for candidate in request.candidates
            if candidate.kind != "samples"
        ]
    else:
        shape, generated, reference, scorer = _drawn_beside(request, request.engine, on_disk, progress)
    of_generators = {item.candidate.name: item for item in generated}
    drawn = [of_generators.get(c.name) or _at_shape(c, on_disk, shape, request) for c in request.candidates]
    with one_blas_thread():
        progress("auditing the passages", 0, 1)
        audit = audit_of(auditor_of(reference), drawn, n_chars=shape.n_chars)
    scorer = scorer or _scorer(request, reference, shape, progress)
    with one_blas_thread():
        return Compared(_measure(request, scorer, audit, drawn, progress=progress), scorer, drawn)


def _drawn_beside(
    request: CompareRequest, engine: Engine, on_disk: Mapping[str, Samples], progress: Progress
) -> tuple[Shape, list[Drawn], Reference, Scorer]:
    """The candidates that are no samples, drawn side by side while this process measures human text."""
    from evalkit.evaluation.work.drawing import Drawing, SplitTexts, drawn_beside

    shape = equal_shape(request, on_disk, SplitTexts(request.split))

    def meanwhile() -> tuple[Reference, Scorer]:
        reference = request.reference()
        return reference, _scorer(request, reference, shape, progress)

    shared = Drawing(request.split, shape, request.seed, request.decoding)
    candidates = [candidate for candidate in request.candidates if candidate.kind != "samples"]
    generated, (reference, scorer) = drawn_beside(engine, candidates, shared, meanwhile, progress)
    return shape, generated, reference, scorer


def _scorer(request: CompareRequest, reference: Reference, shape: Shape, progress: Progress) -> Scorer:
    progress("measuring the human floor", 0, 1)
    with one_blas_thread():
        return Scorer(request.metrics, reference, shape, seed=request.seed)


def _measure(request: CompareRequest, scorer: Scorer, audit: Audit, drawn: Sequence[Drawn], *, progress: Progress) -> Outcome:
    """Everything that is computed from the passages."""
    reference, shape = scorer.reference, scorer.shape
    rows, profiles = scorer.score(drawn, progress, engine=request.engine, explains=True)
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
    comparisons, ranking = scorer.compare(progress, engine=None if request.engine is None else request.engine.here)
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
        excerpts=mark_copies({"": scorer.human_excerpts(), **scorer.excerpts}, reference.lexicon.training),
        explanations=scorer.explanations,
        texts=scorer.texts,
        traces=scorer.traces,
        classifications=scorer.classifications,
        warnings=[*left_out_warnings(drawn), *request.notes, *scorer.copies, *request.split.warnings, *scorer.warnings],
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


def _at_shape(candidate: Candidate, on_disk: Mapping[str, Samples], shape: Shape, request: CompareRequest) -> Drawn:
    samples = on_disk[candidate.name]
    return replace(samples_at_shape(candidate, samples, shape, seed=request.seed), reports=samples.reports)
