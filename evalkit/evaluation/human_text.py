"""Compares candidates with human text of their shape, metric by metric, family by family and all at once: `judged_shape`, `JudgedCandidate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from evalkit.counts.feature import Floats
from evalkit.evaluation.human_floor import FloorSample
from evalkit.judgment.families import Families
from evalkit.judgment.human import HumanText
from evalkit.judgment.scale import TextSize
from evalkit.metrics.base import Metric, PooledMetric
from evalkit.results import FamilyDistance, FloorSummary, HumanTest, Row, number


@dataclass(frozen=True)
class JudgedShape:
    """Human text and unigram noise of one shape.

    Args:
        human: where human text lies.
        families: the distances of families.
        noise: metric id -> value of unigram noise.
        overall_floor: of the mean over families; None where it has no scale.
    """

    human: HumanText
    families: Families
    noise: Mapping[str, float]
    overall_floor: FloorSummary | None

    def with_range(self, row: Row) -> Row:
        """The row with the human range of its metric, and the distance of noise from it."""
        return row if row.floor is None else replace(row, floor=self.ranged(row.metric, row.floor))

    def ranged(self, metric: str, floor: FloorSummary) -> FloorSummary:
        """The floor of a metric with the human range, and the distance of noise from it."""
        scale = self.human.scales.get(metric)
        if scale is None:
            return floor
        low, high = scale.range
        noise = float(scale.distances(np.array([self.noise.get(metric, np.nan)]))[0])
        # The median of the range, so that distances can be computed again from what results and baselines keep.
        return replace(floor, median=scale.middle, low=low, high=high, noise_distance=number(noise))


def judged_shape(
    metrics: Sequence[Metric],
    pooled: Mapping[PooledMetric, Floats],
    floor: FloorSample,
    *,
    noise: Mapping[str, float],
    shape: TextSize,
) -> JudgedShape:
    """Human text of one shape.

    Args:
        metrics: whose human values are functions of summed counts.
        pooled: measures of all passages together -> values of human texts, any number of them.
        floor: human replicates of the shape.
        noise: metric id -> value of unigram noise.
        shape: the shape.
    """
    n = len(floor.splits)
    values = {metric.id: floor.values(metric) for metric in metrics}
    # Few human texts were measured, each for several replicates.
    values |= {metric.id: repeated(human, n) for metric, human in pooled.items()}
    judged = [*metrics, *pooled]
    human = HumanText(judged, values, floor.splits, shape=shape, noise=noise)
    families = Families(judged, human, noise)
    metric, summary = families.overall(), None
    if metric is not None:
        found = metric.values(floor.totals, floor.references)
        summary = FloorSummary(median=float(np.nanmedian(found)), p95=float(np.nanquantile(found, 0.95)))
    return JudgedShape(human, families, noise, summary)


def repeated(human: Floats, n: int) -> Floats:
    """Few values of human text, one a split in the order of the splits, as those of n replicates, [n]; NaN where there is none.

    Each is that of all replicates of its split, so that a split that is left out takes its own value with it.
    """
    return np.repeat(human, -(-n // len(human)))[:n] if len(human) else np.full(n, np.nan)


@dataclass(frozen=True)
class JudgedCandidate:
    """A candidate's rows beside human text.

    Args:
        name: of the candidate.
        shape: human text of its shape.
        rows: one a metric, with distances.
    """

    name: str
    shape: JudgedShape
    rows: Sequence[Row]

    @cached_property
    def distances(self) -> dict[str, float]:
        """Metric id -> distance in floor units, where it was measured."""
        judged = {metric.id for metric in self.shape.families.metrics}
        return {row.metric: row.distance for row in self.rows if row.distance is not None and row.metric in judged}

    def families(self) -> list[FamilyDistance]:
        """The distance of each family that was measured."""
        found = self.shape.families.of(self.distances)
        total = sum(family.value for family in found)
        return [
            FamilyDistance(
                candidate=self.name,
                family=str(family.family),
                value=family.value,
                share=family.value / total if total else None,
                limit=self.shape.families.limits[family.family],
                metric=family.metric,
                distance=family.distance,
                n_metrics=family.n_metrics,
            )
            for family in found
        ]

    def human_tests(self) -> list[HumanTest]:
        """Whether it can be told from human text; none where nothing was measured."""
        found = self.shape.human.test(self.distances)
        if found is None:
            return []
        return [
            HumanTest(
                candidate=self.name,
                metric=found.metric,
                distance=found.distance,
                limit=found.limit,
                p=found.p,
                n_metrics=len(self.distances),
            )
        ]

    @property
    def is_told(self) -> bool:
        """Whether it can be told from human text on some metric."""
        found = self.shape.human.test(self.distances)
        return found is not None and found.told

    @property
    def overall_metric(self) -> Metric | None:
        """The mean distance over families, with what its measures of all passages together have."""
        counted = {metric.id for metric in self.shape.families.metrics if isinstance(metric, Metric)}
        return self.shape.families.overall({id_: distance for id_, distance in self.distances.items() if id_ not in counted})
