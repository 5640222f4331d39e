"""Estimates by the jackknife how much a metric's value varies from sample to sample: `spreads` gives a `Spread` for every metric.

V is the value of n units. Leaving each out once gives the jackknife variance J (Quenouille 1949; Efron and Tibshirani 1993, chapter 11).
Let V have a linear and a quadratic part in the units' mean. J then estimates the variance of the linear part plus twice that of the quadratic
part (Efron and Stein 1981). That matters for distances near 0: their linear part vanishes there, and J is twice too large. Leaving out pairs
estimates the variance K of the quadratic part itself:

    Q_ij = n V - (n - 1) (V_-i + V_-j) + (n - 2) V_-ij        K = mean of (Q_ij - their mean)^2 / 2, outliers drawn in

so that J - K is the corrected variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.counts.feature import Floats, Totals
from evalkit.inference.resampling import pairs
from evalkit.inference.rule_of_three import share_unseen, unvarying
from evalkit.inference.sample import FEWEST_UNITS, Sample
from evalkit.metrics.base import Declaration, Direction, Metric

MOST_PAIRS = 1000
"""More pairs of units than these change the curvature by less than its own sampling error."""
LARGEST_CURVATURE = 0.4
"""K counts up to this share of J. In theory it may reach 1/2, but there its sampling error makes J - K too small too often."""
LARGEST_DIFFERENCE = 3.0
"""Second differences Q count up to this many times their median. A kink (an absolute value) shows as a few huge ones, which say nothing
of a quadratic part; those of a smooth distance are all of about one size."""
MOST_AT_A_BOUND = 0.75
"""Share of the blocks in which a measure may be at its bound, as where nothing is copied: few others cannot show how much they vary."""
_SAME = 1e-12
"""Values that differ by less than this share do not vary: rounding leaves about 1e-16."""


@dataclass(frozen=True)
class Spread:
    """A metric's value and how much it varies.

    Args:
        value: of the whole sample; NaN where it is undefined.
        influence: deviation of each leave-one-out value from their mean, scaled so that the squares sum to J, [n_units].
        n_units: independent units of the sample, or blocks where those stand in for them.
        curvature: K, at most .4 of J; 0 for metrics that are not distances.
        reason: why there is no spread.
        towards: where the units do not vary at all (no -tion, or no loop, in any passage), the value of units of another kind; see `share_unseen`.
        n_chances: independent chances that none of them was seen in; the units themselves unless the metric says more.
    """

    value: float
    influence: Floats
    n_units: int
    curvature: float = 0.0
    reason: str | None = None
    towards: float | None = None
    n_chances: float | None = None

    @property
    def df(self) -> int:
        """Degrees of freedom, n_units - 1."""
        return self.n_units - 1

    @property
    def jackknife(self) -> float:
        """J, the jackknife variance."""
        return float(np.sum(self.influence**2))

    @property
    def standard_error(self) -> float:
        """The root of J - K; where the units do not vary, the one that would give the same 95 % limit."""
        if self.towards is not None:
            # The limit is 1.96 standard errors from the value, as for a Gaussian.
            return abs(self.towards - self.value) * self.unseen(0.025) / 1.96
        return float(np.sqrt(self.jackknife - self.curvature))

    def unseen(self, tail: float) -> float:
        """The share of another kind that may have gone unseen, where the units do not vary."""
        return share_unseen(self.n_units if self.n_chances is None else self.n_chances, tail)


def welch_df(first: Spread, second: Spread) -> float:
    """Degrees of freedom of the difference of two values (Welch 1947; Satterthwaite 1946)."""
    variances = first.standard_error**2, second.standard_error**2
    return (variances[0] + variances[1]) ** 2 / (variances[0] ** 2 / first.df + variances[1] ** 2 / second.df)


def spreads(sample: Sample, metrics: Sequence[Metric], *, seed: int) -> dict[str, Spread]:
    """The spread of every metric, by id.

    Args:
        sample: its units are left out one by one, and two by two.
        metrics: the metrics whose values vary.
        seed: of the choice of pairs, where there are more than `MOST_PAIRS`.
    """
    units = sample.units
    total = units.sum(axis=0)
    first, second = pairs(len(units), MOST_PAIRS, rng=np.random.default_rng([seed, 0x9A125]))
    # The same as weights @ units, with weights of 1 but for one or two units of 0. Subtraction needs no [n x n] matrix of weights.
    without_one = Totals(total - units, sample.layout)
    without_two = Totals(total - units[first] - units[second], sample.layout)
    observed = sample.observed()
    result = {}
    for metric in metrics:
        value = float(metric.values(observed, sample.reference)[0])
        reason = _reason(metric, sample, value)
        if reason:
            result[metric.id] = Spread(value, np.empty(0), sample.n_resampled, reason=reason)
            continue
        left_out = score(metric, without_one, sample.reference)
        # Shares and rates are nearly linear in the units' mean: K would only add its own sampling error.
        curvature = 0.0
        if metric.direction is Direction.LOWER:
            n = len(units)
            pair_left_out = score(metric, without_two, sample.reference)
            curvature = _curvature(n * value - (n - 1) * (left_out[first] + left_out[second]) + (n - 2) * pair_left_out)
        spread = _spread(value, left_out, curvature, _other_kind(metric, value, sample.reference))
        if sample.is_in_blocks and spread.reason is None and _seldom_varies(metric, sample):
            spread = Spread(
                value, np.empty(0), sample.n_resampled, reason="no interval: most blocks of the text have none of what it counts"
            )
        result[metric.id] = spread if sample.is_in_blocks else _bounded(spread, metric, Totals(units, sample.layout))
    return result


def spread_without(metric: Declaration, value: float, left_out: Floats) -> Spread:
    """The spread of a value that is no score of summed counts, from its values without each unit.

    For distances whose mean grows with the number of pairs the jackknife is a little too wide, never too narrow (Efron and Stein 1981).

    Args:
        metric: its bounds say what units of another kind could have, where these do not vary.
        value: of the whole sample.
        left_out: the value without each unit, [n_units].
    """
    if len(left_out) < FEWEST_UNITS:
        reason = f"no interval: {len(left_out)} independent units, and it takes at least {FEWEST_UNITS}"
        return Spread(value, np.empty(0), len(left_out), reason=reason)
    return _spread(value, left_out, 0.0, metric.bounds[1] if value == metric.bounds[0] else None)


def _bounded(spread: Spread, metric: Metric, units: Totals) -> Spread:
    """The spread of a share without a hit, or without a miss, by the rule of three; any other spread as it is."""
    if metric.proportion is None or spread.jackknife or not (found := unvarying(metric.proportion, units)):
        return spread
    return Spread(spread.value, np.zeros(len(units)), len(units), towards=found.towards, n_chances=found.n_chances)


def _other_kind(metric: Metric, value: float, reference: Totals) -> float | None:
    """The value of passages of another kind than those that were seen: the reference's own, or for distances of 0 the greatest possible one."""
    # A distance without bounds is how far a rate lies beyond human text.
    if metric.direction is Direction.LOWER and metric.bounds != (None, None):
        return metric.bounds[1] if value == metric.bounds[0] else None
    return float(metric.values(reference, reference)[0])


