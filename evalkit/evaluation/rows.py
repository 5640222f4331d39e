"""Derives what the rows of a comparison and of a gate have in common: intervals, positions and detectable effects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from evalkit.counts.feature import Totals
from evalkit.inference import Estimate
from evalkit.judgment.scale import NARROWEST, WITHIN, Link, Scale, TextSize
from evalkit.metrics.base import Declaration, Metric
from evalkit.results import FloorSummary, Interval, Row, number


def interval_of(estimate: Estimate) -> Interval | None:
    """The interval of an estimate; None where it has none, as beside a reference in which the measure is undefined."""
    low, high = number(estimate.low), number(estimate.high)
    return None if low is None or high is None else Interval(low, high)


def target_of(metric: Metric, reference: Totals) -> float | None:
    """The reference's own value of a metric; None where the reference has too little text."""
    return number(float(metric.values(reference, reference)[0]))


def damage_of(metric: Metric, value: float, reference: Totals) -> float:
    """How far one value is from good, in the metric's unit."""
    return float(metric.damage(np.array([value]), target_of(metric, reference) or 0.0)[0])


def position(distance: float, noise: float | None) -> float | None:
    """Where a distance lies between the human median, 0, and unigram noise, 1, on a logarithmic scale.

    Args:
        distance: in floor units.
        noise: of unigram noise.

    Returns:
        Below 0 on the other side than noise; None where noise lies within the human range, so that the scale has no length.

    >>> position(3.0, 15.0), position(-3.0, 15.0), position(3.0, 0.5)
    (0.5, -0.5, None)
    """
    if noise is None or not math.isfinite(noise) or abs(noise) <= WITHIN:
        return None
    place = math.log1p(abs(distance)) / math.log1p(abs(noise))
    return place if distance * noise >= 0 else -place


def scale_of(metric: Declaration, floor: FloorSummary | None, shape: TextSize) -> Scale | None:
    """The scale that a floor was made from; None where it has none, as those of older baselines."""
    if floor is None or floor.high is None:
        return None
    link, one_sided = Link.of(metric, shape), floor.low is None
    ends = [floor.median if end is None else end for end in (floor.low, floor.median, floor.high)]
    low, median, high = map(float, link.forward(np.array(ends)))
    # A share that human text has none or all of has nothing beyond, and a distance no lower end: there the range is as narrow as it can be.
    least = max(link.step(median), NARROWEST)
    return Scale(link, min(low, median - least), median, max(high, median + least), one_sided)


def at_distance(row: Row, scale: Scale | None) -> Row:
    """The row with its distance from human text and its position."""
    if row.value is None or scale is None:
        return row
    distance = number(float(scale.distances(np.array([row.value]))[0]))
    if distance is None:
        return row
    return replace(row, distance=distance, position=position(distance, row.floor.noise_distance if row.floor else None))


def noise_damages(floors: Mapping[str, FloorSummary | None]) -> dict[str, float]:
    """Metric id -> the damage of unigram noise, where it is larger than that of human texts."""
    return {
        id_: floor.noise
        for id_, floor in floors.items()
        if floor is not None and floor.noise is not None and floor.noise > (floor.damage_p95 or 0.0)
    }
