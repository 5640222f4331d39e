"""Scores measures of all passages together: `PooledScorer` gives a value, the human range, and an interval to those of pairs only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts, Floats, Lexicon
from evalkit.counts.matrix import Scan
from evalkit.evaluation.human_floor import summarize_floor
from evalkit.evaluation.reference import Fold
from evalkit.evaluation.rows import interval_of
from evalkit.inference import Estimate, interval_without
from evalkit.metrics.base import Direction, PairedMetric, PooledMetric, SizedMetric
from evalkit.results import ONE_VALUE, FloorSummary, Row, number

_STREAM = 0x9001
"""Key of the random stream, so that no other draw of the same seed is repeated here."""


class PooledScorer:
    """Scores candidates on measures of all their passages together.

    Args:
        measures: to be scored.
        folds: human text held out in several ways; each gives one human value of the candidates' shape.
        lexicon: of the reference that candidates are compared with.
        noise: unigram noise of the candidates' shape.
        seed: of the choice of human passages.

    Attributes:
        noise: metric id -> value of unigram noise.
    """

    def __init__(
        self, measures: Sequence[PooledMetric], folds: Sequence[Fold], lexicon: Lexicon, noise: Scan, *, seed: int
    ) -> None:
        self.measures, self.folds, self.lexicon, self.seed = measures, folds, lexicon, seed
        self._human: dict[tuple[str, int], list[float]] = {}
        self.noise = {measure.id: measure.value(noise, lexicon) for measure in measures}

    def rows(self, candidate: str, scan: Scan, *, n_units: int, units: Counts) -> list[Row]:
        """One row a measure.

        Args:
            candidate: its name.
            scan: its passages.
            n_units: its independent units.
            units: the unit of each passage, [n].
        """
        return [self._row(measure, candidate, scan, n_units, units) for measure in self.measures]

    def _row(self, measure: PooledMetric, candidate: str, scan: Scan, n_units: int, units: Counts) -> Row:
        value = measure.value(scan, self.lexicon)
        floor = self._floor(measure, self.human_values(measure, scan))
        row = Row(
            candidate=candidate,
            metric=measure.id,
            value=None,
            floor=floor,
            n_units=n_units,
            status="not measured",
            reason=f"it needs {measure.needs}",
        )
        note = measure.note(scan, self.lexicon)
        if not math.isfinite(value):
            return replace(row, reason=note or row.reason)
        if floor is None and isinstance(measure, SizedMetric):
            return replace(row, reason="it needs more training text than the samples have, as human text to compare with")
        estimate = self._interval(measure, value, scan, units)
        reason = estimate.reason if estimate else ONE_VALUE
        return replace(
            row,
            value=value,
            status="measured",
            # There is no sum of counts to score the reference itself with, so the human median is the target.
            target=floor.median if floor and measure.direction is Direction.TARGET else None,
            delta=value - floor.median if floor else None,
            ci=interval_of(estimate) if estimate else None,
            reason=f"{note}; {reason}" if note and reason else note or reason,
        )

    def _interval(self, measure: PooledMetric, value: float, scan: Scan, units: Counts) -> Estimate | None:
        """The interval of a measure of pairs of passages; None for others, which have none."""
        if not isinstance(measure, PairedMetric):
            return None
        return interval_without(measure, value, measure.value_without(scan, self.lexicon, units))

    def human_values(self, measure: PooledMetric, scan: Scan) -> Floats:
        """Values of human text of the shape of a candidate, one a fold or more; none where human text is too short.

        Args:
            measure: one of the measures.
            scan: passages of the candidate.
        """
        if isinstance(measure, SizedMetric):
            return self._own_human_values(measure, len(scan), measure.amount(scan))
        n_passages = len(scan)
        if (measure.id, n_passages) not in self._human:
            # All measures are scored on each pool at once: to draw and scan a pool costs more than to score it.
            for fold, pool in zip(self.folds, self._pools(n_passages), strict=True):
                for other in self.measures:
                    values = self._human.setdefault((other.id, n_passages), [])
                    if not isinstance(other, SizedMetric) and math.isfinite(value := other.value(pool, fold.lexicon)):
                        values.append(_at_size(other, value, len(pool), n_passages))
        return np.array(self._human[measure.id, n_passages])

    def _own_human_values(self, measure: SizedMetric, n_passages: int, amount: int) -> Floats:
        key = (f"{measure.id} of {amount}", n_passages)
        if key not in self._human:
            self._human[key] = list(measure.human(self.lexicon, n_passages, amount, self.seed))
        return np.array(self._human[key])

    def _pools(self, n_passages: int) -> list[Scan]:
        """As many human passages of every fold as the candidate has, or all where there are fewer."""
        # None is repeated: a text that occurs twice has no word that occurs once, and human text of this size is not like that.
        pools = []
        for fold_number, fold in enumerate(self.folds):
            assert fold.passages is not None
            rng = np.random.default_rng([self.seed, fold_number, _STREAM])
            order = _order(fold, rng)
            pools.append(fold.passages.take(np.sort(order[:n_passages])))
        return pools

    def _floor(self, measure: PooledMetric, human: Floats) -> FloorSummary | None:
        if not len(human):
            return None
        target = float(np.median(human))
        noise = measure.damage(np.array([self.noise[measure.id]]), target)
        floor = summarize_floor(human, measure.damage(human, target), measure.direction)
        return replace(floor, noise=number(float(noise[0])))


def _order(fold: Fold, rng: np.random.Generator) -> NDArray[np.int64]:
    """The human passages of a fold in a random order, those of a group one after another."""
    if fold.groups is None:
        return rng.permutation(len(fold.human))
    places = rng.permutation(int(fold.groups.max()) + 1)[fold.groups]
    return np.argsort(places + rng.random(len(places)))


def _at_size(measure: PooledMetric, value: float, n: int, wanted: int) -> float:
    """The value of n passages as that of as many as are wanted.

    What pairs have in common is proportional to the number of other passages, as long as it is little.
    """
    if not isinstance(measure, PairedMetric) or n >= wanted or n < 2:
        return value
    most = measure.bounds[1]
    scaled = value * (wanted - 1) / (n - 1)
    return scaled if most is None else min(scaled, most)
