"""Scores passages: `Scorer` gives each candidate and metric a row with value, interval, human floor and position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evalkit._util.entries import Arrays
from evalkit._util.formatting import count
from evalkit.counts.feature import Counts, Floats, Totals
from evalkit.counts.matrix import Scan
from evalkit.evaluation.candidates import Candidate, Drawn, Shape, generate
from evalkit.evaluation.human_floor import FloorSample, sample_floor
from evalkit.evaluation.human_text import JudgedCandidate, JudgedShape, judged_shape
from evalkit.evaluation.pooled import PooledScorer, noise_values
from evalkit.evaluation.reference import Reference
from evalkit.evaluation.rows import at_distance, damage_of, interval_of, noise_damages, target_of
from evalkit.evaluation.told_apart import HumanClassifier, unnamed_difference
from evalkit.evaluation.units import copies_said
from evalkit.explain.alignments import traces
from evalkit.explain.contributions import explain
from evalkit.explain.distributions import REPLICATES, profile
from evalkit.explain.distributions import series as series_of
from evalkit.explain.excerpts import choose_excerpts, held_out_passages, human_excerpts, show_words
from evalkit.explain.text_counts import text_counts
from evalkit.inference import Estimate, Sample, minimum_detectable_effect, value_intervals
from evalkit.inference.blocks import Blocks
from evalkit.inference.jackknife import too_little
from evalkit.judgment.passages import passage_distances
from evalkit.judgment.scale import TextSize
from evalkit.metrics.base import Declaration, Direction, Metric, PooledMetric, SizedMetric
from evalkit.metrics.copy import SHADOWS
from evalkit.metrics.registry import of_kind
from evalkit.results import (
    Classification,
    Excerpt,
    Explanation,
    FamilyDistance,
    FloorSummary,
    HumanTest,
    Interval,
    Overall,
    Pair,
    Profile,
    Rank,
    Row,
    Series,
    TextCounts,
    Trace,
    number,
)
from evalkit.text.passages import Passage
from generators.base import Progress

if TYPE_CHECKING:
    from evalkit.engines import Engine, Local

N_FOLDS = 20
"""Splits of the corpus behind the human floor."""
FLOOR_REPLICATES = 1000
"""Human replicates behind the human floor, over all folds together."""
_HUMAN_COUNTS = 0x7E87
"""Key of the random stream that chooses human passages for figures and for reading."""
_CEILING = Candidate("unigram noise", "unigram", "generator")


@dataclass(frozen=True)
class Counted:
    """A `Sample` without the reference, which every process has.

    Args:
        tally, clusters, unit, copies, blocks: as those of the sample.
    """

    tally: Counts
    clusters: NDArray[np.int64]
    unit: str
    copies: NDArray[np.int64] | None
    blocks: Blocks | None

    @classmethod
    def of(cls, sample: Sample) -> Counted:
        """What a sample has of its own."""
        return cls(sample.tally, sample.clusters, sample.unit, sample.copies, sample.blocks)

    def sample(self, reference: Reference) -> Sample:
        """The sample beside the reference of this process."""
        return Sample(self.tally, self.clusters, reference.totals, self.unit, self.copies, self.blocks)


@dataclass(frozen=True)
class ScoredCandidate:
    """What the scoring of one candidate gives, in a form that can be sent.

    Args:
        counted: its tallies and units.
        rows: one a metric, with its distance from human text.
        shape_key: what the human text of its shape depends on.
        series: metric id -> its distribution, of the metrics that have one.
        classification: how well it is told from human text.
        texts: counts of its passages.
        excerpts: passages to read.
        traces: where its passages run along documents of the corpus; None where that is not measured.
        explanation: what its differences from the reference consist of; None where that was not asked for.
    """

    counted: Counted
    rows: Sequence[Row]
    shape_key: tuple[object, ...]
    series: Mapping[str, Series]
    classification: Classification
    texts: TextCounts
    excerpts: list[Excerpt]
    traces: list[Trace] | None
    explanation: Explanation | None


class Scorer:
    """Measures candidates at one shape, beside the human floor and unigram noise.

    Args:
        metrics: the metrics to measure, of any kind; those of generators are not measured here.
        reference: what candidates are compared with.
        shape: of every candidate.
        seed: of all resampling.

    Attributes:
        declared: the metrics as they were given.
        copies: of the candidates whose passages repeat each other, what must be said before anything else.
        explanations: what the differences of each candidate from the reference consist of, where that was asked for.
        classifications: how well each candidate is told from human text.
        families: the distances of each candidate's families.
        human_tests: whether each candidate can be told from human text on any metric.
        warnings: other limits of the run.
    """

    def __init__(self, metrics: Sequence[Declaration], reference: Reference, shape: Shape, *, seed: int) -> None:
        self.metrics, self.reference, self.shape, self.seed = of_kind(metrics, Metric), reference, shape, seed
        self.declared = tuple(metrics)
        self.warnings: list[str] = []
        self.copies: list[str] = []
        self.excerpts: dict[str, list[Excerpt]] = {}
        self.texts: dict[str, TextCounts] = {}
        self.traces: dict[str, list[Trace]] = {}
        self.samples: dict[str, Sample] = {}
        self._floor_samples: dict[tuple[int, int], FloorSample] = {}
        self.explanations: dict[str, Explanation] = {}
        self.classifications: list[Classification] = []
        self.families: list[FamilyDistance] = []
        self.human_tests: list[HumanTest] = []
        self._shapes: dict[tuple[object, ...], JudgedShape] = {}
        self._judged: dict[str, JudgedCandidate] = {}
        self.folds = reference.folds(shape.n_chars, n_folds=N_FOLDS, seed=seed)
        self._warn_of_repeated_human_text()
        pooled = of_kind(metrics, PooledMetric)
        self.ceiling, of_noise = self._unigram_noise(pooled)
        self._pooled = PooledScorer(pooled, self.folds, reference.lexicon, of_noise, seed=seed, keep=self.reference.keep_measured)

    def _unigram_noise(self, pooled: Sequence[PooledMetric]) -> tuple[Totals, dict[str, float]]:
        """The totals of unigram noise of the shape, and metric id -> its value of measures of all passages together."""

        def make() -> Arrays:
            ceiling = generate(_CEILING, self.reference, self.shape, seed=self.seed)
            noise = scan_of(ceiling.passages)
            values = noise_values(pooled, noise, self.reference.lexicon)
            totals = self.reference.sample(ceiling.passages, noise).observed().matrix
            return {"totals": totals, "pooled": np.array([values[metric.id] for metric in pooled], np.float64)}

        shape = f"{self.shape.n_passages} passages of {self.shape.n_chars} characters"
        kept = self.reference.keep_measured(f"noise of {shape} by {self.seed}, {self.reference.learned}", pooled, make)
        return Totals(kept["totals"], self.reference.layout), dict(
            zip([metric.id for metric in pooled], kept["pooled"].tolist(), strict=True)
        )

    def _warn_of_repeated_human_text(self) -> None:
        fewest = min(map(len, self.folds))
        if fewest < self.shape.n_passages:
            self.warnings.append(
                f"Held-out human text gives as few as {count(fewest, 'passage')} of {count(self.shape.n_chars, 'character')}, so the human floor of "
                f"{self.shape.n_passages} repeats some of them and is a little too high. A larger reference mends that."
            )

    def floor(self, metric: Metric, n_passages: int, stretch: int = 1) -> FloorSummary | None:
        """The human floor of one metric, with the damage of unigram noise; None where human text is too short.

        Args:
            metric: the metric.
            n_passages: passages of the human text.
            stretch: how many of them follow each other in one document, as the pieces of a sample do.
        """
        floor = self._floor_sample(n_passages, stretch).floor(metric)
        if floor is None:
            return None
        return replace(floor, noise=number(damage_of(metric, self._noise_values[metric.id], self.reference.totals)))

    def floors_at(self, n_passages: int) -> dict[str, FloorSummary]:
        """Metric id -> the human floor of so many passages with its range, for samples of another size than the run's."""
        size = TextSize(n_passages, self.shape.n_chars)
        shape = judged_shape(self.metrics, {}, self._floor_sample(n_passages, 1), noise=self._noise_values, shape=size)
        floors = {metric.id: self.floor(metric, n_passages) for metric in self.metrics}
        return {id_: shape.ranged(id_, floor) for id_, floor in floors.items() if floor is not None}

    def _floor_sample(self, n_passages: int, stretch: int) -> FloorSample:
        shape = (n_passages, stretch)
        if shape not in self._floor_samples:
            self._floor_samples[shape] = sample_floor(
                self.folds, n_passages=n_passages, replicates=FLOOR_REPLICATES, seed=self.seed, stretch=stretch
            )
        return self._floor_samples[shape]

    @cached_property
    def noise_damages(self) -> dict[str, float]:
        """Metric id -> the damage of unigram noise, at the shape of the comparison."""
        return noise_damages({metric.id: self.floor(metric, self.shape.n_passages) for metric in self.metrics})

    def score(
        self, drawn: Sequence[Drawn], progress: Progress, *, engine: Engine | None = None, explains: bool = False
    ) -> tuple[list[Row], list[Profile]]:
        """The rows of all candidates, and their distributions item by item.

        Args:
            drawn: the candidates.
            progress: told which of them is being scored.
            engine: scores them side by side; None scores them in this process, one after another.
            explains: whether what their differences consist of is found too, and words that say so are marked in excerpts.
        """
        self.texts[""] = self._human_counts()
        scored = self._all_scored(drawn, progress, engine, explains=explains)
        series: dict[str, dict[str, Series]] = {metric.id: {} for metric in self.metrics if metric.profile}
        for item, found in zip(drawn, scored, strict=True):
            self._keep_scored(item, found)
            for id_, of_metric in found.series.items():
                series[id_][item.candidate.name] = of_metric
        profiles = [profile(m, self.reference.totals, series[m.id], self.reference.lexicon) for m in self.metrics if m.profile]
        return [row for found in scored for row in found.rows], profiles

    def _all_scored(
        self, drawn: Sequence[Drawn], progress: Progress, engine: Engine | None, *, explains: bool
    ) -> list[ScoredCandidate]:
        if engine is not None:
            from evalkit.evaluation.work.scoring import scored_beside

            return scored_beside(engine, self, drawn, progress, explains=explains)
        scored = []
        for done, item in enumerate(drawn):
            progress(f"scoring {item.candidate.name}", done, len(drawn))
            scored.append(self.scored(item.candidate.name, item.passages, explains=explains))
        return scored

    def _keep_scored(self, item: Drawn, found: ScoredCandidate) -> None:
        """Keeps what a candidate's scoring gave, wherever that was done."""
        name = item.candidate.name
        sample = self.samples[name] = found.counted.sample(self.reference)
        judged = self._judged[name] = JudgedCandidate(name, self._shape_at(found.shape_key, item), found.rows)
        self.families += judged.families()
        self.human_tests += judged.human_tests()
        self.copies += copies_said(name, item.given, sample)
        self.classifications.append(found.classification)
        if not judged.is_told:
            self.warnings += unnamed_difference(found.classification)
        self.texts[name], self.excerpts[name] = found.texts, found.excerpts
        if found.traces is not None:
            self.traces[name] = found.traces
        if found.explanation is not None:
            self.explanations[name] = found.explanation

    def scored(self, name: str, passages: Sequence[Passage], *, explains: bool, tally: Counts | None = None) -> ScoredCandidate:
        """What the scoring of one candidate gives, a pure function of the scorer and of the candidate.

        Args:
            name: of the candidate.
            passages: of the candidate.
            explains: as for `score`.
            tally: of its passages, where they were counted already.
        """
        scan, stretch = scan_of(passages), stretch_of(passages)
        sample = self.reference.sample(passages, scan, tally)
        key, shape = self._shape_of(len(sample.tally), stretch, scan)
        rows = [
            *self._rows(name, sample, stretch),
            *self._pooled.rows(name, scan, n_units=len(sample.distinct), units=sample.clusters, stretch=stretch),
        ]
        rows = [at_distance(shape.with_range(row), shape.human.scales.get(row.metric)) for row in rows]
        distances = self._passage_distances(sample)
        excerpts = choose_excerpts(passages, distances, self.reference.lexicon, seed=self.seed)
        explanation = None
        if explains:
            explanation = explain(passages, sample, self.metrics, self.reference.lexicon, seed=self.seed)
            too_frequent = [use.word for use in explanation.words if use.z > 0]
            excerpts = show_words(excerpts, too_frequent, passages, self.reference.lexicon)
        resampled = sample.resampled(REPLICATES, seed=self.seed)
        is_traced = SHADOWS in self.reference.layout.features
        return ScoredCandidate(
            counted=Counted.of(sample),
            rows=rows,
            shape_key=key,
            series={metric.id: series_of(metric, sample, resampled) for metric in self.metrics if metric.profile},
            classification=self._classifier.classify(name, sample, [len(text) for text in scan.texts]),
            texts=text_counts(scan, sample.observed(), distances),
            excerpts=excerpts,
            traces=traces(passages, self.reference.lexicon.training) if is_traced else None,
            explanation=explanation,
        )

    def prepare(self, drawn: Iterable[Drawn]) -> None:
        """Measures the human text that the scoring of candidates needs, once, so that processes that are copies of this one need not."""
        for item in drawn:
            scan, stretch = scan_of(item.passages), stretch_of(item.passages)
            self._shape_of(len(scan), stretch, scan)
            for metric in self.metrics:
                self.floor(metric, len(scan), stretch)
            for measure in self._pooled.measures:
                self._pooled.human_values(measure, scan, stretch)
        self._classifier  # noqa: B018 - it is made when it is first asked for

    def _rows(self, name: str, sample: Sample, stretch: int) -> list[Row]:
        estimates = value_intervals(sample, self.metrics, seed=self.seed)
        return [self._row(name, metric, sample, estimates[metric.id], stretch) for metric in self.metrics]

    def _row(self, name: str, metric: Metric, sample: Sample, estimate: Estimate, stretch: int) -> Row:
        floor = self.floor(metric, len(sample.tally), stretch)
        row = Row(
            candidate=name,
            metric=metric.id,
            value=None,
            floor=floor,
            n_units=sample.n_units,
            status="not measured",
            reason=too_little(metric, sample.observed()),
        )
        if estimate.value is None:
            return row
        target = target_of(metric, self.reference.totals) if metric.direction is Direction.TARGET else None
        # Two-sided metrics are compared with the reference itself, the others with human text of this shape.
        centre = target if metric.direction is Direction.TARGET else (floor.median if floor else None)
        interval = interval_of(estimate)
        return replace(
            row,
            value=estimate.value,
            status="measured",
            ci=interval,
            target=target,
            delta=estimate.value - centre if centre is not None else None,
            delta_ci=Interval(interval.low - centre, interval.high - centre) if interval and centre is not None else None,
            mde=_detectable(estimate),
            reason=estimate.reason,
        )

    def _shape_at(self, key: tuple[object, ...], item: Drawn) -> JudgedShape:
        """Human text at the shape of a candidate that was scored, perhaps elsewhere."""
        return (
            self._shapes[key]
            if key in self._shapes
            else self._shape_of(len(item.passages), stretch_of(item.passages), scan_of(item.passages))[1]
        )

    def _shape_of(self, n_passages: int, stretch: int, scan: Scan) -> tuple[tuple[object, ...], JudgedShape]:
        """Human text at the shape of a candidate, and what that depends on."""
        pooled = [metric for metric in self._pooled.measures if metric.judged]
        amounts = (metric.amount(scan) for metric in pooled if isinstance(metric, SizedMetric))
        key = (n_passages, stretch, *amounts)
        if key not in self._shapes:
            self._shapes[key] = judged_shape(
                self.metrics,
                {metric: self._pooled.human_values(metric, scan, stretch) for metric in pooled},
                self._floor_sample(n_passages, stretch),
                noise=self._noise_values,
                shape=TextSize(n_passages, self.shape.n_chars),
            )
        return key, self._shapes[key]

    @cached_property
    def _noise_values(self) -> dict[str, float]:
        """Metric id -> the value of unigram noise."""
        of_text = {metric.id: float(metric.values(self.ceiling, self.reference.totals)[0]) for metric in self.metrics}
        return {**of_text, **self._pooled.noise}

    @cached_property
    def _classifier(self) -> HumanClassifier:
        human = self.folds[0].training
        assert human is not None, "the first fold keeps the passages of its training documents"
        passages = f"passages of {self.shape.n_chars} characters"
        return HumanClassifier(
            human,
            self.reference.layout,
            seed=self.seed,
            keep=lambda key, make: self.reference.keep(f"{key}, {passages}", make),
        )

    def _passage_distances(self, sample: Sample) -> Floats:
        headline = [metric for metric in self.metrics if metric.headline]
        return passage_distances(sample, headline, self.noise_damages)

    def _human_counts(self) -> TextCounts:
        """Held-out human text with as many passages as a candidate, as far as there are so many: longer texts have more rare words."""
        fold, rows = self.folds[0], self._human_rows
        sample = Sample(fold.human[rows], fold.clusters[rows], fold.totals)
        return text_counts(fold.scanned(rows), sample.observed(), self._passage_distances(sample))

    def headline(self, passages: Sequence[Passage]) -> list[dict[str, object]]:
        """The headline metrics of passages that are no candidate of their own, as `results.learning` has them."""
        metrics = [metric for metric in self.metrics if metric.headline] or list(self.metrics)
        estimates = value_intervals(self.reference.sample(passages), metrics, seed=self.seed)
        intervals = {id_: interval_of(estimate) for id_, estimate in estimates.items()}
        return [
            {"metric": id_, "value": estimate.value, "ci": [ci.low, ci.high] if (ci := intervals[id_]) else None}
            for id_, estimate in estimates.items()
        ]

    def compare(self, progress: Progress, *, engine: Local | None = None) -> tuple[list[Pair], list[Rank]]:
        """Compares all pairs of scored candidates of full shape and ranks them; damage below the human floor is no advantage."""
        full = {name: sample for name, sample in self.samples.items() if len(sample.tally) == self.shape.n_passages}
        smaller = [name for name in self.samples if name not in full]
        if smaller and len(self.samples) > 1:
            self.warnings.append(f"Not compared with the others or ranked, for want of passages: {', '.join(smaller)}.")
        if len(full) < 2 or not self.metrics:
            return [], []
        # Imported here because one candidate alone is never compared.
        from evalkit.inference import pairwise

        progress("comparing candidates", 0, 1)
        # Every further test costs the others power: the headline metrics are the family, or all metrics where there is no headline.
        family = [metric for metric in self.metrics if metric.headline] or list(self.metrics)
        floors = {metric.id: self.floor(metric, self.shape.n_passages) for metric in family}
        compared = pairwise(
            full,
            self.metrics,
            seed=self.seed,
            floors={id_: floor.damage_median for id_, floor in floors.items() if floor and floor.damage_median is not None},
            family=list(floors),
            overall=self._overall_metrics(full),
            engine=engine,
        )
        pairs = [
            Pair(
                a=pair.a,
                b=pair.b,
                metric=pair.metric,
                delta=pair.difference.value,
                ci=interval_of(pair.difference),
                p_raw=pair.test.p_raw,
                p_adjusted=pair.test.p_adjusted,
                reason=pair.difference.reason or pair.test.reason,
            )
            for pair in compared.comparisons
        ]
        ranks = [
            Rank(metric=id_, candidate=name, rank=rank, letters=ranking.letters[name])
            for id_, ranking in compared.rankings.items()
            for name, rank in ranking.ranks.items()
        ]
        return pairs, ranks

    def _overall_metrics(self, names: Iterable[str]) -> dict[str, Metric] | None:
        """Candidate -> its overall distance as a metric; None where noise is as near as human text."""
        metrics = {name: self._judged[name].overall_metric for name in names}
        return {name: metric for name, metric in metrics.items() if metric is not None} if all(metrics.values()) else None

    def overall(self) -> list[Overall]:
        """Each scored candidate's mean distance over families, with its interval and the human floor of its shape."""
        return [self._overall(name, sample) for name, sample in self.samples.items()]

    def _overall(self, name: str, sample: Sample) -> Overall:
        judged = self._judged[name]
        metric = judged.overall_metric
        if metric is None:
            return Overall(candidate=name, value=None)
        estimate = value_intervals(sample, [metric], seed=self.seed)[metric.id]
        interval = interval_of(estimate)
        return Overall(
            candidate=name,
            value=estimate.value,
            # A distance is at least 0, and its interval must be too.
            ci=Interval(max(0.0, interval.low), max(0.0, interval.high)) if interval else None,
            floor=judged.shape.overall_floor,
        )

    @cached_property
    def _human_rows(self) -> NDArray[np.int64]:
        """Rows of held-out human passages, of as many as a candidate has: the best and the worst of more would be farther apart."""
        order = np.random.default_rng([self.seed, _HUMAN_COUNTS]).permutation(len(self.folds[0]))
        return np.sort(order[: self.shape.n_passages])

    def human_excerpts(self) -> list[Excerpt]:
        """Held-out human passages to read the candidates beside, those of `texts` with their distances."""
        passages = held_out_passages(self.reference.split.held_out, self.shape.n_chars)
        by_id = {passage.id: passage for passage in passages}
        owners = self.folds[0].owners
        if "" not in self.texts or owners is None:
            return human_excerpts(passages, self.reference.lexicon, seed=self.seed)
        # Slices of a document follow each other, so that a row's number within its document names its passage.
        first = {owner: row for row, owner in reversed(list(enumerate(owners.tolist())))}
        ids = [f"{self.reference.document_ids[owners[row]]}/{row - first[owners[row]]}" for row in self._human_rows]
        distances = np.array([np.nan if far is None else far for far in self.texts[""].distances])
        return human_excerpts([by_id[id_] for id_ in ids], self.reference.lexicon, seed=self.seed, distances=distances)


def stretch_of(passages: Sequence[Passage]) -> int:
    """How many of the passages follow each other, where they are pieces of samples: the median over samples; 1 where they are none."""
    sizes = Counter(passage.document for passage in passages if passage.piece is not None)
    whole = sum(passage.piece is None for passage in passages)
    return round(median([*sizes.values(), *[1] * whole])) if sizes else 1


def scan_of(passages: Sequence[Passage]) -> Scan:
    """The texts of passages, scanned."""
    return Scan([passage.text for passage in passages])


def _detectable(estimate: Estimate) -> float | None:
    """The smallest distance from a fixed value that this run would have detected with 80 % power."""
    if estimate.standard_error is None or estimate.df is None:
        return None
    return number(minimum_detectable_effect(estimate.standard_error, estimate.df))
