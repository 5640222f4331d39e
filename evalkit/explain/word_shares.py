"""Which words make up the difference in a share of words: function words, endings, words that exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Floats, Lexicon
from evalkit.counts.words import WordCounts
from evalkit.explain.concordance import quotes
from evalkit.inference import FEWEST_UNITS, Sample
from evalkit.inference.resampling import Weights
from evalkit.inference.sample import middle
from evalkit.metrics.base import Listed, Metric
from evalkit.results import Contribution, number
from evalkit.text.passages import Passage

LARGEST = 10
_REPLICATES = 1_000


@dataclass(frozen=True)
class Shares:
    """Words that a metric is about, as shares of those that they are counted among.

    Args:
        columns: of the words, in the counts, [k].
        whole: which words those are, [items].
        mine, known: shares in the candidate and in the reference, [k].
    """

    columns: NDArray[np.int64]
    whole: NDArray[np.bool_]
    mine: Floats
    known: Floats


def shares_of(listed: Listed, counts: WordCounts, lexicon: Lexicon) -> Shares:
    """Each listed word's share on either side; the differences times the scale sum to that of the metric's values."""
    part, whole = (of(counts.items, lexicon) for of in (listed.part, listed.whole))
    columns = np.flatnonzero(part)
    with np.errstate(invalid="ignore"):
        mine, known = (occurrences[columns] / occurrences[whole].sum() for occurrences in counts.totals())
    return Shares(columns, whole, mine, known)


def listed_parts(
    counts: WordCounts, sample: Sample, metrics: Sequence[Metric], lexicon: Lexicon, passages: Sequence[Passage], *, seed: int
) -> list[Contribution]:
    """The ten words that add most to the difference in each share or rate of words, largest first.

    Args:
        counts: of the candidate's passages and of the training documents.
        sample: the candidate's tallies.
        metrics: those that list their words are taken apart, if they have a value.
        lexicon: what counts as which word.
        passages: the candidate's, to quote from.
        seed: of the resampling behind the intervals.
    """
    weights = sample.weights(_REPLICATES, seed=seed) if sample.n_units >= FEWEST_UNITS else None
    measured = [m for m in metrics if m.listed and np.isfinite(m.values(sample.observed(), sample.reference)[0])]
    return [part for metric in measured for part in _parts(metric, counts, weights, lexicon, passages)]


def _parts(
    metric: Metric, counts: WordCounts, weights: Weights | None, lexicon: Lexicon, passages: Sequence[Passage]
) -> list[Contribution]:
    assert metric.listed is not None, "only shares of words are taken apart by word"
    found, scale = shares_of(metric.listed, counts, lexicon), metric.listed.scale
    apart = found.mine - found.known
    order = np.argsort(-np.abs(apart), kind="stable")[:LARGEST]
    order = order[np.nan_to_num(apart[order]) != 0]
    low, high = _intervals(found, order, counts, weights)
    return [
        Contribution(
            metric=metric.id,
            item=counts.items[found.columns[i]],
            value=float(found.mine[i]),
            reference=float(found.known[i]),
            contribution=float(scale * apart[i]),
            low=number(float(scale * low[rank])),
            high=number(float(scale * high[rank])),
            places=quotes(counts.items[found.columns[i]], passages, most=1) if apart[i] > 0 else [],
        )
        for rank, i in enumerate(order)
    ]


def _intervals(found: Shares, order: NDArray[np.int64], counts: WordCounts, weights: Weights | None) -> tuple[Floats, Floats]:
    """Ends of the middle 95 % of each difference over resampled passages, [k]; NaN where there are too few."""
    if weights is None:
        return np.full(len(order), np.nan), np.full(len(order), np.nan)
    whole = weights @ np.asarray(counts.mine[:, np.flatnonzero(found.whole)].sum(axis=1), dtype=np.float64).ravel()
    some = weights @ counts.mine[:, found.columns[order]].toarray().astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return middle(some / whole[:, None] - found.known[order])
