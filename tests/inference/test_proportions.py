"""Intervals of shares: published values, the empty cases, clusters, and how often they hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.inference.proportions import Rate, newcombe, rate, wilson

# Newcombe 1998, Interval estimation for the difference between independent proportions, table II, method 10.
PUBLISHED = [
    (Rate(56, 70), Rate(48, 80), 0.0524, 0.3339),
    (Rate(9, 10), Rate(3, 10), 0.1705, 0.8090),
    (Rate(6, 7), Rate(2, 7), 0.0582, 0.8062),
    (Rate(5, 56), Rate(0, 29), -0.0381, 0.1926),
    (Rate(0, 10), Rate(0, 20), -0.1611, 0.2775),
    (Rate(0, 10), Rate(0, 10), -0.2775, 0.2775),
    (Rate(10, 10), Rate(0, 20), 0.6791, 1.0),
    (Rate(10, 10), Rate(0, 10), 0.6075, 1.0),
]


@pytest.mark.parametrize(("a", "b", "low", "high"), PUBLISHED)
def test_differences_as_published(a, b, low, high):
    assert newcombe(a, b) == pytest.approx((low, high), abs=5e-5)


# Newcombe 1998, Two-sided confidence intervals for the single proportion, table I, method 3.
@pytest.mark.parametrize(
    ("n", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_shares_as_published(n, of, low, high):
    assert wilson(Rate(n, of)) == pytest.approx((low, high), abs=5e-5)


COUNTS = st.integers(0, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(COUNTS, COUNTS, st.floats(0.5, 0.9999))
def test_ends_are_in_order_and_hold_the_difference(a, b, level):
    first, second = Rate(*a), Rate(*b)
    low, high = newcombe(first, second, level=level)
    assert -1 <= low <= first.share - second.share + 1e-12
    assert first.share - second.share - 1e-12 <= high <= 1
    assert newcombe(second, first, level=level) == pytest.approx((-high, -low))


def test_a_wider_level_is_wider():
    narrow, wide = (newcombe(Rate(3, 40), Rate(1, 40), level=level) for level in (0.8, 0.999))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


class TestClusters:
    def test_independent_passages_count_in_full(self):
        assert rate([True, False, False]).size == 3
        assert rate([True, False, False], ["a", "b", "c"]).size == 3

    def test_documents_that_agree_within_themselves_count_once(self):
        flagged = [True] * 10 + [False] * 10
        assert rate(flagged, ["a"] * 10 + ["b"] * 10).effective == 2

    def test_documents_that_do_not_differ_change_nothing(self):
        flagged, documents = [True, False] * 10, [document for document in "abcdefghij" for _ in range(2)]
        assert rate(flagged, documents).effective == 20

    def test_nothing_found_says_nothing_of_clusters(self):
        assert rate([False] * 6, ["a"] * 3 + ["b"] * 3).size == 6


def test_coverage_of_small_shares():
    """Nominal 95 %: never far below it, also where nearly all samples have none; near 0 it is wide."""
    rng = np.random.default_rng(0)
    for true_a, true_b, n in ((0.01, 0.01, 100), (0.05, 0.01, 100), (0.2, 0.05, 40)):
        draws = zip(rng.binomial(n, true_a, 2000).tolist(), rng.binomial(n, true_b, 2000).tolist(), strict=True)
        ends = [newcombe(Rate(a, n), Rate(b, n)) for a, b in draws]
        held = np.mean([low <= true_a - true_b <= high for low, high in ends])
        assert held > 0.93, (true_a, true_b, n)
