"""Derives what the rows of a comparison and of a gate have in common: intervals, positions and detectable effects."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evalkit.counts.feature import Totals
from evalkit.evaluation.overall import Scale
from evalkit.inference import Estimate
from evalkit.metrics.base import Metric
from evalkit.results import FloorSummary, Interval, number


def interval_of(estimate: Estimate) -> Interval | None:
    """The interval of an estimate; None where it has none."""
    return None if estimate.low is None or estimate.high is None else Interval(estimate.low, estimate.high)


def target_of(metric: Metric, reference: Totals) -> float | None:
    """The reference's own value of a metric; None where the reference has too little text."""
    return number(float(metric.values(reference, reference)[0]))


def damage_of(metric: Metric, value: float, reference: Totals) -> float:
    """How far one value is from good, in the metric's unit."""
    return float(metric.damage(np.array([value]), target_of(metric, reference) or 0.0)[0])


def position(damage: float, floor: FloorSummary | None) -> float | None:
    """Where damage lies between the human floor, 0, and unigram noise, 1; None where the two do not differ."""
    if floor is None or floor.damage_median is None or floor.damage_p95 is None or floor.noise is None:
        return None
    span = floor.noise - floor.damage_median
    # On letters unigram noise is as near as human text: the scale has no length, and a position would be meaningless.
    return number((damage - floor.damage_median) / span) if span > floor.damage_p95 - floor.damage_median else None


def scales_of(floors: Mapping[str, FloorSummary | None]) -> dict[str, Scale]:
    """Metric id -> the scale from human text to unigram noise, where the two differ by more than human texts do among themselves."""
    return {
        id_: Scale(floor.damage_median, floor.noise)
        for id_, floor in floors.items()
        if floor is not None
        and floor.noise is not None
        and floor.damage_median is not None
        and floor.noise > (floor.damage_p95 or 0.0)
    }
