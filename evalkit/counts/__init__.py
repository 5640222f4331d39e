"""Counts text into additive tallies, one row a passage, from which every metric is scored.

`Feature` declares a group of counts, `Layout` gives each its columns, `Scan` reads passages and tallies them, `Totals` holds summed tallies.
Names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalkit.counts.feature import Counts, Feature, Floats, Layout, Lexicon, Totals
    from evalkit.counts.matrix import Origin, Scan, WordCounts

__all__ = ["Counts", "Feature", "Floats", "Layout", "Lexicon", "Origin", "Scan", "Totals", "WordCounts"]

_MODULES = {
    **dict.fromkeys(("Counts", "Feature", "Floats", "Layout", "Lexicon", "Totals"), "feature"),
    **dict.fromkeys(("Origin", "Scan", "WordCounts"), "matrix"),
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
