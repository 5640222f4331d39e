"""Derives the measures that the gate compares: the damage of each metric, and for rates that are better high their excess over human text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evalkit.counts.feature import Floats, Totals
from evalkit.gating.policy import OVER
from evalkit.metrics import catalogue
from evalkit.metrics.base import AuditMetric, Direction, Metric
from evalkit.results import FloorSummary


@dataclass(frozen=True)
class Measure:
    """A quantity that may become worse.

    Args:
        metric: whose damage is compared; its id is the measure's.
        of: id of the metric that it belongs to.
        floor: the median damage of human text, below which less damage is no improvement; None where it is unknown.
        floor_unit: 95th percentile less median of the damage of human text of equal shape; None where it is unknown.
    """

    metric: Metric
    of: str
    floor: float | None
    floor_unit: float | None

    @property
    def id(self) -> str:
        """Its name in policies: the metric's id, or that with `:over`."""
        return self.metric.id


def known_measures(*languages: str) -> list[str]:
    """The ids of all measures that a policy may name, of one or more languages; English unless given."""
    metrics = [metric for language in languages or ("en",) for metric in catalogue(Metric, language=language).values()]
    return list(dict.fromkeys([*(id_ for metric in metrics for id_ in ids_of(metric)), *catalogue(AuditMetric)]))


def ids_of(metric: Metric) -> list[str]:
    """The measures of a metric: one, or two for a rate that is better high, since more than human text has is suspect too."""
    return [metric.id, metric.id + OVER] if metric.direction is Direction.HIGHER else [metric.id]


def measures_of(metrics: Sequence[Metric], floors: Mapping[str, FloorSummary | None]) -> list[Measure]:
    """The measures of metrics.

    Args:
        metrics: in any order.
        floors: metric id -> the human floor at the shape of the comparison.
    """
    measures = []
    for metric in metrics:
        floor = floors.get(metric.id)
        measures.append(Measure(metric, metric.id, floor.damage_median if floor else None, floor_unit(floor)))
        if metric.direction is Direction.HIGHER and floor is not None:
            measures.append(Measure(over_human(metric, floor.median), metric.id, 0.0, floor_unit(floor)))
    return measures


def floor_unit(floor: FloorSummary | None) -> float | None:
    """One floor unit in the metric's unit: by how much the damage of human text at its 95th percentile exceeds its median."""
    if floor is None or floor.damage_p95 is None or floor.damage_median is None:
        return None
    return floor.damage_p95 - floor.damage_median


def over_human(metric: Metric, median: float) -> Metric:
    """A metric whose value is the excess of a rate over the median of human text."""
    # Values below 0 mean nothing. The gate ignores them by a floor of 0; clipping the value itself would hide how much it varies.

    def excess(totals: Totals, reference: Totals) -> Floats:
        return metric.score(totals, reference) - median

    return replace(
        metric,
        id=metric.id + OVER,
        label=f"{metric.label}, above human text",
        direction=Direction.LOWER,
        bounds=(None, None),
        summary=f"How far it lies above human text ({median:.4g}): the sign of a model that quotes its corpus or is sampled at too low a temperature.",
        score=excess,
        headline=False,
        items=(),
        names=None,
        profile=None,
        contributions=None,
        listed=None,
        proportion=metric.proportion and replace(metric.proportion, offset=metric.proportion.offset - median),
    )
