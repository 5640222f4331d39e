"""Tells two samples apart by all their counts at once: `classify`, a classifier tested on passages that it has not seen.

Each measure looks at one thing. A classifier that may use every column of the tallies finds differences that no measure has a name for: if
it tells unseen passages of one sample from those of the other, the two differ (Lopez-Paz and Oquab 2017, Revisiting classifier two-sample
tests).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit._util.formatting import count
from evalkit.counts.feature import Counts, Floats, Layout

Ids = NDArray[np.int64]

N_FOLDS = 5
FEWEST = 10
"""Passages on either side, and independent units of at least five, below which nothing is learned."""
MOST_FIRST, MOST_SECOND = 100, 200
"""Passages of either sample that are used, chosen at random; more make a run slow and the answer little surer."""
STRENGTH = 10.0
"""How freely the classifier may weigh columns: the prior variance of its log odds over passages."""
_INTERCEPT = 10.0
_LEAST_SPREAD = 0.25
"""Standard deviation of the root of a count below which a column is not scaled up: half of that of a Poisson count."""
_MOST_ITERATIONS = 500
_TOLERANCE = 1e-4
_DECIMALS = 9
"""Of log odds; those that differ by less are the same."""
_MOST_COLUMNS = 8
RATE_CHARS = 1_000


@dataclass(frozen=True, kw_only=True)
class ColumnWeight:
    """A column of the tallies by which the classifier tells the samples apart.

    Args:
        name: `feature:column` of the layout.
        share: its part of the distance between the two samples' mean log odds, all columns together being 1.
        first, second: mean counts of the first and the second sample, a passage or, where sizes are known, per 1,000 characters.
    """

    name: str
    share: float
    first: float
    second: float


@dataclass(frozen=True, kw_only=True)
class Classified:
    """How well two samples can be told apart.

    Args:
        auc: chance that of a passage of each, unseen, the first sample's is taken for the first's: .5 where they cannot be told apart, 1 where
            they always can (the area under the receiver operating characteristic); None where `reason` says why.
        p: chance of an AUC at least as large if both samples had one source; None where none was asked for.
        n_first, n_second: passages that were used.
        columns: the columns that gave it away, the most telling first.
        reason: why there is no AUC.
    """

    auc: float | None
    p: float | None = None
    n_first: int = 0
    n_second: int = 0
    columns: tuple[ColumnWeight, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class Labelled:
    """Passages with the unit that each belongs to.

    Args:
        tally: one row a passage, [n x columns].
        units: the independent unit of each passage: the document, or itself, [n].
        sizes: of the passages, in characters, [n]. Where they are given, counts are taken as rates, so that shorter passages are not told by
            their length. None where all passages are about as long.
    """

    tally: Counts
    units: Ids
    sizes: Ids | None = None

    def __len__(self) -> int:
        return len(self.tally)

    def rows(self, rows: Ids) -> Labelled:
        """Some of the passages."""
        return Labelled(self.tally[rows], self.units[rows], None if self.sizes is None else self.sizes[rows])

    def some(self, most: int, rng: np.random.Generator) -> Labelled:
        """At most so many of the passages, chosen at random."""
        return self if len(self) <= most else self.rows(np.sort(rng.choice(len(self), most, replace=False)))

    @property
    def counts(self) -> Floats:
        """The tally, as if every passage had 1,000 characters where sizes are known, [n x columns]."""
        if self.sizes is None:
            return self.tally.astype(np.float64)
        return self.tally * (RATE_CHARS / np.maximum(self.sizes, 1))[:, None]


def comparable(tally: Counts, layout: Layout) -> tuple[Counts, Layout]:
    """The columns that are counted in the same way of candidates and of passages of the reference, and their layout."""
    kept = [feature for feature in layout.features if not feature.sampled]
    columns = [np.arange(layout.n_columns)[layout[feature.name]] for feature in kept]
    return tally[:, np.concatenate([*columns, np.empty(0, np.int64)])], Layout(kept)


def classify(first: Labelled, second: Labelled, layout: Layout, *, seed: int, permutations: int = 0) -> Classified:
    """Tells passages of the first sample from those of the second, each by a classifier that has not seen its unit.

    A logistic regression on the roots of the counts, with a Gaussian prior on its weights (ridge). Columns are scaled by their spread over
    both samples, and those of a feature with k columns together weigh as the root of k, so that a feature of one column can be heard.
    Units are dealt to five folds whatever their sample; the AUC is taken within each fold and averaged over pairs.

    Args:
        first, second: tallies of one layout.
        layout: of their columns.
        seed: of the passages that are used, of folds and permutations.
        permutations: of units between the samples, for p; exact where units of both are of one kind. 0 for no p.

    Returns:
        The AUC, p = (count + 1) / (permutations + 1), and the columns that gave it away.
    """
    reason = too_few(first, second)
    if reason:
        return Classified(auc=None, reason=reason)
    rng = np.random.default_rng([seed, len(first), len(second), 0xC1A5])
    first, second = first.some(MOST_FIRST, rng), second.some(MOST_SECOND, rng)
    areas, space, labels = _told_apart(first, second, layout, rng, permutations)
    if np.isnan(areas[0]):
        return Classified(auc=None, reason="no fold has passages of both samples")
    return Classified(
        auc=float(areas[0]),
        p=float(np.mean(np.nan_to_num(areas, nan=1.0) >= areas[0])) if permutations else None,
        n_first=len(first),
        n_second=len(second),
        columns=_columns(space, np.concatenate([first.counts, second.counts]), labels, layout),
    )


def _told_apart(
    first: Labelled, second: Labelled, layout: Layout, rng: np.random.Generator, permutations: int = 0
) -> tuple[Floats, Space, Floats]:
    """The AUC of two samples and of permutations of them, [1 + permutations], the space that they lie in, and their labels."""
    space = Space.of(np.concatenate([first.counts, second.counts]), layout)
    units = np.concatenate([first.units, second.units + first.units.max() + 1])
    labels = np.repeat([1.0, 0.0], [len(first), len(second)])
    labellings = np.column_stack([labels, *(_permuted(labels, units, rng) for _ in range(permutations))])
    return cross_fitted(space, labellings, _dealt(units, rng)), space, labels


def too_few(first: Labelled, second: Labelled) -> str | None:
    """Why two samples are too small to learn from; None where they are not."""
    least = min(len(first), len(second))
    if least < FEWEST:
        return f"{count(least, 'passage')}, and it takes at least {FEWEST} a side to learn from"
    units = min(len(np.unique(first.units)), len(np.unique(second.units)))
    return f"{count(units, 'independent unit')}, and it takes at least {N_FOLDS} a side" if units < N_FOLDS else None


def _permuted(labels: Floats, units: Ids, rng: np.random.Generator) -> Floats:
    """The labels dealt to units anew, as many units each."""
    distinct, unit = np.unique(units, return_inverse=True)
    of_unit = np.zeros(len(distinct))
    of_unit[unit] = labels
    return rng.permutation(of_unit)[unit]


def _dealt(units: Ids, rng: np.random.Generator) -> Ids:
    """The fold of each passage, [n]: whole units, the largest first, each to the fold with the fewest passages."""
    distinct, unit, sizes = np.unique(units, return_inverse=True, return_counts=True)
    order = rng.permutation(len(distinct))
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold, filled = np.zeros(len(distinct), np.int64), np.zeros(N_FOLDS)
    for number in order:
        fold[number] = int(filled.argmin())
        filled[fold[number]] += sizes[number]
    return fold[unit]


@dataclass(frozen=True)
class Space:
    """Passages as points in which a ridge logistic regression is quick, [n x r]: principal components, scaled by the prior.

    Args:
        points: coordinates of the passages, [n x r]; the Gram matrix of the scaled columns is points @ points.T.
        squares: their sums of squares by coordinate, [r].
        columns: the scaled columns, [n x columns].
    """

    points: Floats
    squares: Floats
    columns: Floats

    @classmethod
    def of(cls, counts: Floats, layout: Layout) -> Space:
        """The space of passages, from their counts only: labels have no part in it, so permuting them leaves it as it is."""
        columns = _scaled(counts, layout)
        gram = columns @ columns.T + _INTERCEPT
        values, vectors = np.linalg.eigh(gram)
        kept = values > 1e-9 * max(values[-1], 1e-300)
        return cls(vectors[:, kept] * np.sqrt(values[kept]), values[kept], columns)


def _scaled(counts: Floats, layout: Layout) -> Floats:
    """Roots of counts, centred and scaled; the mean square of a passage is the prior variance of its log odds."""
    roots = np.sqrt(counts)
    columns = np.asarray((roots - roots.mean(axis=0)) / np.maximum(roots.std(axis=0), _LEAST_SPREAD))
    for feature in layout.features:
        columns[:, layout[feature.name]] /= len(feature.columns) ** 0.25
    total = (columns**2).sum(axis=1).mean()
    return columns * np.sqrt(STRENGTH / total) if total > 0 else columns


def _ranks(scores: Floats) -> Floats:
    """Ranks within each column from 1 up, equal scores with the mean of theirs, [n x R].

    As `scipy.stats.rankdata` has them, which takes most of a second to import.
    """
    ranks = np.empty(scores.shape)
    for column, of_column in enumerate(scores.T):
        _, place, counts = np.unique(of_column, return_inverse=True, return_counts=True)
        ranks[:, column] = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return ranks


def cross_fitted(space: Space, labels: Floats, folds: Ids) -> Floats:
    """The cross-fitted AUC of each labelling, [R]; NaN where no fold has both labels.

    Args:
        space: of the passages.
        labels: 1 for the first sample, 0 for the second, [n x R].
        folds: the fold of each passage, [n].
    """
    wins, pairs = np.zeros(labels.shape[1]), np.zeros(labels.shape[1])
    for fold in range(N_FOLDS):
        tested = folds == fold
        learned = np.where(tested, 0.0, 1.0)[:, None]
        # Passages with the same counts have the same score but for rounding, and are no better told apart by that.
        scores = np.round(space.points[tested] @ fit(space, labels, np.broadcast_to(learned, labels.shape)), _DECIMALS)
        ones = labels[tested] == 1
        n_ones = ones.sum(axis=0)
        # The Mann-Whitney statistic, which is the AUC times the number of pairs.
        ranks = _ranks(scores)
        wins += (ranks * ones).sum(axis=0) - n_ones * (n_ones + 1) / 2
        pairs += n_ones * (len(ones) - n_ones)
    areas = np.full(labels.shape[1], np.nan)
    areas[pairs > 0] = wins[pairs > 0] / pairs[pairs > 0]
    return areas


def fit(space: Space, targets: Floats, weights: Floats) -> Floats:
    """Weights of the ridge logistic regressions of several targets on the same points, [r x R].

    Each minimises sum w log(1 + exp(-+ f)) + |b|^2 / 2, f = points b. The second derivative is at most squares / 4 + 1 (Boehning and
    Lindsay 1988), which is diagonal here, so that a step takes two products of matrices; steps are accelerated (Nesterov 1983) and
    restarted where they overshoot (O'Donoghue and Candes 2015).

    Args:
        space: of the passages.
        targets: 0 or 1, [n x R].
        weights: 1 for passages that are learned from, 0 for others, [n x R].
    """
    step = 1 / (space.squares / 4 + 1)[:, None]
    found = np.zeros((space.points.shape[1], targets.shape[1]))
    ahead, momentum = found, np.ones(targets.shape[1])
    for _ in range(_MOST_ITERATIONS):
        # The logistic function by its hyperbolic tangent, which does not overflow.
        chance = 0.5 + 0.5 * np.tanh(0.5 * (space.points @ ahead))
        gradient = space.points.T @ (weights * (targets - chance)) - ahead
        moved = ahead + step * gradient
        if np.abs(gradient * np.sqrt(step)).max(initial=0) < _TOLERANCE:
            return moved
        overshot = (gradient * (moved - found)).sum(axis=0) < 0
        momentum = np.where(overshot, 1.0, momentum)
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = moved + np.where(overshot, 0.0, (momentum - 1) / following) * (moved - found)
        found, momentum = moved, following
    return found


def _columns(space: Space, counts: Floats, labels: Floats, layout: Layout) -> tuple[ColumnWeight, ...]:
    """The columns by which a classifier that has seen all passages tells them apart."""
    weights = fit(space, labels[:, None], np.ones((len(labels), 1)))[:, 0]
    dual = space.points @ (weights / space.squares)
    ones = labels == 1
    apart = (space.columns.T @ dual) * (space.columns[ones].mean(axis=0) - space.columns[~ones].mean(axis=0))
    total = np.abs(apart).sum()
    if total <= 0:
        return ()
    names = layout.columns
    return tuple(
        ColumnWeight(
            name=names[i],
            share=float(apart[i] / total),
            first=float(counts[ones, i].mean()),
            second=float(counts[~ones, i].mean()),
        )
        for i in np.argsort(-apart, kind="stable")[:_MOST_COLUMNS]
        if apart[i] > 0
    )


def human_areas(human: Labelled, layout: Layout, *, n: int, by_document: bool, seed: int, replicates: int) -> Floats:
    """AUCs of human passages against human passages of other documents, [at most replicates]: what is no sign of a generator.

    Each replicate deals whole documents to the two sides: as many as have n passages stand for the candidate, the others for human text.

    Args:
        human: passages with their documents.
        layout: of the tally.
        n: passages of the candidate.
        by_document: whether it is known which passages of the candidate are of one document. Where it is not, they are dealt to folds one
            by one, and human text is told from human text the better for it.
        seed: of the draws.
        replicates: how many.
    """
    rng = np.random.default_rng([seed, n, int(by_document), 0xF100])
    n = min(n, MOST_FIRST, len(human) // 2)
    areas = []
    for _ in range(replicates):
        chosen, others = _dealt_documents(human.units, n, rng)
        first = human.rows(chosen)
        if not by_document:
            first = Labelled(first.tally, np.arange(len(first)), first.sizes)
        second = human.rows(others).some(MOST_SECOND, rng)
        if too_few(first, second) is None:
            areas.append(float(_told_apart(first, second, layout, rng)[0][0]))
    return np.array([area for area in areas if not np.isnan(area)])


def _dealt_documents(units: Ids, n: int, rng: np.random.Generator) -> tuple[Ids, Ids]:
    """The rows of n passages of some documents, and of all passages of the other documents."""
    distinct, unit, sizes = np.unique(units, return_inverse=True, return_counts=True)
    order = rng.permutation(len(distinct))
    taken = order[: 1 + int(np.searchsorted(np.cumsum(sizes[order]), n))]
    is_taken = np.isin(unit, taken)
    return np.sort(rng.permutation(np.flatnonzero(is_taken))[:n]), np.flatnonzero(~is_taken)
