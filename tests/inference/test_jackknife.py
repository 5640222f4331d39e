"""The jackknife, its correction for curvature, and what has no spread."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.inference import Sample, value_intervals
from evalkit.inference.jackknife import Spread, spreads, welch_df
from evalkit.inference.rule_of_three import share_unseen
from evalkit.inference.sample import FEWEST_UNITS
from evalkit.metrics.base import Direction
from tests.support.metrics import DISTANCE, METRICS, N_ITEMS, REFERENCE, TWO_SIDED, Source, metric

# Passages of two kinds of items only, so that the mean of column 0 is a plain mean.
MEAN = metric("made.mean", Direction.TARGET, (None, None), lambda t, r: t["items"][:, 0] / t["items"][:, 1])
SQUARE = metric("made.square", Direction.LOWER, (0.0, None), lambda t, r: (t["items"][:, 0] / t["items"][:, 1]) ** 2)


def numbers(values):
    """Passages whose mean of column 0 is the mean of `values`: column 1 counts them."""
    tally = np.zeros((len(values), N_ITEMS), np.int64)
    tally[:, 0], tally[:, 1] = values, 1
    return Sample(tally, np.arange(len(values)), REFERENCE)


def test_the_jackknife_of_a_mean_is_its_textbook_variance():
    # 1, 2, 3, 4, 10: mean 4, sum of squares 9 + 4 + 1 + 0 + 36 = 50, s^2 = 50 / 4, variance of the mean 50 / 4 / 5 = 2.5
    spread = spreads(numbers([1, 2, 3, 4, 10]), [MEAN], seed=0)["made.mean"]
    assert spread.value == 4
    assert spread.jackknife == pytest.approx(2.5)
    assert spread.df == 4


def test_the_correction_finds_the_quadratic_part_of_a_square():
    # For V = mean^2, the variance is 4 mu^2 s^2 / n + 2 s^4 / n^2; with mu = 0 only the second is left, and the jackknife says 4 s^4 / n^2.
    rng = np.random.default_rng(0)
    n, trials = 30, 3000
    jackknife, corrected, values = [], [], []
    for _ in range(trials):
        spread = spreads(numbers(rng.integers(-50, 51, n)), [SQUARE], seed=0)["made.square"]
        values.append(spread.value)
        jackknife.append(spread.jackknife)
        corrected.append(spread.standard_error**2)
    variance = 2 * (850.0 / n) ** 2  # (101^2 - 1) / 12 = 850
    assert np.var(values) == pytest.approx(variance, rel=0.2)
    assert np.mean(jackknife) / variance == pytest.approx(2, abs=0.2)
    # The correction stops at .4 J and draws outliers in, so that here it is below the quadratic part: what is left is too large, not too small.
    assert 1.0 < np.mean(corrected) / variance < 1.75


def test_curvature_of_a_linear_value_is_nothing():
    rng = np.random.default_rng(0)
    linear = metric("made.linear", Direction.LOWER, (0.0, None), lambda t, r: t["items"][:, 0] / t["items"][:, 1])
    spread = spreads(numbers(rng.integers(5, 50, 12)), [linear], seed=0)["made.linear"]
    assert spread.curvature < 1e-6 * spread.jackknife


def test_leaving_out_is_a_weight_matrix():
    sample = Source(tilt=0.1).sample(9, np.random.default_rng(0))
    values = DISTANCE.values(sample.totals(np.ones((9, 9)) - np.eye(9)), REFERENCE)
    spread = spreads(sample, [DISTANCE], seed=0)["made.distance"]
    np.testing.assert_allclose(spread.influence, np.sqrt(8 / 9) * (values - values.mean()), rtol=1e-9)


def test_documents_are_left_out_whole():
    rng = np.random.default_rng(0)
    tally = Source().tally(12, rng)
    clusters = np.repeat(np.arange(6), 2)
    by_document = spreads(Sample(tally, clusters, REFERENCE), METRICS, seed=0)
    merged = spreads(Sample(tally.reshape(6, 2, -1).sum(axis=1), np.arange(6), REFERENCE), METRICS, seed=0)
    for id_, spread in by_document.items():
        assert spread.n_units == 6
        np.testing.assert_array_equal(spread.influence, merged[id_].influence)


def test_few_units_have_a_value_and_a_reason():
    sample = Source().sample(FEWEST_UNITS - 1, np.random.default_rng(0))
    spread = spreads(sample, [DISTANCE], seed=0)["made.distance"]
    assert np.isfinite(spread.value)
    assert spread.reason == "no interval: 4 independent passages, and it takes at least 5"


def test_a_distance_that_never_varies_has_no_interval():
    tally = np.tile(np.arange(N_ITEMS, 0, -1), (8, 1))
    spread = spreads(Sample(tally, np.arange(8), REFERENCE), METRICS, seed=0)
    assert spread["made.distance"].reason == "no interval: the value does not vary from one unit to another"


def test_nothing_bad_in_any_passage_leaves_room_for_some():
    # A share that should be 0 and is, in 40 passages: up to 1 - .025^(1/40) = 8.8 % of passages may be all bad.
    loops = metric("made.loops", Direction.LOWER, (0.0, 1.0), lambda t, r: t["items"][:, 0] / t["items"].sum(axis=1))
    tally = np.zeros((40, N_ITEMS), np.int64)
    tally[:, 1] = 1
    estimate = value_intervals(Sample(tally, np.arange(40), REFERENCE), [loops])["made.loops"]
    assert (estimate.value, estimate.low) == (0, 0)
    assert estimate.high == pytest.approx(0.0881, abs=1e-4)


def test_welch_df_known_answers():
    # Equal spreads and sizes: both degrees of freedom add up; a side without spread leaves the other's.
    one = Spread(0.0, np.full(5, 0.5), 5)
    assert welch_df(one, one) == pytest.approx(8)
    still = Spread(0.0, np.full(5, 1e-12), 5)
    assert welch_df(one, still) == pytest.approx(4)


def test_rule_of_three():
    # 3 / n is the rule's approximation of 1 - .05^(1/n)
    assert share_unseen(300, 0.05) == pytest.approx(3 / 300, rel=0.01)


def test_pairs_depend_on_the_seed_only():
    sample = Source(tilt=0.1).sample(60, np.random.default_rng(0))  # 1,770 pairs, of which 1,000 are taken
    first, again, other = (spreads(sample, [DISTANCE, TWO_SIDED], seed=seed)["made.distance"].curvature for seed in (0, 0, 1))
    assert first == again != other
    assert first == pytest.approx(other, rel=0.2)
