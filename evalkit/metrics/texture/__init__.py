"""Declares measures of what letters and words leave out: form, the course within passages, and passages unlike all human ones."""

from __future__ import annotations

from evalkit.metrics.base import Metric
from evalkit.metrics.texture import capitals, course, lines, marks, neighbours, outliers

__all__ = ["METRICS"]

METRICS: tuple[Metric, ...] = (
    *capitals.METRICS,
    *marks.METRICS,
    *lines.METRICS,
    *course.METRICS,
    *neighbours.METRICS,
    *outliers.METRICS,
)
