"""Confidence intervals for the value that another sample of the same shape is expected to have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.inference.weights import all_once, bootstrap, cluster_bootstrap
from evalkit.metrics.base import Counts, Floats, Layout, Metric, Totals

LEVEL = 0.95
FEWEST_UNITS = 5
"""With fewer independent units an interval would be a guess; the value is given without one."""


@dataclass(frozen=True)
class Sample:
    """A candidate's tallies and what resampling needs to know of them.

    Args:
        tally: one row a passage, [n x columns].
        clusters: the unit that each passage belongs to (its document; itself where passages are independent), [n].
        reference: what it is held against, one row.
    """

    tally: Counts
    clusters: NDArray[np.int64]
    reference: Totals

    @property
    def layout(self) -> Layout:
        """The columns of the tally."""
        return self.reference.layout

    @property
    def n_units(self) -> int:
        """Independent units: passages, or documents where passages come from documents."""
        return int(self.clusters.max()) + 1 if len(self.clusters) else 0

    def totals(self, weights: Floats) -> Totals:
        """Totals of every replicate, weights [R x n] -> [R x columns]."""
        return Totals(weights @ self.tally, self.layout)

    def observed(self) -> Totals:
        """The totals as they are, one row."""
        return self.totals(all_once(len(self.tally)))

    def resampled(self, replicates: int, *, seed: int) -> Totals:
        """Bootstrap totals, [replicates x columns]."""
        rng = np.random.default_rng([seed, len(self.tally)])
        if self.n_units == len(self.tally):
            return self.totals(bootstrap(len(self.tally), replicates, rng=rng))
        return self.totals(cluster_bootstrap(self.clusters, replicates, rng=rng))


def centred_interval(observed: float, replicates: Floats, *, level: float = LEVEL) -> tuple[float, float] | None:
    """The interval around an observed value whose width is that of the replicates about their own mean.

    A plug-in divergence is biased upwards by sampling, and each bootstrap replicate is biased twice; the spread about the replicates' mean
    is free of that second bias (Efron and Tibshirani 1993, chapter 10). None where too many replicates are undefined.
    """
    defined = replicates[np.isfinite(replicates)]
    if len(defined) < 0.9 * len(replicates) or not np.isfinite(observed):
        return None
    tail = (1 - level) / 2
    low, high = np.quantile(defined - defined.mean(), [tail, 1 - tail])
    return float(observed - high), float(observed - low)


def metric_interval(metric: Metric, sample: Sample, resampled: Totals) -> tuple[float, float] | None:
    """The interval of one metric's value, within the metric's bounds; None with fewer than `FEWEST_UNITS` units."""
    if sample.n_units < FEWEST_UNITS:
        return None
    observed = float(metric.values(sample.observed(), sample.reference)[0])
    interval = centred_interval(observed, metric.values(resampled, sample.reference))
    if interval is None:
        return None
    low, high = metric.bounds
    return (
        max(interval[0], low) if low is not None else interval[0],
        min(interval[1], high) if high is not None else interval[1],
    )
