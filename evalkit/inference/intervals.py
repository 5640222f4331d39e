"""Confidence intervals for the value that another sample of the same shape is expected to have."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from evalkit.counts.feature import Totals
from evalkit.inference.confidence_limits import limits
from evalkit.inference.difference import Side, ends
from evalkit.inference.jackknife import Spread, spreads, welch_df
from evalkit.inference.sample import FEWEST_UNITS, Sample
from evalkit.metrics.base import Metric

LEVEL = 0.95
MULTIPLIERS = 10_000

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


def value_intervals(sample: Sample, metrics: Sequence[Metric], *, seed: int = 0, level: float = LEVEL) -> dict[str, Estimate]:
    """Every metric's value and interval.

    Args:
        sample: the candidate's tallies; its units are passages, or documents where passages share them.
        metrics: which.
        seed: of the pairs of units that are left out together.
        level: of the intervals, each on its own.

    Returns:
        Metric id -> estimate, in the order of `metrics`.
    """
    found = spreads(sample, metrics, seed=seed)
    return {metric.id: _estimate(metric, found[metric.id], level) for metric in metrics}


def _estimate(metric: Metric, spread: Spread, level: float) -> Estimate:
    value = spread.value if np.isfinite(spread.value) else None
    if spread.reason:
        return Estimate(value=value, n_units=spread.n_units, reason=spread.reason)
    low, high = limits(metric, spread, level=level)
    return Estimate(value=value, standard_error=spread.standard_error, low=low, high=high, df=spread.df, n_units=spread.n_units)


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
    low = d - hypot(a - low of a, high of b - b), high = d + hypot(high of a - a, b - low of b). Beside a target see `evalkit.inference.difference`.

    Args:
        a: a sample.
        b: another, independent of it, of the same shape and held against the same reference.
        metrics: which.
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
) -> dict[str, Difference]:
    """`difference_intervals` from spreads that are known already; damage below a metric's floor counts as the floor."""
    sides = {}
    for metric in metrics:
        target = float(metric.values(reference, reference)[0])
        floor = (floors or {}).get(metric.id, -np.inf)
        sides[metric.id] = (Side(metric, left[metric.id], target, floor), Side(metric, right[metric.id], target, floor))
    measured = [id_ for id_, (one, other) in sides.items() if one.spread.reason is None and other.spread.reason is None]
    chosen = [id_ for id_ in measured if family is None or id_ in family]
    family_level = simultaneous_level([sides[id_] for id_ in chosen], level=level, seed=seed)
    found = {}
    for id_, (one, other) in sides.items():
        if id_ in measured:
            found[id_] = _difference(one, other, level, family_level if id_ in chosen else None)
        else:
            reason = one.spread.reason or other.spread.reason
            found[id_] = Difference(value=None, n_units=min(one.spread.n_units, other.spread.n_units), reason=reason)
    return found


def _difference(one: Side, other: Side, level: float, family_level: float | None) -> Difference:
    df = welch_df(one.spread, other.spread)
    low, high = ends(one, other, level, df)
    family_low, family_high = ends(one, other, family_level, df) if family_level is not None else (None, None)
    return Difference(
        value=one.damage - other.damage,
        standard_error=float(np.hypot(one.spread.standard_error, other.spread.standard_error)),
        low=low,
        high=high,
        df=df,
        n_units=min(one.spread.n_units, other.spread.n_units),
        damage=(one.damage, other.damage),
        family_low=family_low,
        family_high=family_high,
    )


def simultaneous_level(sides: Sequence[tuple[Side, Side]], *, level: float, seed: int) -> float:
    """The level that each of several intervals needs for all to hold together at `level`.

    The largest of the standardised differences is simulated with Gaussian multipliers on the units' influences, which keeps the metrics'
    correlation (Chernozhukov, Chetverikov and Kato 2013), over a common chi for Student's t. Sums of such multipliers are Gaussian with the
    influences' correlations, so that these are drawn at once. Never above Bonferroni's, never below `level`.
    """
    if len(sides) <= 1:
        return level
    stacked = [np.concatenate([side.influence for side in (one, other)]) for one, other in sides]
    directions = np.stack([influence / max(float(np.linalg.norm(influence)), 1e-300) for influence in stacked])
    df = min(welch_df(one.spread, other.spread) for one, other in sides)
    rng = np.random.default_rng([seed, 0xFA311])
    # The least share of noise lets metrics that always agree have a Cholesky factor, which, unlike a square root, has no free signs.
    factor = np.linalg.cholesky(directions @ directions.T + 1e-9 * np.eye(len(sides)))
    drawn = rng.standard_normal((MULTIPLIERS, len(sides))) @ factor.T
    largest = np.abs(drawn).max(axis=1) / np.sqrt(rng.chisquare(df, MULTIPLIERS) / df)
    joint = 2 * float(special.stdtr(df, np.quantile(largest, level))) - 1
    # Rounded, so that the last bits of the matrix product, which may differ with the number of threads, do not reach results.
    return min(max(round(joint, 5), level), 1 - (1 - level) / len(sides))
