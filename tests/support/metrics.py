"""A metric family and passages whose distribution is known, so that truth needs no corpus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.counts.feature import Feature, Layout, Totals
from evalkit.inference import Sample
from evalkit.metrics.base import Direction, Family, Metric, Minimum, jensen_shannon, ratio

N_ITEMS = 12


def _never_counted(items, lexicon):
    raise AssertionError("these tallies are made, not counted")


ITEMS = Feature("items", tuple("abcdefghijkl"), "chars", _never_counted)
LAYOUT = Layout([ITEMS])
REFERENCE_SHARES = np.arange(1.0, N_ITEMS + 1) / np.arange(1.0, N_ITEMS + 1).sum()
REFERENCE = Totals(REFERENCE_SHARES[None] * 1e6, LAYOUT)


def metric(id_, direction, bounds, score, *, family=Family.LETTERS, unit="share", **more):
    return Metric(
        id=id_,
        family=family,
        label=id_,
        unit=unit,
        direction=direction,
        bounds=bounds,
        version=1,
        summary="",
        formula="",
        source="",
        features=(ITEMS,),
        score=score,
        minimum=Minimum(1, "replicates", lambda totals: np.ones(len(totals))),
        **more,
    )


def share(column):
    return lambda totals, reference: ratio(totals["items"][:, column], totals["items"].sum(axis=1))


DISTANCE = metric("made.distance", Direction.LOWER, (0.0, 1.0), lambda t, r: jensen_shannon(t["items"], r["items"]))
TWO_SIDED = metric("made.two_sided", Direction.TARGET, (0.0, 1.0), share(11))
HIGHER = metric("made.higher", Direction.HIGHER, (0.0, 1.0), lambda t, r: 1 - share(0)(t, r))
RARE = metric("made.rare", Direction.TARGET, (0.0, 1.0), share(0))
METRICS = (DISTANCE, TWO_SIDED, HIGHER, RARE)


@dataclass(frozen=True)
class Source:
    """Passages of `length` items each, whose shares vary from passage to passage: Dirichlet-multinomial.

    Args:
        tilt: 0 is the reference itself; larger is farther away.
        concentration: small is clumsy: items of a passage resemble each other.
    """

    tilt: float = 0.0
    concentration: float = 60.0
    length: int = 300

    @property
    def shares(self):
        # The last item gains, the first loses.
        tilted = REFERENCE_SHARES * np.exp(self.tilt * np.linspace(-1, 1, N_ITEMS))
        return tilted / tilted.sum()

    def tally(self, n, rng):
        shares = rng.dirichlet(self.concentration * self.shares, size=n)
        return rng.multinomial(self.length, shares)

    def sample(self, n, rng):
        return Sample(self.tally(n, rng), np.arange(n), REFERENCE)

    def expected(self, metrics, n, rng, *, rounds=6_000):
        """Expected values at n passages by id, by simulation; their standard error is an eightieth of the spread of one value."""
        totals = Totals(self.tally(rounds * n, rng).reshape(rounds, n, N_ITEMS).sum(axis=1, dtype=np.float64), LAYOUT)
        return {one.id: float(one.values(totals, REFERENCE).mean()) for one in metrics}
