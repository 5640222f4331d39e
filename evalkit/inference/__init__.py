"""Inference: every interval, test and floor is a weight matrix times the tally matrix, scored by the metric itself."""

from evalkit.inference.intervals import Difference, Estimate, difference_intervals, value_intervals
from evalkit.inference.pairwise import Comparison, Pairwise, pairwise
from evalkit.inference.permutation import Test, adjust, permutation_test
from evalkit.inference.power import minimum_detectable_effect, passages_needed
from evalkit.inference.ranking import Ranking
from evalkit.inference.sample import FEWEST_UNITS, Sample

__all__ = [
    "FEWEST_UNITS",
    "Comparison",
    "Difference",
    "Estimate",
    "Pairwise",
    "Ranking",
    "Sample",
    "Test",
    "adjust",
    "difference_intervals",
    "minimum_detectable_effect",
    "pairwise",
    "passages_needed",
    "permutation_test",
    "value_intervals",
]
