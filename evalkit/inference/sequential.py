"""Spreads a permitted chance of error over several looks at growing samples: boundaries of group-sequential tests, and a `Look`.

Whoever compares two samples, draws more passages and compares again has several chances to err. A spending function says how much of the
permitted chance is used up when a share t of the most passages has been looked at (Lan and DeMets 1983). The boundary of each look follows by
integrating the density of the test statistic over the looks before (Armitage, McPherson and Rowe 1969), and an interval at the level of that
boundary is a repeated confidence interval: all of them hold together (Jennison and Turnbull 1989).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from evalkit.counts.feature import Floats

Spending = Callable[[float, float], float]
"""(share t of the most passages, permitted chance of error) -> the part of that chance which may be spent until then."""

_POINTS = 201
"""Points of Simpson's rule between two boundaries, an odd number; with more the published tables do not change."""
_WORTH_A_LOOK = 1.25
"""A further look must have so many times the passages of the one before."""
_NEVER = 10.0
"""A boundary that is never crossed: beyond it lies less than can be computed."""


def proportional(share: float, alpha: float) -> float:
    """Spending in proportion to the passages (Kim and DeMets 1987, their family with the exponent 1).

    >>> proportional(0.5, 0.05)
    0.025
    """
    return alpha * share


def boundaries(shares: Sequence[float], alpha: float, spending: Spending = proportional) -> tuple[float, ...]:
    """The two-sided boundary of the standardised statistic at each look.

    Args:
        shares: of the most passages that each look rests on, rising, above 0 and at most 1.
        alpha: chance that the statistic of a true null hypothesis crosses any boundary, if the last look is at 1.
        spending: how the chance is spread.

    Returns:
        One boundary a look.
    """
    spent, found = 0.0, []
    density = _Density.start()
    for share in shares:
        now = spending(share, alpha)
        bound = density.boundary(share, now - spent)
        density, spent = density.after(share, bound), now
        found.append(bound)
    return tuple(found)


@dataclass(frozen=True)
class _Density:
    """The density of the sum S with variance t, within the boundaries of all looks until then.

    Args:
        share: t.
        at: points, [n].
        mass: density at these points times the weight of each in an integral, [n].
    """

    share: float
    at: Floats
    mass: Floats

    @classmethod
    def start(cls) -> _Density:
        return cls(0.0, np.zeros(1), np.ones(1))

    def boundary(self, share: float, chance: float) -> float:
        """The boundary that is crossed at t = `share`, and not before, with this chance."""
        if self._crossed(share, _NEVER) >= chance:
            return _NEVER
        return float(optimize.brentq(lambda bound: self._crossed(share, bound) - chance, 0.0, _NEVER, xtol=1e-9))

    def _crossed(self, share: float, bound: float) -> float:
        limit, spread = bound * math.sqrt(share), math.sqrt(share - self.share)
        beyond = special.ndtr((self.at - limit) / spread) + special.ndtr((-self.at - limit) / spread)
        return float(self.mass @ beyond)

    def after(self, share: float, bound: float) -> _Density:
        """The density at t = `share` of what did not cross this boundary."""
        limit, variance = bound * math.sqrt(share), share - self.share
        at = np.linspace(-limit, limit, _POINTS)
        weights = np.where(np.arange(_POINTS) % 2, 4.0, 2.0)
        weights[[0, -1]] = 1.0
        step = np.exp(-((at[:, None] - self.at) ** 2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)
        return _Density(share, at, weights * (at[1] - at[0]) / 3 * (step @ self.mass))


@dataclass(frozen=True)
class Look:
    """One look of several at growing samples.

    Args:
        shares: of the most passages, of this look and of those before, rising; only 1 for a single look.
        spending: how the permitted chance of error is spread over the looks.
    """

    shares: tuple[float, ...] = (1.0,)
    spending: Spending = proportional

    @classmethod
    def of(cls, sizes: Sequence[int], number: int) -> Look:
        """The look of a number, from 0 on, of those at samples of these sizes.

        >>> Look.of((50, 100, 200), 1).shares
        (0.25, 0.5)
        """
        return cls(tuple(n / sizes[-1] for n in sizes[: number + 1]))

    def level(self, level: float) -> float:
        """The level of this look's interval, so that the intervals of all looks hold together at `level`."""
        if self.shares == (1.0,) or level >= 1:
            return level
        return 1 - 2 * float(special.ndtr(-boundaries(self.shares, 1 - level, self.spending)[-1]))


SINGLE = Look()
"""The only look: its intervals have the level that is asked for."""


def doubling(first: int, most: int) -> tuple[int, ...]:
    """The passages of each look, every one twice those of the look before, up to the most.

    A last step of less than a quarter is joined to the one before it: it would spend chance and tell little.

    >>> doubling(50, 400), doubling(50, 220), doubling(50, 260), doubling(50, 60)
    ((50, 100, 200, 400), (50, 100, 220), (50, 100, 200, 260), (50,))
    """
    sizes = [first]
    while 2 * sizes[-1] <= most:
        sizes.append(2 * sizes[-1])
    if most >= _WORTH_A_LOOK * sizes[-1]:
        return (*sizes, most)
    return (*sizes[:-1], max(most, first)) if len(sizes) > 1 else (first,)
