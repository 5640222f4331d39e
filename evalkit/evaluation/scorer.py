"""Scores passages: `Scorer` gives each candidate and metric a row with value, interval, human floor and position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from statistics import median

from evalkit.counts.matrix import Scan
from evalkit.evaluation.candidates import Candidate, Drawn, Shape, generate
from evalkit.evaluation.human_floor import FloorSample, sample_floor
from evalkit.evaluation.human_text import JudgedCandidate, JudgedShape, judged_shape
from evalkit.evaluation.pooled import PooledScorer
from evalkit.evaluation.reference import Reference
from evalkit.evaluation.rows import at_distance, damage_of, interval_of, noise_damages, target_of
from evalkit.evaluation.told_apart import HumanClassifier, unnamed_difference
from evalkit.evaluation.units import copies_said
from evalkit.explain.alignments import traces
from evalkit.explain.contributions import explain
from evalkit.explain.distributions import REPLICATES, profile
from evalkit.explain.distributions import series as series_of
from evalkit.explain.excerpts import choose_excerpts, held_out_passages, human_excerpts
from evalkit.inference import Estimate, Sample, minimum_detectable_effect, value_intervals
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
    Trace,
    number,
)
from evalkit.text.passages import Passage
from generators.base import Progress

N_FOLDS = 20
"""Splits of the corpus behind the human floor."""
FLOOR_REPLICATES = 1000
"""Human replicates behind the human floor, over all folds together."""
_CEILING = Candidate("unigram noise", "unigram", "generator")


class Scorer:
    """Measures candidates at one shape, beside the human floor and unigram noise.

    Args:
        metrics: the metrics to measure, of any kind; those of generators are not measured here.
        reference: what candidates are compared with.
        shape: of every candidate.
        seed: of all resampling.

    Attributes:
        copies: of the candidates whose passages repeat each other, what must be said before anything else.
        classifications: how well each candidate is told from human text.
        families: the distances of each candidate's families.
        human_tests: whether each candidate can be told from human text on any metric.
        warnings: other limits of the run.
    """

    def __init__(self, metrics: Sequence[Declaration], reference: Reference, shape: Shape, *, seed: int) -> None:
        self.metrics, self.reference, self.shape, self.seed = of_kind(metrics, Metric), reference, shape, seed
        self.warnings: list[str] = []
        self.copies: list[str] = []
        self.excerpts: dict[str, list[Excerpt]] = {}
        self.traces: dict[str, list[Trace]] = {}
        self.samples: dict[str, Sample] = {}
        self._floor_samples: dict[tuple[int, int], FloorSample] = {}
        self._stretches: dict[str, int] = {}
        self.classifications: list[Classification] = []
        self.families: list[FamilyDistance] = []
        self.human_tests: list[HumanTest] = []
        self._shapes: dict[tuple[object, ...], JudgedShape] = {}
        self._judged: dict[str, JudgedCandidate] = {}
        self.folds = reference.folds(shape.n_chars, n_folds=N_FOLDS, seed=seed)
        self._warn_of_repeated_human_text()
        ceiling = generate(_CEILING, reference, shape, seed=seed)
        noise = scan_of(ceiling.passages)
        self.ceiling = reference.sample(ceiling.passages, noise).observed()
        self._pooled = PooledScorer(of_kind(metrics, PooledMetric), self.folds, reference.lexicon, noise, seed=seed)

    def _warn_of_repeated_human_text(self) -> None:
        fewest = min(len(fold.human) for fold in self.folds)
        if fewest < self.shape.n_passages:
            self.warnings.append(
                f"Held-out human text gives as few as {fewest} passages of {self.shape.n_chars} characters, so the human floor of "
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

    def score(self, drawn: Sequence[Drawn], progress: Progress) -> tuple[list[Row], list[Profile]]:
        """The rows of all candidates, and their distributions item by item."""
        rows: list[Row] = []
        series: dict[str, dict[str, Series]] = {metric.id: {} for metric in self.metrics if metric.profile}
        for done, item in enumerate(drawn):
            name = item.candidate.name
            progress(f"scoring {name}", done, len(drawn))
            scan = scan_of(item.passages)
            sample = self.samples[name] = self.reference.sample(item.passages, scan)
            self._stretches[name] = stretch_of(item.passages)
            of_candidate = [
                *self._rows(name, sample),
                *self._pooled.rows(name, scan, n_units=len(sample.distinct), units=sample.clusters, stretch=self._stretches[name]),
            ]
            rows += self._judge(name, sample, scan, of_candidate)
            self.copies += copies_said(name, item.given, sample)
            self._classify(name, sample, scan)
            self._show_passages(item, sample)
            resampled = sample.resampled(REPLICATES, seed=self.seed)
            for metric in self.metrics:
                if metric.profile:
                    series[metric.id][name] = series_of(metric, sample, resampled)
        profiles = [profile(m, self.reference.totals, series[m.id], self.reference.lexicon) for m in self.metrics if m.profile]
        return rows, profiles

    def _rows(self, name: str, sample: Sample) -> list[Row]:
        estimates = value_intervals(sample, self.metrics, seed=self.seed)
        return [self._row(name, metric, sample, estimates[metric.id]) for metric in self.metrics]

    def _row(self, name: str, metric: Metric, sample: Sample, estimate: Estimate) -> Row:
        floor = self.floor(metric, len(sample.tally), self._stretches[name])
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

    def _judge(self, name: str, sample: Sample, scan: Scan, rows: Sequence[Row]) -> list[Row]:
        """The rows with their distances from human text, after the families and the test of all metrics were derived from them."""
        shape = self._shape_of(name, sample, scan)
        rows = [at_distance(shape.with_range(row), shape.human.scales.get(row.metric)) for row in rows]
        judged = self._judged[name] = JudgedCandidate(name, shape, rows)
        self.families += judged.families()
        self.human_tests += judged.human_tests()
        return rows

    def _shape_of(self, name: str, sample: Sample, scan: Scan) -> JudgedShape:
        n_passages, stretch = len(sample.tally), self._stretches[name]
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
        return self._shapes[key]

    @cached_property
    def _noise_values(self) -> dict[str, float]:
        """Metric id -> the value of unigram noise."""
        of_text = {metric.id: float(metric.values(self.ceiling, self.reference.totals)[0]) for metric in self.metrics}
        return {**of_text, **self._pooled.noise}

    def _classify(self, name: str, sample: Sample, scan: Scan) -> None:
        """Tells the candidate from human text; a warning where that can be done although no measure does."""
        found = self._classifier.classify(name, sample, [len(text) for text in scan.texts])
        self.classifications.append(found)
        if not self._judged[name].is_told:
            self.warnings += unnamed_difference(found)

    @cached_property
    def _classifier(self) -> HumanClassifier:
        human = self.folds[0].training
        assert human is not None, "the first fold keeps the passages of its training documents"
        return HumanClassifier(human, self.reference.layout, seed=self.seed)

    def _show_passages(self, item: Drawn, sample: Sample) -> None:
        """Chooses a candidate's passages to read, and finds where they run along documents of the corpus if that is measured."""
        headline = [metric for metric in self.metrics if metric.headline]
        distances = passage_distances(sample, headline, self.noise_damages)
        self.excerpts[item.candidate.name] = choose_excerpts(item.passages, distances, self.reference.lexicon, seed=self.seed)
        if SHADOWS in self.reference.layout.features:
            self.traces[item.candidate.name] = traces(item.passages, self.reference.lexicon.training)

    def headline(self, passages: Sequence[Passage]) -> list[dict[str, object]]:
        """The headline metrics of passages that are no candidate of their own, as `results.learning` has them."""
        metrics = [metric for metric in self.metrics if metric.headline] or list(self.metrics)
        estimates = value_intervals(self.reference.sample(passages), metrics, seed=self.seed)
        intervals = {id_: interval_of(estimate) for id_, estimate in estimates.items()}
        return [
            {"metric": id_, "value": estimate.value, "ci": [ci.low, ci.high] if (ci := intervals[id_]) else None}
            for id_, estimate in estimates.items()
        ]

    def explain(self, item: Drawn) -> Explanation:
        """What a scored candidate's differences from the reference consist of."""
        return explain(item.passages, self.samples[item.candidate.name], self.metrics, self.reference.lexicon, seed=self.seed)

    def compare(self, progress: Progress) -> tuple[list[Pair], list[Rank]]:
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

    def human_excerpts(self) -> list[Excerpt]:
        """Held-out human passages to read the candidates beside."""
        passages = held_out_passages(self.reference.split.held_out, self.shape.n_chars)
        return human_excerpts(passages, self.reference.lexicon, seed=self.seed)


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
