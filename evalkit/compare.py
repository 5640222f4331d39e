"""compare: which candidate is closest to the reference, on what, and by how much."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np

from evalkit import __version__
from evalkit.candidates import Candidate, Drawn, Shape, generate, read_samples, samples_at_shape
from evalkit.errors import InputError, UsageError
from evalkit.excerpts import choose_excerpts, human_excerpts
from evalkit.inference import FEWEST_UNITS, Estimate, Sample, minimum_detectable_effect, value_intervals
from evalkit.inference.floor import Floor, FloorSample, sample_floor
from evalkit.metrics.base import Direction, Layout, Metric, Totals
from evalkit.reference import Reference, signature_of
from evalkit.results import Excerpt, FloorSummary, Interval, Profile, Results, Row, Series, number, numbers
from evalkit.tally import Scan
from evalkit.text.corpus import Corpus, Split
from evalkit.text.passages import Passage, slices
from evalkit.text.sources import ReadOptions
from evalkit.text.tokenize import TOKENIZER
from generators.base import PLAIN, Decoding, Progress, silent

DEFAULT_CANDIDATES = ("uniform", "unigram", "ngram:order=3", "ngram:order=8", "ngram:unit=word,order=3", "lstm", "human")
DEFAULT_CHARS = 1000
MOST_PASSAGES = 200
N_FOLDS = 20
FLOOR_REPLICATES = 1000
BOOTSTRAP_REPLICATES = 2000
_CEILING = Candidate("unigram noise", "unigram", "generator")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to compare and how.

    Args:
        candidates: at least one.
        corpus, split: the reference.
        metrics: the chosen metrics.
        n_passages, n_chars: the shape; None takes what the samples on disk and the held-out text allow.
        seed: fixes fitting, sampling and resampling.
        decoding: how generators sample.
        read: how samples on disk are read.
    """

    candidates: Sequence[Candidate]
    corpus: Corpus
    split: Split
    metrics: Sequence[Metric]
    n_passages: int | None = None
    n_chars: int | None = None
    seed: int = 0
    decoding: Decoding = PLAIN
    read: ReadOptions = field(default_factory=ReadOptions)
    kind: str = "compare"


@dataclass(frozen=True)
class Outcome:
    """Results, and the passages that they were computed from, by candidate."""

    results: Results
    passages: Mapping[str, Sequence[Passage]]


