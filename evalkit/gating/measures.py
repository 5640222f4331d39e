"""Derives the measures that the gate compares: the damage of each metric, and for rates that are better high their excess over human text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evalkit.counts.feature import Floats, Totals
from evalkit.gating.policy import OVER, Margin
from evalkit.metrics import catalogue
from evalkit.metrics.base import AuditMetric, Direction, Metric, Side
from evalkit.results import FloorSummary

SHARE = "share"
"""Unit of metrics whose differences are in percentage points."""
Damages = Mapping[str, Mapping[float, Mapping[str, float]]]
"""Name of a standard defect -> dose, a share -> measure -> what it does to human text, in the metric's unit."""


@dataclass(frozen=True)
class Measure:
    """A quantity that may become worse.

    Args:
        metric: whose damage is compared; its id is the measure's.
        of: id of the metric that it belongs to.
        floor: the median damage of human text, below which less damage is no improvement; None where it is unknown.
        floor_unit: 95th percentile less median of the damage of human text of equal shape; None where it is unknown.
        damages: standard defect -> dose -> what it does to human text, in the metric's unit; None where that was not measured.
        side: 1 or -1 for how far a metric lies above or below the human median; 0 for the metric itself.
        median: that median.
    """

    metric: Metric
    of: str
    floor: float | None
    floor_unit: float | None
    damages: Mapping[str, Mapping[float, float]] | None = None
    side: int = 0
    median: float = 0.0

    @property
    def id(self) -> str:
        """Its name in policies: the metric's id, or that with `:over`."""
        return self.metric.id

    def value(self, value: float) -> float | None:
        """The value of the metric that it belongs to, from its own; None where it is undefined."""
        return (self.median + self.side * value if self.side else value) if math.isfinite(value) else None

    def margin(self, margin: Margin) -> float | None:
        """A margin in the metric's unit; None where it is in points of what is no share, or human text is too short or does not vary."""
        if margin.in_points and self.metric.unit != SHARE:
            return None
        return margin.value(self.floor_unit, self._of_dose(margin))

    def holding(self, margin: Margin) -> Margin:
        """The margin that holds: a dose, or the floor units that stand in for it or are more."""
        return margin.holding(self.floor_unit, self._of_dose(margin))

    def _of_dose(self, margin: Margin) -> Mapping[float, float] | None:
        return self.damages.get(margin.dose) if margin.dose and self.damages is not None else None


def known_measures(*languages: str) -> list[str]:
    """The ids of all measures that a policy may name, of one or more languages; English unless given."""
    metrics = [metric for language in languages or ("en",) for metric in catalogue(Metric, language=language).values()]
    return list(dict.fromkeys([*(id_ for metric in metrics for id_ in ids_of(metric)), *catalogue(AuditMetric)]))


def ids_of(metric: Metric) -> list[str]:
    """The measures of a metric: one, or two for a rate that is better high, since more than human text has is suspect too."""
    return [metric.id, metric.id + OVER] if metric.direction is Direction.HIGHER else [metric.id]


def units_of(language: str) -> dict[str, str]:
    """Measure -> the unit of its metric.

    Args:
        language: code or path of the profile.
    """
    return {measure: metric.unit for metric in catalogue(Metric, language=language).values() for measure in ids_of(metric)}


def measures_of(
    metrics: Sequence[Metric],
    floors: Mapping[str, FloorSummary | None],
    *,
    units: Mapping[str, FloorSummary | None] | None = None,
    doses: Damages | None = None,
) -> list[Measure]:
    """The measures of metrics.

    Args:
        metrics: in any order.
        floors: metric id -> the human floor at the shape of the comparison.
        units: the floors that give the floor units, where a margin must not change from look to look; `floors` unless given.
        doses: what standard defects do to human text; None where that was not measured.
    """
    measures, units = [], floors if units is None else units
    for metric in metrics:
        floor = floors.get(metric.id)
        unit = floor_unit(units.get(metric.id))
        measures.append(_measure(metric, floor, unit, doses))
        if metric.direction is Direction.HIGHER and floor is not None:
            over = beyond_human(metric, floor.median, side=Side.MORE, id_=metric.id + OVER)
            measures.append(Measure(over, metric.id, 0.0, unit, damages_of(doses, over.id), 1, floor.median))
    return measures


def _measure(metric: Metric, floor: FloorSummary | None, unit: float | None, doses: Damages | None) -> Measure:
    damages = damages_of(doses, metric.id)
    # What the judgment calls no fault, copying less than people do, is no regression either.
    if metric.counts is not Side.BOTH and metric.direction is Direction.TARGET and floor is not None:
        one_sided = beyond_human(metric, floor.median, side=metric.counts)
        return Measure(one_sided, metric.id, 0.0, unit, damages, 1 if metric.counts is Side.MORE else -1, floor.median)
    return Measure(metric, metric.id, floor.damage_median if floor else None, unit, damages)


def damages_of(doses: Damages | None, measure: str) -> dict[str, dict[float, float]] | None:
    """Standard defect -> dose -> what it does to one measure; None where no doses were measured."""
    if doses is None:
        return None
    return {name: {dose: of[measure] for dose, of in by_dose.items() if measure in of} for name, by_dose in doses.items()}


def floor_unit(floor: FloorSummary | None) -> float | None:
    """One floor unit in the metric's unit: by how much the damage of human text at its 95th percentile exceeds its median."""
    if floor is None or floor.damage_p95 is None or floor.damage_median is None:
        return None
    return floor.damage_p95 - floor.damage_median


def beyond_human(metric: Metric, median: float, *, side: Side, id_: str | None = None) -> Metric:
    """A metric whose value is by how much another lies on one side of the median of human text.

    Args:
        metric: a rate, or a two-sided metric.
        median: of human text.
        side: that counts; `Side.MORE` is above the median.
        id_: of the new metric; that of the other unless given.
    """
    # Values below 0 mean nothing. The gate ignores them by a floor of 0; clipping the value itself would hide how much it varies.
    sign = 1.0 if side is Side.MORE else -1.0

    def excess(totals: Totals, reference: Totals) -> Floats:
        return sign * (metric.score(totals, reference) - median)

    above = "above" if side is Side.MORE else "below"
    share = metric.proportion
    return replace(
        metric,
        id=id_ or metric.id,
        label=f"{metric.label}, {above} human text",
        direction=Direction.LOWER,
        bounds=(None, None),
        summary=f"How far it lies {above} human text ({median:.4g}). {metric.summary}"
        if id_ is None
        else f"How far it lies above human text ({median:.4g}): the sign of a model that quotes its corpus or is sampled at too low a temperature.",
        score=excess,
        headline=False,
        items=(),
        names=None,
        profile=None,
        contributions=None,
        listed=None,
        proportion=share and replace(share, offset=sign * (share.offset - median), scale=sign * share.scale),
    )
