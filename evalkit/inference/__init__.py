"""Estimates values, differences and rankings with their uncertainty: intervals, tests, power.

Every interval, test and floor is a weight matrix times the tally matrix, scored by the metric itself. `Sample` holds the tallies of a
candidate, `value_intervals` and `difference_intervals` give estimates, `pairwise` compares and ranks candidates. Names are imported when they
are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.inference.comparisons import Comparison, Pairwise, pairwise
    from evalkit.inference.intervals import (
        LEVEL,
        Difference,
        Estimate,
        difference_intervals,
        differences,
        interval_without,
        value_intervals,
    )
    from evalkit.inference.jackknife import Spread, spreads
    from evalkit.inference.permutation import DifferenceTest, adjust, permutation_test, source_tests
    from evalkit.inference.power import minimum_detectable_effect, passages_needed
    from evalkit.inference.ranking import TiedRanking
    from evalkit.inference.sample import FEWEST_UNITS, UNITS, Sample
    from evalkit.inference.sequential import SINGLE, Look, doubling

__all__ = [
    "FEWEST_UNITS",
    "LEVEL",
    "SINGLE",
    "UNITS",
    "Comparison",
    "Difference",
    "DifferenceTest",
    "Estimate",
    "Look",
    "Pairwise",
    "Sample",
    "Spread",
    "TiedRanking",
    "adjust",
    "difference_intervals",
    "differences",
    "doubling",
    "interval_without",
    "minimum_detectable_effect",
    "pairwise",
    "passages_needed",
    "permutation_test",
    "source_tests",
    "spreads",
    "value_intervals",
]

_MODULES = {
    "comparisons": ("Comparison", "Pairwise", "pairwise"),
    "intervals": ("LEVEL", "Difference", "Estimate", "difference_intervals", "differences", "interval_without", "value_intervals"),
    "jackknife": ("Spread", "spreads"),
    "permutation": ("DifferenceTest", "adjust", "permutation_test", "source_tests"),
    "power": ("minimum_detectable_effect", "passages_needed"),
    "ranking": ("TiedRanking",),
    "sample": ("FEWEST_UNITS", "UNITS", "Sample"),
    "sequential": ("SINGLE", "Look", "doubling"),
}

__getattr__ = lazy_names(__name__, {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names})
