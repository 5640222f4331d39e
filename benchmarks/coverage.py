"""How often the intervals hold what they say, and how often the tests cry wolf: the tables of docs/statistics.md.

python -m benchmarks.coverage [--samples 2000] [--pool 20000]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.simulate import Pool, fitted, generated, human, lovecraft, share_with_interval
from evalkit.inference import Difference, Estimate, Sample, difference_intervals, permutation_test, value_intervals
from evalkit.metrics import select
from evalkit.metrics.base import Metric

REQUIRED = ("letters.jsd", "wordlen.w1", "suffix.ing", "suffix.ed", "suffix.tion", "function.share", "vocab.hit")
SHAPES = ((40, 2000), (20, 1000))
ORDERS = (8, 5)
TRUTH_ROUNDS = 20
ALPHA = 0.05


@dataclass
class Tally:
    """Hits among trials, and the widths of the intervals."""

    hits: int = 0
    below: int = 0
    trials: int = 0
    width: float = 0.0

    def add(self, low: float, high: float, truth: float) -> None:
        """Counts one interval."""
        self.trials += 1
        self.hits += low <= truth <= high
        self.below += truth < low
        self.width += high - low


Intervals = Callable[[Sample, Sequence[Metric]], dict[str, Estimate]]


def coverage(
    pool: Pool, metrics: Sequence[Metric], *, n_passages: int, n_samples: int, seed: int, method: Intervals
) -> dict[str, Tally]:
    """How often a method's intervals hold the value that a sample of this shape is expected to have."""
    truth = pool.expected(metrics, n_passages, rounds=TRUTH_ROUNDS, seed=seed)
    found = {metric.id: Tally() for metric in metrics}
    for sample in pool.samples(n_passages, n_samples, seed=seed):
        for id_, estimate in method(sample, metrics).items():
            if estimate.low is not None and estimate.high is not None:
                found[id_].add(estimate.low, estimate.high, truth[id_])
    return found


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
    first: Pool, second: Pool, metrics: Sequence[Metric], *, n_passages: int, n_pairs: int, seed: int
) -> tuple[dict[str, Tally], Tally]:
    """Coverage of the differences of expected damage, per metric and for all metrics at once.

    For two-sided metrics the truth is the distance of the expected value from the target.
    """
    truth = {}
    expected = [pool.expected(metrics, n_passages, rounds=TRUTH_ROUNDS, seed=seed) for pool in (first, second)]
    for metric in metrics:
        target = float(metric.values(first.reference, first.reference)[0])
        damage = metric.damage(np.array([side[metric.id] for side in expected]), target)
        truth[metric.id] = float(damage[0] - damage[1])
    found, family = {metric.id: Tally() for metric in metrics}, Tally()
    pairs = zip(first.samples(n_passages, n_pairs, seed=seed), second.samples(n_passages, n_pairs, seed=seed + 1), strict=True)
    for i, (a, b) in enumerate(pairs):
        differences = difference_intervals(a, b, metrics, seed=i)
        for id_, difference in differences.items():
            if difference.low is not None and difference.high is not None:
                found[id_].add(difference.low, difference.high, truth[id_])
        family.trials += 1
        family.hits += all(_holds(difference, truth[id_]) for id_, difference in differences.items())
    return found, family


def _holds(difference: Difference, truth: float) -> bool:
    if difference.family_low is None or difference.family_high is None:
        return True
    return difference.family_low <= truth <= difference.family_high


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def _covered(tally: Tally) -> str:
    return (
        f"{share_with_interval(tally.hits, tally.trials)}, width {tally.width / tally.trials:.3g}"
        if tally.trials
        else "no interval"
    )


