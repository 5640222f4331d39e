"""Declares the metrics, `Metric`, and finds and selects them: `catalogue`, `select`.

`base` holds the declaration (`Metric`) and the arithmetic that scores share, `registry` finds and selects metrics, and every other file
is a family of metrics that answer one question. Names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.metrics.base import (
        CHARS,
        WORDS,
        AuditMetric,
        Declaration,
        Direction,
        GeneratorMetric,
        Listed,
        Metric,
        Minimum,
        PairedMetric,
        PooledMetric,
        Proportion,
        SizedMetric,
        at_least_words,
        divergence_of,
        every_word,
        jensen_shannon,
        jensen_shannon_contributions,
        n_words,
        per_10k,
        ratio,
        shares,
    )
    from evalkit.metrics.registry import catalogue, main_metrics, of_kind, select

__all__ = [
    "CHARS",
    "WORDS",
    "AuditMetric",
    "Declaration",
    "Direction",
    "GeneratorMetric",
    "Listed",
    "Metric",
    "Minimum",
    "PairedMetric",
    "PooledMetric",
    "Proportion",
    "SizedMetric",
    "at_least_words",
    "catalogue",
    "divergence_of",
    "every_word",
    "jensen_shannon",
    "jensen_shannon_contributions",
    "main_metrics",
    "n_words",
    "of_kind",
    "per_10k",
    "ratio",
    "select",
    "shares",
]

_OF_REGISTRY = ("catalogue", "main_metrics", "of_kind", "select")
_MODULES = {"registry": _OF_REGISTRY, "base": tuple(name for name in __all__ if name not in _OF_REGISTRY)}

__getattr__ = lazy_names(__name__, {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names})
