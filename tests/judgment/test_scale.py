"""How far a value lies from human text: worked by hand, and what holds for all values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.judgment.scale import FARTHEST, Link, Scale, TextSize, quantiles
from evalkit.metrics import Metric, catalogue
from evalkit.metrics.base import Direction
from tests.support.metrics import metric

HUNDRED = np.arange(101.0)
"""Human values whose 2.5th, 50th, 95th and 97.5th percentiles are these numbers."""
SHARE = metric("made.share", Direction.TARGET, (0.0, 1.0), None)
PER_10K = metric("made.rate", Direction.TARGET, (0.0, 10_000.0), None, unit="per 10,000 words")
BITS = metric("made.bits", Direction.TARGET, (0.0, None), None, unit="bits")
DISTANCE = metric("made.distance", Direction.LOWER, (0.0, None), None, unit="bits")

VALUES = {SHARE: st.floats(0, 1), PER_10K: st.floats(0, 10_000), BITS: st.floats(-1e6, 1e6), DISTANCE: st.floats(0, 1e6)}


def scale(made, human, *, n_passages=1, noise=np.nan):
    return Scale.of(made, np.array(human, dtype=float), TextSize(n_passages, 600), noise)


def distance(of, *values):
    return of.distances(np.array(values, dtype=float)).tolist()


class TestQuantiles:
    @given(
        st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40),
        st.lists(st.floats(0, 1), min_size=1, max_size=4),
        st.sampled_from(["linear", "weibull"]),
    )
    def test_are_those_of_numpy_to_the_bit(self, numbers, shares, method):
        found = quantiles(np.sort(np.array(numbers)), shares, weibull=method == "weibull")
        assert found == np.quantile(np.array(numbers), shares, method=method).tolist()

    @pytest.mark.parametrize("method", ["linear", "weibull"])
    def test_are_rounded_as_those_of_numpy(self, method):
        rng, shares = np.random.default_rng(0), (0.025, 0.31, 0.5, 0.66, 0.95, 0.975)
        for n in range(1, 120):
            numbers = rng.standard_normal(n)
            found = quantiles(np.sort(numbers), shares, weibull=method == "weibull")
            assert found == np.quantile(numbers, shares, method=method).tolist(), n

    def test_of_nothing_are_unknown(self):
        assert np.isnan(quantiles(np.zeros(0), (0.1, 0.5))).tolist() == [True, True]


class TestLink:
    def test_log_odds_of_shares_with_half_a_chance_on_either_side(self):
        link = Link.of(SHARE, TextSize(1, 600))
        assert link.n == 100
        # 15 of 100: log(15.5 / 85.5) = -1.707676; none: log(.5 / 100.5) = -5.303305; all: the same above 0; half: 0
        assert link.forward(np.array([0.15, 0.0, 1.0, 0.5])).tolist() == pytest.approx(
            [-1.707676, -5.303305, 5.303305, 0.0], abs=1e-6
        )

    def test_chances_grow_with_the_passages(self):
        # 600 of 4,000 chances: log(600.5 / 3400.5) = -1.733915; none of them: log(.5 / 4000.5) = -8.987322
        assert Link.of(SHARE, TextSize(40, 600)).forward(np.array([0.15, 0.0])).tolist() == pytest.approx(
            [-1.733915, -8.987322], abs=1e-6
        )

    def test_rates_are_shares_of_what_could_be(self):
        assert Link.of(PER_10K, TextSize(1, 600)).forward(np.array([1500.0])) == pytest.approx(
            Link.of(SHARE, TextSize(1, 600)).forward(np.array([0.15]))
        )

    def test_other_values_are_compared_as_they_are(self):
        values = np.array([-3.0, 0.0, 0.25, 7.0])
        beyond_one = metric("made.ratio", Direction.TARGET, (0.0, 2.0), None)
        signed = metric("made.rise", Direction.TARGET, (-1.0, 1.0), None)
        for made in (BITS, DISTANCE, beyond_one, signed):
            assert Link.of(made, TextSize(1, 600)).forward(values).tolist() == values.tolist()

    def test_the_inverse_by_hand(self):
        link = Link.of(SHARE, TextSize(1, 600))
        assert link.inverse(-1.707676) == pytest.approx(0.15, abs=1e-6)
        assert (link.inverse(-100.0), link.inverse(100.0)) == (0.0, 1.0)  # never a share that cannot be

    @given(st.sampled_from([SHARE, PER_10K]), st.data(), st.integers(1, 500))
    def test_the_inverse_gives_the_value_again(self, made, data, n_passages):
        value, link = data.draw(VALUES[made]), Link.of(made, TextSize(n_passages, 600))
        assert link.inverse(float(link.forward(np.array([value]))[0])) == pytest.approx(value, abs=1e-9 * made.bounds[1])

    def test_a_step_is_one_hit_more_or_less(self):
        # At none of 100: (log(1.5 / .5) + log(101.5 / 100.5)) / 2 = (1.098612 + .009901) / 2
        link = Link.of(SHARE, TextSize(1, 600))
        assert link.step(float(link.forward(np.array([0.0]))[0])) == pytest.approx(0.554257, abs=1e-6)
        # At 30 of 100: (log(31.5 / 30.5) + log(71.5 / 70.5)) / 2 = (.032261 + .014085) / 2
        assert link.step(float(link.forward(np.array([0.3]))[0])) == pytest.approx(0.023173, abs=1e-6)
        assert Link.of(BITS, TextSize(1, 600)).step(3.0) == 0.0


class TestByHand:
    def test_two_sided(self):
        # Human values from 0 to 100: the range is 2.5 to 97.5 about 50, so that 47.5 is one floor unit on either side.
        assert distance(scale(BITS, HUNDRED), 50, 97.5, 2.5, 145, -45, 73.75) == pytest.approx([0, 1, -1, 2, -2, 0.5])

    def test_each_side_has_its_own_unit(self):
        # 1,000 to 1,100 below the median of 1,100, and up to 2,100 above it
        of = scale(BITS, [*np.linspace(1000, 1100, 500), 1100, *np.linspace(1100, 2100, 500)])
        assert (of.low, of.high) == pytest.approx((1005, 2050), rel=0.001)
        assert distance(of, 1100 + 950, 1100 - 95) == pytest.approx([1, -1], rel=0.01)

    def test_distances_cannot_be_too_small(self):
        of = scale(DISTANCE, HUNDRED)
        assert of.range == (None, 95.0)  # 45 is one floor unit
        assert distance(of, 50, 95, 140, 20, 0) == pytest.approx([0, 1, 2, 0, 0])

    def test_no_new_word_is_farther_than_twice_as_many(self):
        of = scale(SHARE, np.linspace(0.12, 0.18, 1001))
        less, more = distance(of, 0.0, 0.3)
        assert less < -more < -1

    def test_human_texts_that_do_not_differ_have_a_hundredth_of_the_way_to_noise_for_a_unit(self):
        of = scale(BITS, [3.0] * 50, noise=13.0)
        assert distance(of, 3.0, 3.1, 2.9, 13.0) == pytest.approx([0, 1, -1, 100])

    def test_shares_that_do_not_differ_have_a_hit_for_a_unit_at_least(self):
        # Noise has none either, and is no yardstick. 2 of 100: (log(2.5 / .5) + log(100.5 / 98.5)) / .554257 = 2.940
        of = scale(SHARE, [0.0] * 50, noise=0.0)
        assert distance(of, 0.0, 0.02) == pytest.approx([0, 2.940], abs=0.001)

    def test_without_any_yardstick_distances_are_cut_off(self):
        assert distance(scale(BITS, [3.0] * 50), 3.0, 4.0, 2.0) == [0, FARTHEST, -FARTHEST]

    def test_undefined_values_have_no_distance_and_undefined_human_ones_do_not_count(self):
        assert np.isnan(distance(scale(BITS, HUNDRED), np.nan)).all()
        assert np.isnan(distance(scale(DISTANCE, HUNDRED), np.nan)).all()
        assert np.isnan(distance(scale(SHARE, [0.1, 0.2]), np.nan)).all()
        assert scale(BITS, [*HUNDRED, np.nan, np.nan]) == scale(BITS, HUNDRED)

    def test_a_wider_range(self):
        of = scale(BITS, HUNDRED).wider(2)
        assert (of.low, of.median, of.high) == pytest.approx((-45, 50, 145))
        assert distance(of, 97.5, 145) == pytest.approx([0.5, 1])


@st.composite
def scales(draw):
    """A metric, its scale from any human values, and two of its values."""
    made = draw(st.sampled_from(list(VALUES)))
    human = draw(st.lists(VALUES[made], min_size=1, max_size=30))
    return (
        made,
        scale(made, human, n_passages=draw(st.integers(1, 300)), noise=draw(VALUES[made])),
        draw(VALUES[made]),
        draw(VALUES[made]),
    )


@given(scales())
def test_a_larger_value_is_never_less(drawn):
    _, of, first, second = drawn
    less, more = distance(of, min(first, second), max(first, second))
    assert less <= more


@given(scales())
def test_a_distance_keeps_its_side(drawn):
    made, of, value, _ = drawn
    (found,) = distance(of, value)
    side = np.sign(float(of.link.forward(np.array([value]))[0]) - of.median)
    assert np.sign(found) == (max(side, 0) if made.direction is Direction.LOWER else side)
    assert abs(found) <= FARTHEST


@given(st.sampled_from(list(VALUES)), st.data())
def test_the_ends_of_the_human_range_are_one_unit_off(made, data):
    """Of 41 human texts the second smallest and the second largest are the ends, of 21 distances the second largest, whatever the link."""
    one_sided = made.direction is Direction.LOWER
    human = sorted(data.draw(st.lists(VALUES[made], min_size=21 if one_sided else 41, max_size=21 if one_sided else 41)))
    of = scale(made, human, n_passages=data.draw(st.integers(1, 300)))
    low, middle, high = distance(of, human[1], human[len(human) // 2], human[-2])
    assert middle == 0
    # Where human texts hardly differ, a unit is a step, and they are nearer.
    assert (
        high == pytest.approx(1)
        or (0 <= high < 1 and of.high - of.median == of.link.step(of.median) + 0)
        or of.high - of.median <= 1e-9
    )
    if not one_sided:
        assert low == pytest.approx(-1) or -1 < low <= 0


@pytest.mark.parametrize("id_", [metric.id for metric in catalogue(Metric).values() if metric.judged])
def test_the_range_of_every_metric_is_from_minus_one_to_one(id_):
    made = catalogue(Metric)[id_]
    top = {"share": 0.9, "per 10,000 words": 900.0, "per 1,000 characters": 90.0}.get(made.unit, 9.0)
    of = scale(made, np.linspace(top / 10, top, 201), n_passages=40)
    low, high = of.range
    assert distance(of, high, of.middle) == pytest.approx([1, 0], abs=1e-9)
    if low is not None:
        assert distance(of, low) == pytest.approx([-1])
