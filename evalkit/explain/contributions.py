"""Why a candidate differs: what each letter, length or word adds to a divergence, which words are over- and underused, and where it shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from evalkit.counts.feature import Floats, Lexicon, Totals
from evalkit.counts.matrix import Scan
from evalkit.counts.words import WordCounts
from evalkit.explain.concordance import AROUND, PLACES, quotes
from evalkit.explain.word_shares import listed_parts
from evalkit.inference import FEWEST_UNITS, Sample
from evalkit.inference.sample import middle
from evalkit.metrics.base import Metric
from evalkit.results import Contribution, Explanation, Place, WordUse, number
from evalkit.text.passages import Passage

LARGEST = 10
"""Contributions that are shown of each metric, and words of each sign."""
FALSE_DISCOVERY_RATE = 0.05
_PRIOR_WORDS = 500.0
"""Weight of the prior, in words (Monroe et al. 2008 use 500)."""
_FEWEST = 5
"""Occurrences in candidate and reference together below which a word is not tested."""
_FEWEST_PLACES = 3
"""Passages of the candidate, or documents of the reference, that a word must occur in to be tested."""
_REPLICATES = 1_000


def explain(
    passages: Sequence[Passage], sample: Sample, metrics: Sequence[Metric], lexicon: Lexicon, *, seed: int = 0
) -> Explanation:
    """What a candidate's differences from the reference consist of.

    Args:
        passages: the candidate's.
        sample: their tallies.
        metrics: those with items are taken apart.
        lexicon: with the training documents, whose words are the reference.
        seed: of the resampling behind the intervals.
    """
    resampled = sample.resampled(_REPLICATES, seed=seed) if sample.n_units >= FEWEST_UNITS else None
    parts = [
        part for metric in metrics if metric.contributions for part in contributions(metric, sample, resampled, passages, lexicon)
    ]
    scan = Scan([passage.text for passage in passages])
    if lexicon.training is None:
        return Explanation(contributions=parts)
    counts = WordCounts.of(scan, lexicon.training.index.scan.take(np.array(lexicon.training.rows, dtype=np.int64)))
    lists = listed_parts(counts, sample, metrics, lexicon, passages, seed=seed)
    words, tested = word_uses(counts, passages)
    return Explanation(contributions=[*parts, *lists], words=words, n_words_tested=tested)


def contributions(
    metric: Metric, sample: Sample, resampled: Totals | None, passages: Sequence[Passage], lexicon: Lexicon
) -> list[Contribution]:
    """The ten largest contributions to one metric, largest first; [] where the metric has no value."""
    assert metric.profile is not None, "only distribution metrics have contributions"
    assert metric.contributions is not None, "only distribution metrics have contributions"
    observed = sample.observed()
    if not np.isfinite(metric.values(observed, sample.reference)[0]):
        return []
    parts = metric.contributions(observed, sample.reference)[0]
    shares, known = metric.profile(observed)[0], metric.profile(sample.reference)[0]
    order = np.argsort(-np.abs(parts), kind="stable")[:LARGEST]
    order, names = order[parts[order] != 0], metric.item_names(lexicon)
    low = high = np.full(len(parts), np.nan)
    if resampled is not None:
        low, high = middle(metric.contributions(resampled, sample.reference))
    within = metric.profile(Totals(sample.tally.astype(np.float64), sample.layout))
    return [
        Contribution(
            metric=metric.id,
            item=names[i],
            value=float(shares[i]),
            reference=float(known[i]),
            contribution=float(parts[i]),
            low=number(float(low[i])),
            high=number(float(high[i])),
            places=_most(within[:, i], passages) if shares[i] > known[i] else [],
        )
        for i in order
    ]


def _most(shares: Floats, passages: Sequence[Passage]) -> list[Place]:
    """The passages with the largest shares, by their beginnings."""
    order = np.argsort(-np.nan_to_num(shares, nan=-1.0), kind="stable")[:PLACES]
    return [Place(passage=passages[i].id, text=passages[i].text[: 3 * AROUND]) for i in order if shares[i] > 0]


def word_uses(counts: WordCounts, passages: Sequence[Passage]) -> tuple[list[WordUse], int]:
    """Over- and underused words, the surest ten of each, and how many words were tested.

    Log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, "Fightin' words"): the prior is the frequency in both
    texts together, worth 500 words. A word that comes in clusters is less sure than its count says: its variance is multiplied by its
    dispersion over passages, and over documents. False discoveries are held to 5 % (Benjamini and Hochberg 1995).

    Args:
        counts: of the candidate's passages and of the training documents.
        passages: the candidate's, to quote from.
    """
    items, a, b = counts.items, counts.mine, counts.known
    mine, theirs = counts.totals()
    # One story's hero proves nothing, however often he is named.
    spread = np.maximum(a.astype(bool).sum(axis=0), b.astype(bool).sum(axis=0)) >= _FEWEST_PLACES
    chosen = np.flatnonzero((mine + theirs >= _FEWEST) & spread)
    # Odds need a second word: of one word alone nothing is over- or underused.
    if not len(chosen) or not mine.sum() or not theirs.sum() or np.count_nonzero(mine + theirs) < 2:
        return [], 0
    prior = (_PRIOR_WORDS * (mine + theirs) / (mine + theirs).sum())[chosen]
    n_mine, n_theirs = mine.sum(), theirs.sum()
    log_odds = _log_odds(mine[chosen], prior, n_mine) - _log_odds(theirs[chosen], prior, n_theirs)
    variance = _dispersion(a, mine)[chosen] / (mine[chosen] + prior) + _dispersion(b, theirs)[chosen] / (theirs[chosen] + prior)
    z = log_odds / np.sqrt(variance)
    # Slow to import, and often loaded for the report by the time it is needed here.
    from scipy.stats import false_discovery_control

    adjusted = false_discovery_control(2 * special.ndtr(-np.abs(z)))
    sure = np.flatnonzero(adjusted <= FALSE_DISCOVERY_RATE)
    order = sure[np.argsort(-np.abs(z[sure]), kind="stable")]
    shown = sorted([*order[z[order] > 0][:LARGEST], *order[z[order] < 0][:LARGEST]], key=lambda i: -abs(z[i]))
    return [
        WordUse(
            word=items[chosen[i]],
            count=int(mine[chosen[i]]),
            per_10k=float(1e4 * mine[chosen[i]] / n_mine),
            reference_per_10k=float(1e4 * theirs[chosen[i]] / n_theirs),
            log_odds=float(log_odds[i]),
            z=float(z[i]),
            p_adjusted=float(adjusted[i]),
            places=quotes(items[chosen[i]], passages) if z[i] > 0 else [],
        )
        for i in shown
    ], len(chosen)


def _log_odds(counts: Floats, prior: Floats, n_words: float) -> Floats:
    return np.asarray(np.log((counts + prior) / (n_words + _PRIOR_WORDS - counts - prior)))


def _dispersion(counts: sparse.csc_array, totals: Floats) -> Floats:
    """How much more a word varies over passages than if every word were drawn on its own, [items]; at least 1.

    The mean of (observed - expected)^2 / expected over passages.
    """
    n = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()
    share = totals / totals.sum()
    if len(n) < 2:
        return np.ones(len(totals))
    # Sum over passages of (y - n f)^2 / (n f) is sum of y^2 / n / f, less the total.
    weights: NDArray[np.float64] = np.divide(1.0, n, out=np.zeros_like(n), where=n > 0)
    squares = np.asarray(counts.power(2).astype(np.float64).T @ weights).ravel()
    with np.errstate(divide="ignore", invalid="ignore"):
        chi_square = np.where(share > 0, squares / share - totals, 0.0)
    return np.asarray(np.maximum(chi_square / (len(n) - 1), 1.0))
