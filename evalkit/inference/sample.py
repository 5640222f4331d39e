"""Holds a candidate's tallies and the independent units among them: `Sample`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts, Floats, Layout, Totals
from evalkit.inference.resampling import Weights, all_once, bootstrap, cluster_bootstrap

FEWEST_UNITS = 5
"""With fewer independent units an interval would be a guess; the value is given without one."""
UNITS = ("", "passage", "distinct passage", "document", "group")
"""What a unit may be; "" where it is not recorded."""
_PASSAGES = ("passage", "distinct passage")


@dataclass(frozen=True)
class Sample:
    """A candidate's tallies and what resampling needs to know of them.

    Args:
        tally: one row a passage, [n x columns].
        clusters: the unit that each passage belongs to (its group or document, the passages that it is a copy of; itself where
            passages are independent), 0 to k - 1, [n].
        reference: the totals that it is compared with, one row.
        unit: what a unit is, in the singular: "passage", "distinct passage" where copies are one unit, "document" or "group"; "" where
            that is not recorded, which is a document where passages share units.
        copies: the texts that passages are copies of, 0 to k - 1, [n]; None where that is not known.
    """

    tally: Counts
    clusters: NDArray[np.int64]
    reference: Totals
    unit: str = ""
    copies: NDArray[np.int64] | None = None

    @property
    def layout(self) -> Layout:
        """The columns of the tally."""
        return self.reference.layout

    @property
    def n_units(self) -> int:
        """Independent units: passages, copies of one text counted once, or the documents or groups that passages come from."""
        return int(self.clusters.max()) + 1 if len(self.clusters) else 0

    @property
    def is_clustered(self) -> bool:
        """Whether several passages share a unit, as those of one document and copies of one text do."""
        return self.n_units != len(self.tally)

    @cached_property
    def units(self) -> Floats:
        """Summed tallies of each unit, [n_units x columns]."""
        # Floats that hold whole numbers: sums up to 2^53 are exact in any order, and matrix products of floats are fast.
        if not self.is_clustered:
            return self.tally.astype(np.float64)
        summed = np.zeros((self.n_units, self.tally.shape[1]))
        np.add.at(summed, self.clusters, self.tally)
        return summed

    def totals(self, weights: Floats) -> Totals:
        """Totals of every replicate, weights [R x n] -> [R x columns]."""
        return Totals(weights @ self.tally.astype(np.float64), self.layout)

    def observed(self) -> Totals:
        """The totals as they are, one row."""
        return self.totals(all_once(len(self.tally)))

    def resampled(self, replicates: int, *, seed: int) -> Totals:
        """Bootstrap totals, [replicates x columns]."""
        return self.totals(self.weights(replicates, seed=seed))

    def weights(self, replicates: int, *, seed: int) -> Weights:
        """How often each replicate of the bootstrap has each passage, [replicates x n]."""
        # The number of passages is part of the seed, so that candidates of different sizes are not drawn alike.
        rng = np.random.default_rng([seed, len(self.tally)])
        if self.is_clustered:
            return cluster_bootstrap(self.clusters, replicates, rng=rng)
        return bootstrap(len(self.tally), replicates, rng=rng)

    @property
    def distinct(self) -> NDArray[np.int64]:
        """The rows of the passages that are no copies of an earlier one, [at most n]."""
        if self.copies is None:
            return np.arange(len(self.tally))
        return np.sort(np.unique(self.copies, return_index=True)[1])

    @property
    def kind_of_unit(self) -> str:
        """What a unit is, copies aside: units of two samples can be exchanged where they are of one kind."""
        if not self.is_clustered or self.unit in _PASSAGES:
            return "passage"
        return self.unit or "document"

    def unit_noun(self) -> str:
        """What a unit is, in the plural where there is not exactly one."""
        noun = self.unit if self.unit in _PASSAGES else self.kind_of_unit
        return noun + ("" if self.n_units == 1 else "s")

    def units_said(self) -> str:
        """How many independent units there are, for people: "1 distinct passage", "3 independent documents"."""
        independent = "" if self.unit_noun().startswith("distinct") else "independent "
        return f"{self.n_units} {independent}{self.unit_noun()}"


def middle(values: Floats) -> tuple[Floats, Floats]:
    """The ends of the middle 95 % of each column (the percentile interval of a bootstrap, Efron 1979).

    Args:
        values: of replicates, [R x columns]; NaN where undefined.

    Returns:
        Low and high ends, [columns]; NaN where a column has no number at all.

    >>> [ends.tolist() for ends in middle(np.array([[0.0, np.nan], [40.0, np.nan]]))]
    [[1.0, nan], [39.0, nan]]
    """
    ends = np.full((2, values.shape[1]), np.nan)
    defined = ~np.isnan(values).all(axis=0)
    quantile = np.nanquantile if np.isnan(values[:, defined]).any() else np.quantile  # the first takes many times as long
    ends[:, defined] = quantile(values[:, defined], (0.025, 0.975), axis=0)
    return ends[0], ends[1]
