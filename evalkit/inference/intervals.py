"""Confidence intervals for the value that another sample of the same shape is expected to have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from evalkit.inference.sample import FEWEST_UNITS, Sample
from evalkit.metrics.base import Direction, Metric, Totals

LEVEL = 0.95

__all__ = ["FEWEST_UNITS", "LEVEL", "Difference", "Estimate", "Sample", "difference_intervals", "value_intervals"]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number and its interval.

    Args:
        value: in the metric's unit; None where it is undefined.
        standard_error: of the value, from one sample of this shape to another.
        low, high: the interval's ends; None where `reason` says why.
        df: degrees of freedom of the standard error.
        n_units: independent units that it rests on.
        reason: why there is no value or no interval.
    """

    value: float | None
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None
    df: float | None = None
    n_units: int = 0
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Difference(Estimate):
    """How much more damage the first sample has than the second; above 0 the first is worse.

    Args:
        damage: of the first and of the second sample.
        family_low, family_high: ends of the interval that holds for all metrics of the family at once.
    """

    damage: tuple[float, float] | None = None
    family_low: float | None = None
    family_high: float | None = None


def value_intervals(
    sample: Sample, metrics: Sequence[Metric], *, seed: int = 0, level: float = LEVEL
) -> dict[str, Estimate]:
    """Every metric's value and interval.

    Args:
        sample: the candidate's tallies; its units are passages, or documents where passages share them.
        metrics: which.
        seed: of the pairs of units that are left out together.
        level: of the intervals, each on its own.

    Returns:
        Metric id -> estimate, in the order of `metrics`.
    """
    total = sample.units.sum(axis=0)
    without_one = Totals(total - sample.units, sample.layout)
    observed = sample.observed()
    estimates = {}
    for metric in metrics:
        value = float(metric.values(observed, sample.reference)[0])
        estimates[metric.id] = _estimate(metric, sample, value, without_one, level)
    return estimates


def _estimate(metric: Metric, sample: Sample, value: float, without_one: Totals, level: float) -> Estimate:
    n = sample.n_units
    if not np.isfinite(value):
        return Estimate(value=None, n_units=n, reason="undefined for this text")
    if n < FEWEST_UNITS:
        return Estimate(value=value, n_units=n, reason=f"{n} independent {sample.unit_noun()}, and an interval takes {FEWEST_UNITS}")
    left_out = metric.values(without_one, sample.reference)
    if not np.isfinite(left_out).all():
        return Estimate(value=value, n_units=n, reason="without one of its units the value would be undefined")
    error = float(np.sqrt((n - 1) / n * np.sum((left_out - left_out.mean()) ** 2)))
    half = float(stats.t.ppf((1 + level) / 2, n - 1)) * error
    low, high = _within(metric, value - half, value + half)
    return Estimate(value=value, standard_error=error, low=low, high=high, df=n - 1, n_units=n)


def _within(metric: Metric, low: float, high: float) -> tuple[float, float]:
    least, most = metric.bounds
    return (low if least is None else max(low, least)), (high if most is None else min(high, most))


def difference_intervals(
    a: Sample,
    b: Sample,
    metrics: Sequence[Metric],
    *,
    seed: int = 0,
    level: float = LEVEL,
    family: Sequence[str] | None = None,
) -> dict[str, Difference]:
    """How much more damage `a` has than `b`, with intervals per metric and for a whole family at once.

    Args:
        a, b: independent samples of equal shape.
        metrics: which.
        seed: as in `value_intervals`.
        level: of each interval, and of the family's as a whole.
        family: ids of the metrics whose intervals shall hold together; None takes all.

    Returns:
        Metric id -> difference, in the order of `metrics`.
    """
    first = value_intervals(a, metrics, seed=seed, level=level)
    second = value_intervals(b, metrics, seed=seed, level=level)
    chosen = [metric.id for metric in metrics] if family is None else list(family)
    strict = 1 - (1 - level) / max(1, len(chosen))
    first_strict = value_intervals(a, metrics, seed=seed, level=strict)
    second_strict = value_intervals(b, metrics, seed=seed, level=strict)
    differences = {}
    for metric in metrics:
        target = float(metric.values(a.reference, a.reference)[0])
        plain = _difference(metric, target, first[metric.id], second[metric.id])
        if metric.id in chosen and plain.low is not None:
            wide = _difference(metric, target, first_strict[metric.id], second_strict[metric.id])
            plain = Difference(**{**vars(plain), "family_low": wide.low, "family_high": wide.high})
        differences[metric.id] = plain
    return differences


def damage_interval(metric: Metric, estimate: Estimate, target: float) -> tuple[float, float, float] | None:
    """Damage of an estimate with the ends of its interval; the interval of a value that holds its target reaches down to 0."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    ends = np.sort(metric.damage(np.array([estimate.low, estimate.high]), target))
    if metric.direction is Direction.TARGET and estimate.low <= target <= estimate.high:
        ends[0] = 0.0
    return float(metric.damage(np.array([estimate.value]), target)[0]), float(ends[0]), float(ends[1])


def _difference(metric: Metric, target: float, a: Estimate, b: Estimate) -> Difference:
    n = min(a.n_units, b.n_units)
    left, right = damage_interval(metric, a, target), damage_interval(metric, b, target)
    if left is None or right is None or a.standard_error is None or b.standard_error is None:
        return Difference(value=None, n_units=n, reason=a.reason or b.reason)
    value = left[0] - right[0]
    low = value - float(np.hypot(left[0] - left[1], right[2] - right[0]))
    high = value + float(np.hypot(left[2] - left[0], right[0] - right[1]))
    return Difference(
        value=value,
        standard_error=float(np.hypot(a.standard_error, b.standard_error)),
        low=low,
        high=high,
        df=min(a.df or 1, b.df or 1),
        n_units=n,
        damage=(left[0], right[0]),
    )


def unmeasured(differences: Mapping[str, Difference]) -> dict[str, str]:
    """Metric id -> reason, for the metrics without an interval."""
    return {id_: d.reason or "undefined" for id_, d in differences.items() if d.low is None}
