"""The ends of intervals, by shape."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalkit.inference.confidence_limits import limits
from evalkit.inference.jackknife import Spread
from evalkit.metrics.base import Direction
from tests.support.metrics import DISTANCE, HIGHER, TWO_SIDED, metric

RATE = metric("made.rate", Direction.TARGET, (0.0, None), lambda t, r: t["items"][:, 0])
ANY = metric("made.any", Direction.TARGET, (None, None), lambda t, r: t["items"][:, 0])


def spread(value, error, n=40, curvature=0.0):
    influence = np.resize([1.0, -1.0], n)
    return Spread(value, influence / np.linalg.norm(influence) * error, n, curvature)


def test_symmetric_shape_is_students():
    # t(.975, 39) = 2.0227
    low, high = limits(ANY, spread(10.0, 2.0), level=0.95)
    assert (low, high) == pytest.approx((10 - 2 * 2.0227, 10 + 2 * 2.0227), abs=1e-3)


def test_shares_are_symmetric_in_log_odds():
    low, high = limits(TWO_SIDED, spread(0.9, 0.02), level=0.95)
    centre = np.log(0.9 / 0.1)
    assert np.log(low / (1 - low)) + np.log(high / (1 - high)) == pytest.approx(2 * centre)
    assert np.log(high / (1 - high)) - centre == pytest.approx(2.0227 * 0.02 / 0.09, rel=1e-4)


def test_rates_without_an_upper_bound_are_symmetric_on_the_log_scale_while_that_is_narrow():
    low, high = limits(RATE, spread(10.0, 2.0), level=0.95)
    assert (np.log(high / 10), np.log(10 / low)) == pytest.approx((2.0227 * 0.2, 2.0227 * 0.2), rel=1e-4)


def test_a_rate_near_zero_does_not_reach_to_hundreds_of_times_itself():
    # t x error / value is 6: exp(6) would be 403, its tangent at 1 is 6 e = 16.3. At 1 both meet.
    low, high = limits(RATE, spread(0.01, 0.06 / 2.0227), level=0.95)
    assert (low, high) == pytest.approx((0.01 * np.exp(-6), 0.01 * 6 * np.e), rel=1e-3)
    ends = [limits(RATE, spread(0.01, half * 0.01 / 2.0227), level=0.95)[1] for half in (0.999, 1.001)]
    assert ends[1] == pytest.approx(ends[0], rel=3e-3)


def test_distance_far_from_zero_is_nearly_symmetric():
    low, high = limits(DISTANCE, spread(0.5, 0.005), level=0.95)
    assert (low, high) == pytest.approx((0.49, 0.51), abs=4e-4)


def test_distance_ends_are_where_the_value_is_just_not_surprising():
    value, error, curvature = 1e-3, 4e-4, 3e-8
    low, high = limits(DISTANCE, spread(value, error, curvature=curvature), level=0.95, df=1e9)
    chance = 2 * curvature * value / error**2
    for mean, surprise in ((low, stats.gamma.sf), (high, stats.gamma.cdf)):
        variance = error**2 * mean / value - curvature if mean >= chance else curvature * (mean / chance) ** 2
        assert surprise(value, mean**2 / variance, scale=variance / mean) == pytest.approx(0.025, rel=1e-4)


def test_no_occurrence_at_all_still_has_an_upper_end():
    # 40 passages without -tion, where the reference has 53: 1 - .025^(1/40) = 8.8 % of passages may be like the reference.
    none = Spread(0.0, np.zeros(40), 40, towards=53.0)
    low, high = limits(ANY, none, level=0.95)
    assert low == 0
    assert high == pytest.approx(0.0881 * 53, rel=1e-3)
    assert none.standard_error > 0


def test_a_value_that_one_unit_makes_alone_has_no_lower_end():
    # A gamma distribution with mean 1 and a coefficient of variation of 15 exceeds 1 with probability .02 only: no mean up to 1 is too low.
    low, high = limits(DISTANCE, spread(0.01, 0.15), level=0.95)
    assert low == 0
    assert high > 0.15


def test_low_levels_end_at_the_value():
    # Exponential: P(V > mean) = e^-1 = .37, so at level .2 (tail .4) the value itself is the lower end.
    low, high = limits(DISTANCE, spread(0.01, 0.01, n=100_000), level=0.2)
    assert low == 0.01 < high


@given(
    value=st.floats(1e-5, 0.9),
    relative=st.floats(0.01, 30),
    curved=st.floats(0, 1 / 3),
    shape=st.sampled_from([DISTANCE, TWO_SIDED, HIGHER, RATE, ANY]),
)
def test_intervals_hold_their_value_within_bounds_and_grow_with_the_level(value, relative, curved, shape):
    given_spread = spread(value, relative * value, curvature=curved * (relative * value) ** 2)
    narrow, wide = limits(shape, given_spread, level=0.8), limits(shape, given_spread, level=0.99)
    assert wide[0] <= narrow[0] <= value <= narrow[1] <= wide[1]
    least, most = shape.bounds
    assert least is None or wide[0] >= least
    assert most is None or shape is DISTANCE or wide[1] <= most