def compare(request: Request, *, progress: Progress = silent) -> Outcome:
    """Fits, samples, tallies and scores every candidate at equal shape.

    Raises:
        UsageError, InputError: when a candidate or the reference cannot be used; nothing was written.
    """
    if not request.candidates:
        raise UsageError("There is nothing to compare.", remedy="Name at least one generator or file of samples.")
    layout = Layout(feature for metric in request.metrics for feature in metric.features)
    progress("reading the reference", 0, 1)
    reference = Reference(request.corpus, request.split, layout)
    on_disk = {c.name: read_samples(c, request.read) for c in request.candidates if c.kind == "samples"}
    shape = equal_shape(request, on_disk, reference)
    drawn = [_draw(candidate, on_disk, reference, shape, request, progress) for candidate in request.candidates]
    progress("measuring the human floor", 0, 1)
    scorer = _Scorer(request, reference, shape)
    rows, profiles = scorer.score(drawn, progress)
    results = Results(
        kind=request.kind,
        signature=_signature(request, reference, shape),
        run={"date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), "python": platform.python_version()},
        reference=_reference(reference),
        shape={"n_passages": shape.n_passages, "n_chars": shape.n_chars},
        metrics={metric.id: _declaration(metric) for metric in request.metrics},
        candidates=[_candidate(item) for item in drawn],
        results=rows,
        profiles=profiles,
        excerpts={**scorer.excerpts, "": scorer.human_excerpts()},
        warnings=[*request.split.warnings, *scorer.warnings],
    )
    return Outcome(results, {item.candidate.name: item.passages for item in drawn})


def equal_shape(request: Request, on_disk: Mapping[str, Sequence[Passage]], reference: Reference) -> Shape:
    """The shape at which all candidates are judged: what was asked for, or the largest that all of them can have."""
    lengths = [round(median(len(p.text) for p in passages)) for passages in on_disk.values()]
    n_chars = request.n_chars or min([DEFAULT_CHARS, *lengths])
    if n_chars < 1:
        raise InputError("The samples hold no text.", remedy="Give samples with text in them.")
    if request.n_passages:
        return Shape(request.n_passages, n_chars)
    held_out = sum(len(document.text) for document in reference.split.held_out) // n_chars
    return Shape(max(1, min([MOST_PASSAGES, max(held_out, 1), *(len(p) for p in on_disk.values())])), n_chars)


def _draw(
    candidate: Candidate,
    on_disk: Mapping[str, Sequence[Passage]],
    reference: Reference,
    shape: Shape,
    request: Request,
    progress: Progress,
) -> Drawn:
    if candidate.kind == "samples":
        return samples_at_shape(candidate, on_disk[candidate.name], shape, seed=request.seed)
    return generate(candidate, reference, shape, seed=request.seed, decoding=request.decoding, progress=progress)


class _Scorer:
    """Floors, the noise ceiling and one row per candidate and metric."""

    def __init__(self, request: Request, reference: Reference, shape: Shape) -> None:
        self.request, self.reference, self.shape = request, reference, shape
        self.warnings: list[str] = []
        self.excerpts: dict[str, list[Excerpt]] = {}
        self.folds = reference.folds(shape.n_chars, n_folds=N_FOLDS, seed=request.seed)
        fewest = min(len(fold.human) for fold in self.folds)
        if fewest < shape.n_passages:
            self.warnings.append(
                f"Held-out human text gives as few as {fewest} passages of {shape.n_chars} characters, so the human floor of "
                f"{shape.n_passages} repeats some of them and is a little too high. Fewer --passages or a larger reference mend that."
            )
        self._floors: dict[int, FloorSample] = {}
        ceiling = generate(_CEILING, reference, shape, seed=request.seed)
        self.ceiling = self._sample(ceiling.passages).observed()

    def _sample(self, passages: Sequence[Passage]) -> Sample:
        tally = Scan([passage.text for passage in passages]).tally(self.reference.layout, self.reference.lexicon)
        owners = [passage.document if passage.document is not None else f"\0{i}" for i, passage in enumerate(passages)]
        clusters = np.unique(owners, return_inverse=True)[1].astype(np.int64)
        return Sample(tally, clusters, self.reference.totals)

    def _floor(self, n_passages: int) -> FloorSample:
        if n_passages not in self._floors:
            self._floors[n_passages] = sample_floor(
                self.folds, n_passages=n_passages, replicates=FLOOR_REPLICATES, seed=self.request.seed
            )
        return self._floors[n_passages]

    def score(self, drawn: Sequence[Drawn], progress: Progress) -> tuple[list[Row], list[Profile]]:
        """All rows, and all distributions taken apart."""
        rows: list[Row] = []
        series: dict[str, dict[str, Series]] = {m.id: {} for m in self.request.metrics if m.profile}
        for done, item in enumerate(drawn):
            progress(f"scoring {item.candidate.name}", done, len(drawn))
            sample = self._sample(item.passages)
            resampled = sample.resampled(BOOTSTRAP_REPLICATES, seed=self.request.seed)
            floors = self._floor(len(item.passages))
            self.excerpts[item.candidate.name] = choose_excerpts(
                item.passages, self._distances(sample), self.reference.lexicon, seed=self.request.seed
            )
            estimates = value_intervals(sample, self.request.metrics, seed=self.request.seed)
            for metric in self.request.metrics:
                rows.append(self._row(item, metric, sample, estimates[metric.id], floors.floor(metric)))
                if metric.profile:
                    series[metric.id][item.candidate.name] = _series(metric, sample, resampled)
        profiles = [
            Profile(metric=m.id, items=m.items, reference=numbers(m.profile(self.reference.totals)[0]), series=series[m.id])
            for m in self.request.metrics
            if m.profile
        ]
        return rows, profiles

    def _row(self, item: Drawn, metric: Metric, sample: Sample, estimate: Estimate, floor: Floor | None) -> Row:
        value = estimate.value
        target = number(float(metric.values(self.reference.totals, self.reference.totals)[0]))
        summary = self._summary(metric, target or 0.0, floor)
        shared = {"candidate": item.candidate.name, "metric": metric.id, "floor": summary, "n_units": sample.n_units}
        two_sided = metric.direction is Direction.TARGET
        if value is None:
            return Row(**shared, value=None, status="not measured", reason=_too_little(metric, sample.observed()))
        centre = target if two_sided else (floor.median if floor else None)
        delta = value - centre if centre is not None else None
        interval = Interval(estimate.low, estimate.high) if estimate.low is not None and estimate.high is not None else None
        return Row(
            **shared,
            value=value,
            ci=interval,
            target=target if two_sided else None,
            position=self._position(metric, value, target or 0.0, floor),
            delta=delta,
            delta_ci=Interval(interval.low - centre, interval.high - centre) if interval and centre is not None else None,
            mde=_detectable(estimate),
            reason=estimate.reason,
        )

    def _noise(self, metric: Metric, target: float) -> float | None:
        """The damage of unigram noise."""
        values = metric.values(self.ceiling, self.reference.totals)
        return number(float(metric.damage(values, target)[0]))

    def _summary(self, metric: Metric, target: float, floor: Floor | None) -> FloorSummary | None:
        if floor is None:
            return None
        return FloorSummary(floor.median, floor.p95, floor.damage_median, floor.damage_p95, self._noise(metric, target))

    def _distances(self, sample: Sample) -> Floats:
        """Each passage's mean damage, 0 to 1 (unigram noise), over the headline metrics on which noise is worse than human text, [n]."""
        passages = Totals(sample.tally.astype(np.float64), self.reference.layout)
        parts = []
        for metric in self.request.metrics:
            floor = self._floor(self.shape.n_passages).floor(metric) if metric.headline else None
            target = float(metric.values(self.reference.totals, self.reference.totals)[0])
            noise = self._noise(metric, target)
            if floor and noise is not None and noise > floor.damage_p95:
                # A rare ending twice in one passage is no worse than noise: no metric may outweigh the others.
                parts.append(np.minimum(metric.damage(metric.values(passages, self.reference.totals), target) / noise, 1.0))
        table = np.array(parts).reshape(len(parts), len(sample.tally))
        measured = np.isfinite(table)
        counts = measured.sum(axis=0)
        return np.where(counts > 0, np.where(measured, table, 0.0).sum(axis=0) / np.maximum(counts, 1), np.nan)

    def human_excerpts(self) -> list[Excerpt]:
        """Held-out human passages to read the candidates beside."""
        passages = [
            Passage(text, f"{document.id}/{i}", document.id)
            for document in self.reference.split.held_out
            for i, text in enumerate(slices(document.text, self.shape.n_chars))
        ]
        return human_excerpts(passages, self.reference.lexicon, seed=self.request.seed)

    def _position(self, metric: Metric, value: float, target: float, floor: Floor | None) -> float | None:
        """Where the value lies between the human floor (0) and unigram noise (1), by damage."""
        if floor is None:
            return None
        noise = metric.values(self.ceiling, self.reference.totals)
        damage, worst = metric.damage(np.array([value, noise[0]]), target)
        span = worst - floor.damage_median
        # Where noise is as near as human text (letters), the scale has no length and a position would be meaningless.
        if not np.isfinite(span) or span <= floor.damage_p95 - floor.damage_median:
            return None
        return number(float((damage - floor.damage_median) / span))


def _series(metric: Metric, sample: Sample, resampled: Totals) -> Series:
    """One candidate's parts of a distribution, with percentile intervals of the shares."""
    assert metric.profile is not None
    observed = sample.observed()
    value = metric.profile(observed)[0]
    parts = metric.contributions(observed, sample.reference)[0] if metric.contributions else np.full(len(value), np.nan)
    if sample.n_units < FEWEST_UNITS:
        low = high = np.full(len(value), np.nan)
    else:
        low, high = np.nanquantile(metric.profile(resampled), [0.025, 0.975], axis=0)
    return Series(value=numbers(value), low=numbers(low), high=numbers(high), contribution=numbers(parts))


def _too_little(metric: Metric, observed: Totals) -> str:
    found = int(metric.minimum.count(observed)[0])
    if found < metric.minimum.n:
        return f"{found} of the {metric.minimum.n} {metric.minimum.what} that it needs"
    return "undefined for this text"


def _detectable(estimate: Estimate) -> float | None:
    """The smallest distance from a fixed value that this run would have seen with 80 % power."""
    if estimate.standard_error is None or estimate.df is None:
        return None
    return number(minimum_detectable_effect(estimate.standard_error, estimate.df))


def _signature(request: Request, reference: Reference, shape: Shape) -> dict[str, Any]:
    return {
        "reference": dict(signature_of(reference)),
        "tokenizer": TOKENIZER,
        "metrics": {metric.id: metric.version for metric in request.metrics},
        "word_lists": dict(reference.lexicon.hashes),
        "shape": {"n_passages": shape.n_passages, "n_chars": shape.n_chars},
        "seed": request.seed,
        "temperature": request.decoding.temperature,
        "top_k": request.decoding.top_k,
        "top_p": request.decoding.top_p,
        "version": __version__,
    }


def _reference(reference: Reference) -> dict[str, Any]:
    corpus, split = reference.corpus, reference.split
    return {
        "name": corpus.name,
        "hash": corpus.hash,
        "n_documents": len(split.train) + len(split.held_out),
        "n_chars": sum(len(document.text) for document in (*split.train, *split.held_out)),
        "train": [document.id for document in split.train],
        "held_out": [document.id for document in split.held_out],
    }


def _declaration(metric: Metric) -> dict[str, Any]:
    return {
        "label": metric.label,
        "unit": metric.unit,
        "direction": str(metric.direction),
        "bounds": list(metric.bounds),
        "version": metric.version,
        "summary": metric.summary,
        "headline": metric.headline,
    }


def _candidate(item: Drawn) -> dict[str, Any]:
    return {
        "name": item.candidate.name,
        "spec": item.candidate.spec,
        "kind": item.candidate.kind,
        "n_passages": len(item.passages),
        "n_chars": sum(len(passage.text) for passage in item.passages),
        "bits_per_char": item.bits_per_char,
        "bits_reason": item.bits_reason or None,
        "notes": list(item.notes),
        "describe": item.describe,
    }
