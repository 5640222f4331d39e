"""Says how far a value lies from human text (`Scale`): in floor units, too little below 0 and too much above it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from evalkit.counts.feature import Floats
from evalkit.metrics.base import Declaration, Direction

WITHIN = 1.0
"""The distance of the ends of the human range."""
FARTHEST = 1e4
"""Distances are cut off here; the logarithm of anything beyond says no more."""
NARROWEST = 1e-9
"""The least half of a human range, so that nothing is divided by 0."""
FINEST = 100
"""Human text whose values do not differ is taken to vary by so small a part of its distance from unigram noise."""
_CHARS_OF_A_WORD = 6
_CHANCES_OF_A_SHARE = 100


def quantiles(ordered: Floats, shares: Sequence[float], *, weibull: bool = False) -> list[float]:
    """Quantiles of numbers in rising order, those of `numpy.quantile` to the bit; NaN of none.

    Human ranges take a thousand of them in every run, and in NumPy each costs more for its many cases than for its numbers.

    Args:
        ordered: the numbers, without NaN, [R].
        shares: of the numbers that lie below each quantile.
        weibull: whether the ranks are those of Weibull (1939), `method="weibull"`, and not linear from the first number to the last.
    """
    n = len(ordered)
    if not n:
        return [math.nan] * len(shares)
    found = []
    for share in shares:
        rank = n * share + share - 1 if weibull else (n - 1) * share
        below = min(max(math.floor(rank), 0), n - 1)
        low, high = float(ordered[below]), float(ordered[below if rank < 0 else min(below + 1, n - 1)])
        weight, apart = rank - below, high - low
        # From the nearer of both numbers, as NumPy has it.
        found.append(high - apart * (1 - weight) if weight >= 0.5 else low + apart * weight)
    return found


@dataclass(frozen=True)
class TextSize:
    """How much text values are of.

    Args:
        n_passages: how many passages.
        n_chars: characters of each.
    """

    n_passages: int
    n_chars: int

    def chances(self, unit: str) -> tuple[float, float] | None:
        """The rate of something that always happens, and the chances it has in so much text, by the unit of a metric; None for other units.

        Of what a share is taken differs from metric to metric; a passage counts as 100 chances.
        """
        n_chars = self.n_passages * self.n_chars
        return {
            "share": (1.0, float(_CHANCES_OF_A_SHARE * self.n_passages)),
            "per 10,000 words": (1e4, n_chars / _CHARS_OF_A_WORD),
            "per 1,000 characters": (1e3, float(n_chars)),
        }.get(unit)


@dataclass(frozen=True)
class Link:
    """The scale on which values of a metric are subtracted.

    Shares and rates are compared by their log odds: no new word where human text has 15 % is farther from it than 30 %. Other values are
    compared as they are.

    Args:
        whole: the rate of something that always happens; None for values that are no share.
        n: chances that the share is of, about; half a chance is added to either side (Haldane 1956).
    """

    whole: float | None
    n: float

    @classmethod
    def of(cls, metric: Declaration, shape: TextSize) -> Link:
        """The link of a metric at a shape."""
        whole, n = shape.chances(metric.unit) or (None, 0.0)
        low, high = metric.bounds
        return cls(whole, n) if low == 0 and high in (None, whole) else cls(None, 0.0)

    def forward(self, values: Floats) -> Floats:
        """Values of the metric on this scale, [R]; NaN stays NaN."""
        if self.whole is None:
            return np.asarray(values, dtype=np.float64)
        hits = np.clip(np.asarray(values, dtype=np.float64) / self.whole, 0.0, 1.0) * self.n
        return np.asarray(np.log(hits + 0.5) - np.log(self.n - hits + 0.5))

    def inverse(self, scaled: float) -> float:
        """The value of the metric at a place of this scale."""
        if self.whole is None:
            return scaled
        share = (float(special.expit(scaled)) * (self.n + 1) - 0.5) / self.n
        return self.whole * min(max(share, 0.0), 1.0)

    def step(self, scaled: float) -> float:
        """What one hit more or less changes: finer differences say nothing."""
        if self.whole is None:
            return 0.0
        hits = self.inverse(scaled) / self.whole * self.n
        return float(np.log((hits + 1.5) / (hits + 0.5)) + np.log((self.n - hits + 1.5) / (self.n - hits + 0.5))) / 2


@dataclass(frozen=True)
class Scale:
    """Where human text of one shape lies on a metric.

    Args:
        link: the scale of low, median and high.
        low, median, high: 95 % of human texts lie between low and high. For distances, which cannot be too small, 95 % lie below high.
        one_sided: whether it is such a distance.
    """

    link: Link
    low: float
    median: float
    high: float
    one_sided: bool

    @classmethod
    def of(cls, metric: Declaration, human: Floats, shape: TextSize, noise: float, *, few: bool = False) -> Scale:
        """The scale from human replicates.

        Args:
            metric: the metric.
            human: its values of human replicates, [R]; some must be finite.
            shape: of each replicate.
            noise: its value of unigram noise, the yardstick where human texts do not differ at all; NaN where it is not known.
            few: whether they are few, so that the ends of their range lie at the ranks of Weibull (1939), .95 (R + 1), which a further text
                exceeds in 5 % however few they are.
        """
        link = Link.of(metric, shape)
        scaled = np.sort(link.forward(human))
        place = float(link.forward(np.array([noise]))[0])
        return cls.between(link, scaled[~np.isnan(scaled)], place, one_sided=metric.direction is Direction.LOWER, few=few)

    @classmethod
    def between(cls, link: Link, human: Floats, noise: float, *, one_sided: bool, few: bool = False) -> Scale:
        """The scale from places of human replicates on it.

        Args:
            link: the scale of the places.
            human: places of human replicates in rising order, without NaN, [R].
            noise: the place of unigram noise, or NaN.
            one_sided: whether it is a distance that cannot be too small.
            few: as for `of`.
        """
        low, median, high = quantiles(human, (0.025, 0.5, 0.95 if one_sided else 0.975), weibull=few)
        away = abs(noise - median)
        least = max(link.step(median), away / FINEST if math.isfinite(away) else 0.0, NARROWEST)
        return cls(link, min(low, median - least), median, max(high, median + least), one_sided)

    def wider(self, factor: float) -> Scale:
        """The scale whose range is so many times as wide on either side."""
        low, high = (self.median + factor * (end - self.median) for end in (self.low, self.high))
        return Scale(self.link, low, self.median, high, self.one_sided)

    def distances(self, values: Floats) -> Floats:
        """How far values lie from the human median, in units of the human range's half on that side, [R].

        Returns:
            Below 0 where it is too little, above 0 where it is too much, between -1 and 1 within the human range; at least 0 for distances.
            NaN where a value is.
        """
        return self.away(self.link.forward(values))

    def away(self, places: Floats) -> Floats:
        """As `distances`, of places on this scale instead of values of the metric, [R]."""
        off = places - self.median
        units = np.where(off > 0, off / (self.high - self.median), off / (self.median - self.low))
        return np.clip(np.maximum(units, 0.0) if self.one_sided else units, -FARTHEST, FARTHEST)

    @property
    def middle(self) -> float:
        """The human median in the metric's unit."""
        return self.link.inverse(self.median)

    @property
    def range(self) -> tuple[float | None, float]:
        """The human range in the metric's unit; its lower end is None for distances."""
        return None if self.one_sided else self.link.inverse(self.low), self.link.inverse(self.high)
