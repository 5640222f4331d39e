"""Human text of one shape on all metrics at once: worked by hand, and how often human text is told from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalkit.judgment.human import CAUTION, LEVEL, TAIL, AllAtOnce, HumanText, largest
from evalkit.judgment.scale import TextSize
from evalkit.metrics.base import Direction
from tests.support.metrics import metric

FIRST = metric("made.first", Direction.TARGET, (0.0, None), None, unit="bits")
SECOND = replace(FIRST, id="made.second")
DISTANCE = metric("made.distance", Direction.LOWER, (0.0, None), None, unit="bits")
STEPS = np.arange(101.0)
SPLITS = np.repeat([0, 1], 101)


def human_text(values, splits=SPLITS, *, metrics=(FIRST,), noise=None):
    return HumanText(metrics, values, splits, shape=TextSize(40, 1000), noise=noise or {})


class TestByHand:
    """Two splits of human text with the values 0 to 100, whose range is 2.5 to 97.5: in units of 47.5.

    By the scale of the other split they are 0 to 50 units of 1/47.5 off, two of each number and side, and 95 % of them at most 48.
    """

    def test_left_out_human_text_is_compared_with_the_other_splits(self):
        human = human_text({"made.first": np.tile(STEPS, 2)})
        # So the range of all 202, 2.025 to 97.975, is widened by 48/47.5.
        half = 47.975 * 48 / 47.5
        assert human.scales["made.first"].range == pytest.approx((50 - half, 50 + half))
        assert human.distances["made.first"] == pytest.approx(np.tile((STEPS - 50) / 48, 2))

    def test_where_splits_differ_the_range_is_widened_until_it_leaves_out_five_percent(self):
        # The second split lies 95 higher: by the first split's scale it is 45/47.5 to 145/47.5 off, and the first likewise, below.
        human = human_text({"made.first": np.concatenate([STEPS, STEPS + 95])})
        left_out = np.concatenate([(STEPS - 145) / 47.5, (STEPS + 45) / 47.5])
        factor = np.quantile(np.abs(left_out), 0.95)
        assert factor == pytest.approx(140 / 47.5, abs=0.02)
        assert human.distances["made.first"] == pytest.approx(left_out / factor)
        together = np.concatenate([STEPS, STEPS + 95])
        low, middle, high = np.quantile(together, (0.025, 0.5, 0.975))
        assert human.scales["made.first"].range == pytest.approx(
            (middle + factor * (low - middle), middle + factor * (high - middle))
        )

    def test_the_test_compares_the_largest_distance_with_the_largest_of_each_human_text(self):
        human = human_text({"made.first": np.tile(STEPS, 2), "made.second": np.tile(100 - STEPS, 2)}, metrics=(FIRST, SECOND))
        # Of the 202 left-out texts, 12 are 48 to 50 of 48 off on both, and 8 are 49 or 50; 1.25 times as much counts.
        at = human.test({"made.first": CAUTION * 47.9 / 48, "made.second": -0.2})
        assert (at.metric, at.distance) == ("made.first", pytest.approx(CAUTION * 47.9 / 48))
        assert at.limit == pytest.approx(CAUTION)
        assert at.p == pytest.approx((1 + 12) / 203)
        assert not at.told
        beyond = human.test({"made.first": 0.0, "made.second": -CAUTION * 48.5 / 48})
        assert (beyond.metric, beyond.distance) == ("made.second", pytest.approx(CAUTION * 48.5 / 48))
        assert beyond.p == pytest.approx((1 + 8) / 203)
        assert beyond.told

    def test_no_p_is_zero(self):
        assert human_text({"made.first": np.tile(STEPS, 2)}).test({"made.first": 1000.0}).p == pytest.approx(1 / 203)

    def test_a_metric_with_one_odd_human_text_counts_less(self):
        # One text of the second split lies 1,000 off. Its distance is about 20, which counts as 2; another candidate's counts as little.
        odd = np.tile(STEPS, 2)
        odd[-1] = 1050.0
        human = human_text({"made.first": odd})
        tail = np.abs(human.distances["made.first"]).max() / TAIL
        assert tail > 8
        assert human.test({"made.first": 3.0}).distance == pytest.approx(3.0 / tail)
        assert human.test({"made.first": 3.0}).limit < 2

    def test_distances_without_a_scale_and_undefined_ones_are_passed_over(self):
        human = human_text({"made.first": np.tile(STEPS, 2)})
        assert human.test({"made.other": 99.0, "made.first": np.nan}) is None
        assert human.test({"made.other": 99.0, "made.first": 0.5}).metric == "made.first"
        assert human.test({}) is None


class TestUndefined:
    def test_a_metric_that_most_human_texts_are_too_short_for_has_no_scale(self):
        half = np.where(np.arange(202) % 2 == 0, 1.0, np.nan)
        most = np.where(np.arange(202) % 4 == 0, 1.0, np.nan)
        human = human_text({"made.first": half, "made.second": most}, metrics=(FIRST, SECOND), noise={"made.first": 5.0})
        assert list(human.scales) == ["made.first"]
        assert np.isnan(human.distances["made.first"]).sum() == 101
        assert human.test({"made.first": 1.0, "made.second": 7.0}).metric == "made.first"

    def test_a_single_split_is_compared_with_itself(self):
        human = human_text({"made.first": STEPS}, np.zeros(101, np.int64))
        assert human.distances["made.first"] == pytest.approx((STEPS - 50) / 47.5, rel=0.02)

    def test_values_of_one_split_only(self):
        human = human_text({"made.first": np.concatenate([STEPS, np.full(101, np.nan)])})
        assert np.isfinite(human.distances["made.first"]).sum() == 101

    def test_human_texts_without_any_width(self):
        human = human_text({"made.first": np.full(202, 3.0)}, noise={"made.first": 13.0})
        assert human.distances["made.first"].tolist() == [0.0] * 202
        same, other = human.scales["made.first"].distances(np.array([3.0, 3.2]))
        assert not human.test({"made.first": same}).told
        assert human.test({"made.first": other}).told

    def test_the_largest_distance(self):
        assert largest({"a": np.array([-3.0, np.nan]), "b": np.array([1.0, np.nan])}).tolist() == [3.0, 0.0]
        assert largest({}).tolist() == []


def draws(rng, n_metrics, n_splits, per_split, *, between):
    """Human values whose splits differ: a standard normal value of each text, and `between` times another one of its split."""
    shifts = between * rng.standard_normal((n_metrics, n_splits))
    return np.repeat(shifts, per_split, axis=1) + rng.standard_normal((n_metrics, n_splits * per_split))


@pytest.mark.parametrize("between", [0.0, 0.5, 1.0])
def test_further_human_text_is_told_in_five_percent_at_most(between):
    """Forty metrics of twenty splits, and texts of splits that are not among them; a range that was not calibrated errs in a third."""
    rng, told, outside, naive = np.random.default_rng(0), [], [], []
    metrics = [replace(FIRST if i % 2 else DISTANCE, id=f"made.{i}") for i in range(40)]
    splits = np.repeat(np.arange(20), 25)
    for _ in range(30):
        values = draws(rng, 40, 20, 25, between=between)
        human = HumanText(metrics, {m.id: values[i] for i, m in enumerate(metrics)}, splits, shape=TextSize(40, 1000), noise={})
        others = draws(rng, 40, 20, 1, between=between)
        distances = {m.id: human.scales[m.id].distances(others[i]) for i, m in enumerate(metrics)}
        outside += [np.abs(found) > 1 for found in distances.values()]
        told += [human.test({id_: found[k] for id_, found in distances.items()}).told for k in range(20)]
        naive += (np.max(np.abs(list(distances.values())), axis=0) > 1).tolist()
    # 600 texts: 95 % of such counts are within 1.8 points of 5 %.
    assert np.mean(told) < LEVEL + 0.02
    assert 0.02 < np.mean(outside) < 0.08
    assert np.mean(naive) > 0.5


def test_a_text_as_far_as_the_last_of_twenty_is_told():
    """A test at 5 % rejects where p is 5 %: of 19 human texts none is as far as this one."""
    assert [AllAtOnce(3.0, "letters.jsd", p, 2.0).told for p in (0.049, 1 / 20, 0.051)] == [True, True, False]


@pytest.mark.parametrize("draw", ["standard_normal", "standard_exponential"])
def test_a_measure_with_one_value_a_split_is_outside_in_five_percent(draw):
    """Distances of twenty values, as variety.shared has; by interpolated percentiles 6 to 7 % of further texts would lie outside."""
    rng = np.random.default_rng(0)
    splits, outside = np.repeat(np.arange(20), 3), []
    for _ in range(200):
        values = getattr(rng, draw)(20)
        human = HumanText([DISTANCE], {DISTANCE.id: np.repeat(values, 3)}, splits, shape=TextSize(40, 1000), noise={})
        outside += (human.scales[DISTANCE.id].distances(getattr(rng, draw)(20)) > 1).tolist()
    # 4,000 texts of 200 ranges: 95 % of such shares are within 1 point of 5 %.
    assert 0.035 < np.mean(outside) < 0.06
