"""Permutation tests and corrections of p values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalkit.errors import UsageError
from evalkit.inference import Sample, adjust, permutation_test
from evalkit.inference.jackknife import spreads
from evalkit.inference.permutation import _step_down, welch_tests
from tests.support.metrics import METRICS, REFERENCE, Source


def test_identical_samples_do_not_differ():
    sample = Source().sample(10, np.random.default_rng(0))
    for test in permutation_test(sample, sample, METRICS, replicates=99).values():
        assert test.difference == 0
        assert test.p_raw == test.p_adjusted == 1


def test_smallest_p_counts_the_observed_dealing():
    rng = np.random.default_rng(0)
    near, far = Source().sample(20, rng), Source(tilt=1.0).sample(20, rng)
    test = permutation_test(near, far, METRICS, replicates=199)["made.two_sided"]
    assert test.p_raw == test.p_adjusted == pytest.approx(1 / 200)
    assert test.difference < 0


def test_p_agrees_with_scipy():
    rng = np.random.default_rng(3)
    a, b = Source().sample(15, rng), Source(tilt=0.05).sample(15, rng)
    ours = permutation_test(a, b, METRICS, replicates=4999)["made.two_sided"].p_raw
    # All passages have as many items, so that the share of the pooled passages is the mean of their shares.
    theirs = stats.permutation_test(
        (a.tally[:, 11], b.tally[:, 11]), lambda x, y: x.mean() - y.mean(), n_resamples=4999, rng=np.random.default_rng(0)
    ).pvalue
    assert ours == pytest.approx(theirs, abs=0.03)


def test_adjusted_p_is_never_below_raw_and_keeps_the_order():
    rng = np.random.default_rng(1)
    tests = permutation_test(Source().sample(20, rng), Source(tilt=0.08).sample(20, rng), METRICS, replicates=499)
    assert all(test.p_adjusted >= test.p_raw for test in tests.values())


def test_only_the_family_is_adjusted():
    rng = np.random.default_rng(1)
    a, b = Source().sample(20, rng), Source(tilt=0.08).sample(20, rng)
    alone = permutation_test(a, b, METRICS, replicates=499, family=["made.rare"])
    assert alone["made.rare"].p_adjusted == alone["made.rare"].p_raw
    assert alone["made.distance"].p_adjusted is None


def test_step_down_by_hand():
    # Two statistics, four dealings, the observed first. The larger (3) meets the largest of both: 3, 2, 4, 1 -> 2 of 4.
    # The smaller (1) meets its own row only, 1, 2, 0, 1 -> 3 of 4.
    scaled = np.array([[3.0, 1.0, 4.0, 0.0], [1.0, 2.0, 0.0, 1.0]])
    np.testing.assert_allclose(_step_down(scaled), [0.5, 0.75])


def test_seed_zero_is_a_seed():
    rng = np.random.default_rng(2)
    a, b = Source().sample(12, rng), Source(tilt=0.03).sample(12, rng)
    first, again, other = (permutation_test(a, b, METRICS, seed=seed, replicates=199) for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_order_of_passages_within_a_sample_changes_the_difference_by_nothing():
    rng = np.random.default_rng(2)
    a, b = Source().sample(12, rng), Source().sample(12, rng)
    turned = Sample(a.tally[::-1], a.clusters, REFERENCE)
    for id_, test in permutation_test(a, b, METRICS, replicates=9).items():
        assert test.difference == permutation_test(turned, b, METRICS, replicates=9)[id_].difference


def test_too_few_units_give_a_reason():
    rng = np.random.default_rng(2)
    tests = permutation_test(Source().sample(4, rng), Source().sample(9, rng), METRICS)
    assert {test.reason for test in tests.values()} == {"no test: 4 independent units, and it takes at least 5 a side"}


def test_welch_agrees_with_scipy_on_a_mean():
    rng = np.random.default_rng(4)
    a, b = Source().sample(12, rng), Source(tilt=0.1, concentration=20).sample(30, rng)
    two_sided = [METRICS[1]]
    ours = welch_tests(spreads(a, two_sided, seed=0), spreads(b, two_sided, seed=0))["made.two_sided"]
    theirs = stats.ttest_ind(a.tally[:, 11] / 300, b.tally[:, 11] / 300, equal_var=False)
    assert ours.p_raw == pytest.approx(theirs.pvalue, rel=1e-6)


def test_adjust_known_answers():
    # Holm: .01 x 4, .02 x 3, .03 x 2, .04 x 1 -> .04, .06, .06, .06; Benjamini-Hochberg: .04 x 4/4 carries down.
    p = {"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.02}
    assert adjust(p) == pytest.approx({"a": 0.04, "b": 0.06, "c": 0.06, "d": 0.06})
    assert adjust(p, method="bh") == pytest.approx({"a": 0.04, "b": 0.04, "c": 0.04, "d": 0.04})
    assert adjust({}) == {}


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), min_size=1, max_size=8))
def test_benjamini_hochberg_agrees_with_scipy_and_holm_is_stricter(p):
    ours = adjust(p, method="bh")
    np.testing.assert_allclose(list(ours.values()), stats.false_discovery_control(list(p.values())), atol=1e-12)
    assert all(holm >= ours[name] - 1e-12 for name, holm in adjust(p).items())


def test_unknown_correction_names_the_known_ones():
    with pytest.raises(UsageError, match='Did you mean "holm"'):
        adjust({"a": 0.1}, method="hom")
