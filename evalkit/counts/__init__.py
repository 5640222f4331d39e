"""Counts text into additive tallies, one row a passage, from which every metric is scored.

`Feature` declares a group of counts, `Layout` gives each its columns, `Scan` reads passages and tallies them, `Totals` holds summed tallies.
Names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.counts.feature import Counts, Feature, Floats, Layout, Lexicon, Totals
    from evalkit.counts.matrix import Origin, Scan, WordCounts

__all__ = ["Counts", "Feature", "Floats", "Layout", "Lexicon", "Origin", "Scan", "Totals", "WordCounts"]

_MODULES = {
    "feature": ("Counts", "Feature", "Floats", "Layout", "Lexicon", "Totals"),
    "matrix": ("Origin", "Scan", "WordCounts"),
}

__getattr__ = lazy_names(__name__, {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names})
