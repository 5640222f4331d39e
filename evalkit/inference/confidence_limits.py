"""From a value and its spread to the two ends of an interval.

The shape is chosen by the metric's declaration alone:

- distances (lower is better, never below 0) are skewed like weighted sums of chi-squares; their ends come from a gamma distribution whose
  variance changes with its mean, so that the end's own variance counts and not that of the observed value (a score interval);
- shares and rates, which have bounds, on the logit scale, or the log scale where there is no upper bound;
- everything else symmetrically.

Where no unit differs from another (no -tion in any passage), the interval reaches as far towards the reference as the share of reference-like
passages that so many passages may fail to show.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize, special

from evalkit.inference.jackknife import Spread, share_unseen
from evalkit.metrics.base import Direction, Metric


def limits(metric: Metric, spread: Spread, *, level: float, df: float | None = None) -> tuple[float, float]:
    """Both ends of an interval.

    Args:
        metric: its direction and bounds choose the shape.
        spread: of the value; without a `reason`.
        level: of the interval, 0 to 1.
        df: degrees of freedom of Student's t; None takes the spread's own.
    """
    quantile = float(special.stdtrit(spread.df if df is None else df, (1 + level) / 2))
    least, most = metric.bounds
    if spread.towards is not None:
        far = spread.value + (spread.towards - spread.value) * share_unseen(spread.n_units, (1 - level) / 2)
        return min(spread.value, far), max(spread.value, far)
    if metric.direction is Direction.LOWER:
        if least == 0 and spread.value > 0:
            return _distance(spread, quantile)
        return _symmetric(spread, quantile, least, most)
    if least is not None and spread.value > least and (most is None or spread.value < most):
        return _bounded(spread, quantile, least, most)
    return _symmetric(spread, quantile, least, most)


def _symmetric(spread: Spread, quantile: float, least: float | None, most: float | None) -> tuple[float, float]:
    half = quantile * spread.standard_error
    low, high = spread.value - half, spread.value + half
    return (low if least is None else max(low, least)), (high if most is None else min(high, most))


def _bounded(spread: Spread, quantile: float, least: float, most: float | None) -> tuple[float, float]:
    """Symmetric on the logit or log scale, by the delta method (Agresti 2013, section 3.1)."""
    above = spread.value - least
    if most is None:
        factor = float(np.exp(quantile * spread.standard_error / above))
        return least + above / factor, least + above * factor
    share = above / (most - least)
    half = quantile * spread.standard_error / (above * (1 - share))
    ends = special.expit(special.logit(share) + np.array([-half, half]))
    return float(least + ends[0] * (most - least)), float(least + ends[1] * (most - least))


def _distance(spread: Spread, quantile: float) -> tuple[float, float]:
    """The expected values under which the observed one is just not surprising.

    With expected value m, the distance is taken to be gamma distributed with mean m and variance

        J m / v - K   above the value b = 2 K v / J that pure chance would have,   K (m / b)^2   below it

    (J - K at m = v; J is proportional to v because the gradient of a quadratic distance grows with its root). It is 2 K - K = K at b.
    """
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
    """The lower end; 0 where the value hangs on one unit so much that nothing is known of it."""
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
