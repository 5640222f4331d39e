"""The human floor: what held-out human text of the same shape scores.

Each replicate splits the corpus by document once more, takes as many human passages of the same length as the candidate has,
and scores them against the rest. The floor therefore holds both kinds of chance: which passages were drawn, and which documents were held out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from evalkit.counts.feature import Floats, Totals
from evalkit.evaluation.reference import Fold
from evalkit.inference.resampling import subsets
from evalkit.metrics.base import Metric


@dataclass(frozen=True)
class Floor:
    """The floor's distribution for one metric.

    Args:
        median: of the value.
        p95: of the value for distances, where 5 % of human texts score above it. For shares that are better high, the 5th percentile;
            for two-sided metrics, the median distance from the reference that 5 % of human texts exceed is in `damage_p95`.
        damage_median: of the distance from good.
        damage_p95: 95th percentile of the distance from good.
    """

    median: float
    p95: float
    damage_median: float
    damage_p95: float


@dataclass(frozen=True)
class FloorSample:
    """Human replicates of one shape.

    Args:
        totals: of every replicate, [R x columns].
        references: the totals that each is held against, [R x columns].
    """

    totals: Totals
    references: Totals
    _known: dict[Metric, Floor | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def values(self, metric: Metric) -> Floats:
        """The metric's value of every replicate, [R]; NaN where it is undefined."""
        return metric.values(self.totals, self.references)

    def floor(self, metric: Metric) -> Floor | None:
        """The summary for one metric, worked out once; None where human text of this shape has too little text for it."""
        if metric not in self._known:
            self._known[metric] = self._floor(metric)
        return self._known[metric]

    def _floor(self, metric: Metric) -> Floor | None:
        values = self.values(metric)
        targets = metric.values(self.references, self.references)
        damage = metric.damage(values, targets)
        if np.isnan(damage).mean() > 0.5:
            return None
        return Floor(
            median=float(np.nanmedian(values)),
            p95=float(np.nanpercentile(values, 5 if metric.direction == "higher" else 95)),
            damage_median=float(np.nanmedian(damage)),
            damage_p95=float(np.nanpercentile(damage, 95)),
        )


def sample_floor(folds: Sequence[Fold], *, n_passages: int, replicates: int, seed: int) -> FloorSample:
    """Human replicates of n_passages each, dealt evenly over the folds.

    Args:
        folds: from `Reference.folds`, which fixed the length of a passage.
        n_passages: passages a replicate; where a fold has fewer, some are repeated.
        replicates: about so many in all.
        seed: of the draws.
    """
    rng = np.random.default_rng([seed, 0x0F100])
    each = -(-replicates // len(folds))
    totals = [subsets(len(fold.human), n_passages, each, rng=rng) @ fold.human for fold in folds]
    references = [np.repeat(fold.totals.matrix, each, axis=0) for fold in folds]
    layout = folds[0].totals.layout
    return FloorSample(Totals(np.concatenate(totals), layout), Totals(np.concatenate(references), layout))
