"""Declares the metrics, `Metric`, and finds and selects them: `catalogue`, `select`.

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
        divergence_of,
        every_word,
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
    "divergence_of",
    "every_word",
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

_OF_REGISTRY = ("catalogue", "main_families", "of_kind", "select")


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{'registry' if name in _OF_REGISTRY else 'base'}")
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
