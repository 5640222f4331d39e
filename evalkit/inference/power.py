"""Computes power: the smallest effect that a run would have detected, and how many passages an effect takes."""

from __future__ import annotations

import math

from scipy import special


def minimum_detectable_effect(standard_error: float, df: float, alpha: float = 0.05, *, power: float = 0.8) -> float:
    """The smallest true effect that a two-sided test at level alpha detects with this power.

    Args:
        standard_error: of the estimated effect.
        df: its degrees of freedom.
        alpha: level of the test, all of it on both sides.
        power: chance of detecting the effect.

    Returns:
        In the unit of the standard error: (t[1 - alpha/2] + t[power]) x standard_error (Bloom 1995).

    >>> round(minimum_detectable_effect(1.0, 1e9), 3)
    2.802
    """
    return float((special.stdtrit(df, 1 - alpha / 2) + special.stdtrit(df, power)) * standard_error)


def passages_needed(
    effect: float, *, standard_error: float, n_passages: int, alpha: float = 0.05, power: float = 0.8, most: int = 1_000_000
) -> int | None:
    """How many passages a candidate must have for an effect to be detected.

    Args:
        effect: the true effect, above 0, in the metric's unit.
        standard_error: of the estimated effect as measured with n_passages a candidate; it falls with the root of their number.
        n_passages: passages a candidate in that measurement.
        alpha, power: as in `minimum_detectable_effect`.
        most: beyond so many, None.
    """
    if not effect > 0 or not math.isfinite(effect):
        return None
    # The standard error of one passage; that of n is smaller by the root of n.
    per_passage = standard_error * math.sqrt(n_passages)

    def enough(n: int) -> bool:
        return minimum_detectable_effect(per_passage / math.sqrt(n), 2 * (n - 1), alpha, power=power) <= effect

    # Student's t depends on n too, so that there is no formula: double until it is enough, then bisect.
    low, high = 1, 2
    while not enough(high):
        low, high = high, high * 2
        if low > most:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high if high <= most else None
