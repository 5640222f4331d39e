"""Compares every candidate with every other, `pairwise`: differences, tests, and rankings that show ties as ties."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from evalkit.counts.feature import Totals
from evalkit.inference.intervals import LEVEL, Difference, differences
from evalkit.inference.jackknife import Spread, spreads
from evalkit.inference.permutation import DifferenceTest, source_tests, welch_tests
from evalkit.inference.ranking import TiedRanking, rank
from evalkit.inference.sample import Sample
from evalkit.metrics.base import OVERALL, Metric

if TYPE_CHECKING:
    from evalkit._util.workers import Told
    from evalkit.engines import Local


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
        rankings: metric id -> ranking on it; `OVERALL` -> ranking by the overall distance, where there is one.
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
    overall: Mapping[str, Metric] | None = None,
    engine: Local | None = None,
) -> Pairwise:
    """Compares all candidates with each other.

    Differences of values are tested by permutation, or by Welch's t where one sample has passages as units and the other documents. The
    correction for metrics (max-T or Holm) is multiplied by the number of pairs (Bonferroni).

    Rankings hold at `level` as a whole. On a metric, a candidate is better where the interval of the difference excludes 0, at a level that
    Bonferroni corrects for the number of pairs. The overall distance is ranked and compared in the same way; it is one number, so that its tests
    by Welch's t are corrected for the pairs alone.

    Args:
        samples: name -> tallies, all of one shape and compared with one reference.
        metrics: the metrics to compare on.
        seed: of everything random.
        replicates: permutations of each test.
        level: of the intervals.
        floors: metric id -> damage at or below which less means nothing (the human floor); only rankings use it.
        family: ids of the metrics that are ranked and whose tests are corrected for each other; None takes all. The others have their own
            intervals and p values only, so that they cost those no power.
        overall: candidate -> its overall distance as a metric; None where there is none.
        engine: compares pairs side by side, where its processes are copies of this one; None compares them one after another.
    """
    ranked = [metric for metric in metrics if family is None or metric.id in family]
    # Each candidate is resampled once, and not once for every pair that it is in.
    spreads_of = {name: spreads(sample, metrics, seed=seed) for name, sample in samples.items()}
    of_overall = {name: spreads(samples[name], [metric], seed=seed) for name, metric in (overall or {}).items()}
    pairs = list(combinations(samples, 2))
    shared = _Shared(
        samples=samples,
        metrics=metrics,
        ranked=ranked,
        spreads=spreads_of,
        overall=overall or {},
        overall_spreads=of_overall,
        floors=floors,
        family=family,
        seed=seed,
        replicates=replicates,
        level=level,
        n_pairs=len(pairs),
    )
    if engine is not None and engine.has_copies:
        with engine.start(_compared, shared, pairs) as work:
            compared = work.results()
    else:
        compared = [_compared(shared, pair) for pair in pairs]
    wins: dict[str, set[tuple[str, str]]] = {
        id_: set() for id_ in [*(metric.id for metric in ranked), *([OVERALL] if overall else [])]
    }
    for (a, b), (_, judged) in zip(pairs, compared, strict=True):
        for id_, difference in judged.items():
            if sign := _sign(difference.low, difference.high):
                wins[id_].add((a, b) if sign < 0 else (b, a))
    return Pairwise(
        comparisons=[comparison for comparisons, _ in compared for comparison in comparisons],
        rankings={id_: rank(list(samples), pairs_won) for id_, pairs_won in wins.items()},
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Shared:
    """What all pairs share: the arguments of `pairwise`, and each candidate resampled."""

    samples: Mapping[str, Sample]
    metrics: Sequence[Metric]
    ranked: Sequence[Metric]
    spreads: Mapping[str, Mapping[str, Spread]]
    overall: Mapping[str, Metric]
    overall_spreads: Mapping[str, Mapping[str, Spread]]
    floors: Mapping[str, float] | None
    family: Collection[str] | None
    seed: int
    replicates: int
    level: float
    n_pairs: int


def _compared(
    shared: _Shared, pair: tuple[str, str], progress: Told | None = None
) -> tuple[list[Comparison], dict[str, Difference]]:
    """All comparisons of one pair, and the differences that decide who is better on which metric; a unit of work."""
    a, b = pair
    samples, metrics, level, family = shared.samples, shared.metrics, shared.level, shared.family
    both, reference = (shared.spreads[a], shared.spreads[b]), samples[a].reference
    tests = source_tests(
        samples[a], samples[b], metrics, spreads=both, seed=shared.seed, replicates=shared.replicates, family=family
    )
    single = differences(*both, metrics, reference, seed=shared.seed, level=level, family=family)
    comparisons = []
    for id_, test in tests.items():
        corrected = replace(test, p_adjusted=_bonferroni(test.p_adjusted, shared.n_pairs))
        comparisons.append(Comparison(a=a, b=b, metric=id_, difference=single[id_], test=corrected))
    strict = 1 - (1 - level) / shared.n_pairs
    judged = dict(differences(*both, shared.ranked, reference, seed=shared.seed, level=strict, family=(), floors=shared.floors))
    if shared.overall:
        of_pair = shared.overall_spreads[a], shared.overall_spreads[b]
        test = welch_tests(*of_pair, reason="p from Welch's t")[OVERALL]
        difference = _overall_difference(*of_pair, shared.overall[a], reference, level=level)
        corrected = replace(test, p_adjusted=_bonferroni(test.p_raw, shared.n_pairs))
        comparisons.append(Comparison(a=a, b=b, metric=OVERALL, difference=difference, test=corrected))
        judged[OVERALL] = _overall_difference(*of_pair, shared.overall[a], reference, level=strict)
    return comparisons, judged


def _overall_difference(
    first: Mapping[str, Spread], second: Mapping[str, Spread], metric: Metric, reference: Totals, *, level: float
) -> Difference:
    """How much larger the first overall distance is than the second."""
    # The distance of the reference from itself is no target: 0 is.
    target = replace(metric, score=lambda totals, _: np.zeros(len(totals)))
    return differences(first, second, [target], reference, level=level, family=())[OVERALL]


def _sign(low: float | None, high: float | None) -> int:
    """The sign that all of an interval has, or 0."""
    if low is None or high is None:
        return 0
    return int(low > 0) - int(high < 0)


def _bonferroni(p: float | None, n: int) -> float | None:
    return None if p is None else min(1.0, p * n)
