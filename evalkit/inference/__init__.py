"""Estimates values, differences and rankings with their uncertainty: intervals, tests, power.

Every interval, test and floor is a weight matrix times the tally matrix, scored by the metric itself. `Sample` holds the tallies of a
candidate, `value_intervals` and `difference_intervals` give estimates, `pairwise` compares and ranks candidates. Names are imported when they
are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalkit.inference.comparisons import OVERALL, Comparison, Pairwise, pairwise
    from evalkit.inference.intervals import LEVEL, Difference, Estimate, difference_intervals, differences, value_intervals
    from evalkit.inference.jackknife import Spread, spreads
    from evalkit.inference.permutation import DifferenceTest, adjust, permutation_test, source_tests
    from evalkit.inference.power import minimum_detectable_effect, passages_needed
    from evalkit.inference.ranking import TiedRanking
    from evalkit.inference.sample import FEWEST_UNITS, Sample

__all__ = [
    "FEWEST_UNITS",
    "LEVEL",
    "OVERALL",
    "Comparison",
    "Difference",
    "DifferenceTest",
    "Estimate",
    "Pairwise",
    "Sample",
    "Spread",
    "TiedRanking",
    "adjust",
    "difference_intervals",
    "differences",
    "minimum_detectable_effect",
    "pairwise",
    "passages_needed",
    "permutation_test",
    "source_tests",
    "spreads",
    "value_intervals",
]

_MODULES = {
    **dict.fromkeys(("OVERALL", "Comparison", "Pairwise", "pairwise"), "comparisons"),
    **dict.fromkeys(("LEVEL", "Difference", "Estimate", "difference_intervals", "differences", "value_intervals"), "intervals"),
    **dict.fromkeys(("Spread", "spreads"), "jackknife"),
    **dict.fromkeys(("DifferenceTest", "adjust", "permutation_test", "source_tests"), "permutation"),
    **dict.fromkeys(("minimum_detectable_effect", "passages_needed"), "power"),
    "TiedRanking": "ranking",
    **dict.fromkeys(("FEWEST_UNITS", "Sample"), "sample"),
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
