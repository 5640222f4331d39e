"""Gives intervals for shares of passages, `wilson`, and for the difference of two of them, `newcombe`; both hold at 0 of n too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from evalkit.inference.intervals import LEVEL


@dataclass(frozen=True)
class Rate:
    """How many passages of a sample have a property.

    Args:
        n: passages that have it.
        of: all passages.
        effective: the number of independent passages that tell as much; less than `of` where passages of one document resemble each other.
            None where all are independent.
    """

    n: int
    of: int
    effective: float | None = None

    @property
    def share(self) -> float:
        """The share of passages that have it; 0 of none is 0."""
        return self.n / self.of if self.of else 0.0

    @property
    def size(self) -> float:
        """Independent passages that it rests on."""
        return self.of if self.effective is None else self.effective


def rate(flagged: Sequence[bool], clusters: Sequence[object] | None = None) -> Rate:
    """The rate of a property, with the number of independent passages that tell as much.

    Where passages share documents, the variance of the share over documents is compared with that of as many independent passages (the design
    effect; Kish 1965). It is at least 1, and such that no more is left than there are documents with a difference between them. Nothing is
    known of it where no passage, or every passage, has the property; it is 1 then.

    Args:
        flagged: whether each passage has it, [n].
        clusters: the document of each passage, [n]; None where passages are independent.

    >>> rate([True, True, False, False], ["a", "a", "b", "b"]).effective
    2.0
    """
    n, n_flagged = len(flagged), sum(map(bool, flagged))
    if clusters is None or len(set(clusters)) in (0, 1, n) or n_flagged in (0, n):
        return Rate(n_flagged, n)
    number = np.unique(np.array([str(cluster) for cluster in clusters]), return_inverse=True)[1]
    share = n_flagged / n
    residuals = np.bincount(number, weights=np.array(flagged, float) - share)
    k = len(residuals)
    variance = k / (k - 1) * float((residuals**2).sum()) / n**2
    effect = max(1.0, variance / (share * (1 - share) / n))
    return Rate(n_flagged, n, max(n / effect, min(float(k), n)))


def quantile(level: float) -> float:
    """The two-sided standard normal quantile of a level."""
    return float(-special.ndtri((1 - level) / 2))


def wilson(of: Rate, *, level: float = LEVEL) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927): the shares of which the observed one is not significantly too small or too large.

    >>> [round(end, 4) for end in wilson(Rate(0, 20))], [round(end, 4) for end in wilson(Rate(15, 148))]
    ([0.0, 0.1611], [0.0624, 0.1605])
    """
    if of.size <= 0:
        return 0.0, 1.0
    z, size, share = quantile(level), of.size, of.share
    centre = share + z * z / (2 * size)
    half = z * math.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    low, high = (centre - half) / (1 + z * z / size), (centre + half) / (1 + z * z / size)
    return (0.0 if of.n == 0 else max(0.0, low)), (1.0 if of.n == of.of else min(1.0, high))


def fisher(a: Rate, b: Rate) -> float:
    """The probability that `a` has as many or more of all that both have, were their true shares equal (Fisher's exact test, one-sided).

    Clustered passages count as the independent ones that tell as much.

    >>> round(fisher(Rate(3, 4), Rate(1, 4)), 4)
    0.2429
    """
    # It takes most of a second to import, and few runs have faults to compare.
    from scipy import stats

    (n_a, size_a), (n_b, size_b) = _whole(a), _whole(b)
    return float(stats.hypergeom.sf(n_a - 1, size_a + size_b, n_a + n_b, size_a))


def _whole(of: Rate) -> tuple[int, int]:
    size = round(of.size)
    return min(size, round(of.share * size)), size


def newcombe(a: Rate, b: Rate, *, level: float = LEVEL) -> tuple[float, float]:
    """The interval of the share of `a` less that of `b`, by the hybrid score method (Newcombe 1998, method 10).

    Each share's Wilson interval gives the variance at its own end: low = d - hypot(a - low of a, high of b - b), high likewise.

    >>> [round(end, 4) for end in newcombe(Rate(56, 70), Rate(48, 80))], [round(end, 4) for end in newcombe(Rate(0, 10), Rate(0, 20))]
    ([0.0524, 0.3339], [-0.1611, 0.2775])
    """
    (low_a, high_a), (low_b, high_b) = wilson(a, level=level), wilson(b, level=level)
    difference = a.share - b.share
    low = difference - math.hypot(a.share - low_a, high_b - b.share)
    high = difference + math.hypot(high_a - a.share, b.share - low_b)
    return max(-1.0, low), min(1.0, high)
