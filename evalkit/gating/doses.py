"""Measures what small doses of standard defects do to human text of a corpus, `dose_damages`, so that margins can be given in plain units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

import generators
from evalkit._util.entries import Arrays
from evalkit.counts.feature import Floats, Totals
from evalkit.counts.matrix import Scan
from evalkit.defects.planted import defects_named
from evalkit.evaluation.reference import Fold, Reference
from evalkit.gating.measures import Damages, Measure
from evalkit.gating.policy import DOSES
from evalkit.metrics.base import Direction, Metric

N_SPLITS = 4
"""Splits of the corpus whose held-out text gets the defects."""
_HUMAN = "human text"
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
    used = folds[:N_SPLITS]
    keys = [fold.key for fold in used]
    # What the defects make of the corpus depends on nothing else, and takes longer than all the rest of a baseline.
    kept = reference.keep(f"{DOSES} in {keys}, seed {seed}", lambda: _planted(reference, used, seed=seed))
    layout = reference.layout
    before = [Totals(row[None], layout) for row in kept[_HUMAN]]
    found: dict[str, dict[float, dict[str, float]]] = {}
    for name, (_, doses) in DOSES.items():
        for dose in doses:
            after = [Totals(row[None], layout) for row in kept[_place(name, dose)]]
            moved = [
                {measure.id: _worse(measure.metric, was, now, fold.totals) for measure in measures}
                for was, now, fold in zip(before, after, used, strict=True)
            ]
            found.setdefault(name, {})[dose] = _medians(moved)
    return found


def _planted(reference: Reference, folds: Sequence[Fold], *, seed: int) -> Arrays:
    """The summed counts of held-out passages, [splits x columns]: as they are, and with each dose of each standard defect."""
    train = [document.text for document in reference.split.train]
    noise = [word for text in generators.create("unigram").fit(train).sample(20, 2000, seed=seed) for word in text.split()]
    human = [_HumanText.of(fold, seed=seed) for fold in folds]
    counts = {_HUMAN: np.array([_summed(text.texts, text.fold) for text in human])}
    for name, (defect, doses) in DOSES.items():
        for dose in doses:
            counts[_place(name, dose)] = np.array([_with_defect(text, defect, dose, noise, seed=seed) for text in human])
    return counts


def _place(name: str, dose: float) -> str:
    return f"{name} {dose}"


@dataclass(frozen=True)
class _HumanText:
    """Held-out passages of one split before anything is planted in them.

    Args:
        fold: the split.
        texts: the passages.
    """

    fold: Fold
    texts: Sequence[str]

    @classmethod
    def of(cls, fold: Fold, *, seed: int) -> _HumanText:
        assert fold.passages is not None
        rows = np.sort(np.random.default_rng(seed).permutation(len(fold.human))[:MOST_PASSAGES])
        return cls(fold, [fold.passages.texts[row] for row in rows])


def _summed(texts: Sequence[str], fold: Fold) -> Floats:
    """The summed counts of some texts, [columns].

    They are counted as texts are that nobody has seen. The fold's own counts of a long corpus judge some of its characters only, and what they
    differ by would be taken for damage.
    """
    return np.asarray(Scan(texts).tally(fold.totals.layout, fold.lexicon).sum(axis=0, dtype=np.float64))


def _with_defect(human: _HumanText, defect: str, dose: float, noise: Sequence[str], *, seed: int) -> Floats:
    """The summed counts of one split's passages with a dose of a defect, [columns]."""
    apply = defects_named([defect])[0].apply
    assert apply is not None
    rng = np.random.default_rng([seed, round(1e6 * dose)])
    return _summed([apply(text, dose, rng, noise) for text in human.texts], human.fold)


def _medians(moved: Sequence[Mapping[str, float]]) -> dict[str, float]:
    values = {id_: np.array([of_split[id_] for of_split in moved]) for id_ in moved[0]}
    return {id_: max(0.0, float(np.nanmedian(of))) for id_, of in values.items() if not np.isnan(of).all()}


def _worse(metric: Metric, before: Totals, after: Totals, reference: Totals) -> float:
    change = float(metric.values(after, reference)[0] - metric.values(before, reference)[0])
    if metric.direction is Direction.TARGET:
        return abs(change)
    return -change if metric.direction is Direction.HIGHER else change
