"""What the gate compares: the damage of each metric, and for shares that are better high also how far they exceed human text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evalkit.counts.feature import Floats, Totals
from evalkit.gating.policy import OVER
from evalkit.metrics import catalogue
from evalkit.metrics.base import Direction, Metric
from evalkit.results import FloorSummary


@dataclass(frozen=True)
class Measure:
    """One thing that may become worse.

    Args:
        metric: whose damage is compared; its id is the measure's.
        of: id of the metric that it belongs to.
        floor: damage at or below which less means nothing, the median of human text; None where it is not known.
        floor_unit: 95th percentile less median of the damage of human text of equal shape; None where it is not known.
    """

    metric: Metric
    of: str
    floor: float | None
    floor_unit: float | None

    @property
    def id(self) -> str:
        """As in policies: the metric's id, or that with `:over`."""
        return self.metric.id


def known_measures(*languages: str) -> list[str]:
    """The ids of all measures that a policy may name, of one or more languages; English unless given."""
    metrics = [metric for language in languages or ("en",) for metric in catalogue(Metric, language=language).values()]
    return list(dict.fromkeys(id_ for metric in metrics for id_ in ids_of(metric)))


def ids_of(metric: Metric) -> list[str]:
    """The measures of a metric: one, or two where more than human text has is as suspect as less."""
    return [metric.id, metric.id + OVER] if metric.direction is Direction.HIGHER else [metric.id]


def measures_of(metrics: Sequence[Metric], floors: Mapping[str, FloorSummary | None]) -> list[Measure]:
    """The measures of metrics.

    Args:
        metrics: in any order.
        floors: metric id -> the human floor at the shape of the comparison.
    """
    found = []
    for metric in metrics:
        floor = floors.get(metric.id)
        found.append(Measure(metric, metric.id, floor.damage_median if floor else None, floor_unit(floor)))
        if metric.direction is Direction.HIGHER and floor is not None:
            found.append(Measure(over_human(metric, floor.median), metric.id, 0.0, floor_unit(floor)))
    return found


def floor_unit(floor: FloorSummary | None) -> float | None:
    """How much worse the 95th of 100 human texts is than the middle one, in the metric's unit."""
    if floor is None or floor.damage_p95 is None or floor.damage_median is None:
        return None
    return floor.damage_p95 - floor.damage_median


def over_human(metric: Metric, median: float) -> Metric:
    """A metric whose value is how far a share lies above the median of human text.

    Below 0 it says nothing: the gate gives it a floor of 0, where clipping the value itself would leave its spread unknown.
    """

    def excess(totals: Totals, reference: Totals) -> Floats:
        return metric.score(totals, reference) - median

    return replace(
        metric,
        id=metric.id + OVER,
        label=f"{metric.label}, above human text",
        direction=Direction.LOWER,
        bounds=(None, None),
        summary=f"How far it lies above human text ({median:.4g}): the sign of a model that quotes its corpus or is sampled too coldly.",
        score=excess,
        headline=False,
        items=(),
        names=None,
        profile=None,
        contributions=None,
        listed=None,
    )
