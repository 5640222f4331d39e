"""Computes the two ends of an interval from a value and its spread: `limits`.

The metric's declaration alone chooses the shape:

- Distances (lower is better, never below 0) are skewed like weighted sums of chi-squares. Their ends come from a gamma distribution whose
  variance changes with its mean: the variance at the end counts, not that at the observed value (a score interval).
- Shares and rates, which have bounds, are symmetric on the logit scale, or on the log scale where there is no upper bound.
- Everything else is symmetric.

Where no unit differs from another (no -tion in any passage), the interval reaches as far as the largest share of words, or of passages, of
which so many may show none. A metric that does not say what it is a share of reaches as far as that share of reference-like passages.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize, special

from evalkit.inference.jackknife import Spread
from evalkit.metrics.base import Declaration, Direction


def limits(metric: Declaration, spread: Spread, *, level: float, df: float | None = None) -> tuple[float, float]:
    """Both ends of an interval.

    Args:
        metric: its direction and bounds choose the shape.
        spread: of the value; without a `reason`.
        level: of the interval, 0 to 1.
        df: degrees of freedom of Student's t; None takes the spread's own.
    """
    quantile = float(special.stdtrit(spread.df if df is None else df, (1 + level) / 2))
    lowest, highest = metric.bounds
    if spread.towards is not None:
        far = spread.value + (spread.towards - spread.value) * spread.unseen((1 - level) / 2)
        return min(spread.value, far), max(spread.value, far)
    if metric.direction is Direction.LOWER:
        if lowest == 0 and spread.value > 0:
            return _distance(spread, quantile)
        return _symmetric(spread, quantile, lowest, highest)
    if lowest is not None and spread.value > lowest and (highest is None or spread.value < highest):
        return _bounded(spread, quantile, lowest, highest)
    return _symmetric(spread, quantile, lowest, highest)


def _symmetric(spread: Spread, quantile: float, lowest: float | None, highest: float | None) -> tuple[float, float]:
    """Value -+ quantile x standard error, cut at the bounds."""
    half = quantile * spread.standard_error
    low, high = spread.value - half, spread.value + half
    return (low if lowest is None else max(low, lowest)), (high if highest is None else min(high, highest))


def _bounded(spread: Spread, quantile: float, lowest: float, highest: float | None) -> tuple[float, float]:
    """Symmetric on the logit or log scale, by the delta method (Agresti 2013, section 3.1)."""
    above = spread.value - lowest
    if highest is None:
        half = quantile * spread.standard_error / above
        # The logarithm is a good scale while the interval is narrower than the value is large. Beyond, exp is continued by its tangent: a value
        # near its bound that rests on few units would otherwise reach to hundreds of times itself.
        return lowest + above / float(np.exp(half)), lowest + above * float(np.exp(min(half, 1.0))) * max(half, 1.0)
    share = above / (highest - lowest)
    # The derivative of the logit is 1 / (p (1 - p)); the factor (highest - lowest) of share and standard error cancels in part.
    half = quantile * spread.standard_error / (above * (1 - share))
    ends = special.expit(special.logit(share) + np.array([-half, half]))
    return float(lowest + ends[0] * (highest - lowest)), float(lowest + ends[1] * (highest - lowest))


def _distance(spread: Spread, quantile: float) -> tuple[float, float]:
    """The smallest and the largest expected distance under which the observed one is not significantly too large or too small.

    With expected value m, the distance is taken to be gamma distributed with mean m and variance

        J m / v - K   above the value b = 2 K v / J that pure chance would have,   K (m / b)^2   below it.
    """
    # J is proportional to the distance, because the gradient of a quadratic distance grows with its root. The variance is then J - K at
    # m = v, and 2 K - K = K at b, so that both branches meet. The least K keeps b above 0.
    v, j, k = spread.value, spread.jackknife, max(spread.curvature, 1e-6 * spread.jackknife)
    chance = 2 * k * v / j
    tail = float(special.ndtr(-quantile))

    def surprise(mean: float, *, above: bool) -> float:
        """The chance of a distance at least (at most) as large as the observed one, less the tail."""
        variance = j * mean / v - k if mean >= chance else k * (mean / chance) ** 2
        shape = mean**2 / variance
        chance_of = special.gammaincc if above else special.gammainc
        return float(chance_of(shape, v * mean / variance)) - tail

    return _lower(lambda mean: surprise(mean, above=True), spread), _crossing(lambda mean: surprise(mean, above=False), v, 2.0)


def _lower(surprise: Callable[[float], float], spread: Spread) -> float:
    """The lower end; 0 where the value depends on one unit so much that it has no lower limit."""
    if spread.standard_error > 3 * spread.value:
        return 0.0
    # At levels far below .8 the observed mean itself may be surprising, since the mean of a skewed distribution is above its median.
    return _crossing(surprise, spread.value, 0.5) if surprise(spread.value) > 0 else spread.value


def _crossing(surprise: Callable[[float], float], start: float, step: float) -> float:
    """Where a function that is positive at `start` and falls along start x step, start x step^2 ... becomes 0."""
    inner, outer = start, start * step
    while surprise(outer) > 0:
        inner, outer = outer, outer * step
    return float(optimize.brentq(surprise, min(inner, outer), max(inner, outer), xtol=1e-12 * start, rtol=1e-10))
