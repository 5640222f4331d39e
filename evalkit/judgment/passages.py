"""Says how far single passages are from human text, `passage_distances`, to choose those that a reader should see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evalkit.counts.feature import Floats, Totals
from evalkit.inference import Sample
from evalkit.metrics.base import Metric


def passage_distances(sample: Sample, metrics: Sequence[Metric], noise: Mapping[str, float]) -> Floats:
    """Each passage's mean damage, 0 to 1 (unigram noise), [n]; NaN where none could be measured.

    Args:
        sample: the passages.
        metrics: to be averaged.
        noise: metric id -> damage of unigram noise; metrics without one are left out.
    """
    passages = Totals(sample.tally.astype(np.float64), sample.layout)
    parts = []
    for metric in metrics:
        if metric.id in noise:
            target = metric.values(sample.reference, sample.reference)
            # Cut at 1: a rare ending that occurs twice in a short passage would otherwise outweigh all other metrics.
            parts.append(np.minimum(metric.damage(metric.values(passages, sample.reference), target) / noise[metric.id], 1.0))
    return _mean(np.array(parts).reshape(len(parts), len(sample.tally)))


def _mean(table: Floats) -> Floats:
    """The mean of each column's finite entries, [n]; NaN where there is none."""
    finite = np.isfinite(table)
    counts = finite.sum(axis=0)
    return np.where(counts > 0, np.where(finite, table, 0.0).sum(axis=0) / np.maximum(counts, 1), np.nan)
