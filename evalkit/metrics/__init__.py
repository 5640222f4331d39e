"""All metrics. Each family is one file of this package that declares a tuple `METRICS`; this module finds them.

Other packages bring metrics by entry points (see `evalkit.plugins`).
"""

from __future__ import annotations

import fnmatch
import functools
import pkgutil
from collections.abc import Sequence
from importlib import import_module

from evalkit.errors import UsageError, one_of
from evalkit.metrics.base import Direction, Feature, Layout, Lexicon, Metric, Minimum, Totals
from evalkit.plugins import metrics_of_packages

__all__ = ["Direction", "Feature", "Layout", "Lexicon", "Metric", "Minimum", "Totals", "all_metrics", "select"]


@functools.cache
def all_metrics() -> dict[str, Metric]:
    """Every declared metric by id, families in alphabetical order of their files, then those of other packages.

    Raises:
        ValueError: when two of our declarations share an id.
    """
    found: dict[str, Metric] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__) if info.name != "base"):
        for metric in getattr(import_module(f"{__name__}.{module}"), "METRICS", ()):
            if metric.id in found:
                raise ValueError(f'Two metrics are called "{metric.id}".')
            found[metric.id] = metric
    return found | {metric.id: metric for metric in metrics_of_packages(found)}


def select(patterns: Sequence[str] = ()) -> tuple[Metric, ...]:
    """The metrics whose id matches any pattern (`letters.jsd`, `suffix.*`); all of them when there is no pattern.

    Raises:
        UsageError: for a pattern that matches nothing.
    """
    known = all_metrics()
    chosen: dict[str, Metric] = {}
    for pattern in patterns or ("*",):
        matches = fnmatch.filter(known, pattern) or fnmatch.filter(known, f"{pattern}.*")
        if not matches:
            raise UsageError(f'No metric matches "{pattern}".', remedy=one_of(pattern, known))
        chosen |= {id_: known[id_] for id_ in matches}
    return tuple(chosen.values())
