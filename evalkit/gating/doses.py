"""Measures what small doses of standard defects do to human text of a corpus, `dose_damages`, so that margins can be given in plain units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

import generators
from evalkit.counts.feature import Totals
from evalkit.counts.matrix import Scan
from evalkit.defects.planted import defects_named
from evalkit.evaluation.reference import Fold, Reference
from evalkit.gating.measures import Damages, Measure
from evalkit.gating.policy import DOSES
from evalkit.metrics.base import Direction, Metric

N_SPLITS = 4
"""Splits of the corpus whose held-out text gets the defects."""
MOST_PASSAGES = 60
"""Held-out passages of each split; more change the median over splits little, and each costs as much as a passage of a candidate."""


def dose_damages(reference: Reference, folds: Sequence[Fold], measures: Sequence[Measure], *, seed: int) -> Damages:
    """What each dose of each standard defect does to held-out human text.

    A defect is planted in passages that are then compared with themselves, so that chance hardly plays a part. For two-sided measures it counts how
    far the value moves, whichever way: a candidate may lie on either side of human text.

    Args:
        reference: the corpus.
        folds: its splits.
        measures: of text.
        seed: of the places where defects are planted.

    Returns:
        The median over splits, 0 where a defect makes a measure better.
    """
    train = [document.text for document in reference.split.train]
    noise = [word for text in generators.create("unigram").fit(train).sample(20, 2000, seed=seed) for word in text.split()]
    human = [_HumanText.of(fold, seed=seed) for fold in folds[:N_SPLITS]]
    found: dict[str, dict[float, dict[str, float]]] = {}
    for name, (defect, doses) in DOSES.items():
        for dose in doses:
            moved = [_moved(text, measures, defect, dose, noise, seed=seed) for text in human]
            found.setdefault(name, {})[dose] = _medians(moved)
    return found


@dataclass(frozen=True)
class _HumanText:
    """Held-out passages of one split before anything is planted in them.

    Args:
        fold: the split.
        texts: the passages.
        totals: of their counts, one row.
    """

    fold: Fold
    texts: Sequence[str]
    totals: Totals

    @classmethod
    def of(cls, fold: Fold, *, seed: int) -> _HumanText:
        assert fold.passages is not None
        rows = np.sort(np.random.default_rng(seed).permutation(len(fold.human))[:MOST_PASSAGES])
        texts = [fold.passages.texts[row] for row in rows]
        # They are counted as texts are that nobody has seen. The fold's own counts of a long corpus judge some of its characters only, and
        # what they differ by would be taken for damage.
        return cls(fold, texts, _totals(texts, fold))


def _totals(texts: Sequence[str], fold: Fold) -> Totals:
    layout = fold.totals.layout
    return Totals(Scan(texts).tally(layout, fold.lexicon).sum(axis=0, dtype=np.float64)[None], layout)


def _medians(moved: Sequence[Mapping[str, float]]) -> dict[str, float]:
    values = {id_: np.array([of_split[id_] for of_split in moved]) for id_ in moved[0]}
    return {id_: max(0.0, float(np.nanmedian(of))) for id_, of in values.items() if not np.isnan(of).all()}


def _moved(
    human: _HumanText, measures: Sequence[Measure], defect: str, dose: float, noise: Sequence[str], *, seed: int
) -> dict[str, float]:
    """Measure -> how much worse the held-out passages of one split become."""
    apply = defects_named([defect])[0].apply
    assert apply is not None
    rng = np.random.default_rng([seed, round(1e6 * dose)])
    after = _totals([apply(text, dose, rng, noise) for text in human.texts], human.fold)
    return {measure.id: _worse(measure.metric, human.totals, after, human.fold.totals) for measure in measures}


def _worse(metric: Metric, before: Totals, after: Totals, reference: Totals) -> float:
    change = float(metric.values(after, reference)[0] - metric.values(before, reference)[0])
    if metric.direction is Direction.TARGET:
        return abs(change)
    return -change if metric.direction is Direction.HIGHER else change
