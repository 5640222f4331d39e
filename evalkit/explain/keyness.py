"""Finds the words that a candidate over- and underuses (`word_uses`) and quotes passages that have them (`quotes`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from evalkit.counts.feature import Floats
from evalkit.counts.matrix import WordCounts
from evalkit.results import Place, WordUse
from evalkit.text.passages import Passage

N_SHOWN = 10
"""Words that are shown of each sign, and contributions of each metric."""
N_PLACES = 3
"""Passages that are quoted for a finding."""
CONTEXT = 30
"""Characters that are quoted on either side of a word."""
FALSE_DISCOVERY_RATE = 0.05
_PRIOR_WORDS = 500.0
"""Weight of the prior, in words, as in Monroe et al. 2008."""
_FEWEST_OCCURRENCES = 5
"""Occurrences in candidate and reference together below which a word is not tested."""
_FEWEST_TEXTS = 3
"""Passages of the candidate, or documents of the reference, that a word must occur in to be tested."""


def word_uses(counts: WordCounts, passages: Sequence[Passage]) -> tuple[list[WordUse], int]:
    """Over- and underused words, the ten most significant of each, and how many words were tested.

    The statistic is the log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, "Fightin' words"). False discoveries
    are controlled at 5 % (Benjamini and Hochberg 1995).

    Args:
        counts: of the candidate's passages and of the training documents.
        passages: the candidate's, to quote from.
    """
    candidate, reference = counts.totals()
    tested = _tested(counts, candidate, reference)
    if not len(tested):
        return [], 0
    from scipy import stats  # takes half a second to import, which only explanations are worth

    log_odds, z = _log_odds_ratio(counts, candidate, reference, tested)
    adjusted = stats.false_discovery_control(2 * special.ndtr(-np.abs(z)))
    significant = np.flatnonzero(adjusted <= FALSE_DISCOVERY_RATE)
    order = significant[np.argsort(-np.abs(z[significant]), kind="stable")]
    shown = sorted([*order[z[order] > 0][:N_SHOWN], *order[z[order] < 0][:N_SHOWN]], key=lambda i: -abs(z[i]))
    return [
        WordUse(
            word=(word := counts.items[tested[i]]),
            count=int(candidate[tested[i]]),
            per_10k=float(1e4 * candidate[tested[i]] / candidate.sum()),
            reference_per_10k=float(1e4 * reference[tested[i]] / reference.sum()),
            log_odds=float(log_odds[i]),
            z=float(z[i]),
            p_adjusted=float(adjusted[i]),
            places=quotes(word, passages) if z[i] > 0 else [],
        )
        for i in shown
    ], len(tested)


def _tested(counts: WordCounts, candidate: Floats, reference: Floats) -> NDArray[np.int64]:
    """Columns of the words that are frequent enough to be tested, [tested]."""
    # Odds need a second word: with one word alone nothing is over- or underused.
    if not candidate.sum() or not reference.sum() or np.count_nonzero(candidate + reference) < 2:
        return np.empty(0, np.int64)
    # The name of one story's hero is evidence of nothing, however often it occurs.
    n_texts = np.maximum(counts.candidate.astype(bool).sum(axis=0), counts.training.astype(bool).sum(axis=0))
    return np.flatnonzero((candidate + reference >= _FEWEST_OCCURRENCES) & (n_texts >= _FEWEST_TEXTS))


def _log_odds_ratio(counts: WordCounts, candidate: Floats, reference: Floats, tested: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Log-odds ratio and z-score of each tested word, each [tested]; positive where the candidate overuses it."""
    # The prior is each word's frequency in both texts together, worth 500 words.
    prior = (_PRIOR_WORDS * (candidate + reference) / (candidate + reference).sum())[tested]
    difference = _log_odds(candidate[tested], prior, candidate.sum()) - _log_odds(reference[tested], prior, reference.sum())
    # Monroe's variance assumes independent words. Words come in clusters, so it is multiplied by each word's dispersion.
    variance = dispersion(counts.candidate, candidate)[tested] / (candidate[tested] + prior)
    variance = variance + dispersion(counts.training, reference)[tested] / (reference[tested] + prior)
    return difference, difference / np.sqrt(variance)


def _log_odds(counts: Floats, prior: Floats, n_words: float) -> Floats:
    return np.asarray(np.log((counts + prior) / (n_words + _PRIOR_WORDS - counts - prior)))


def dispersion(counts: sparse.csc_array, totals: Floats) -> Floats:
    """How much more a word varies over passages than if every word were drawn independently, [items]; at least 1.

    This is Pearson's chi-square over its degrees of freedom, the usual estimate of overdispersion (McCullagh and Nelder 1989): the sum over
    passages of (observed - expected)^2 / expected, by the number of passages less one.

    Args:
        counts: occurrences, [passages x items].
        totals: their sums over passages, [items].
    """
    n_words = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()
    share = totals / totals.sum()
    if len(n_words) < 2:
        return np.ones(len(totals))
    # With expected = n f, the sum of (y - n f)^2 / (n f) equals the sum of y^2 / n, over f, less the total. The counts stay sparse that way.
    weights: NDArray[np.float64] = np.divide(1.0, n_words, out=np.zeros_like(n_words), where=n_words > 0)
    squares = np.asarray(counts.power(2).astype(np.float64).T @ weights).ravel()
    with np.errstate(divide="ignore", invalid="ignore"):
        chi_square = np.where(share > 0, squares / share - totals, 0.0)
    return np.asarray(np.maximum(chi_square / (len(n_words) - 1), 1.0))


def quotes(word: str, passages: Sequence[Passage], *, most: int = N_PLACES) -> list[Place]:
    """The first few passages that have a word, each with the characters around it (a concordance).

    >>> quotes("lamp", [Passage("no light", "a"), Passage("The lamp.", "b")])
    [Place(passage='b', text='The lamp.')]
    """
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    places = []
    for passage in passages:
        if match := pattern.search(passage.text):
            start = max(0, match.start() - CONTEXT)
            places.append(Place(passage=passage.id, text=passage.text[start : match.end() + CONTEXT]))
            if len(places) == most:
                break
    return places
