"""Measures the coverage of intervals and the false positives of tests: the tables of docs/reference/measured/intervals.md."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.pools import CORPORA, Pool, fitted, generated, human, lovecraft, share_with_interval
from evalkit.calibration.simulate import gated_metrics
from evalkit.counts.feature import Layout
from evalkit.counts.matrix import Scan
from evalkit.evaluation.candidates import Shape
from evalkit.evaluation.human_floor import sample_floor
from evalkit.evaluation.pooled import PooledScorer
from evalkit.evaluation.reference import Fold, Reference, scan_slices
from evalkit.evaluation.scorer import Scorer
from evalkit.gating.measures import measures_of
from evalkit.gating.policy import GATED, default_policy
from evalkit.inference import Difference, Estimate, Sample, permutation_test, value_intervals
from evalkit.inference.intervals import differences
from evalkit.inference.jackknife import spreads
from evalkit.metrics import Metric, PooledMetric, SizedMetric, catalogue, select
from evalkit.text.canonical import canonical
from evalkit.text.corpus import read_corpus, split_corpus

REQUIRED = ("letters.jsd", "wordlen.w1", "suffix.ing", "suffix.ed", "suffix.tion", "function.share", "vocab.hit")
SHAPES = ((40, 2000), (20, 1000))
ORDERS = (8, 5)
TRUTH_ROUNDS = 20
ALPHA = 0.05


@dataclass
class Coverage:
    """How many intervals hold the true value.

    Args:
        hits: intervals that hold it.
        below: true values below their interval.
        trials: intervals.
        width: sum of their widths.
    """

    hits: int = 0
    below: int = 0
    trials: int = 0
    width: float = 0.0

    def add(self, low: float, high: float, truth: float) -> None:
        """Counts an interval."""
        self.trials += 1
        self.hits += low <= truth <= high
        self.below += truth < low
        self.width += high - low


Intervals = Callable[[Sample, Sequence[Metric]], dict[str, Estimate]]


def coverage(
    pool: Pool, metrics: Sequence[Metric], *, n_passages: int, n_samples: int, seed: int, method: Intervals
) -> dict[str, Coverage]:
    """How often a method's intervals hold the value that a sample of this shape is expected to have."""
    truth = pool.expected(metrics, n_passages, rounds=TRUTH_ROUNDS, seed=seed)
    by_metric = {metric.id: Coverage() for metric in metrics}
    for sample in pool.samples(n_passages, n_samples, seed=seed):
        for id_, estimate in method(sample, metrics).items():
            if estimate.low is not None and estimate.high is not None:
                by_metric[id_].add(estimate.low, estimate.high, truth[id_])
    return by_metric


def two_samples(pool: Pool, n_passages: int, n_pairs: int, *, seed: int) -> Iterable[tuple[Sample, Sample]]:
    """Disjoint pairs of samples of one source."""
    rng = np.random.default_rng([seed, n_passages, 2])
    for _ in range(n_pairs):
        rows = rng.choice(len(pool.tally), 2 * n_passages, replace=False)
        yield pool.sample(rows[:n_passages]), pool.sample(rows[n_passages:])


def false_positives(
    pool: Pool, metrics: Sequence[Metric], *, n_passages: int, n_pairs: int, seed: int, replicates: int
) -> dict[str, int]:
    """Pairs of samples of one source with p <= .05, per metric, and "any metric" by adjusted p."""
    counts = {metric.id: 0 for metric in metrics} | {"any metric": 0}
    for i, (a, b) in enumerate(two_samples(pool, n_passages, n_pairs, seed=seed)):
        tests = permutation_test(a, b, metrics, seed=i, replicates=replicates)
        for id_, test in tests.items():
            counts[id_] += test.p_raw is not None and test.p_raw <= ALPHA
        counts["any metric"] += any(test.p_adjusted is not None and test.p_adjusted <= ALPHA for test in tests.values())
    return counts


