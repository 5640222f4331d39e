"""The damage of two samples, and the ends of the interval of their difference.

Damage has a kink where less of it means nothing: at the human floor, and for two-sided metrics at the target. Beside a kink the observed
damage is too large on average, and no variance formula holds. What a true difference of at least d demands there is a corner in the plane of
both values, and the end of the interval is the d whose corner lies just too far from what was observed (an order-restricted test; Silvapulle and
Sen 2005, section 3.4).
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
"""A kink that lies so many falls below the observed damage is out of reach at the stricter level too."""


@dataclass(frozen=True)
class Side:
    """One sample's part in a difference of damage.

    Args:
        metric: whose damage.
        spread: of its value.
        target: the reference's own value.
        floor: damage at or below which less means nothing.
    """

    metric: Metric
    spread: Spread
    target: float
    floor: float = -np.inf

    @property
    def bare(self) -> float:
        """Damage of the value, whatever the floor."""
        return float(self.metric.damage(np.array([self.spread.value]), self.target)[0])

    @property
    def damage(self) -> float:
        """Damage of the value, at least the floor."""
        return max(self.floor, self.bare)

    @property
    def kink(self) -> float:
        """The least damage that there is, below which it cannot fall; minus infinity where it can."""
        return max(self.floor, 0.0) if self.metric.direction is Direction.TARGET else self.floor

    @property
    def falls(self) -> bool:
        """Whether damage falls where the value rises."""
        below = self.metric.direction is Direction.TARGET and self.spread.value < self.target
        return self.metric.direction is Direction.HIGHER or below

    @property
    def influence(self) -> Floats:
        """What each unit does to the damage: its influence on the value, turned round where more is better."""
        return -self.spread.influence if self.falls else self.spread.influence

    def reach(self, level: float, df: float) -> Reach:
        """How far the expected damage may lie from the observed."""
        low, high = limits(self.metric, self.spread, level=level, df=df)
        most = float(self.metric.damage(np.array([low, high]), self.target).max())
        fall = high - self.spread.value if self.falls else self.spread.value - low
        return Reach(max(self.floor, most) - self.damage, fall)


@dataclass(frozen=True)
class Reach:
    """How far an expected damage may lie from the observed.

    Args:
        rise: above it.
        fall: below it, as if the slope went on beyond the kink.
    """

    rise: float
    fall: float


def ends(one: Side, other: Side, level: float, df: float) -> tuple[float, float]:
    """Both ends of the interval of the first side's damage less the second's.

    Away from kinks, each side's interval keeps its own shape, and both are joined by the method of variance estimates recovery (Zou and
    Donner 2008).
    """
    first, second = one.reach(level, df), other.reach(level, df)
    low = _upper(other, one, second.rise, first.fall, level=level, df=df)
    return -low, _upper(one, other, first.rise, second.fall, level=level, df=df)


def _upper(one: Side, other: Side, rise: float, fall: float, *, level: float, df: float) -> float:
    """The upper end, where one damage may be higher by `rise` and the other lower by `fall`, so that it is the other's kink that matters."""
    height = other.bare - other.kink
    if height < _NEAR * fall:
        stricter = _at_a_corner(level, rise, fall, folded=other.metric.direction is Direction.TARGET)
        fall_there = other.reach(stricter, df).fall
        if height < fall_there:
            return one.damage - other.kink + _beside(one.reach(stricter, df).rise, fall_there, max(height, 0.0))
    return one.damage - other.damage + math.hypot(rise, fall)


def _beside(rise: float, fall: float, height: float) -> float:
    """How far the upper end lies above the first damage less the kink, which the second damage exceeds by `height`."""
    both = math.hypot(rise, fall)
    if height * both >= fall * fall:
        return both - height
    return rise * math.sqrt(1 - (height / fall) ** 2)


def _at_a_corner(level: float, rise: float, fall: float, *, folded: bool) -> float:
    """The level at which a distance must be judged so that a corner lies too far with the chance that a straight edge has at `level`.

    The squared distance from a corner is a mixture of chi-squares of 1 and 2 degrees of freedom, P(> c) = P(chi2_1 > c) / 2 + w P(chi2_2 > c),
    w being the share of the plane from which the corner itself is nearest: half at most where damage rises on both sides of the kink, a quarter
    where it rises on one.
    """
    share = 0.5 - math.atan2(rise, fall) / math.pi
    weight = share if folded else share / 2
    tail = (1 - level) / 2
    reach = optimize.brentq(lambda q: special.ndtr(-q) + weight * math.exp(-q * q / 2) - tail, 0.0, 40.0)
    return float(1 - 2 * special.ndtr(-reach))
