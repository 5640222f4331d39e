"""Rows of results for measures of all passages together: a value, the human range, and no interval."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from evalkit.counts.feature import Floats, Lexicon
from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import Fold
from evalkit.metrics.base import Direction, PooledMetric
from evalkit.results import ONE_VALUE, FloorSummary, Row, number


class PooledScorer:
    """Scores candidates on measures of all their passages together.

    Args:
        measures: which.
        folds: human text held out in several ways; each gives one human value of the candidates' shape.
        lexicon: of the reference that candidates are held against.
        noise: unigram noise of the candidates' shape.
        seed: of the choice of human passages.
    """

    def __init__(
        self, measures: Sequence[PooledMetric], folds: Sequence[Fold], lexicon: Lexicon, noise: Scan, *, seed: int
    ) -> None:
        self.measures, self.folds, self.lexicon, self.seed = measures, folds, lexicon, seed
        self._human: dict[tuple[str, int], list[float]] = {}
        self._noise = {measure.id: measure.value(noise, lexicon) for measure in measures}

    def rows(self, candidate: str, scan: Scan) -> list[Row]:
        """One row a measure."""
        return [self._row(measure, candidate, scan) for measure in self.measures]

    def _row(self, measure: PooledMetric, candidate: str, scan: Scan) -> Row:
        value = measure.value(scan, self.lexicon)
        human = self._human_values(measure, len(scan))
        target = float(np.median(human)) if len(human) else None
        two_sided = measure.direction is Direction.TARGET
        row = Row(candidate=candidate, metric=measure.id, value=None, n_units=len(scan), status="not measured")
        floor = self._floor(measure, human, target)
        if not math.isfinite(value):
            return Row(**{**vars(row), "floor": floor, "reason": f"it needs {measure.needs}"})
        note = measure.note(scan, self.lexicon)
        known = {"value": value, "status": "measured", "floor": floor, "target": target if two_sided else None}
        reason = f"{note}; {ONE_VALUE}" if note else ONE_VALUE
        return Row(**{**vars(row), **known, "delta": value - target if target is not None else None, "reason": reason})

    def _human_values(self, measure: PooledMetric, n_passages: int) -> Floats:
        if (measure.id, n_passages) not in self._human:
            for fold, scan in zip(self.folds, self._pools(n_passages), strict=True):
                for other in self.measures:
                    known = self._human.setdefault((other.id, n_passages), [])
                    if math.isfinite(value := other.value(scan, fold.lexicon)):
                        known.append(value)
        return np.array(self._human[measure.id, n_passages])

    def _pools(self, n_passages: int) -> list[Scan]:
        """As many human passages of every fold as the candidate has; some come again where there are fewer."""
        pools = []
        for number_, fold in enumerate(self.folds):
            assert fold.passages is not None
            rng = np.random.default_rng([self.seed, number_, 0x9001])
            n = len(fold.passages)
            order = np.concatenate([rng.permutation(n) for _ in range(-(-n_passages // n))])
            pools.append(fold.passages.take(np.sort(order[:n_passages])))
        return pools

    def _floor(self, measure: PooledMetric, human: Floats, target: float | None) -> FloorSummary | None:
        if target is None:
            return None
        damage = np.abs(human - target) if measure.direction is Direction.TARGET else human
        p95 = float(np.percentile(human, 5 if measure.direction is Direction.HIGHER else 95))
        if measure.direction is Direction.HIGHER:
            damage = (measure.bounds[1] or 0.0) - human
        return FloorSummary(
            target, p95, float(np.median(damage)), float(np.percentile(damage, 95)), self._damage_of_noise(measure, target)
        )

    def _damage_of_noise(self, measure: PooledMetric, target: float) -> float | None:
        value = self._noise[measure.id]
        if measure.direction is Direction.TARGET:
            return number(abs(value - target))
        return number(value if measure.direction is Direction.LOWER else (measure.bounds[1] or 0.0) - value)
