"""Small versions of the simulations in docs/reference/measured/intervals.md, which a method that ignores passages must fail.

Bounds: of 1,000 intervals that truly hold 95 % of the time, fewer than 920 or more than 975 do with probability below .001 (binomial); likewise
of 1,000 tests at a true .05, more than 75. Seeds are fixed, so that nothing here fails by chance.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evalkit.inference import Sample, difference_intervals, permutation_test, value_intervals
from tests.support.metrics import DISTANCE, METRICS, TWO_SIDED, Source

N_TRIALS = 1000
LEAST, MOST = 0.92, 0.975
SOURCES = {"at the reference": Source(), "near it": Source(tilt=0.08), "far from it": Source(tilt=0.5)}


def test_bounds_are_what_the_module_says():
    hits = stats.binom(N_TRIALS, 0.95)
    assert hits.cdf(LEAST * N_TRIALS - 1) < 0.001
    assert hits.sf(MOST * N_TRIALS) < 0.001
    assert stats.binom(N_TRIALS, 0.05).sf(75) < 0.001


def coverage(source, metrics, method, *, n=20, trials=N_TRIALS):
    rng = np.random.default_rng(0)
    truth = source.expected(metrics, n, rng)
    hits = dict.fromkeys(truth, 0)
    for _ in range(trials):
        for id_, estimate in method(source.sample(n, rng), metrics).items():
            hits[id_] += estimate.low <= truth[id_] <= estimate.high
    return {id_: count / trials for id_, count in hits.items()}


def of_items(sample, metrics):
    """The wrong method: items resampled as if they were independent, passages forgotten, percentiles taken."""
    pooled = sample.tally.sum(axis=0)
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(pooled.sum(), pooled / pooled.sum(), size=200)
    replicates = Sample(drawn, np.arange(200), sample.reference).totals(np.eye(200))
    return {
        metric.id: _Percentiles(*np.quantile(metric.values(replicates, sample.reference), [0.025, 0.975])) for metric in metrics
    }


class _Percentiles:
    def __init__(self, low, high):
        self.low, self.high = low, high


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_intervals_hold_the_expected_value_as_often_as_they_say(source):
    for id_, share in coverage(source, METRICS, value_intervals).items():
        assert LEAST <= share <= MOST, id_


def test_distance_at_the_reference_itself_is_covered():
    # The hardest case, small enough to run always: 300 intervals, bounds wider by the same reasoning (p < .001).
    share = coverage(Source(), [DISTANCE, TWO_SIDED], value_intervals, trials=300)
    assert 0.90 <= share["made.distance"] <= 0.99
    assert 0.90 <= share["made.two_sided"] <= 0.99


def test_forgetting_the_passages_fails_the_same_check():
    for id_, share in coverage(Source(tilt=0.08), METRICS, of_items, trials=150).items():
        assert share < 0.85, id_


def pairs_of_one_source(n, trials):
    rng = np.random.default_rng(1)
    source = Source(tilt=0.08)
    for _ in range(trials):
        yield source.sample(n, rng), source.sample(n, rng)


def test_permutation_test_cries_wolf_as_often_as_it_says():
    raw = dict.fromkeys((metric.id for metric in METRICS), 0)
    any_adjusted = 0
    for i, (a, b) in enumerate(pairs_of_one_source(12, N_TRIALS)):
        tests = permutation_test(a, b, METRICS, seed=i, replicates=99)
        for id_, test in tests.items():
            raw[id_] += test.p_raw <= 0.05
        any_adjusted += min(test.p_adjusted for test in tests.values()) <= 0.05
    for id_, count in raw.items():
        assert 25 <= count <= 75, id_
    assert any_adjusted <= 75


def test_items_dealt_as_if_independent_cry_wolf():
    # The same test on single items: the chi-square test of two rows of counts.
    rejections = sum(
        stats.chi2_contingency(np.stack([a.tally.sum(axis=0), b.tally.sum(axis=0)]))[1] <= 0.05
        for a, b in pairs_of_one_source(12, 200)
    )
    assert rejections > 150


@pytest.mark.slow
def test_family_intervals_hold_together():
    misses = sum(
        any(not d.family_low <= 0 <= d.family_high for d in difference_intervals(a, b, METRICS).values())
        for a, b in pairs_of_one_source(20, N_TRIALS)
    )
    assert misses <= 75
