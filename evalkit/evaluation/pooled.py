"""Scores measures of all passages together: `PooledScorer` gives a value, the human range, and an interval to those of pairs only."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evalkit._util.entries import Arrays
from evalkit.counts.feature import Counts, Floats, Lexicon
from evalkit.counts.matrix import Scan
from evalkit.evaluation.human_floor import summarize_floor
from evalkit.evaluation.reference import Fold
from evalkit.evaluation.rows import interval_of
from evalkit.inference import Estimate, interval_without
from evalkit.inference.resampling import subsets_in_stretches
from evalkit.metrics.base import Direction, PairedMetric, PooledMetric, SizedMetric
from evalkit.results import ONE_VALUE, FloorSummary, Row, number

_STREAM = 0x9001
"""Key of the random stream, so that no other draw of the same seed is repeated here."""


KeepMeasured = Callable[[str, Sequence[PooledMetric], Callable[[], Arrays]], Arrays]
"""A key that says what arrays depend on, the measures that they are of, and a function that makes them -> those arrays."""


def _anew(key: str, measures: Sequence[PooledMetric], make: Callable[[], Arrays]) -> Arrays:
    """Keeps nothing: a `KeepMeasured` that makes arrays each time."""
    return make()


def noise_values(measures: Sequence[PooledMetric], noise: Scan, lexicon: Lexicon) -> dict[str, float]:
    """Measure id -> its value of unigram noise."""
    return {measure.id: measure.value(noise, lexicon) for measure in measures}


class PooledScorer:
    """Scores candidates on measures of all their passages together.

    Args:
        measures: to be scored.
        folds: human text held out in several ways; each gives one human value of the candidates' shape.
        lexicon: of the reference that candidates are compared with.
        noise: unigram noise of the candidates' shape, or its value of each measure, by id.
        seed: of the choice of human passages.
        keep: keeps what some measures find of human text for later runs, given what else that depends on.

    Attributes:
        noise: metric id -> value of unigram noise.
    """

    def __init__(
        self,
        measures: Sequence[PooledMetric],
        folds: Sequence[Fold],
        lexicon: Lexicon,
        noise: Scan | Mapping[str, float],
        *,
        seed: int,
        keep: KeepMeasured = _anew,
    ) -> None:
        self.measures, self.folds, self.lexicon, self.seed, self._keep = measures, folds, lexicon, seed, keep
        self._human: dict[tuple[str, int, int], Floats] = {}
        self.noise = noise_values(measures, noise, lexicon) if isinstance(noise, Scan) else noise

    def rows(self, candidate: str, scan: Scan, *, n_units: int, units: Counts, stretch: int = 1) -> list[Row]:
        """One row a measure.

        Args:
            candidate: its name.
            scan: its passages.
            n_units: its independent units.
            units: the unit of each passage, [n].
            stretch: how many passages follow each other in one text, as the pieces of a long sample do.
        """
        mixed = scan.take(random_order(scan.texts, units if stretch > 1 else None, seed=self.seed))
        rows = []
        for measure in self.measures:
            value = measure.value(mixed if measure.in_order else scan, self.lexicon)
            row = Row(
                candidate=candidate,
                metric=measure.id,
                value=None,
                floor=self.floor(measure, self.human_values(measure, scan, stretch)),
                n_units=n_units,
                status="not measured",
                reason=f"it needs {measure.needs}",
            )
            rows.append(self._measured(row, measure, value, scan, units))
        return rows

    def _measured(self, row: Row, measure: PooledMetric, value: float, scan: Scan, units: Counts) -> Row:
        """A row with the value of the candidate, its interval and its distance from human text, or with why there is none."""
        floor = row.floor
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

    def human_values(self, measure: PooledMetric, scan: Scan, stretch: int = 1) -> Floats:
        """Values of human text of the shape of a candidate, one a fold; none where human text is too short.

        Args:
            measure: one of the measures.
            scan: passages of the candidate.
            stretch: how many of them follow each other in one text.
        """
        if isinstance(measure, SizedMetric):
            return self._values_of_its_own(measure, len(scan), measure.amount(scan))
        n_passages = len(scan)
        if (measure.id, n_passages, stretch) not in self._human:
            key = f"pools of {n_passages} in stretches of {stretch} by {self.seed}, {[fold.key for fold in self.folds]}"
            kept = self._keep(key, self.measures, lambda: self._of_pools(n_passages, stretch))
            self._human |= {(other.id, n_passages, stretch): kept[other.id] for other in self.measures}
        return self._human[measure.id, n_passages, stretch]

    def _of_pools(self, n_passages: int, stretch: int) -> Arrays:
        """Measure -> its finite values of one pool of human passages a fold."""
        # All measures are scored on each pool at once: to draw and scan a pool costs more than to score it.
        found: dict[str, list[float]] = {measure.id: [] for measure in self.measures}
        for fold, pool in zip(self.folds, self._pools(n_passages, stretch), strict=True):
            for measure in self.measures:
                if not isinstance(measure, SizedMetric) and math.isfinite(value := measure.value(pool, fold.lexicon)):
                    found[measure.id].append(_at_size(measure, value, len(pool), n_passages))
        return {id_: np.array(values, np.float64) for id_, values in found.items()}

    def _values_of_its_own(self, measure: SizedMetric, n_passages: int, amount: int) -> Floats:
        name = (f"{measure.id} of {amount}", n_passages, 1)
        if name not in self._human:
            key = f"{amount} characters in {n_passages} passages by {self.seed}"

            def make() -> Arrays:
                return {"values": np.array(list(measure.human(self.lexicon, n_passages, amount, self.seed)), np.float64)}

            self._human[name] = self._keep(key, [measure], make)["values"]
        return self._human[name]

    def _pools(self, n_passages: int, stretch: int) -> Iterator[Scan]:
        """As many human passages of every fold as the candidate has, or all where there are fewer, in a random order as its passages are."""
        # None is repeated: a text that occurs twice has no word that occurs once, and human text of this size is not like that.
        for fold_number, fold in enumerate(self.folds):
            assert fold.passages is not None
            rng = np.random.default_rng([self.seed, fold_number, _STREAM])
            yield fold.passages.take(_drawn(fold, n_passages, stretch, rng))

    def floor(self, measure: PooledMetric, human: Floats) -> FloorSummary | None:
        """The human floor of one measure, with the damage of unigram noise; None where there are no human values."""
        if not len(human):
            return None
        target = float(np.median(human))
        noise = measure.damage(np.array([self.noise[measure.id]]), target)
        damage = measure.damage(human, target)
        floor = summarize_floor(human, damage, measure.direction)
        # Of a few values, interpolated percentiles lie too far in: one more human text would lie beyond those of twenty in 9 % of draws. Those of
        # Weibull (1939), at rank .95 (n + 1), are exceeded in 5 % whatever n is.
        return replace(
            floor,
            p95=float(np.percentile(human, 5 if measure.direction is Direction.HIGHER else 95, method="weibull")),
            damage_p95=float(np.percentile(damage, 95, method="weibull")),
            noise=number(float(noise[0])),
        )


def _drawn(fold: Fold, n_passages: int, stretch: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Rows of human passages of a fold in a random order: of as few groups as have enough, or whole stretches that stay together."""
    n = len(fold)
    if stretch > 1 and fold.groups is None:
        drawn = np.flatnonzero(subsets_in_stretches(fold.clusters, min(n_passages, n), stretch, 1, rng=rng)[0])
        # A stretch ends where the next passage drawn is not the next of the document.
        stretches = np.cumsum((np.diff(drawn, prepend=-2) != 1) | (np.diff(fold.clusters[drawn], prepend=-1) != 0))
        return drawn[_mixed(stretches, rng)]
    if fold.groups is None:
        return rng.permutation(n)[:n_passages]
    places = rng.permutation(int(fold.groups.max()) + 1)[fold.groups]
    return rng.permutation(np.argsort(places + rng.random(n))[:n_passages])


