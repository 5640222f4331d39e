"""Lexical diversity: MTLD, HD-D and Yule's K, which depend less on the amount of text than the type-token ratio does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evalkit.counts.feature import Lexicon
from evalkit.counts.matrix import Scan
from evalkit.metrics.base import Direction, PooledMetric

WORDS = 1_000
"""Words of a stretch that is measured at once; none of the three is quite free of the size."""
FACTOR = 0.72
"""The type-token ratio at which a factor of MTLD is complete (McCarthy and Jarvis 2010)."""
DRAWS = 42
"""Words of a random draw of HD-D (McCarthy and Jarvis 2007)."""
Ids = NDArray[np.int64]


def mtld(ids: Ids, *, factor: float = FACTOR) -> float:
    """Measure of textual lexical diversity, in words: how far one reads until the type-token ratio has fallen to 0.72, on average.

    The mean of reading forwards and backwards (McCarthy and Jarvis 2010, "MTLD, vocd-D, and HD-D").

    >>> mtld(np.array([0, 1, 2, 3, 1, 4, 5, 6, 1, 7])).__round__(6)  # 14 words, lexicalrichness has the same
    14.0
    """
    return (_one_way(ids.tolist(), factor) + _one_way(ids[::-1].tolist(), factor)) / 2


def _one_way(ids: list[int], factor: float) -> float:
    n_factors, n, seen, share = 0.0, 0, set[int](), 1.0
    for id_ in ids:
        n += 1
        seen.add(id_)
        share = len(seen) / n
        if share <= factor:
            n_factors, n, seen, share = n_factors + 1, 0, set(), 1.0
    # The rest counts as the part of a factor that its ratio has fallen; where every word is another one, the text is one factor at most.
    n_factors += (1 - share) / (1 - factor)
    return len(ids) / (n_factors or 1.0)


def hdd(ids: Ids, *, draws: int = DRAWS) -> float:
    """HD-D: the expected share of different words in a random draw without replacement (McCarthy and Jarvis 2007).

    The sum over words of the probability that a draw has the word, a hypergeometric one, / draws.

    >>> hdd(np.array([0, 1, 2, 3, 1, 4, 5, 6, 1, 7]), draws=5).__round__(7)
    0.8833333
    """
    n, counts = len(ids), np.unique(ids, return_counts=True)[1]
    # C(n - count, draws) / C(n, draws), by logarithms; 0 where fewer than draws words are not this one.
    rest = n - counts
    missed = np.where(rest >= draws, np.exp(_log_choose(np.maximum(rest, draws), draws) - _log_choose(np.array(n), draws)), 0.0)
    return float((1 - missed).sum() / draws)


def _log_choose(n: Ids, k: int) -> NDArray[np.float64]:
    return np.asarray(special.gammaln(n + 1.0) - special.gammaln(n - k + 1.0) - special.gammaln(k + 1.0))


def yule_k(ids: Ids) -> float:
    """Yule's K: 10,000 times the chance that two words of the text, drawn one after the other, are the same (Yule 1944); high where words come again.

    >>> yule_k(np.array([0, 1, 2, 3, 1, 4, 5, 6, 1, 7]))
    600.0
    """
    n, counts = len(ids), np.unique(ids, return_counts=True)[1]
    return float(1e4 * ((counts.astype(np.float64) ** 2).sum() - n) / n**2)


def _over_stretches(measure: Callable[[Ids], float]) -> Callable[[Scan, Lexicon], float]:
    def value(scan: Scan, lexicon: Lexicon) -> float:
        ids = scan.word_ids
        found = [measure(ids[start : start + WORDS]) for start in range(0, len(ids) - WORDS + 1, WORDS)]
        return float(np.mean(found)) if found else float("nan")

    return value


def _measure(
    name: str,
    label: str,
    *,
    unit: str,
    bounds: tuple[float, float | None],
    summary: str,
    formula: str,
    source: str,
    of: Callable[[Ids], float],
) -> PooledMetric:
    return PooledMetric(
        id=f"lexical.{name}",
        label=label,
        unit=unit,
        direction=Direction.TARGET,
        bounds=bounds,
        version=1,
        summary=summary,
        formula=f"mean over consecutive stretches of {WORDS:,} words of {formula}",
        source=source,
        needs=f"{WORDS:,} words in all",
        value=_over_stretches(of),
    )


METRICS = (
    _measure(
        "mtld",
        "lexical diversity, MTLD",
        unit="words",
        bounds=(1.0, None),
        summary=f"How many words one reads until only {FACTOR:.0%} of them are different; low where words come again soon, high where hardly any does.",
        formula=f"words / factors, a factor being read whenever the type-token ratio falls to {FACTOR}; the mean of both directions",
        source="McCarthy and Jarvis 2010; the package lexicalrichness",
        of=mtld,
    ),
    _measure(
        "hdd",
        f"lexical diversity, HD-D of {DRAWS} words",
        unit="share",
        bounds=(0.0, 1.0),
        summary=f"The share of different words that {DRAWS} words drawn at random have; unlike MTLD it does not see in which order they come.",
        formula=f"sum over different words of P(a draw of {DRAWS} words has it) / {DRAWS}, hypergeometric",
        source="McCarthy and Jarvis 2007; the package lexicalrichness",
        of=hdd,
    ),
    _measure(
        "yule_k",
        "repetition of words, Yule's K",
        unit="per 10,000 pairs",
        bounds=(0.0, 10_000.0),
        summary="How often two words drawn from the text are the same, in 10,000; ruled by the most frequent words, and high in loops.",
        formula="10,000 (sum of squared frequencies - words) / words^2",
        source="Yule 1944, The statistical study of literary vocabulary; Tweedie and Baayen 1998",
        of=yule_k,
    ),
)
