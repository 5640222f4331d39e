"""Compares every candidate with every other, `pairwise`: differences, tests, and rankings that show ties as ties."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from evalkit.inference.intervals import LEVEL, Difference, differences
from evalkit.inference.jackknife import spreads
from evalkit.inference.permutation import DifferenceTest, source_tests
from evalkit.inference.ranking import TiedRanking, rank
from evalkit.inference.sample import Sample
from evalkit.metrics.base import OVERALL, Metric


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two candidates on one metric.

    Args:
        a, b: the two candidates.
        metric: the metric's id.
        difference: damage of a less that of b, with its own interval; above 0, a is worse.
        test: whether their values differ; adjusted for all metrics of the family and for all pairs of candidates.
    """

    a: str
    b: str
    metric: str
    difference: Difference
    test: DifferenceTest


@dataclass(frozen=True, kw_only=True)
class Pairwise:
    """All comparisons, and the rankings that follow from them.

    Args:
        comparisons: one per pair and metric.
        rankings: metric id -> ranking on it; `OVERALL` -> ranking over the headline metrics together.
    """

    comparisons: Sequence[Comparison]
    rankings: Mapping[str, TiedRanking]


def pairwise(
    samples: Mapping[str, Sample],
    metrics: Sequence[Metric],
    *,
    seed: int = 0,
    replicates: int = 1999,
    level: float = LEVEL,
    floors: Mapping[str, float] | None = None,
    family: Collection[str] | None = None,
) -> Pairwise:
    """Compares all candidates with each other.

    Differences of values are tested by permutation, or by Welch's t where one sample has passages as units and the other documents. The
    correction for metrics (max-T or Holm) is multiplied by the number of pairs (Bonferroni).

    Rankings hold at `level` as a whole. On a metric, a candidate is better where the interval of the difference excludes 0, at a level that
    Bonferroni corrects for the number of pairs. Overall, it is better where it is so on a headline metric and worse on none, by the
    intervals that hold for all headline metrics at once.

    Args:
        samples: name -> tallies, all of one shape and compared with one reference.
        metrics: the metrics to compare on.
        seed: of everything random.
        replicates: permutations of each test.
        level: of the intervals.
        floors: metric id -> damage at or below which less means nothing (the human floor); only rankings use it.
        family: ids of the metrics that are ranked and whose tests are corrected for each other; None takes all. The others have their own
            intervals and p values only, so that they cost those no power.
    """
    ranked = [metric for metric in metrics if family is None or metric.id in family]
    headline = {metric.id for metric in ranked if metric.headline}
    # Each candidate is resampled once, and not once for every pair that it is in.
    spreads_of = {name: spreads(sample, metrics, seed=seed) for name, sample in samples.items()}
    pairs = list(combinations(samples, 2))
    comparisons: list[Comparison] = []
    wins: dict[str, set[tuple[str, str]]] = {id_: set() for id_ in [*(metric.id for metric in ranked), OVERALL]}
    for a, b in pairs:
        both, reference = (spreads_of[a], spreads_of[b]), samples[a].reference
        tests = source_tests(samples[a], samples[b], metrics, spreads=both, seed=seed, replicates=replicates, family=family)
        single = differences(*both, metrics, reference, seed=seed, level=level, family=family)
        for id_, test in tests.items():
            corrected = replace(test, p_adjusted=_bonferroni(test.p_adjusted, len(pairs)))
            comparisons.append(Comparison(a=a, b=b, metric=id_, difference=single[id_], test=corrected))
        strict = 1 - (1 - level) / len(pairs)
        judged = differences(*both, ranked, reference, seed=seed, level=strict, family=headline, floors=floors)
        for id_, winner in _winners(a, b, judged).items():
            wins[id_].add(winner)
    return Pairwise(comparisons=comparisons, rankings={id_: rank(list(samples), pairs_won) for id_, pairs_won in wins.items()})


def _winners(a: str, b: str, differences_of: Mapping[str, Difference]) -> dict[str, tuple[str, str]]:
    """Metric id, or `OVERALL`, -> (better, worse), where the difference is significant."""
    winners: dict[str, tuple[str, str]] = {}
    joint: set[tuple[str, str]] = set()
    for id_, difference in differences_of.items():
        sign = _sign(difference.low, difference.high)
        if sign:
            winners[id_] = (a, b) if sign < 0 else (b, a)
        # The family's interval is the wider one, so that a winner by it is a winner by the metric's own interval too.
        if _sign(difference.family_low, difference.family_high):
            joint.add(winners[id_])
    if len(joint) == 1:
        winners[OVERALL] = joint.pop()
    return winners


def _sign(low: float | None, high: float | None) -> int:
    """The sign that all of an interval has, or 0."""
    if low is None or high is None:
        return 0
    return int(low > 0) - int(high < 0)


def _bonferroni(p: float | None, n: int) -> float | None:
    return None if p is None else min(1.0, p * n)
