"""Every candidate against every other: differences, tests, and a ranking that shows ties as ties."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from evalkit.inference.intervals import LEVEL, Difference, differences
from evalkit.inference.jackknife import spreads
from evalkit.inference.permutation import Test, source_tests
from evalkit.inference.ranking import Ranking, rank
from evalkit.inference.sample import Sample
from evalkit.metrics.base import Metric

OVERALL = "overall"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two candidates on one metric.

    Args:
        a: a candidate.
        b: the other.
        metric: the metric's id.
        difference: damage of a less that of b, with its own interval; above 0, a is worse.
        test: whether their values differ; adjusted for all metrics of the family and for all pairs of candidates.
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
        rankings: metric id -> ranking on it; "overall" -> ranking over the headline metrics together.
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
    family: Collection[str] | None = None,
) -> Pairwise:
    """Compares all candidates with each other.

    Differences of values are tested by permutation, or by Welch's t where one sample has passages as units and the other documents; the
    correction for metrics (max-T or Holm) is multiplied by the number of pairs (Bonferroni).
    Rankings hold at `level` as a whole: a candidate is better on a metric where the interval of the difference, at a level that Bonferroni
    corrects for the number of pairs, excludes 0; overall, where it is so on a headline metric, and worse on none, by the intervals
    that hold for all headline metrics at once.

    Args:
        samples: name -> tallies, all of one shape and held against one reference.
        metrics: which.
        seed: of everything random.
        replicates: permutations of each test.
        level: of the intervals.
        floors: metric id -> damage at or below which less means nothing (the human floor); only rankings use it.
        family: ids of the metrics that are ranked and whose tests are corrected for each other; None takes all. The others have their own
            intervals and p values only, so that they cost those no power.
    """
    chosen = [metric for metric in metrics if family is None or metric.id in family]
    headline = {metric.id for metric in chosen if metric.headline}
    known = {name: spreads(sample, metrics, seed=seed) for name, sample in samples.items()}
    pairs = list(combinations(samples, 2))
    comparisons: list[Comparison] = []
    wins: dict[str, set[tuple[str, str]]] = {id_: set() for id_ in [*(metric.id for metric in chosen), OVERALL]}
    for a, b in pairs:
        one, other = samples[a], samples[b]
        tests = source_tests(one, other, metrics, known=(known[a], known[b]), seed=seed, replicates=replicates, family=family)
        found = differences(known[a], known[b], metrics, one.reference, seed=seed, level=level, family=family)
        for id_, test in tests.items():
            corrected = replace(test, p_adjusted=_times(test.p_adjusted, len(pairs)))
            comparisons.append(Comparison(a=a, b=b, metric=id_, difference=found[id_], test=corrected))
        strict = 1 - (1 - level) / len(pairs)
        ranked = differences(known[a], known[b], chosen, one.reference, seed=seed, level=strict, family=headline, floors=floors)
        for id_, winner in _winners(a, b, ranked).items():
            wins[id_].add(winner)
    return Pairwise(comparisons=comparisons, rankings={id_: rank(list(samples), pairs_won) for id_, pairs_won in wins.items()})


def _winners(a: str, b: str, ranked: Mapping[str, Difference]) -> dict[str, tuple[str, str]]:
    """Metric id or "overall" -> (better, worse), where that is beyond doubt."""
    found = {}
    joint = set()
    for id_, difference in ranked.items():
        if _sign(difference.low, difference.high):
            found[id_] = (a, b) if _sign(difference.low, difference.high) < 0 else (b, a)
        if _sign(difference.family_low, difference.family_high):
            joint.add(found[id_])
    if len(joint) == 1:
        found[OVERALL] = joint.pop()
    return found


def _sign(low: float | None, high: float | None) -> int:
    """The sign that all of an interval has, or 0."""
    if low is None or high is None:
        return 0
    return int(low > 0) - int(high < 0)


def _times(p: float | None, n: int) -> float | None:
    return None if p is None else min(1.0, p * n)
