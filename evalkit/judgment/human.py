"""Compares values of all metrics at once with human text of one shape: `HumanText`.

Its ranges and its test are calibrated on human text that was left out: each split of the corpus is compared with the ranges of the other splits.
Without that, a range of 20 splits leaves out 6 to 10 % of further human texts in place of 5 %, and a test of 60 measures errs in 23 % of
runs in place of 5 % (docs/reference/measured/verdict.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Floats
from evalkit.judgment.scale import Link, Scale, TextSize
from evalkit.metrics.base import Declaration, Direction

LEVEL = 0.05
"""How often at most human text may be told from human text."""
CAUTION = 1.25
"""The largest distance of left-out human text counts so many times: ranges of 20 splits are themselves uncertain, and without it 10 % of human
texts would lie beyond the limit (docs/reference/measured/verdict.md)."""
TAIL = 2.0
"""The largest distance that left-out human text may have on one metric. Where it has a larger one, such as the one document in verse on the
lengths of lines, distances of this metric count less, so that it does not decide how far all others may be."""
_MOST_UNDEFINED = 0.5
"""Share of human replicates that may be undefined; beyond it they would describe the longest texts only."""


@dataclass(frozen=True)
class AllAtOnce:
    """The test of all metrics at once.

    Args:
        distance: the largest distance from human text, in floor units, less where human text itself has a large one.
        metric: the one that has it.
        p: share of left-out human texts whose largest distance is at least as large, the text itself counted as one of them.
        limit: the distance that 5 % of left-out human texts reach.
    """

    distance: float
    metric: str
    p: float
    limit: float

    @property
    def told(self) -> bool:
        """Whether the text can be told from human text."""
        return self.p <= LEVEL


class HumanText:
    """Human text of one shape on all metrics that are judged.

    Args:
        metrics: in any order; a metric that human text of this shape is too short for has no scale.
        values: metric id -> value of every human replicate, [R]; NaN where undefined.
        splits: the split of the corpus that each replicate is from, [R].
        shape: of each replicate.
        noise: metric id -> value of unigram noise of the shape.

    Attributes:
        scales: metric id -> scale.
        distances: metric id -> distance of every human replicate by the scale of the other splits, [R].
    """

    def __init__(
        self,
        metrics: Sequence[Declaration],
        values: Mapping[str, Floats],
        splits: NDArray[np.int64],
        *,
        shape: TextSize,
        noise: Mapping[str, float],
    ) -> None:
        self.scales: dict[str, Scale] = {}
        self.distances: dict[str, Floats] = {}
        for metric in metrics:
            human = values[metric.id]
            if np.isnan(human).mean() > _MOST_UNDEFINED:
                continue
            kinds, first, split = np.unique(splits, return_index=True, return_inverse=True)
            # Measures of all passages together have one value a split, which stands for all its replicates.
            few = bool(len(kinds) > 1 and np.array_equal(human[first][split], human, equal_nan=True))

            link = Link.of(metric, shape)
            places, of = link.forward(human[first] if few else human), kinds if few else splits
            place_of_noise = float(link.forward(np.array([noise.get(metric.id, np.nan)]))[0])
            between = partial(Scale.between, link, noise=place_of_noise, one_sided=metric.direction is Direction.LOWER, few=few)
            # Sorted once: the others of a split are in order as they are.
            order = np.argsort(places)[: int((~np.isnan(places)).sum())]
            left_out = _left_out(between, places, of, order)
            left_out = left_out[split] if few else left_out
            # Never narrower than the range itself: where splits agree by chance, the next one need not.
            factor = max(1.0, float(np.nanquantile(np.abs(left_out), 1 - LEVEL)))
            self.scales[metric.id] = between(places[order]).wider(factor)
            self.distances[metric.id] = left_out / factor
        judged = {metric.id for metric in metrics if metric.judged}
        self._tails = {
            id_: max(1.0, float(np.nanmax(np.abs(found))) / TAIL) for id_, found in self.distances.items() if id_ in judged
        }
        self._largest = CAUTION * largest({id_: self.distances[id_] / tail for id_, tail in self._tails.items()})

    def test(self, distances: Mapping[str, float]) -> AllAtOnce | None:
        """Whether a text lies farther from human text on any metric than left-out human text does on any.

        Args:
            distances: metric id -> its distance; those without a scale or not judged, and NaN, are passed over.

        Returns:
            None where there is nothing to compare.
        """
        measured = {
            id_: abs(value) / self._tails[id_] for id_, value in distances.items() if id_ in self._tails and np.isfinite(value)
        }
        if not measured:
            return None
        metric = max(measured, key=lambda id_: measured[id_])
        beyond = int((self._largest >= measured[metric]).sum())
        p = (1 + beyond) / (1 + len(self._largest))
        return AllAtOnce(measured[metric], metric, p, float(np.quantile(self._largest, 1 - LEVEL)))


def largest(distances: Mapping[str, Floats]) -> Floats:
    """The largest distance of every replicate over all metrics, [R]; 0 where none could be measured."""
    if not distances:
        return np.zeros(0)
    return np.asarray(np.max([np.nan_to_num(np.abs(of_metric)) for of_metric in distances.values()], axis=0))


def _left_out(between: Callable[[Floats], Scale], places: Floats, splits: NDArray[np.int64], order: NDArray[np.int64]) -> Floats:
    """Distances of replicates by the scale of the other splits, [R].

    Args:
        between: makes a scale from places in rising order.
        places: of the replicates, [R]; NaN where one has no value.
        splits: of the replicates, [R].
        order: the replicates that have a value, in rising order of their places.
    """
    distances = np.full(len(places), np.nan)
    ordered, split_of = places[order], splits[order]
    for split in np.unique(splits):
        own, others = splits == split, ordered[split_of != split]
        # With a single split, or where only one has values, there is nothing else to compare with.
        distances[own] = between(others if len(others) else ordered).away(places[own])
    return distances
