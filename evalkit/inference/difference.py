"""Finds the ends of the interval of a difference of damage, `ends`, beside kinks too.

Damage has a kink where less of it means nothing: at the human floor, and for two-sided metrics at the target. Beside a kink the observed
damage is too large on average, and no variance formula holds. A true difference of at least d is a corner there, in the plane of both values.
The end of the interval is the d whose corner lies just too far from what was observed (an order-restricted test; Silvapulle and Sen 2005,
section 3.4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from evalkit.counts.feature import Floats
from evalkit.inference.confidence_limits import limits
from evalkit.inference.jackknife import Spread
from evalkit.metrics.base import Direction, Metric

_NEAR = 3.0
"""A kink this many falls (see `Reach`) below the observed damage is out of reach at the stricter level too."""


@dataclass(frozen=True)
class Side:
    """One sample's part in a difference of damage.

    Args:
        metric: the metric whose damage is compared.
        spread: of the metric's value.
        target: the reference's own value.
        floor: damage at or below which less means nothing.
    """

    metric: Metric
    spread: Spread
    target: float
    floor: float = -np.inf

    @property
    def unfloored(self) -> float:
        """Damage of the value, without regard to the floor."""
        return float(self.metric.damage(np.array([self.spread.value]), self.target)[0])

    @property
    def damage(self) -> float:
        """Damage of the value, at least the floor."""
        return max(self.floor, self.unfloored)

    @property
    def kink(self) -> float:
        """The least possible damage; minus infinity where there is none."""
        return max(self.floor, 0.0) if self.metric.direction is Direction.TARGET else self.floor

    @property
    def falls(self) -> bool:
        """Whether damage falls where the value rises."""
        below = self.metric.direction is Direction.TARGET and self.spread.value < self.target
        return self.metric.direction is Direction.HIGHER or below

    @property
    def influence(self) -> Floats:
        """The influence of each unit on the damage: that on the value, with its sign changed where damage falls as the value rises."""
        return -self.spread.influence if self.falls else self.spread.influence

    def reach(self, level: float, df: float) -> Reach:
        """How far the expected damage may lie from the observed one, at a confidence level."""
        low, high = limits(self.metric, self.spread, level=level, df=df)
        most = float(self.metric.damage(np.array([low, high]), self.target).max())
        fall = high - self.spread.value if self.falls else self.spread.value - low
        return Reach(max(self.floor, most) - self.damage, fall)


@dataclass(frozen=True)
class Reach:
    """How far an expected damage may lie from the observed one.

    Args:
        rise: above it.
        fall: below it, as if there were no kink.
    """

    rise: float
    fall: float


def ends(first: Side, second: Side, level: float, df: float) -> tuple[float, float]:
    """Both ends of the interval of the first side's damage less the second's.

    Away from kinks, each side's interval keeps its own shape, and both are joined by the method of variance estimates recovery (Zou and
    Donner 2008).

    Args:
        first, second: the two samples.
        level: of the interval, 0 to 1.
        df: degrees of freedom of the difference.
    """
    first_reach, second_reach = first.reach(level, df), second.reach(level, df)
    # The lower end is the upper end of the contrary difference, with its sign changed.
    low = -_upper(second, first, second_reach.rise, first_reach.fall, level=level, df=df)
    return low, _upper(first, second, first_reach.rise, second_reach.fall, level=level, df=df)


def _upper(first: Side, second: Side, rise: float, fall: float, *, level: float, df: float) -> float:
    """The upper end of the first damage less the second, where the first may be higher by `rise` and the second lower by `fall`."""
    # Only the second side's damage falls at this end, so that only its kink matters.
    height = second.unfloored - second.kink
    if height < _NEAR * fall:
        stricter = _at_a_corner(level, rise, fall, folded=second.metric.direction is Direction.TARGET)
        strict_fall = second.reach(stricter, df).fall
        if height < strict_fall:
            return first.damage - second.kink + _beside(first.reach(stricter, df).rise, strict_fall, max(height, 0.0))
    return first.damage - second.damage + math.hypot(rise, fall)


def _beside(rise: float, fall: float, height: float) -> float:
    """How far the upper end lies above the first damage less the kink, which the second damage exceeds by `height`."""
    # The region of what is not too far is an ellipse with half axes rise and fall. Its highest d is either where a line of constant
    # difference touches it, or, where that would lie beyond the kink, where the ellipse meets the kink.
    both = math.hypot(rise, fall)
    if height * both >= fall * fall:
        return both - height
    return rise * math.sqrt(1 - (height / fall) ** 2)


def _at_a_corner(level: float, rise: float, fall: float, *, folded: bool) -> float:
    """The stricter level at which a corner is rejected as often as a straight edge is at `level`.

    The squared distance from a corner is a mixture of chi-squares of 1 and 2 degrees of freedom, P(> c) = P(chi2_1 > c) / 2 + w P(chi2_2 > c)
    (chi-bar-square; Silvapulle and Sen 2005). The weight w is the share of the plane from which the corner itself is nearest: at most a half
    where damage rises on both sides of the kink (`folded`), and a quarter where it rises on one.
    """
    share = 0.5 - math.atan2(rise, fall) / math.pi
    weight = share if folded else share / 2
    tail = (1 - level) / 2
    # P(chi2_1 > q^2) / 2 is the Gaussian tail beyond q, and P(chi2_2 > q^2) is exp(-q^2 / 2).
    quantile = optimize.brentq(lambda q: special.ndtr(-q) + weight * math.exp(-q * q / 2) - tail, 0.0, 40.0)
    return float(1 - 2 * special.ndtr(-quantile))