def difference_coverage(
    first: Pool,
    second: Pool,
    metrics: Sequence[Metric],
    *,
    n_passages: int,
    n_pairs: int,
    seed: int,
    floors: Mapping[str, float] | None = None,
) -> tuple[dict[str, Coverage], Coverage]:
    """Coverage of the differences of expected damage, per metric and for all metrics at once.

    For two-sided metrics the truth is the distance of the expected value from the target; damage below a floor counts as the floor.
    """
    truth = {}
    expected = [pool.expected(metrics, n_passages, rounds=TRUTH_ROUNDS, seed=seed) for pool in (first, second)]
    for metric in metrics:
        target = float(metric.values(first.reference, first.reference)[0])
        damage = metric.damage(np.array([side[metric.id] for side in expected]), target)
        before, after = np.maximum(damage, (floors or {}).get(metric.id, -np.inf))
        truth[metric.id] = float(before - after)
    by_metric, family = {metric.id: Coverage() for metric in metrics}, Coverage()
    pairs = zip(first.samples(n_passages, n_pairs, seed=seed), second.samples(n_passages, n_pairs, seed=seed + 1), strict=True)
    for i, (a, b) in enumerate(pairs):
        left, right = (spreads(sample, metrics, seed=i) for sample in (a, b))
        judged = differences(left, right, metrics, a.reference, seed=i, floors=floors)
        for id_, difference in judged.items():
            if difference.low is not None and difference.high is not None:
                by_metric[id_].add(difference.low, difference.high, truth[id_])
        family.trials += 1
        family.hits += all(_holds(difference, truth[id_]) for id_, difference in judged.items())
    return by_metric, family


def _holds(difference: Difference, truth: float) -> bool:
    if difference.family_low is None or difference.family_high is None:
        return True
    return difference.family_low <= truth <= difference.family_high


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def _covered(coverage: Coverage) -> str:
    return (
        f"{share_with_interval(coverage.hits, coverage.trials)}, width {coverage.width / coverage.trials:.3g}"
        if coverage.trials
        else "no interval"
    )


def _with_tail(coverage: Coverage) -> str:
    """As `_covered`, and how often the true value lies above the interval: a candidate that is so much worse may pass."""
    above = coverage.trials - coverage.hits - coverage.below
    return f"{_covered(coverage)}, above {100 * above / coverage.trials:.1f}" if coverage.trials else _covered(coverage)