def _mixed(keys: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Rows in a random order of their keys, those of one key one after another."""
    distinct, key = np.unique(keys, return_inverse=True)
    return np.argsort(rng.permutation(len(distinct))[key], kind="stable")


def random_order(texts: Sequence[str], units: Counts | None = None, *, seed: int) -> NDArray[np.int64]:
    """Rows of passages in a random order, the same whatever order they are given in; those of one unit one after another.

    Args:
        texts: passages.
        units: of those that are pieces of longer texts, in order, the text of each, [n]; None where every passage stands alone.
        seed: of the order.

    >>> texts = ["the lamp", "the stair", "the lamp"]
    >>> [texts[row] for row in random_order(texts, seed=0)] == [texts[::-1][row] for row in random_order(texts[::-1], seed=0)]
    True
    """
    again = Counter[str]()
    keys = []
    for text in texts:
        # Copies are told apart by their number, so that they do not follow one another.
        again[text] += 1
        keys.append(hashlib.blake2b(f"{seed} {again[text]} {text}".encode("utf-8", "surrogatepass"), digest_size=8).digest())
    if units is None:
        return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
    first: dict[int, bytes] = {}
    of_unit = [first.setdefault(unit, key) for unit, key in zip(units.tolist(), keys, strict=True)]
    return np.array(sorted(range(len(keys)), key=of_unit.__getitem__), dtype=np.int64)


def _at_size(measure: PooledMetric, value: float, n: int, wanted: int) -> float:
    """The value of n passages as that of as many as are wanted.

    What pairs have in common is proportional to the number of other passages, as long as it is little.
    """
    if not isinstance(measure, PairedMetric) or n >= wanted or n < 2:
        return value
    most = measure.bounds[1]
    scaled = value * (wanted - 1) / (n - 1)
    return scaled if most is None else min(scaled, most)