def main() -> None:
    """Prints all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=2000, help="samples of each shape")
    parser.add_argument("--pool", type=int, default=20_000, help="passages of each generator to draw them from")
    parser.add_argument("--replicates", type=int, default=999, help="permutations of each test")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    metrics = select()
    reference = lovecraft(metrics)
    generators_by_order = {order: fitted(f"ngram:order={order}", reference) for order in ORDERS}
    settings = [(order, *shape) for shape in SHAPES for order in ORDERS]
    start = time.process_time()
    pools = {
        (order, n_chars): generated(generators_by_order[order], reference, n_passages=options.pool, n_chars=n_chars, seed=1000)
        for order, _, n_chars in settings
    }
    heads = [f"order {order}, {n} x {n_chars:,}" for order, n, n_chars in settings]

    results = [
        coverage(pools[order, n_chars], metrics, n_passages=n, n_samples=options.samples, seed=options.seed, method=value_intervals)
        for order, n, n_chars in settings
    ]
    print(f"### Coverage of nominal 95 % intervals, percent (95 % interval of the figure), {options.samples} samples\n")
    print(table(["metric", *heads], ([_name(m.id), *(_covered(result[m.id]) for result in results)] for m in metrics)))

    counts = [
        false_positives(
            pools[order, n_chars], metrics, n_passages=n, n_pairs=options.samples, seed=options.seed, replicates=options.replicates
        )
        for order, n, n_chars in settings
    ]
    print(f"### False positives of the permutation test at .05, percent, {options.samples} pairs of samples of one source\n")
    names = [*(m.id for m in metrics), "any metric"]
    print(
        table(["metric", *heads], ([_name(id_), *(share_with_interval(c[id_], options.samples) for c in counts)] for id_ in names))
    )

    contests = [(8, 8, *SHAPES[0]), (5, 5, *SHAPES[0]), (8, 5, *SHAPES[0]), (8, 5, *SHAPES[1])]
    differences = [
        difference_coverage(pools[a, n_chars], pools[b, n_chars], metrics, n_passages=n, n_pairs=options.samples, seed=options.seed)
        for a, b, n, n_chars in contests
    ]
    print(f"### Coverage of intervals of differences of damage, percent, {options.samples} pairs\n")
    heads = [f"order {a} less order {b}, {n} x {n_chars:,}" for a, b, n, n_chars in contests]
    rows = [[_name(m.id), *(_covered(own[m.id]) for own, _ in differences)] for m in metrics]
    rows.append(["all at once (family intervals)", *(share_with_interval(joint.hits, joint.trials) for _, joint in differences)])
    print(table(["metric", *heads], rows))

    stories = human(reference)
    own = [m for m in metrics if not any(feature.knows_reference for feature in m.features)]
    print(f"### Coverage for human text, whole stories drawn with replacement, percent, {options.samples} samples\n")
    few = [story_coverage(stories, own, n_stories=n, n_samples=options.samples, seed=options.seed) for n in (10, 25, 50)]
    print(
        table(["metric", "10 stories", "25 stories", "50 stories"], ([_name(m.id), *(_covered(f[m.id]) for f in few)] for m in own))
    )
    print(f"CPU time {time.process_time() - start:.0f} s")


def story_coverage(stories: Pool, metrics: Sequence[Metric], *, n_stories: int, n_samples: int, seed: int) -> dict[str, Tally]:
    """Coverage where the units are stories of very different lengths, the population being the corpus."""
    rng = np.random.default_rng([seed, n_stories, 3])
    draws = rng.integers(0, len(stories.tally), size=(20_000 + n_samples, n_stories))
    weights = np.stack([np.bincount(rows, minlength=len(stories.tally)) for rows in draws[n_samples:]])
    truth = stories.mean_values(metrics, weights.astype(np.float64) @ stories.tally.astype(np.float64))
    found = {metric.id: Tally() for metric in metrics}
    for rows in draws[:n_samples]:
        for id_, estimate in value_intervals(stories.sample(rows), metrics).items():
            if estimate.low is not None and estimate.high is not None:
                found[id_].add(estimate.low, estimate.high, truth[id_])
    return found


def _name(id_: str) -> str:
    return f"**{id_}**" if id_ in REQUIRED else id_


if __name__ == "__main__":
    main()
