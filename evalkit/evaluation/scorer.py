"""From passages to rows: values with intervals, beside the human floor and on the scale from human text to noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from evalkit.counts.matrix import Scan
from evalkit.evaluation.candidates import Candidate, Drawn, Shape, generate
from evalkit.evaluation.human_floor import Floor, FloorSample, sample_floor
from evalkit.evaluation.overall import Scale, overall, passage_distances
from evalkit.evaluation.pooled import PooledScorer
from evalkit.evaluation.reference import Reference
from evalkit.explain.alignments import traces
from evalkit.explain.contributions import explain
from evalkit.explain.distributions import REPLICATES, profile
from evalkit.explain.distributions import series as series_of
from evalkit.explain.excerpts import choose_excerpts, held_out_passages, human_excerpts
from evalkit.inference import Comparison, Estimate, Sample, minimum_detectable_effect, pairwise, value_intervals
from evalkit.inference.jackknife import too_little
from evalkit.metrics.base import Declaration, Direction, Metric, PooledMetric
from evalkit.metrics.copy import SHADOWS
from evalkit.metrics.registry import of_kind
from evalkit.results import Excerpt, Explanation, FloorSummary, Interval, Overall, Pair, Profile, Rank, Row, Series, Trace, number
from evalkit.text.passages import Passage
from generators.base import Progress

N_FOLDS = 20
FLOOR_REPLICATES = 1000
_CEILING = Candidate("unigram noise", "unigram", "generator")


class Scorer:
    """Floors, the noise ceiling, and one row per candidate and metric.

    Args:
        metrics: the metrics to measure, of any kind; those of generators are not measured here.
        reference: what candidates are held against.
        shape: of every candidate.
        seed: of all resampling.
    """

    def __init__(self, metrics: Sequence[Declaration], reference: Reference, shape: Shape, *, seed: int) -> None:
        self.metrics, self.reference, self.shape, self.seed = of_kind(metrics, Metric), reference, shape, seed
        self.warnings: list[str] = []
        self.excerpts: dict[str, list[Excerpt]] = {}
        self.traces: dict[str, list[Trace]] = {}
        self.samples: dict[str, Sample] = {}
        self.folds = reference.folds(shape.n_chars, n_folds=N_FOLDS, seed=seed)
        fewest = min(len(fold.human) for fold in self.folds)
        if fewest < shape.n_passages:
            self.warnings.append(
                f"Held-out human text gives as few as {fewest} passages of {shape.n_chars} characters, so the human floor of "
                f"{shape.n_passages} repeats some of them and is a little too high. Fewer --passages or a larger reference mend that."
            )
        self._floors: dict[int, FloorSample] = {}
        ceiling = generate(_CEILING, reference, shape, seed=seed)
        noise = _scan(ceiling.passages)
        self.ceiling = self._sample(ceiling.passages, noise).observed()
        self._pooled = PooledScorer(of_kind(metrics, PooledMetric), self.folds, reference.lexicon, noise, seed=seed)

    def _sample(self, passages: Sequence[Passage], scan: Scan) -> Sample:
        tally = scan.tally(self.reference.layout, self.reference.lexicon)
        owners = [passage.document if passage.document is not None else f"\0{i}" for i, passage in enumerate(passages)]
        clusters = np.unique(owners, return_inverse=True)[1].astype(np.int64)
        return Sample(tally, clusters, self.reference.totals)

    def _floor(self, n_passages: int) -> FloorSample:
        if n_passages not in self._floors:
            self._floors[n_passages] = sample_floor(self.folds, n_passages=n_passages, replicates=FLOOR_REPLICATES, seed=self.seed)
        return self._floors[n_passages]

    def score(self, drawn: Sequence[Drawn], progress: Progress) -> tuple[list[Row], list[Profile]]:
        """All rows, and all distributions taken apart."""
        rows: list[Row] = []
        series: dict[str, dict[str, Series]] = {m.id: {} for m in self.metrics if m.profile}
        for done, item in enumerate(drawn):
            progress(f"scoring {item.candidate.name}", done, len(drawn))
            scan = _scan(item.passages)
            sample = self.samples[item.candidate.name] = self._sample(item.passages, scan)
            if SHADOWS in self.reference.layout.features:
                self.traces[item.candidate.name] = traces(item.passages, self.reference.lexicon.training)
            resampled = sample.resampled(REPLICATES, seed=self.seed)
            floors = self._floor(len(item.passages))
            self.excerpts[item.candidate.name] = choose_excerpts(
                item.passages,
                passage_distances(sample, [m for m in self.metrics if m.headline], self.scales),
                self.reference.lexicon,
                seed=self.seed,
            )
            estimates = value_intervals(sample, self.metrics, seed=self.seed)
            for metric in self.metrics:
                rows.append(self._row(item, metric, sample, estimates[metric.id], floors.floor(metric)))
                if metric.profile:
                    series[metric.id][item.candidate.name] = series_of(metric, sample, resampled)
            rows += self._pooled.rows(item.candidate.name, scan)
        profiles = [profile(m, self.reference.totals, series[m.id], self.reference.lexicon) for m in self.metrics if m.profile]
        return rows, profiles

    def headline(self, passages: Sequence[Passage]) -> list[dict[str, object]]:
        """The headline metrics of passages that are no candidate of their own, as `results.learning` has them."""
        metrics = [metric for metric in self.metrics if metric.headline] or list(self.metrics)
        found = value_intervals(self._sample(passages, _scan(passages)), metrics, seed=self.seed)
        return [
            {"metric": id_, "value": one.value, "ci": [one.low, one.high] if one.low is not None and one.high is not None else None}
            for id_, one in found.items()
        ]

    def explain(self, item: Drawn) -> Explanation:
        """What a scored candidate's differences from the reference consist of."""
        return explain(item.passages, self.samples[item.candidate.name], self.metrics, self.reference.lexicon, seed=self.seed)

    def compare(self, progress: Progress) -> tuple[list[Pair], list[Rank]]:
        """Every scored candidate of full shape against every other, and their order; damage below the human floor is no advantage."""
        full = {name: sample for name, sample in self.samples.items() if len(sample.tally) == self.shape.n_passages}
        smaller = [name for name in self.samples if name not in full]
        if smaller and len(self.samples) > 1:
            self.warnings.append(f"Not compared with the others or ranked, for want of passages: {', '.join(smaller)}.")
        if len(full) < 2:
            return [], []
        progress("comparing candidates", 0, 1)
        # Every further test costs the others power: the short table's metrics are a family, or whatever was chosen where none of them was.
        family = [metric for metric in self.metrics if metric.headline] or list(self.metrics)
        known = {metric.id: self._floor(self.shape.n_passages).floor(metric) for metric in family}
        floors = {id_: floor.damage_median for id_, floor in known.items() if floor}
        found = pairwise(full, self.metrics, seed=self.seed, floors=floors, family=list(known))
        ranking = [
            Rank(metric=id_, candidate=name, rank=place, letters=ranking.letters[name])
            for id_, ranking in found.rankings.items()
            for name, place in ranking.ranks.items()
        ]
        return [_pair(comparison) for comparison in found.comparisons], ranking

    @property
    def overall_metric(self) -> Metric | None:
        """The mean position over the headline metrics; None where no metric tells noise from human text."""
        return overall([metric for metric in self.metrics if metric.headline], self.scales)

    def overall(self) -> list[Overall]:
        """Each scored candidate's mean position over the headline metrics, with its interval and the human floor of its shape."""
        metric = self.overall_metric
        if metric is None:
            return [Overall(candidate=name, value=None) for name in self.samples]
        return [self._overall(metric, name, sample) for name, sample in self.samples.items()]

    def _overall(self, metric: Metric, name: str, sample: Sample) -> Overall:
        estimate = value_intervals(sample, [metric], seed=self.seed)[metric.id]
        floor = self._floor(len(sample.tally)).floor(metric)
        summary = FloorSummary(floor.median, floor.p95) if floor else None
        interval = _interval(estimate)
        within = Interval(max(0.0, interval.low), min(1.0, interval.high)) if interval else None
        return Overall(candidate=name, value=estimate.value, ci=within, floor=summary)

    @cached_property
    def scales(self) -> dict[str, Scale]:
        """Metric id -> damage of human text and of unigram noise, where the two differ by more than human texts do among themselves."""
        found = {}
        for metric in self.metrics:
            floor = self._floor(self.shape.n_passages).floor(metric)
            target = float(metric.values(self.reference.totals, self.reference.totals)[0])
            noise = self._noise(metric, target)
            if floor is not None and noise is not None and noise > floor.damage_p95:
                found[metric.id] = Scale(floor.damage_median, noise)
        return found

    def _row(self, item: Drawn, metric: Metric, sample: Sample, estimate: Estimate, floor: Floor | None) -> Row:
        value = estimate.value
        target = number(float(metric.values(self.reference.totals, self.reference.totals)[0]))
        summary = self._summary(metric, target or 0.0, floor)
        unmeasured = Row(
            candidate=item.candidate.name,
            metric=metric.id,
            value=None,
            floor=summary,
            n_units=sample.n_units,
            status="not measured",
            reason=too_little(metric, sample.observed()),
        )
        if value is None:
            return unmeasured
        two_sided = metric.direction is Direction.TARGET
        centre = target if two_sided else (floor.median if floor else None)
        delta = value - centre if centre is not None else None
        interval = _interval(estimate)
        return replace(
            unmeasured,
            value=value,
            status="measured",
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

    def human_excerpts(self) -> list[Excerpt]:
        """Held-out human passages to read the candidates beside."""
        passages = held_out_passages(self.reference.split.held_out, self.shape.n_chars)
        return human_excerpts(passages, self.reference.lexicon, seed=self.seed)

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


def _interval(estimate: Estimate) -> Interval | None:
    return None if estimate.low is None or estimate.high is None else Interval(estimate.low, estimate.high)


def _pair(comparison: Comparison) -> Pair:
    difference, test = comparison.difference, comparison.test
    return Pair(
        a=comparison.a,
        b=comparison.b,
        metric=comparison.metric,
        delta=difference.value,
        ci=_interval(difference),
        p_raw=test.p_raw,
        p_adjusted=test.p_adjusted,
        reason=difference.reason or test.reason,
    )


def _scan(passages: Sequence[Passage]) -> Scan:
    return Scan([passage.text for passage in passages])


def _detectable(estimate: Estimate) -> float | None:
    """The smallest distance from a fixed value that this run would have seen with 80 % power."""
    if estimate.standard_error is None or estimate.df is None:
        return None
    return number(minimum_detectable_effect(estimate.standard_error, estimate.df))
