"""Gives confidence intervals for values, `value_intervals`, and for differences of damage, `difference_intervals`.

An interval is for the value that another sample of the same shape is expected to have.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evalkit.counts.feature import Totals
from evalkit.inference.confidence_limits import limits
from evalkit.inference.difference import Side, ends
from evalkit.inference.jackknife import Spread, spread_without, spreads, welch_df
from evalkit.inference.sample import Sample
from evalkit.inference.sequential import SINGLE, Look
from evalkit.metrics.base import Declaration, Metric

LEVEL = 0.95
MULTIPLIERS = 10_000
"""Draws of the multiplier bootstrap behind the level of a family."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number and its interval.

    Args:
        value: in the metric's unit; None where it is undefined.
        standard_error: of the value, from one sample of this shape to another.
        low, high: the interval's ends; None where `reason` says why.
        df: degrees of freedom of the standard error.
        n_units: independent units that it rests on.
        reason: why there is no value or no interval, or what an interval rests on where its units are not independent.
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


def value_intervals(sample: Sample, metrics: Sequence[Metric], *, seed: int = 0, level: float = LEVEL) -> dict[str, Estimate]:
    """Every metric's value and interval.

    Args:
        sample: the candidate's tallies; its units are passages, or documents where passages share them.
        metrics: the metrics to estimate.
        seed: of the pairs of units that are left out together.
        level: of the intervals, each on its own.

    Returns:
        Metric id -> estimate, in the order of `metrics`.
    """
    spreads_of = spreads(sample, metrics, seed=seed)
    note = f"interval from blocks left out in turn: {sample.blocks}" if sample.is_in_blocks else None
    return {metric.id: _estimate(metric, spreads_of[metric.id], level, note) for metric in metrics}


def interval_without(metric: Declaration, value: float, left_out: NDArray[np.float64], *, level: float = LEVEL) -> Estimate:
    """The interval of a value that is no score of summed counts, from its values without each unit.

    Args:
        metric: its direction and bounds choose the shape.
        value: of the whole sample.
        left_out: the value without each unit, [n_units].
        level: of the interval.
    """
    estimate = _estimate(metric, spread_without(metric, value, left_out), level, None)
    return (
        estimate
        if estimate.high is None or metric.bounds[1] is None
        else replace(estimate, high=min(estimate.high, metric.bounds[1]))
    )


def _estimate(metric: Declaration, spread: Spread, level: float, note: str | None) -> Estimate:
    value = spread.value if np.isfinite(spread.value) else None
    if spread.reason:
        return Estimate(value=value, n_units=spread.n_units, reason=spread.reason)
    low, high = limits(metric, spread, level=level)
    return Estimate(
        value=value,
        standard_error=spread.standard_error,
        low=low,
        high=high,
        df=spread.df,
        n_units=spread.n_units,
        reason=note,
    )


def difference_intervals(
    a: Sample,
    b: Sample,
    metrics: Sequence[Metric],
    *,
    seed: int = 0,
    level: float = LEVEL,
    family: Collection[str] | None = None,
) -> dict[str, Difference]:
    """How much more damage `a` has than `b`, with intervals per metric and for a whole family at once.

    Each side's interval keeps its own shape, and both are joined by the method of variance estimates recovery (Zou and Donner 2008):
    low = d - hypot(a - low of a, high of b - b), high = d + hypot(high of a - a, b - low of b). Beside a target see
    `evalkit.inference.difference`.

    Args:
        a: a sample.
        b: another, independent of it, of the same shape and compared with the same reference.
        metrics: the metrics to compare on.
        seed: of left-out pairs and of the family's critical value.
        level: of each interval, and of the family's as a whole.
        family: ids of the metrics whose intervals shall hold together; None takes all.

    Returns:
        Metric id -> difference, in the order of `metrics`.
    """
    left, right = spreads(a, metrics, seed=seed), spreads(b, metrics, seed=seed)
    return differences(left, right, metrics, a.reference, seed=seed, level=level, family=family)


