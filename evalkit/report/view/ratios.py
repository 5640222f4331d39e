"""Computes rates of endings and word classes as multiples of the corpus's, a `Ratio` each."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evalkit.report.view.judging.marks import human_range, within_range
from evalkit.report.view.ranking import Ranking
from evalkit.results import Interval, Row

CLASSES = "function.profile"
_REST = "other words"
_PLURALS = {"auxiliary": "auxiliaries"}


@dataclass(frozen=True)
class Ratio:
    """How often one item is used, beside the corpus.

    Args:
        label: of the item.
        value, expected: rates in the candidate and in the corpus, in `unit`.
        unit: of both.
        log2: of value / expected; None where the value is 0.
        interval: of log2, its ends -inf where the rate may be 0.
        human: range of log2 in human text of this shape.
        significant: whether chance does not explain the difference.
    """

    label: str
    value: float
    expected: float
    unit: str
    log2: float | None
    interval: tuple[float, float] | None
    human: tuple[float, float] | None
    significant: bool


def ratios(ranking: Ranking, candidate: str) -> list[Ratio]:
    """The endings and word classes of a candidate that were measured, in a fixed order."""
    rows = [row for id_ in endings(ranking) if (row := ranking.row(candidate, id_)) is not None]
    measured = [ratio for row in rows if (ratio := _of_row(row, ranking)) is not None]
    return [*measured, *_of_classes(ranking, candidate)]


def endings(ranking: Ranking) -> list[str]:
    """The endings of the short table, in any language."""
    return [id_ for id_ in ranking.headline if id_.startswith("suffix.")]


def _of_row(row: Row, ranking: Ranking) -> Ratio | None:
    if row.value is None or row.target is None or row.target <= 0:
        return None
    metric = ranking.metrics[row.metric]
    low, high = (human_range(row.floor, metric, row.target) if row.floor else None) or (None, None)
    # The range is not symmetric in the logarithm, so that each end is converted on its own; a rate cannot fall below 0.
    human = None if high is None else (_log2(max(low or 0.0, 0.0), row.target), _log2(high, row.target))
    inside = within_range(row, metric)
    label = f"-{row.metric.partition('.')[2]}"
    return Ratio(
        label,
        row.value,
        row.target,
        metric["unit"],
        _finite(row.value, row.target),
        _ends(row.ci, row.target),
        human,
        inside is False,
    )


def _of_classes(ranking: Ranking, candidate: str) -> list[Ratio]:
    profile = next((p for p in ranking.results.profiles if p.metric == CLASSES), None)
    if profile is None or candidate not in profile.series:
        return []
    series, measured = profile.series[candidate], []
    for i, item in enumerate(profile.items):
        value, expected, low, high = series.value[i], profile.reference[i], series.low[i], series.high[i]
        if item == _REST or value is None or not expected:
            continue
        interval = Interval(low, high) if low is not None and high is not None else None
        significant = interval is not None and not interval.low <= expected <= interval.high
        measured.append(
            Ratio(
                _PLURALS.get(item, f"{item}s"),
                value,
                expected,
                "share",
                _finite(value, expected),
                _ends(interval, expected),
                None,
                significant,
            )
        )
    return measured


def _ends(interval: Interval | None, expected: float) -> tuple[float, float] | None:
    return None if interval is None else (_log2(interval.low, expected), _log2(interval.high, expected))


def _log2(value: float, expected: float) -> float:
    return -math.inf if (doublings := _finite(value, expected)) is None else doublings


def _finite(value: float, expected: float) -> float | None:
    return math.log2(value) - math.log2(expected) if value > 0 else None  # their ratio may be beyond all floats