def main(arguments: Sequence[str] = ()) -> None:
    """Prints the tables, all of them at full size by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks interval_coverage", description=__doc__)
    parser.add_argument("--samples", type=int, default=2000, help="samples of each shape")
    parser.add_argument("--pool", type=int, default=20_000, help="passages of each generator to draw them from")
    parser.add_argument("--replicates", type=int, default=999, help="permutations of each test")
    parser.add_argument("--seed", type=int, default=0, help="of the samples")
    parser.add_argument("--metrics", nargs="+", default=(), metavar="PATTERN", help="ids or families; all of them by default")
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES), help="tables to print; all of them by default")
    options = parser.parse_args(arguments)
    start = time.process_time()
    bench = _Bench(options.samples, options.pool, options.replicates, options.seed, options.metrics)
    for name in options.tables:
        print(getattr(bench, name)(), flush=True)
    print(f"CPU time {time.process_time() - start:.0f} s")


TABLES = ("values", "overall", "tests", "differences", "gated", "stories", "ranges")
RANGES = ((str(CORPORA / "lovecraft"), 0.1, 40, 1000), (str(CORPORA / "lovecraft"), 0.1, 100, 2000), ("embedded", 0.2, 40, 1000))
"""Corpora, the share of their documents that is held out, and shapes, at which human text is held out of measures of all passages together."""
N_FOLDS, FOLD_CHOICES = 20, 10
"""Human values of a range, and choices of them for each sample."""
CONTESTS = ((8, 8, 40, 2000), (5, 5, 40, 2000), (8, 5, 40, 2000), (5, 8, 40, 2000), (8, 5, 20, 1000))


class _Bench:
    """The pools of passages; each public method gives one table."""

    def __init__(self, n_samples: int, n_pool: int, replicates: int, seed: int, metrics: Sequence[str] = ()) -> None:
        self.n_samples, self.n_pool, self.replicates, self.seed = n_samples, n_pool, replicates, seed
        self.metrics = select(metrics, kind=Metric)
        self.reference = lovecraft(self.metrics)
        self.settings = [(order, *shape) for shape in SHAPES for order in ORDERS]
        self.heads = ["metric", *(f"order {order}, {n} x {n_chars:,}" for order, n, n_chars in self.settings)]
        self._fitted = {order: fitted(f"ngram:order={order}", self.reference) for order in ORDERS}
        self._pools: dict[tuple[int, int], Pool] = {}

    def pool(self, order: int, n_chars: int) -> Pool:
        """The passages of one order and length."""
        if (order, n_chars) not in self._pools:
            self._pools[order, n_chars] = generated(
                self._fitted[order], self.reference, n_passages=self.n_pool, n_chars=n_chars, seed=1000
            )
        return self._pools[order, n_chars]

    def values(self) -> str:
        results = [
            coverage(
                self.pool(order, n_chars),
                self.metrics,
                n_passages=n,
                n_samples=self.n_samples,
                seed=self.seed,
                method=value_intervals,
            )
            for order, n, n_chars in self.settings
        ]
        title = f"### Coverage of nominal 95 % intervals, percent (95 % interval of the figure), {self.n_samples} samples\n\n"
        return title + table(self.heads, ([_name(m.id), *(_covered(result[m.id]) for result in results)] for m in self.metrics))

    def overall(self) -> str:
        results = [self._overall(order, n, n_chars) for order, n, n_chars in self.settings]
        title = f"### Coverage of the overall position's interval, percent, {self.n_samples} samples\n\n"
        return title + table(self.heads, [["overall", *(_covered(result) for result in results)]])

    def _overall(self, order: int, n_passages: int, n_chars: int) -> Coverage:
        headline = [metric for metric in self.metrics if metric.headline]
        metric = Scorer(headline, self.reference, Shape(n_passages, n_chars), seed=self.seed).overall_metric
        assert metric is not None, "noise differs from human text on some metric"
        by_metric = coverage(
            self.pool(order, n_chars),
            [metric],
            n_passages=n_passages,
            n_samples=self.n_samples,
            seed=self.seed,
            method=value_intervals,
        )
        return by_metric[metric.id]

    def tests(self) -> str:
        counts = [
            false_positives(
                self.pool(order, n_chars),
                self.metrics,
                n_passages=n,
                n_pairs=self.n_samples,
                seed=self.seed,
                replicates=self.replicates,
            )
            for order, n, n_chars in self.settings
        ]
        names = [*(m.id for m in self.metrics), "any metric"]
        rows = ([_name(id_), *(share_with_interval(c[id_], self.n_samples) for c in counts)] for id_ in names)
        title = f"### False positives of the permutation test at .05, percent, {self.n_samples} pairs of samples of one source\n\n"
        return title + table(self.heads, rows)

    def differences(self) -> str:
        title = f"### Coverage of intervals of differences of damage, percent, {self.n_samples} pairs\n\n"
        return title + self._contests(lambda shape: (self.metrics, {}))

    def gated(self) -> str:
        title = f"### Coverage of the gate's differences, damage below the human floor counting as the floor, {self.n_samples} pairs\n\n"
        return title + self._contests(self._gated_measures)

    def _gated_measures(self, shape: tuple[int, int]) -> tuple[list[Metric], dict[str, float]]:
        """The measures that the default policy gates, and their floors at a shape."""
        n_passages, n_chars = shape
        human_floor = sample_floor(
            self.reference.folds(n_chars, n_folds=20, seed=0), n_passages=n_passages, replicates=1000, seed=0
        )
        floors = {metric.id: human_floor.floor(metric) for metric in gated_metrics(self.metrics, default_policy())}
        measures = [
            measure
            for measure in measures_of([metric for metric in self.metrics if metric.id in floors], floors)
            if default_policy().threshold(measure.id).tier in GATED
        ]
        return [one.metric for one in measures], {one.id: one.floor for one in measures if one.floor is not None}

    def _contests(self, metrics_at: Callable[[tuple[int, int]], tuple[Sequence[Metric], Mapping[str, float]]]) -> str:
        results = []
        for a, b, n, n_chars in CONTESTS:
            metrics, floors = metrics_at((n, n_chars))
            first, second = self.pool(a, n_chars), self.pool(b, n_chars)
            results.append(
                difference_coverage(first, second, metrics, n_passages=n, n_pairs=self.n_samples, seed=self.seed, floors=floors)
            )
        heads = ["metric", *(f"order {a} less order {b}, {n} x {n_chars:,}" for a, b, n, n_chars in CONTESTS)]
        rows = [[_name(id_), *(_with_tail(by_metric[id_]) for by_metric, _ in results)] for id_ in results[0][0]]
        rows.append(["all at once (family intervals)", *(share_with_interval(family.hits, family.trials) for _, family in results)])
        return table(heads, rows)

    def stories(self) -> str:
        pool = human(self.reference)
        metrics = [m for m in self.metrics if not any(feature.knows_reference for feature in m.features)]
        results = [story_coverage(pool, metrics, n_stories=n, n_samples=self.n_samples, seed=self.seed) for n in (10, 25, 50)]
        heads = ["metric", "10 stories", "25 stories", "50 stories"]
        title = f"### Coverage for human text, whole stories drawn with replacement, percent, {self.n_samples} samples\n\n"
        return title + table(heads, ([_name(m.id), *(_covered(result[m.id]) for result in results)] for m in metrics))

    def ranges(self) -> str:
        results = [left_out(*setting, n_draws=self.n_samples) for setting in RANGES]
        heads = ["measure", *(f"{Path(corpus).name}, {n} x {n_chars:,}" for corpus, _, n, n_chars in RANGES)]
        title = (
            f"### Left-out human text outside the range of measures of all passages together, percent, {self.n_samples} samples\n\n"
        )
        return title + table(heads, ([id_, *(_outside(*result[id_]) for result in results)] for id_ in results[0]))


def _outside(n_outside: int, n: int) -> str:
    return f"{100 * n_outside / n:.1f}" if n else "too little text"


def left_out(corpus: str, share: float, n_passages: int, n_chars: int, *, n_draws: int) -> dict[str, tuple[int, int]]:
    """How often samples of held-out documents lie outside the human range, and how many were compared with one, by measure.

    A sample is compared with twenty values of as many human passages: one of its own documents, and nineteen of other draws, as the folds of a
    reference are.
    """
    read = read_corpus(corpus)
    # What is copied depends on the training text, of which there is one here; what has human text of its own has no folds.
    measures = [m for m in catalogue(PooledMetric).values() if m.id != "copy.longest" and not isinstance(m, SizedMetric)]
    reference = Reference(read, split_corpus(read), Layout([]))
    scan = scan_slices([canonical(document.text) for document in read.documents], n_chars)
    folds, rng = list(_held_out(scan, share, n_draws, reference)), np.random.default_rng(1)
    scorer = PooledScorer(measures, folds, reference.lexicon, Scan(["noise"]), seed=0)
    outside = {measure.id: (0, 0) for measure in measures}
    for number, fold in enumerate(folds):
        assert fold.passages is not None, "draws keep their passages"
        sample = fold.passages.take(np.sort(rng.permutation(len(fold.human))[:n_passages]))
        rows = scorer.rows("human", sample, n_units=len(sample), units=np.arange(len(sample)))
        others = [rng.choice(np.delete(np.arange(n_draws), number), N_FOLDS - 1, replace=False) for _ in range(FOLD_CHOICES)]
        for measure, row in zip(measures, rows, strict=True):
            human = scorer.human_values(measure, sample)
            for chosen in others:
                floor = scorer.floor(measure, human[np.append(chosen, number)]) if len(human) == n_draws else None
                if row.value is not None and floor is not None and floor.median is not None and floor.damage_p95 is not None:
                    is_outside = bool(measure.damage(np.array([row.value]), floor.median)[0] > floor.damage_p95)
                    outside[measure.id] = outside[measure.id][0] + is_outside, outside[measure.id][1] + 1
    return outside


def _held_out(scan: Scan, share: float, n_draws: int, reference: Reference) -> Iterator[Fold]:
    """Folds that hold out random documents, without tallies of their own."""
    assert scan.origin is not None, "slices have one"
    documents, rng = np.unique(scan.origin.document), np.random.default_rng(0)
    for _ in range(n_draws):
        held_out = rng.choice(documents, max(1, round(share * len(documents))), replace=False)
        rows = np.flatnonzero(np.isin(scan.origin.document, held_out))
        clusters = np.unique(scan.origin.document[rows], return_inverse=True)[1].astype(np.int64)
        yield Fold(np.empty((len(rows), 0), np.int64), clusters, reference.totals, reference.lexicon, scan.take(rows))


def story_coverage(stories: Pool, metrics: Sequence[Metric], *, n_stories: int, n_samples: int, seed: int) -> dict[str, Coverage]:
    """Coverage where the units are stories of very different lengths, the population being the corpus."""
    rng = np.random.default_rng([seed, n_stories, 3])
    draws = rng.integers(0, len(stories.tally), size=(20_000 + n_samples, n_stories))
    weights = np.stack([np.bincount(rows, minlength=len(stories.tally)) for rows in draws[n_samples:]])
    truth = stories.mean_values(metrics, weights.astype(np.float64) @ stories.tally.astype(np.float64))
    by_metric = {metric.id: Coverage() for metric in metrics}
    for rows in draws[:n_samples]:
        for id_, estimate in value_intervals(stories.sample(rows), metrics).items():
            if estimate.low is not None and estimate.high is not None:
                by_metric[id_].add(estimate.low, estimate.high, truth[id_])
    return by_metric


def _name(id_: str) -> str:
    return f"**{id_}**" if id_ in REQUIRED else id_