def score(metric: Metric, totals: Totals, reference: Totals) -> Floats:
    """The metric's score without its minimum of text, [R]; NaN where undefined.

    The sample has reached the minimum. A replicate that falls just below it must not make the spread undefined.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(metric.score(totals, reference), dtype=np.float64)


def too_little(metric: Metric, observed: Totals) -> str:
    """Why a metric has no value: how much text there is of what it needs."""
    n = int(metric.minimum.count(observed)[0])
    if n < metric.minimum.n:
        return f"{n} of the {metric.minimum.n} {metric.minimum.what} that it needs"
    return "undefined for this text"


def _reason(metric: Metric, sample: Sample, value: float) -> str | None:
    if not np.isfinite(value):
        return too_little(metric, sample.observed())
    if sample.n_resampled >= FEWEST_UNITS:
        return None
    if sample.blocks is not None:
        return f"no interval: {sample.blocks.reason}"
    return f"no interval: {sample.units_said()}, and it takes at least {FEWEST_UNITS}"


def _seldom_varies(metric: Metric, sample: Sample) -> bool:
    """Whether a metric is at one of its bounds, or undefined, in most blocks."""
    values = score(metric, Totals(sample.units, sample.layout), sample.reference)
    at_bound = np.isnan(values) | np.isin(values, [bound for bound in metric.bounds if bound is not None])
    return bool(at_bound.mean() > MOST_AT_A_BOUND)


def _curvature(second_differences: Floats) -> float:
    """K, from the Q of pairs, [pairs]."""
    sizes = np.abs(second_differences - second_differences.mean())
    return float(np.mean(np.minimum(sizes, LARGEST_DIFFERENCE * np.median(sizes)) ** 2)) / 2


def _spread(value: float, left_out: Floats, curvature: float, other_kind: float | None) -> Spread:
    """A spread from leave-one-out values, [n_units]."""
    n = len(left_out)
    if not np.isfinite(left_out).all():
        return Spread(value, np.empty(0), n, reason="no interval: without one of the units the value is undefined")
    influence = np.sqrt((n - 1) / n) * (left_out - left_out.mean())
    jackknife = float(np.sum(influence**2))
    if jackknife <= (_SAME * max(abs(value), 1e-6)) ** 2:
        if other_kind is None or not np.isfinite(other_kind) or other_kind == value:
            return Spread(value, np.empty(0), n, reason="no interval: the value does not vary from one unit to another")
        return Spread(value, np.zeros(n), n, towards=other_kind)
    return Spread(value, influence, n, min(curvature, LARGEST_CURVATURE * jackknife) if np.isfinite(curvature) else 0.0)
