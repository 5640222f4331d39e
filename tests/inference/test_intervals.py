"""Estimates, differences and families of metrics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalkit.inference import Sample, difference_intervals, pairwise, value_intervals
from evalkit.inference.difference import Side
from evalkit.inference.intervals import simultaneous_level
from evalkit.inference.jackknife import Spread, spreads
from evalkit.metrics.base import Direction
from tests.support.metrics import DISTANCE, HIGHER, METRICS, REFERENCE, TWO_SIDED, Source

TARGET = 12 / 78


def two_sided(value, error, n=40):
    influence = np.resize([1.0, -1.0], n)
    return Side(TWO_SIDED, Spread(value, influence / np.linalg.norm(influence) * error, n), TARGET)


def test_values_are_the_metrics_own():
    sample = Source(tilt=0.2).sample(20, np.random.default_rng(0))
    for metric in METRICS:
        estimate = value_intervals(sample, [metric])[metric.id]
        assert estimate.value == metric.values(sample.observed(), REFERENCE)[0]
        assert estimate.low < estimate.value < estimate.high
        assert (estimate.df, estimate.n_units) == (19, 20)


def test_documents_widen_intervals_when_they_differ():
    # Five documents of eight passages each; every document has a voice of its own.
    rng = np.random.default_rng(0)
    tally = np.concatenate([Source(tilt=tilt).tally(8, rng) for tilt in (-0.4, -0.2, 0.0, 0.2, 0.4)])
    by_passage = value_intervals(Sample(tally, np.arange(40), REFERENCE), [TWO_SIDED])["made.two_sided"]
    by_document = value_intervals(Sample(tally, np.repeat(np.arange(5), 8), REFERENCE), [TWO_SIDED])["made.two_sided"]
    assert by_document.df == 4
    assert by_document.high - by_document.low > 2 * (by_passage.high - by_passage.low)


def test_difference_is_damage_of_the_first_less_that_of_the_second():
    rng = np.random.default_rng(0)
    near, far = Source().sample(30, rng), Source(tilt=0.5).sample(30, rng)
    for metric in METRICS:
        difference = difference_intervals(far, near, [metric])[metric.id]
        back = difference_intervals(near, far, [metric])[metric.id]
        assert difference.value == pytest.approx(difference.damage[0] - difference.damage[1])
        assert (back.low, back.value, back.high) == pytest.approx((-difference.high, -difference.value, -difference.low))
    assert difference_intervals(far, near, [DISTANCE])["made.distance"].low > 0


def test_more_hits_are_less_damage():
    rng = np.random.default_rng(0)
    few, many = Source(tilt=-0.8).sample(30, rng), Source(tilt=0.8).sample(30, rng)
    assert difference_intervals(few, many, [HIGHER])["made.higher"].low > 0


def test_family_intervals_are_wider_but_no_wider_than_bonferroni():
    rng = np.random.default_rng(0)
    a, b = Source().sample(30, rng), Source().sample(30, rng)
    found = difference_intervals(a, b, METRICS)
    bonferroni = difference_intervals(a, b, METRICS, level=1 - 0.05 / len(METRICS))
    for id_, difference in found.items():
        assert bonferroni[id_].low - 1e-12 <= difference.family_low < difference.low
        assert difference.high < difference.family_high <= bonferroni[id_].high + 1e-12


def test_identical_metrics_need_no_correction_and_unrelated_ones_need_all():
    one = (two_sided(0.2, 0.01), two_sided(0.2, 0.01))
    assert simultaneous_level([one, one, one], level=0.95, seed=0) == pytest.approx(0.95, abs=0.005)
    unrelated = []
    for i in range(4):
        influence = np.eye(40)[i] * 0.01
        unrelated.append((Side(TWO_SIDED, Spread(0.2, influence, 40), TARGET),) * 2)
    # Four independent tests: .95^(1/4) = .9873, Student's common divisor takes a little off.
    assert simultaneous_level(unrelated, level=0.95, seed=0) == pytest.approx(0.95**0.25, abs=0.003)


def test_no_correction_is_more_than_bonferronis():
    """Two independent tests need almost as much, .95^(1/2) = .97468, and the simulation is off by more than what lies between."""
    influences = np.repeat(np.eye(2), 500, axis=1) * 0.01
    pairs = [(Side(TWO_SIDED, Spread(0.2, influence, 1000), TARGET),) * 2 for influence in influences]
    levels = [simultaneous_level(pairs, level=0.95, seed=seed) for seed in range(20)]
    assert max(levels) == 0.975
    assert 0.97 < min(levels) < 0.975


def test_metrics_outside_the_family_have_no_family_interval():
    rng = np.random.default_rng(0)
    a, b = Source().sample(10, rng), Source().sample(10, rng)
    found = difference_intervals(a, b, METRICS, family=["made.distance"])
    assert found["made.two_sided"].family_low is None
    assert (found["made.distance"].family_low, found["made.distance"].family_high) == (
        found["made.distance"].low,
        found["made.distance"].high,
    )


def test_one_long_sample_has_a_value_and_no_interval():
    sample = Source(length=5000).sample(1, np.random.default_rng(0))
    estimate = value_intervals(sample, [DISTANCE])["made.distance"]
    assert estimate.value is not None
    assert (estimate.low, estimate.standard_error) == (None, None)
    assert "1 independent passage," in estimate.reason
    difference = difference_intervals(sample, Source().sample(9, np.random.default_rng(1)), [DISTANCE])["made.distance"]
    assert difference.value is None
    assert difference.reason == estimate.reason


def test_results_do_not_depend_on_what_is_computed_beside():
    rng = np.random.default_rng(0)
    a, b = Source(tilt=0.1).sample(60, rng), Source().sample(60, rng)
    alone = difference_intervals(a, b, [DISTANCE], family=["made.distance"])["made.distance"]
    beside = difference_intervals(a, b, METRICS, family=["made.distance"])["made.distance"]
    assert alone == beside


AS_OVERALL = replace(DISTANCE, id="overall", direction=Direction.TARGET, bounds=(0.0, None))
"""A distance whose target is 0, as the overall distance is."""


def test_pairwise_shows_ties_as_ties():
    rng = np.random.default_rng(0)
    samples = {
        "near": Source().sample(40, rng),
        "also near": Source().sample(40, rng),
        "far": Source(tilt=0.6).sample(40, rng),
        "farther": Source(tilt=1.2).sample(40, rng),
    }
    found = pairwise(samples, [DISTANCE, TWO_SIDED], replicates=199, overall=dict.fromkeys(samples, AS_OVERALL))
    assert len(found.comparisons) == 6 * 3
    for name in ("made.distance", "overall"):
        assert found.rankings[name].ranks == {"near": 1, "also near": 1, "far": 3, "farther": 4}
        assert found.rankings[name].letters == {"near": "a", "also near": "a", "far": "b", "farther": "c"}


def test_metrics_outside_the_family_are_compared_and_cost_it_nothing():
    rng = np.random.default_rng(0)
    samples = {"near": Source().sample(20, rng), "far": Source(tilt=0.3).sample(20, rng)}
    family = pairwise(samples, [DISTANCE], replicates=199)
    found = pairwise(samples, [DISTANCE, TWO_SIDED], replicates=199, family=["made.distance"])
    inside, outside = found.comparisons
    assert [inside] == list(family.comparisons)
    assert outside.difference.low is not None
    assert (outside.test.p_raw is not None, outside.test.p_adjusted) == (True, None)
    assert found.rankings == family.rankings


def test_without_an_overall_distance_there_is_no_order_over_all_metrics():
    # "far" has fewer of the items that HIGHER counts as misses, and more of those that TWO_SIDED has a target for.
    rng = np.random.default_rng(0)
    samples = {"near": Source().sample(40, rng), "far": Source(tilt=0.8).sample(40, rng)}
    rankings = pairwise(samples, [HIGHER, TWO_SIDED], replicates=19).rankings
    assert rankings["made.higher"].ranks == {"far": 1, "near": 2}
    assert rankings["made.two_sided"].ranks == {"near": 1, "far": 2}
    assert "overall" not in rankings


def test_the_overall_distance_is_compared_as_one_number():
    rng = np.random.default_rng(0)
    samples = {"near": Source().sample(40, rng), "far": Source(tilt=0.8).sample(40, rng), "too": Source(tilt=0.8).sample(40, rng)}
    found = pairwise(samples, [DISTANCE], replicates=19, overall=dict.fromkeys(samples, AS_OVERALL))
    pairs = {(pair.a, pair.b): pair for pair in found.comparisons if pair.metric == "overall"}
    near = pairs["near", "far"]
    # The nearer one is less far off, by the difference of both values; p is corrected for the three pairs.
    values = [float(AS_OVERALL.values(samples[name].observed(), REFERENCE)[0]) for name in ("near", "far")]
    assert near.difference.value == pytest.approx(values[0] - values[1])
    assert near.difference.high < 0
    assert near.test.p_adjusted == pytest.approx(min(1.0, 3 * near.test.p_raw))
    assert near.test.p_adjusted < 0.001 < pairs["far", "too"].test.p_adjusted
    assert found.rankings["overall"].letters == {"near": "a", "far": "b", "too": "b"}


def test_damage_below_the_floor_is_no_advantage():
    rng = np.random.default_rng(0)
    samples = {"near": Source().sample(40, rng), "far": Source(tilt=0.6).sample(40, rng)}
    plain = pairwise(samples, [DISTANCE], replicates=19).rankings["made.distance"]
    floored = pairwise(samples, [DISTANCE], replicates=19, floors={"made.distance": 1.0}).rankings["made.distance"]
    assert plain.ranks == {"near": 1, "far": 2}
    assert floored.ranks == {"near": 1, "far": 1}


def test_text_with_documents_is_compared_by_welch():
    rng = np.random.default_rng(0)
    passages = Source().sample(40, rng)
    documents = Sample(Source(tilt=0.8).tally(40, rng), np.repeat(np.arange(8), 5), REFERENCE)
    for comparison in pairwise({"a": passages, "b": documents}, METRICS).comparisons:
        assert comparison.test.p_raw < 0.01
        assert comparison.test.reason.startswith("p from Welch's t")


def test_spreads_can_be_asked_for_nothing():
    assert spreads(Source().sample(9, np.random.default_rng(0)), [], seed=0) == {}
