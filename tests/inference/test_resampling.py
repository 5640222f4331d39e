"""Resampling matrices hold what their names say."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evalkit.inference import resampling as weights

SIZES = st.integers(1, 12)


@given(n=SIZES, seed=st.integers(0, 5))
def test_rows_sum_to_what_is_drawn(n, seed):
    rng = np.random.default_rng(seed)
    assert (weights.bootstrap(n, 7, rng=rng).sum(axis=1) == n).all()
    assert (weights.subsets(n, 2 * n + 1, 7, rng=rng).sum(axis=1) == 2 * n + 1).all()


@given(n=SIZES, size=st.integers(0, 12), seed=st.integers(0, 5))
def test_subsets_repeat_nothing_before_everything_is_used(n, size, seed):
    drawn = weights.subsets(n, size, 5, rng=np.random.default_rng(seed))
    assert drawn.max() - drawn.min() <= 1


@given(n=st.integers(2, 40), most=st.integers(1, 200))
def test_pairs_are_distinct_and_at_most_as_many_as_asked(n, most):
    first, second = weights.pairs(n, most, rng=np.random.default_rng(0))
    assert ((first >= 0) & (first < second) & (second < n)).all()
    assert len(set(zip(first.tolist(), second.tolist(), strict=True))) == len(first) == min(most, n * (n - 1) // 2)


def test_pairs_of_many_units_need_no_memory():
    first, second = weights.pairs(1_000_000, 100, rng=np.random.default_rng(0))
    assert ((first >= 0) & (first < second) & (second < 1_000_000)).all()


def test_clusters_are_drawn_whole():
    clusters = np.array([0, 0, 1, 2, 2, 2])
    drawn = weights.cluster_bootstrap(clusters, 50, rng=np.random.default_rng(0))
    assert (drawn[:, 0] == drawn[:, 1]).all()
    assert (drawn[:, 3] == drawn[:, 5]).all()
    assert (drawn[:, [0, 2, 3]].sum(axis=1) == 3).all()