def differences(
    left: Mapping[str, Spread],
    right: Mapping[str, Spread],
    metrics: Sequence[Metric],
    reference: Totals,
    *,
    seed: int = 0,
    level: float = LEVEL,
    family: Collection[str] | None = None,
    floors: Mapping[str, float] | None = None,
    look: Look = SINGLE,
) -> dict[str, Difference]:
    """`difference_intervals` from spreads that were computed before; damage below a metric's floor counts as the floor.

    At one look of several the intervals hold together with those of all other looks.
    """
    sides = {}
    for metric in metrics:
        target = float(metric.values(reference, reference)[0])
        floor = (floors or {}).get(metric.id, -np.inf)
        sides[metric.id] = (Side(metric, left[metric.id], target, floor), Side(metric, right[metric.id], target, floor))
    measured = [id_ for id_, (first, second) in sides.items() if first.spread.reason is None and second.spread.reason is None]
    joint = [id_ for id_ in measured if family is None or id_ in family]
    # First the family and then the looks: each of its measures has its own share of the chance of error, and spreads that over the looks.
    family_level = look.level(simultaneous_level([sides[id_] for id_ in joint], level=level, seed=seed))
    own_level = look.level(level)
    result = {}
    for id_, (first, second) in sides.items():
        if id_ in measured:
            result[id_] = _difference(first, second, own_level, family_level if id_ in joint else None)
        else:
            n_units = min(first.spread.n_units, second.spread.n_units)
            result[id_] = Difference(value=None, n_units=n_units, reason=first.spread.reason or second.spread.reason)
    return result


def _difference(first: Side, second: Side, level: float, family_level: float | None) -> Difference:
    df = welch_df(first.spread, second.spread)
    low, high = ends(first, second, level, df)
    family_low, family_high = ends(first, second, family_level, df) if family_level is not None else (None, None)
    return Difference(
        value=first.damage - second.damage,
        standard_error=float(np.hypot(first.spread.standard_error, second.spread.standard_error)),
        low=low,
        high=high,
        df=df,
        n_units=min(first.spread.n_units, second.spread.n_units),
        damage=(first.damage, second.damage),
        family_low=family_low,
        family_high=family_high,
    )


def simultaneous_level(sides: Sequence[tuple[Side, Side]], *, level: float, seed: int) -> float:
    """The level that each of several intervals needs for all to hold together at `level`.

    The largest of the standardised differences is simulated by a Gaussian multiplier bootstrap on the units' influences, which keeps the
    metrics' correlation (Chernozhukov, Chetverikov and Kato 2013), over a common chi for Student's t. The result is never above
    Bonferroni's level, and never below `level`.
    """
    if len(sides) <= 1:
        return level
    stacked = [np.concatenate([side.influence for side in pair]) for pair in sides]
    directions = np.stack([influence / max(float(np.linalg.norm(influence)), 1e-300) for influence in stacked])
    df = min(welch_df(first.spread, second.spread) for first, second in sides)
    rng = np.random.default_rng([seed, 0xFA311])
    # Sums of Gaussian multipliers are Gaussian with the influences' correlations, so that they are drawn at once, and not unit by unit.
    # A little noise on the diagonal lets metrics that always agree have a Cholesky factor. A square root would have free signs.
    factor = np.linalg.cholesky(directions @ directions.T + 1e-9 * np.eye(len(sides)))
    drawn = rng.standard_normal((MULTIPLIERS, len(sides))) @ factor.T
    largest = np.abs(drawn).max(axis=1) / np.sqrt(rng.chisquare(df, MULTIPLIERS) / df)
    joint = 2 * float(special.stdtr(df, np.quantile(largest, level))) - 1
    # Rounded, so that the last bits of the matrix product, which may differ with the number of threads, do not reach results.
    return min(max(round(joint, 5), level), 1 - (1 - level) / len(sides))
