"""Resamples passages as weight matrices: one row a replicate, one column a passage, entries how often the passage counts.

`weights @ tally` gives the totals of every replicate at once, and a metric's own `score` does the rest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]


def all_once(n: int) -> Weights:
    """Every passage once: the observed totals, [1 x n]."""
    return np.ones((1, n))


def bootstrap(n: int, replicates: int, *, rng: np.random.Generator) -> Weights:
    """Passages drawn with replacement, [replicates x n]; rows sum to n (Efron 1979)."""
    # One count over all replicates: passage i of replicate r is number r n + i.
    drawn = rng.integers(0, n, size=(replicates, n)) + n * np.arange(replicates)[:, None]
    return np.bincount(drawn.ravel(), minlength=replicates * n).reshape(replicates, n).astype(np.float64)


def cluster_bootstrap(clusters: NDArray[np.int64], replicates: int, *, rng: np.random.Generator) -> Weights:
    """Whole clusters (documents) drawn with replacement, [replicates x n]; every passage of a drawn cluster comes with it.

    Args:
        clusters: the cluster of each passage, 0 to k - 1, [n].
    """
    k = int(clusters.max()) + 1
    return bootstrap(k, replicates, rng=rng)[:, clusters]


def pairs(n: int, most: int, *, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct pairs i < j of n units, all of them or a random choice of `most`; each [p]."""
    n_pairs = n * (n - 1) // 2
    numbers = np.arange(n_pairs) if n_pairs <= most else np.sort(rng.choice(n_pairs, most, replace=False))
    # Pairs are numbered (0, 1), (0, 2), (1, 2), (0, 3) ...: before those with second unit j there are j (j - 1) / 2.
    second = ((1 + np.sqrt(1 + 8.0 * numbers)) // 2).astype(np.int64)
    return numbers - second * (second - 1) // 2, second


def subsets_of_groups(groups: NDArray[np.int64], size: int, replicates: int, *, rng: np.random.Generator) -> Weights:
    """Random subsets without replacement of as few groups as have enough passages, [replicates x n]; rows sum to size.

    The groups come in a random order, the passages of each likewise. Where size is above n, every passage comes size // n times, and the rest
    are such a subset.

    Args:
        groups: the group of each passage, 0 to k - 1, [n].
        size: passages of a subset.
        replicates: how many subsets.
        rng: the source of chance.
    """
    copies, rest = divmod(size, len(groups))
    places = np.argsort(rng.random((replicates, int(groups.max()) + 1)), axis=1)[:, groups]
    order = np.argsort(places + rng.random(places.shape), axis=1)[:, :rest]
    weights = np.full(places.shape, float(copies))
    np.put_along_axis(weights, order, copies + 1.0, axis=1)
    return weights


def subsets(n: int, size: int, replicates: int, *, rng: np.random.Generator) -> Weights:
    """Random subsets without replacement, [replicates x n]; rows sum to size.

    Where size is above n, every passage comes size // n times, and the rest are a random subset.
    """
    copies, rest = divmod(size, n)
    weights = np.full((replicates, n), float(copies))
    subset = np.argsort(rng.random((replicates, n)), axis=1)[:, :rest]
    np.put_along_axis(weights, subset, copies + 1.0, axis=1)
    return weights
