"""Every candidate against every other: differences, tests, and a ranking that shows ties as ties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from evalkit.inference.intervals import LEVEL, Difference, difference_intervals
from evalkit.inference.permutation import Test, permutation_test
from evalkit.inference.ranking import Ranking
from evalkit.inference.sample import Sample
from evalkit.metrics.base import Metric


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two candidates on one metric.

    Args:
        a, b: the candidates.
        metric: the metric's id.
        difference: damage of a less that of b, with intervals; above 0, a is worse.
        test: of the difference of their values.
    """

    a: str
    b: str
    metric: str
    difference: Difference
    test: Test


@dataclass(frozen=True, kw_only=True)
class Pairwise:
    """All comparisons, and what follows from them for the order of the candidates.

    Args:
        comparisons: one per pair and metric.
        rankings: metric id -> ranking on it; "overall" -> over all metrics.
    """

    comparisons: Sequence[Comparison]
    rankings: Mapping[str, Ranking]


def pairwise(
    samples: Mapping[str, Sample],
    metrics: Sequence[Metric],
    *,
    seed: int = 0,
    replicates: int = 1999,
    level: float = LEVEL,
    floors: Mapping[str, float] | None = None,
) -> Pairwise:
    """Compares all candidates with each other.

    Args:
        samples: name -> tallies, all of one shape and held against one reference.
        metrics: which.
        seed: of everything random.
        replicates: permutations of each test.
        level: of the intervals.
        floors: metric id -> damage at or below which less means nothing (the human floor); only rankings use it.
    """
    comparisons = [
        Comparison(a=a, b=b, metric=id_, difference=difference, test=tests[id_])
        for a, b in combinations(samples, 2)
        for tests in [permutation_test(samples[a], samples[b], metrics, seed=seed, replicates=replicates)]
        for id_, difference in difference_intervals(samples[a], samples[b], metrics, seed=seed, level=level).items()
    ]
    return Pairwise(comparisons=comparisons, rankings={})
