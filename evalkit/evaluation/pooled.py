"""Scores measures of all passages together: `PooledScorer` gives a value, the human range, and no interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Floats, Lexicon
from evalkit.counts.matrix import Scan
from evalkit.evaluation.human_floor import summarize_floor
from evalkit.evaluation.reference import Fold
from evalkit.metrics.base import Direction, PooledMetric
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
    """

    def __init__(
        self, measures: Sequence[PooledMetric], folds: Sequence[Fold], lexicon: Lexicon, noise: Scan, *, seed: int
    ) -> None:
        self.measures, self.folds, self.lexicon, self.seed = measures, folds, lexicon, seed
        self._human: dict[tuple[str, int], list[float]] = {}
        self._noise = {measure.id: measure.value(noise, lexicon) for measure in measures}

    def rows(self, candidate: str, scan: Scan, *, n_units: int) -> list[Row]:
        """One row a measure.

        Args:
            candidate: its name.
            scan: of its passages.
            n_units: how many of them are distinct.
        """
        return [self._row(measure, candidate, scan, n_units) for measure in self.measures]

    def _row(self, measure: PooledMetric, candidate: str, scan: Scan, n_units: int) -> Row:
        value = measure.value(scan, self.lexicon)
        floor = self._floor(measure, self._human_values(measure, len(scan)))
        row = Row(
            candidate=candidate,
            metric=measure.id,
            value=None,
            floor=floor,
            n_units=n_units,
            status="not measured",
            reason=f"it needs {measure.needs}",
        )
        if not math.isfinite(value):
            return row
        note = measure.note(scan, self.lexicon)
        return replace(
            row,
            value=value,
            status="measured",
            # There is no sum of counts to score the reference itself with, so the human median is the target.
            target=floor.median if floor and measure.direction is Direction.TARGET else None,
            delta=value - floor.median if floor else None,
            reason=f"{note}; {ONE_VALUE}" if note else ONE_VALUE,
        )

    def _human_values(self, measure: PooledMetric, n_passages: int) -> Floats:
        if (measure.id, n_passages) not in self._human:
            # All measures are scored on each pool at once: to draw and scan a pool costs more than to score it.
            for fold, pool in zip(self.folds, self._pools(n_passages), strict=True):
                for other in self.measures:
                    values = self._human.setdefault((other.id, n_passages), [])
                    if math.isfinite(value := other.value(pool, fold.lexicon)):
                        values.append(value)
        return np.array(self._human[measure.id, n_passages])

    def _pools(self, n_passages: int) -> list[Scan]:
        """As many human passages of every fold as the candidate has; some are repeated where there are fewer."""
        pools = []
        for fold_number, fold in enumerate(self.folds):
            assert fold.passages is not None
            rng = np.random.default_rng([self.seed, fold_number, _STREAM])
            n_human = len(fold.passages)
            order = np.concatenate([_order(fold, rng) for _ in range(-(-n_passages // n_human))])
            pools.append(fold.passages.take(np.sort(order[:n_passages])))
        return pools

    def _floor(self, measure: PooledMetric, human: Floats) -> FloorSummary | None:
        if not len(human):
            return None
        target = float(np.median(human))
        noise = measure.damage(np.array([self._noise[measure.id]]), target)
        floor = summarize_floor(human, measure.damage(human, target), measure.direction)
        return replace(floor, noise=number(float(noise[0])))


def _order(fold: Fold, rng: np.random.Generator) -> NDArray[np.int64]:
    """The human passages of a fold in a random order, those of a group one after another."""
    if fold.groups is None:
        return rng.permutation(len(fold.human))
    places = rng.permutation(int(fold.groups.max()) + 1)[fold.groups]
    return np.argsort(places + rng.random(len(places)))
