"""Bounds a share of which no hit, or no miss, was seen in any passage: `unvarying` says how far it may reach.

No unit differs from another then, and the jackknife has nothing to go by. Of n independent chances without a hit, the share of hits may be up
to 1 - tail^(1/n), at which that happens with chance `tail`: the exact limit of Clopper and Pearson (1934), and 3.7/n at the tail of .025 (the
"rule of three"; Hanley and Lippman-Hand 1983). Chances of one passage are not independent. m of them with intraclass correlation r are
worth m / (1 + (m - 1) r) independent ones (Kish 1965), which is 1 where r is 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.counts.feature import Floats, Totals
from evalkit.inference.sample import FEWEST_UNITS
from evalkit.metrics.base import Proportion


@dataclass(frozen=True)
class Unvarying:
    """A share without a hit, or without a miss.

    Args:
        towards: the value if every chance had come out the other way.
        n_chances: independent chances that it rests on.
    """

    towards: float
    n_chances: float


def unvarying(proportion: Proportion, units: Totals) -> Unvarying | None:
    """How far a share may reach that is the same in every unit; None where there are hits and misses both, or no chances.

    Args:
        proportion: what hits and chances are.
        units: totals of each unit, [n_units].
    """
    hits, chances = proportion.hits(units), proportion.chances(units)
    if hits.sum() not in (0.0, chances.sum()) or not chances.any():
        return None
    # Chances of a few units only may agree more than those that the correlation was measured on.
    correlation = proportion.correlation if np.count_nonzero(chances) >= FEWEST_UNITS else 1.0
    towards = proportion.offset + (proportion.scale if not hits.sum() else 0.0)
    return Unvarying(towards, float(independent(chances, correlation).sum()))


def independent(chances: Floats, correlation: float) -> Floats:
    """How many independent chances those of each unit are worth, [n_units].

    >>> independent(np.array([1.0, 101.0]), 0.01).tolist()
    [1.0, 50.5]
    """
    return np.asarray(chances / (1 + np.maximum(chances - 1, 0) * correlation))


def share_unseen(n_chances: float, tail: float) -> float:
    """The largest share of hits of which n independent chances show none with chance `tail` or more.

    It solves (1 - share)^n = tail.

    >>> round(share_unseen(100, 0.05), 4)
    0.0295
    """
    return float(1 - tail ** (1 / n_chances))
