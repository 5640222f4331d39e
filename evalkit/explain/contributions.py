"""Explains why a candidate differs (`explain`): what each letter, length or word adds to a metric, which words are overused, and where it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Floats, Lexicon, Totals
from evalkit.counts.matrix import Scan, WordCounts
from evalkit.explain.keyness import CONTEXT, N_PLACES, N_SHOWN, quotes, word_uses
from evalkit.inference import FEWEST_UNITS, Sample
from evalkit.inference.resampling import Weights
from evalkit.inference.sample import middle
from evalkit.metrics.base import Listed, Metric
from evalkit.results import Contribution, Explanation, Place, number
from evalkit.text.passages import Passage

_REPLICATES = 1_000
_BEGINNING = 3 * CONTEXT
"""Characters of a passage that are quoted where no single word can be."""


def explain(
    passages: Sequence[Passage], sample: Sample, metrics: Sequence[Metric], lexicon: Lexicon, *, seed: int = 0
) -> Explanation:
    """What a candidate's differences from the reference consist of.

    Args:
        passages: the candidate's.
        sample: their tallies.
        metrics: those that have items or list their words are taken apart.
        lexicon: with the training documents, whose words are the reference.
        seed: of the resampling behind the intervals.
    """
    resampled = sample.resampled(_REPLICATES, seed=seed) if sample.n_units >= FEWEST_UNITS else None
    parts = [
        part for metric in metrics if metric.contributions for part in contributions(metric, sample, resampled, passages, lexicon)
    ]
    if lexicon.training is None:
        return Explanation(contributions=parts)
    scan = Scan([passage.text for passage in passages])
    counts = WordCounts.of(scan, lexicon.training.index.scan.take(np.array(lexicon.training.rows, dtype=np.int64)))
    weights = sample.weights(_REPLICATES, seed=seed) if sample.n_units >= FEWEST_UNITS else None
    for metric in metrics:
        if metric.listed and _has_value(metric, sample):
            parts += _word_contributions(metric, counts, weights, lexicon, passages)
    # A word of a text that was copied sixty times was used once: copies would make its use as certain as that of sixty texts.
    distinct = sample.distinct
    words, n_tested = word_uses(counts.taken(distinct), [passages[row] for row in distinct])
    return Explanation(contributions=parts, words=words, n_words_tested=n_tested)


def _has_value(metric: Metric, sample: Sample) -> bool:
    return bool(np.isfinite(metric.values(sample.observed(), sample.reference)[0]))


def contributions(
    metric: Metric, sample: Sample, resampled: Totals | None, passages: Sequence[Passage], lexicon: Lexicon
) -> list[Contribution]:
    """The ten largest contributions of a distribution's items to its metric, largest first; [] where the metric has no value.

    Args:
        metric: a distance between distributions.
        sample: the candidate's tallies.
        resampled: their totals in bootstrap replicates; None where there are too few passages.
        passages: the candidate's, to quote from.
        lexicon: of the reference; knows what items are called.
    """
    assert metric.profile is not None, "only distribution metrics have contributions"
    assert metric.contributions is not None, "only distribution metrics have contributions"
    if not _has_value(metric, sample):
        return []
    observed = sample.observed()
    parts = metric.contributions(observed, sample.reference)[0]
    shares, target = metric.profile(observed)[0], metric.profile(sample.reference)[0]
    order, names = _largest(parts), metric.item_names(lexicon)
    low = high = np.full(len(parts), np.nan)
    if resampled is not None:
        low, high = middle(metric.contributions(resampled, sample.reference))
    by_passage = metric.profile(Totals(sample.tally.astype(np.float64), sample.layout))
    return [
        Contribution(
            metric=metric.id,
            item=names[i],
            value=float(shares[i]),
            reference=float(target[i]),
            contribution=float(parts[i]),
            low=number(float(low[i])),
            high=number(float(high[i])),
            places=_beginnings(by_passage[:, i], passages) if shares[i] > target[i] else [],
        )
        for i in order
    ]


def _largest(parts: Floats) -> NDArray[np.int64]:
    """Columns of the ten contributions that are farthest from 0, the largest first; those of 0 or NaN are left out."""
    order = np.argsort(-np.abs(parts), kind="stable")[:N_SHOWN]
    return np.asarray(order[np.nan_to_num(parts[order]) != 0])


def _beginnings(shares: Floats, passages: Sequence[Passage]) -> list[Place]:
    """The beginnings of the passages with the largest shares."""
    order = np.argsort(-np.nan_to_num(shares, nan=-1.0), kind="stable")[:N_PLACES]
    return [Place(passage=passages[i].id, text=passages[i].text[:_BEGINNING]) for i in order if shares[i] > 0]


@dataclass(frozen=True)
class WordShares:
    """Words that a metric is about, as shares of those that they are counted among.

    Args:
        columns: of the words, in the counts, [k].
        among: whether each word is one of those that the shares are of, [items].
        candidate, reference: shares on either side, [k].
    """

    columns: NDArray[np.int64]
    among: NDArray[np.bool_]
    candidate: Floats
    reference: Floats


def word_shares(listed: Listed, counts: WordCounts, lexicon: Lexicon) -> WordShares:
    """Each listed word's share on either side; the differences times the scale sum to that of the metric's values."""
    part, among = (words_of(counts.items, lexicon) for words_of in (listed.part, listed.whole))
    columns = np.flatnonzero(part)
    with np.errstate(invalid="ignore"):
        candidate, reference = (occurrences[columns] / occurrences[among].sum() for occurrences in counts.totals())
    return WordShares(columns, among, candidate, reference)


def _word_contributions(
    metric: Metric, counts: WordCounts, weights: Weights | None, lexicon: Lexicon, passages: Sequence[Passage]
) -> list[Contribution]:
    """The ten words that add most to the difference in a share or rate of words, largest first.

    Args:
        metric: a share or rate that lists its words.
        counts: of the candidate's passages and of the training documents.
        weights: of passages in bootstrap replicates; None where there are too few passages.
        lexicon: what counts as which word.
        passages: the candidate's, to quote from.
    """
    assert metric.listed is not None, "only shares of words have contributions of words"
    shares, scale = word_shares(metric.listed, counts, lexicon), metric.listed.scale
    difference = shares.candidate - shares.reference
    order = _largest(difference)
    low, high = _intervals(shares, order, counts, weights)
    return [
        Contribution(
            metric=metric.id,
            item=(word := counts.items[shares.columns[i]]),
            value=float(shares.candidate[i]),
            reference=float(shares.reference[i]),
            contribution=float(scale * difference[i]),
            low=number(float(scale * low[rank])),
            high=number(float(scale * high[rank])),
            places=quotes(word, passages, most=1) if difference[i] > 0 else [],
        )
        for rank, i in enumerate(order)
    ]


def _intervals(shares: WordShares, order: NDArray[np.int64], counts: WordCounts, weights: Weights | None) -> tuple[Floats, Floats]:
    """Ends of the middle 95 % of each difference over resampled passages, [k]; NaN where there are too few."""
    if weights is None:
        return np.full(len(order), np.nan), np.full(len(order), np.nan)
    among = weights @ np.asarray(counts.candidate[:, np.flatnonzero(shares.among)].sum(axis=1), dtype=np.float64).ravel()
    occurrences = weights @ counts.candidate[:, shares.columns[order]].toarray().astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return middle(occurrences / among[:, None] - shares.reference[order])
