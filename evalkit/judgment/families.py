"""Sums up metrics by family, and families in one number (`Families`): the distance from human text, 1 at unigram noise.

A metric's distance is in floor units. A family's is the logarithm of 1 + their root mean square, so that neither many metrics nor a narrow one
make it large, less what human text has itself. `overall` is the mean over families, in units of what unigram noise has, so that no family
can rule it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evalkit.counts.feature import Floats, Totals
from evalkit.judgment.human import HumanText
from evalkit.metrics.base import OVERALL, Declaration, Direction, Family, Metric, Minimum, Side


@dataclass(frozen=True)
class FamilyDistance:
    """How far a text is from human text in one family.

    Args:
        family: the family.
        value: in units of the mean of unigram noise over families: 0 is human; the mean over families is `overall`.
        metric: the metric that is farthest off.
        distance: of that metric, in floor units; below 0 it is too little, above 0 too much or, for distances, too far.
        n_metrics: how many could be measured.
    """

    family: Family
    value: float
    metric: str
    distance: float
    n_metrics: int


class Families:
    """The distances of families at one shape.

    Args:
        metrics: the metrics that are judged.
        human: human text of the shape.
        noise: metric id -> value of unigram noise of the shape.

    Attributes:
        metrics: those that have a scale.
        noise: the mean over families of unigram noise, before it is made 1; None where noise is as near as human text.
    """

    def __init__(self, metrics: Sequence[Declaration], human: HumanText, noise: Mapping[str, float]) -> None:
        self.metrics = [metric for metric in metrics if metric.judged and metric.id in human.scales]
        self.human = human
        self._medians = {
            family: float(np.nanmedian(_together([_counted(metric, human.distances[metric.id]) for metric in members])))
            for family, members in self.members.items()
        }
        of_human = self._mean(human.distances)
        of_noise = self._mean({metric.id: self._distance(metric, noise) for metric in self.metrics if metric.id in noise})
        # Where noise is as near as human text, as on the letters alone, the scale has no length and a position would be meaningless.
        self.noise = float(of_noise[0]) if len(of_noise) and of_noise[0] > np.nanquantile(of_human, 0.95) else None

    @cached_property
    def limits(self) -> dict[Family, float]:
        """Family -> the value that 5 % of human texts exceed."""
        noise = self.noise or 1.0
        return {family: float(np.nanquantile(self._family(family, self.human.distances), 0.95)) / noise for family in self.members}

    @cached_property
    def members(self) -> dict[Family, list[Declaration]]:
        """Family -> its metrics, those without any left out."""
        by_family = {family: [metric for metric in self.metrics if metric.family is family] for family in Family}
        return {family: members for family, members in by_family.items() if members}

    def _distance(self, metric: Declaration, values: Mapping[str, float]) -> Floats:
        return self.human.scales[metric.id].distances(np.array([values[metric.id]]))

    def _family(self, family: Family, distances: Mapping[str, Floats]) -> Floats:
        """The distance of a family, [R], at least 0; NaN where none of its metrics could be measured."""
        members = [_counted(metric, distances[metric.id]) for metric in self.members[family] if metric.id in distances]
        if not members:
            return np.full(1, np.nan)
        return np.maximum(_together(members) - self._medians[family], 0.0)

    def _mean(self, distances: Mapping[str, Floats]) -> Floats:
        """The mean over families, [R]."""
        parts = [self._family(family, distances) for family in self.members]
        return _mean(np.array(np.broadcast_arrays(*parts))) if parts else np.zeros(0)

    def of(self, distances: Mapping[str, float]) -> list[FamilyDistance]:
        """The distance of each family that could be measured; none where noise is as near as human text.

        Args:
            distances: metric id -> distance in floor units; NaN where it could not be measured.
        """
        if self.noise is None:
            return []
        found = []
        for family, members in self.members.items():
            measured = {m.id: distances[m.id] for m in members if np.isfinite(distances.get(m.id, np.nan))}
            if measured:
                value = float(self._family(family, {id_: np.array([d]) for id_, d in measured.items()})[0]) / self.noise
                counted = {m.id: abs(float(_counted(m, np.array([measured[m.id]]))[0])) for m in members if m.id in measured}
                worst = max(measured, key=lambda id_: (counted[id_], abs(measured[id_])))
                found.append(FamilyDistance(family, value, worst, measured[worst], len(measured)))
        return found

    def overall(self, fixed: Mapping[str, float] | None = None) -> Metric | None:
        """The mean over families as a metric, so that it has a floor and an interval like any other; None where noise is as near as human text.

        Args:
            fixed: metric id -> distance of those metrics that are no function of summed counts.
        """
        counted = [metric for metric in self.metrics if isinstance(metric, Metric)]
        if self.noise is None or not counted:
            return None
        noise, constant = self.noise, {id_: np.array([distance]) for id_, distance in (fixed or {}).items()}

        def score(totals: Totals, reference: Totals) -> Floats:
            distances = {metric.id: self.human.scales[metric.id].distances(metric.values(totals, reference)) for metric in counted}
            return self._mean(distances | constant) / noise

        return Metric(
            id=OVERALL,
            # It is in all families; a metric must name one.
            family=Family.LETTERS,
            label="overall",
            unit="position",
            # Two-sided with the target 0 rather than a distance: the score has kinks at the human median, where the correction of distances for
            # small samples goes too far.
            direction=Direction.TARGET,
            bounds=(0.0, None),
            version=2,
            summary="Mean distance from human text over families, from 0 (human) to 1 (unigram noise), on a logarithmic scale of floor units.",
            formula="mean over families of log(1 + rms distance) less its human median, divided by that of unigram noise",
            source="this project",
            features=tuple(dict.fromkeys(feature for metric in counted for feature in metric.features)),
            score=score,
            minimum=Minimum(1, "passage", lambda totals: np.ones(len(totals))),
        )


def _counted(metric: Declaration, distances: Floats) -> Floats:
    """The distances on the side that counts, [R]; 0 on the other."""
    if metric.counts is Side.BOTH:
        return distances
    return np.minimum(distances, 0.0) if metric.counts is Side.LESS else np.maximum(distances, 0.0)


def _together(distances: Sequence[Floats]) -> Floats:
    """log(1 + root mean square) over metrics, [R]; NaN where none is finite."""
    table = np.array(np.broadcast_arrays(*distances))
    return np.asarray(np.log1p(np.sqrt(_mean(table**2))))


def _mean(table: Floats) -> Floats:
    """The mean of each column's finite entries, [R]; NaN where there is none."""
    finite = np.isfinite(table)
    counts = finite.sum(axis=0)
    return np.where(counts > 0, np.where(finite, table, 0.0).sum(axis=0) / np.maximum(counts, 1), np.nan)
