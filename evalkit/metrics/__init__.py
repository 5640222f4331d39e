"""The metrics: what each measures, how it is declared, and the catalogue of all of them.

`base` holds the declaration (`Metric`) and the arithmetic that scores share, `registry` finds and selects metrics, and every other file
is a family of metrics that answer one question. Names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalkit.metrics.base import (
        CHARS,
        WORDS,
        Declaration,
        Direction,
        GeneratorMetric,
        Listed,
        Metric,
        Minimum,
        PooledMetric,
        at_least_words,
        jensen_shannon,
        jensen_shannon_contributions,
        n_words,
        per_10k,
        ratio,
        shares,
    )
    from evalkit.metrics.registry import catalogue, main_families, of_kind, select

__all__ = [
    "CHARS",
    "WORDS",
    "Declaration",
    "Direction",
    "GeneratorMetric",
    "Listed",
    "Metric",
    "Minimum",
    "PooledMetric",
    "at_least_words",
    "catalogue",
    "jensen_shannon",
    "jensen_shannon_contributions",
    "main_families",
    "n_words",
    "of_kind",
    "per_10k",
    "ratio",
    "select",
    "shares",
]

_MODULES = {
    **dict.fromkeys(("catalogue", "main_families", "of_kind", "select"), "registry"),
}


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'base')}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
