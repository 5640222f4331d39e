"""Boundaries of group-sequential tests: against published tables, and by simulation."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import norm

from evalkit.counts.feature import Layout, Totals
from evalkit.inference import SINGLE, Look, Sample, differences, doubling, spreads
from evalkit.inference.sequential import boundaries, proportional
from evalkit.metrics import Metric, catalogue

FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)
DOUBLED = (0.125, 0.25, 0.5, 1.0)


def obrien_fleming(share, alpha):
    """Spending like the boundaries of O'Brien and Fleming, half of the chance for either side (Lan and DeMets 1983)."""
    return 4 * norm.cdf(norm.ppf(alpha / 4) / math.sqrt(share))


def pocock(share, alpha):
    """Spending like the constant boundaries of Pocock (Lan and DeMets 1983)."""
    return alpha * math.log(1 + (math.e - 1) * share)


@pytest.mark.parametrize(
    ("spending", "expected"),
    [
        # Reboussin, DeMets, Kim and Lan (2000), Controlled Clinical Trials 21, table 1: two-sided .05, five equal looks
        (obrien_fleming, (4.8769, 3.3569, 2.6803, 2.2898, 2.0310)),
        (pocock, (2.4380, 2.4268, 2.4101, 2.3966, 2.3859)),
    ],
)
def test_published_boundaries(spending, expected):
    assert boundaries(FIVE, 0.05, spending) == pytest.approx(expected, abs=2e-4)


def test_constant_boundaries_of_two_looks():
    # Pocock (1977): 2.178 at both of two equal looks spends .05; what the first spends is that of a single test at 2.178.
    first = 2 * norm.sf(2.178)
    found = boundaries((0.5, 1.0), 0.05, lambda share, alpha: first if share < 1 else alpha)
    assert found == pytest.approx((2.178, 2.178), abs=1e-3)


def test_one_look_is_today_s():
    assert boundaries((1.0,), 0.05) == pytest.approx((norm.ppf(0.975),), abs=1e-8)
    assert SINGLE.level(0.95) == 0.95  # to the last bit
    assert Look((1.0,)).level(0.987654321) == 0.987654321


@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.0005])
@pytest.mark.parametrize("spending", [obrien_fleming, pocock, proportional])
def test_all_of_the_chance_is_spent_and_no_more(spending, alpha):
    rng = np.random.default_rng(0)
    steps = np.diff(DOUBLED, prepend=0.0)
    sums = np.cumsum(rng.standard_normal((400_000, len(steps))) * np.sqrt(steps), axis=1)
    crossed = np.abs(sums / np.sqrt(DOUBLED)) > boundaries(DOUBLED, alpha, spending)
    assert crossed.any(axis=1).mean() == pytest.approx(alpha, abs=4 * np.sqrt(alpha / 400_000))
    until = np.maximum.accumulate(crossed, axis=1).mean(axis=0)
    assert until == pytest.approx([spending(share, alpha) for share in DOUBLED], abs=4 * np.sqrt(alpha / 400_000))


def test_levels_of_looks():
    levels = [Look(DOUBLED[: i + 1]).level(0.95) for i in range(4)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] == pytest.approx(1 - 0.05 / 8, abs=1e-6)
    assert all(level > 0.95 for level in levels)


@pytest.mark.parametrize("first", [5, 52, 199])
@pytest.mark.parametrize("most", [1, 52, 60, 66, 110, 400, 1600])
def test_looks_double_up_to_the_most(first, most):
    sizes = doubling(first, most)
    assert sizes[0] == first
    assert sizes[-1] <= max(most, first)
    assert all(1.25 * a <= b < 2.5 * a + 1 for a, b in pairwise(sizes))
    if most >= 1.25 * first:
        assert sizes[-1] == most


def test_the_intervals_of_all_looks_hold_together():
    """Samples of one source that grow: at most 5 % of the families of intervals miss the truth at any look."""
    metrics = [catalogue(Metric)[id_] for id_ in ("letters.jsd", "letters.jsd_corrected")]
    layout = Layout.of(metrics)
    rng, missed, runs = np.random.default_rng(1), 0, 300
    shares = np.arange(1, len(layout.columns) + 1) / np.arange(1, len(layout.columns) + 1).sum()
    reference = Totals(np.round(1e6 * shares)[None], layout)
    for run in range(runs):
        both = rng.multinomial(200, shares, size=(2, 80))
        for i, n in enumerate((10, 20, 40, 80)):
            look = Look(tuple(m / 80 for m in (10, 20, 40, 80)[: i + 1]))
            left, right = (spreads(Sample(tally[:n], np.arange(n), reference), metrics, seed=run) for tally in both)
            found = differences(left, right, metrics, reference, seed=run, look=look)
            if any(not d.family_low <= 0 <= d.family_high for d in found.values() if d.value is not None):
                missed += 1
                break
    # 5 % of 300 are 15; more than 27 have a chance of 1 in 1,000.
    assert missed <= 27
