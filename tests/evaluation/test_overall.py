"""The overall position: a metric like any other."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.counts.feature import Totals
from evalkit.evaluation.overall import Scale, overall, passage_distances
from evalkit.inference import Sample, value_intervals
from tests.support.metrics import HIGHER, LAYOUT, METRICS, REFERENCE, TWO_SIDED

SCALES = {"made.two_sided": Scale(0.01, 0.11), "made.higher": Scale(0.02, 0.42)}
TARGET = 12 / 78  # the last of twelve items with weights 1 to 12


def totals(first, last):
    """One replicate of 1,000 items with so many of the first and of the last item."""
    counts = np.zeros((1, 12))
    counts[0, 0], counts[0, 11], counts[0, 5] = first, last, 1000 - first - last
    return Totals(counts, LAYOUT)


def position(first, last):
    return float(overall([TWO_SIDED, HIGHER], SCALES).values(totals(first, last), REFERENCE)[0])


def test_it_is_the_mean_of_the_positions():
    # Two-sided: |.204 - 12/78| = .05015, so (.05015 - .01)/.1 = .4015. Higher: damage .1, so (.1 - .02)/.4 = .2.
    assert position(100, 204) == pytest.approx(((0.204 - TARGET - 0.01) / 0.1 + 0.2) / 2)


def test_better_than_human_is_human_and_worse_than_noise_is_noise():
    assert position(0, 154) == 0
    assert position(600, 400) == 1


def test_metrics_without_a_scale_do_not_count():
    assert overall(METRICS, {}) is None
    alone = overall(METRICS, {"made.higher": SCALES["made.higher"]})
    assert float(alone.values(totals(100, 900), REFERENCE)[0]) == pytest.approx(0.2)


def test_it_has_an_interval_as_any_metric_has():
    rng = np.random.default_rng(0)
    tally = np.stack([rng.multinomial(200, [0.1] + [0.6 / 10] * 10 + [0.3]) for _ in range(30)])
    sample = Sample(tally, np.arange(30), REFERENCE)
    found = value_intervals(sample, [overall(METRICS, SCALES)])["overall"]
    assert 0 <= found.low < found.value < found.high


def test_distance_of_a_passage_is_its_mean_damage_in_units_of_noise():
    tally = np.zeros((2, 12), np.int64)
    tally[0, 0], tally[0, 5] = 21, 79  # higher: damage .21 of .42; two-sided: .1538, beyond noise
    tally[1, 11], tally[1, 5] = 15, 85
    sample = Sample(tally, np.arange(2), REFERENCE)
    found = passage_distances(sample, [TWO_SIDED, HIGHER], SCALES)
    assert found[0] == pytest.approx((0.5 + 1) / 2)
    assert found[1] == pytest.approx((TARGET - 0.15) / 0.11 / 2)
    assert np.isnan(passage_distances(sample, [], SCALES)).all()
