"""Measures the human floor, what held-out human text of the candidates' shape scores: `sample_floor` and `FloorSample`.

Each replicate splits the corpus by document once more, draws as many human passages of the same length as the candidate has, and scores
them against the other documents. So the floor holds both kinds of chance: which passages were drawn, and which documents were held out.
Where documents have groups, such as the chapters of books, the corpus is split by group, and a replicate is of one group if that has enough
passages: the floor is what another book scores, and not a mixture of several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from evalkit.counts.feature import Counts, Floats, Totals
from evalkit.evaluation.reference import Fold
from evalkit.inference.resampling import Weights, subsets, subsets_in_stretches, subsets_of_groups
from evalkit.metrics.base import Direction, Metric
from evalkit.results import FloorSummary

_STREAM = 0x0F100
"""Key of the random stream, so that no other draw of the same seed is repeated here."""
_MOST_UNDEFINED = 0.5
"""Share of replicates that may be undefined; beyond it the percentiles would describe the longest texts only."""


def summarize_floor(values: Floats, damage: Floats, direction: Direction) -> FloorSummary:
    """The human floor of one metric, without the damage of unigram noise.

    Args:
        values: of human text, one a replicate, [R]; NaN where undefined.
        damage: of the same replicates, [R].
        direction: of the metric. Where high values are good, `p95` is the 5th percentile: the value that 5 % of human texts stay below.
    """
    return FloorSummary(
        median=float(np.nanmedian(values)),
        p95=float(np.nanpercentile(values, 5 if direction is Direction.HIGHER else 95)),
        damage_median=float(np.nanmedian(damage)),
        damage_p95=float(np.nanpercentile(damage, 95)),
    )


@dataclass(frozen=True)
class FloorSample:
    """Human replicates of one shape.

    Args:
        totals: of every replicate, [R x columns].
        references: the totals that each is compared with, [R x columns].
        splits: the fold that each is from, [R].
    """

    totals: Totals
    references: Totals
    splits: Counts
    _floors: dict[Metric, FloorSummary | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def values(self, metric: Metric) -> Floats:
        """The metric's value of every replicate, [R]; NaN where it is undefined."""
        return metric.values(self.totals, self.references)

    def floor(self, metric: Metric) -> FloorSummary | None:
        """The floor of one metric, computed once; None where human text of this shape is too short for it."""
        if metric not in self._floors:
            self._floors[metric] = self._floor(metric)
        return self._floors[metric]

    def _floor(self, metric: Metric) -> FloorSummary | None:
        values = self.values(metric)
        targets = metric.values(self.references, self.references)
        damage = metric.damage(values, targets)
        if np.isnan(damage).mean() > _MOST_UNDEFINED:
            return None
        return summarize_floor(values, damage, metric.direction)


def sample_floor(folds: Sequence[Fold], *, n_passages: int, replicates: int, seed: int, stretch: int = 1) -> FloorSample:
    """Human replicates of n_passages each, dealt evenly over the folds.

    Args:
        folds: from `Reference.folds`, which fixed the length of a passage.
        n_passages: passages a replicate, of as few groups as have them; where a fold has fewer, some are repeated.
        replicates: how many in all, rounded up to the same number a fold.
        seed: of the draws.
        stretch: consecutive passages of a document that are drawn together, as the pieces of one sample are; of a document that has fewer,
            all.
    """
    rng = np.random.default_rng([seed, _STREAM])
    per_fold = -(-replicates // len(folds))
    totals = [_weights(fold, n_passages, stretch, per_fold, rng=rng) @ fold.human for fold in folds]
    references = [np.repeat(fold.totals.matrix, per_fold, axis=0) for fold in folds]
    layout = folds[0].totals.layout
    splits = np.repeat(np.arange(len(folds)), per_fold)
    return FloorSample(Totals(np.concatenate(totals), layout), Totals(np.concatenate(references), layout), splits)


def _weights(fold: Fold, n_passages: int, stretch: int, replicates: int, *, rng: np.random.Generator) -> Weights:
    """How often each replicate has each passage of a fold, [replicates x n]."""
    if fold.groups is not None:
        return subsets_of_groups(fold.groups, n_passages, replicates, rng=rng)
    if stretch == 1:
        return subsets(len(fold), n_passages, replicates, rng=rng)
    return subsets_in_stretches(fold.clusters, n_passages, stretch, replicates, rng=rng)
