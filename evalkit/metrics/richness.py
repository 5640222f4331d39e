"""Measures the richness of vocabulary, of all passages together: MTLD, HD-D, Yule's K, hapaxes, distinct n-grams, compression, exponents.

Every such measure depends on the amount of text, so most are means over consecutive windows of one size. Which passages stand in one window
matters too, so candidates and human text are taken in a random order.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evalkit.counts.feature import Lexicon
from evalkit.counts.matrix import Scan
from evalkit.metrics.base import Direction, Family, PooledMetric
from evalkit.text.canonical import on_one_line

LEXICAL_WORDS = 1_000
"""Words of a window of MTLD, HD-D and Yule's K, which depend less on the amount of text than others do, but still a little."""
HAPAX_WORDS = 10_000
DISTINCT_WORDS = 1_000
COMPRESSED_CHARS = 20_000
FACTOR = 0.72
"""The type-token ratio at which a factor of MTLD is complete (McCarthy and Jarvis 2010)."""
DRAWS = 42
"""Words of a random draw of HD-D (McCarthy and Jarvis 2007)."""
Ids = NDArray[np.int64]
"""Words in order, each as a number."""


def _windows(ids: Ids, size: int) -> Iterator[Ids]:
    """Consecutive windows of `size` words; the rest is left out."""
    for start in range(0, len(ids) - size + 1, size):
        yield ids[start : start + size]


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def mtld(ids: Ids, *, factor: float = FACTOR) -> float:
    """Measure of textual lexical diversity: the mean number of words until the type-token ratio has fallen to 0.72.

    The mean of reading forwards and backwards (McCarthy and Jarvis 2010, "MTLD, vocd-D, and HD-D").

    >>> mtld(np.array([0, 1, 2, 3, 1, 4, 5, 6, 1, 7])).__round__(6)  # the package lexicalrichness gives 14 words too
    14.0
    """
    return (_words_a_factor(ids.tolist(), factor) + _words_a_factor(ids[::-1].tolist(), factor)) / 2


def _words_a_factor(ids: list[int], factor: float) -> float:
    n_factors, n, seen, share = 0.0, 0, set[int](), 1.0
    for id_ in ids:
        n += 1
        seen.add(id_)
        share = len(seen) / n
        if share <= factor:
            n_factors, n, seen, share = n_factors + 1, 0, set(), 1.0
    # The words after the last factor count as a part of one: how far their ratio has fallen towards 0.72.
    n_factors += (1 - share) / (1 - factor)
    # Where all words are different there is no factor at all, and the text counts as one.
    return len(ids) / (n_factors or 1.0)


def hdd(ids: Ids, *, draws: int = DRAWS) -> float:
    """HD-D: the expected share of different words in a random draw without replacement (McCarthy and Jarvis 2007).

    The sum over different words of the probability that the draw has the word, which is hypergeometric, / draws.

    >>> hdd(np.array([0, 1, 2, 3, 1, 4, 5, 6, 1, 7]), draws=5).__round__(7)
    0.8833333
    """
    n, counts = len(ids), np.unique(ids, return_counts=True)[1]
    # A draw lacks a word with probability C(n - count, draws) / C(n, draws). Logarithms keep that from overflowing. The probability is 0 where
    # fewer than `draws` words are other ones.
    others = n - counts
    lacking = np.where(
        others >= draws, np.exp(_log_choose(np.maximum(others, draws), draws) - _log_choose(np.array(n), draws)), 0.0
    )
    return float((1 - lacking).sum() / draws)


def _log_choose(n: Ids, k: int) -> NDArray[np.float64]:
    """The natural logarithm of the binomial coefficient n over k."""
    return np.asarray(special.gammaln(n + 1.0) - special.gammaln(n - k + 1.0) - special.gammaln(k + 1.0))


def yule_k(ids: Ids) -> float:
    """Yule's K: 10,000 times the chance that two words of the text, drawn at random, are the same (Yule 1944); high where words are repeated.

    >>> yule_k(np.array([0, 1, 2, 3, 1, 4, 5, 6, 1, 7]))
    600.0
    """
    n, counts = len(ids), np.unique(ids, return_counts=True)[1]
    return float(1e4 * ((counts.astype(np.float64) ** 2).sum() - n) / n**2)


def hapax_share(ids: Ids, *, of: str) -> float:
    """The share of words that occur once, of the different words (types) or of all words (tokens).

    >>> hapax_share(np.array([1, 2, 2, 3]), of="types")
    0.6666666666666666
    """
    counts = np.unique(ids, return_counts=True)[1]
    return float((counts == 1).sum() / (len(counts) if of == "types" else len(ids)))


def distinct_share(ids: Ids, n: int) -> float:
    """Distinct n-grams / n-grams (Li et al. 2016).

    >>> distinct_share(np.array([1, 2, 1, 2]), 2)
    0.6666666666666666
    """
    grams = ids
    for shift in range(1, n):
        grams = np.unique(grams, return_inverse=True)[1][:-1] * (int(ids.max()) + 1) + ids[shift:]
    return len(np.unique(grams)) / len(grams)


def _over_windows(measure: Callable[[Ids], float], size: int) -> Callable[[Scan, Lexicon], float]:
    """The mean of a measure over consecutive windows of `size` words."""
    return lambda scan, lexicon: _mean([measure(ids) for ids in _windows(scan.word_ids, size)])


def _compression(scan: Scan, lexicon: Lexicon) -> float:
    """Bytes / compressed bytes, as a mean over consecutive windows of 20,000 characters."""
    text = " ".join(map(on_one_line, scan.texts))
    pieces = [text[i : i + COMPRESSED_CHARS].encode() for i in range(0, len(text) - COMPRESSED_CHARS + 1, COMPRESSED_CHARS)]
    # gzip writes the time into its head; a fixed one keeps the bytes the same.
    return _mean([len(piece) / len(gzip.compress(piece, compresslevel=9, mtime=0)) for piece in pieces])


def zipf_exponent(ids: Ids) -> float:
    """The exponent s of frequency ~ (rank + 2.7)^-s, by least squares on logarithms (Zipf 1949; the shift of the rank is Mandelbrot's, 1953).

    Words that occur once are left out: their ranks are arbitrary. NaN where fewer than 50 words are left.
    """
    counts = np.sort(np.unique(ids, return_counts=True)[1])[::-1]
    counts = counts[counts > 1]
    if len(counts) < 50:
        return float("nan")
    return float(-np.polyfit(np.log(np.arange(1, len(counts) + 1) + 2.7), np.log(counts), 1)[0])


def heaps_exponent(ids: Ids) -> float:
    """The exponent b of different words ~ words^b, by least squares on logarithms at 20 sizes from 100 words up (Heaps 1978).

    NaN under 1,000 words.
    """
    if len(ids) < 1_000:
        return float("nan")
    is_new = np.zeros(len(ids), np.int64)
    is_new[np.unique(ids, return_index=True)[1]] = 1
    sizes = np.unique(np.geomspace(100, len(ids), 20).astype(np.int64))
    return float(np.polyfit(np.log(sizes), np.log(np.cumsum(is_new)[sizes - 1]), 1)[0])


def _lexical(
    name: str,
    label: str,
    *,
    unit: str,
    bounds: tuple[float, float | None],
    summary: str,
    formula: str,
    source: str,
    measure: Callable[[Ids], float],
) -> PooledMetric:
    return PooledMetric(
        id=f"lexical.{name}",
        family=Family.VARIETY,
        label=label,
        unit=unit,
        direction=Direction.TARGET,
        bounds=bounds,
        version=2,
        summary=summary,
        formula=f"mean over consecutive windows of {LEXICAL_WORDS:,} words of {formula}",
        source=source,
        needs=f"{LEXICAL_WORDS:,} words in all",
        value=_over_windows(measure, LEXICAL_WORDS),
        in_order=True,
    )


def _hapaxes(of: str, label: str, lovecraft: str) -> PooledMetric:
    return PooledMetric(
        id=f"hapax.{of}",
        family=Family.VARIETY,
        label=label,
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=2,
        summary=(
            f"The share of {'different words' if of == 'types' else 'all words'} that occur only once within {HAPAX_WORDS:,} words (hapax "
            "legomena); it falls as texts grow, so only this size is compared."
        ),
        formula=f"mean over consecutive windows of {HAPAX_WORDS:,} words of words that occur once / {of}; {lovecraft} for Lovecraft",
        source="Strika 2019 counted them",
        needs=f"{HAPAX_WORDS:,} words in all",
        value=_over_windows(lambda ids: hapax_share(ids, of=of), HAPAX_WORDS),
        in_order=True,
    )


def _distinct_ngrams(n: int) -> PooledMetric:
    phrases = "words" if n == 1 else f"{n}-word phrases"
    return PooledMetric(
        id=f"distinct.{n}",
        family=Family.VARIETY,
        label=f"distinct {phrases} in {DISTINCT_WORDS:,} words",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=2,
        summary=f"The share of {phrases} that are different within {DISTINCT_WORDS:,} words: low where a model repeats itself, high where it writes noise.",
        formula=f"mean over consecutive windows of {DISTINCT_WORDS:,} words of distinct {n}-grams / {n}-grams",
        source="Li et al. 2016, A diversity-promoting objective function for neural conversation models",
        needs=f"{DISTINCT_WORDS:,} words in all",
        value=_over_windows(lambda ids: distinct_share(ids, n), DISTINCT_WORDS),
        in_order=True,
    )


METRICS = (
    _lexical(
        "mtld",
        "lexical diversity, MTLD",
        unit="words",
        bounds=(1.0, None),
        summary=f"The mean number of words until only {FACTOR:.0%} of them are different; low where words are soon repeated, high where hardly any is.",
        formula=f"words / factors, a factor being complete whenever the type-token ratio has fallen to {FACTOR}; the mean of both directions",
        source="McCarthy and Jarvis 2010; the package lexicalrichness",
        measure=mtld,
    ),
    _lexical(
        "hdd",
        f"lexical diversity, HD-D of {DRAWS} words",
        unit="share",
        bounds=(0.0, 1.0),
        summary=f"The expected share of different words among {DRAWS} words drawn at random; unlike MTLD it does not depend on their order.",
        formula=f"sum over different words of P(a draw of {DRAWS} words has it) / {DRAWS}, hypergeometric",
        source="McCarthy and Jarvis 2007; the package lexicalrichness",
        measure=hdd,
    ),
    _lexical(
        "yule_k",
        "repetition of words, Yule's K",
        unit="per 10,000 pairs",
        bounds=(0.0, 10_000.0),
        summary="How many of 10,000 pairs of words drawn from the text are the same word twice; the most frequent words decide it, and loops raise it.",
        formula="10,000 (sum of squared frequencies - words) / words^2",
        source="Yule 1944, The statistical study of literary vocabulary; Tweedie and Baayen 1998",
        measure=yule_k,
    ),
    _hapaxes("types", "words used once, as a share of different words", "62.5 %"),
    _hapaxes("tokens", "words used once, as a share of all words", "16.6 %"),
    *(_distinct_ngrams(n) for n in (1, 2, 3, 4)),
    PooledMetric(
        id="compression.gzip",
        family=Family.VARIETY,
        label="compression by gzip",
        unit="ratio",
        direction=Direction.TARGET,
        bounds=(0.0, None),
        version=2,
        summary=f"How many times smaller gzip makes {COMPRESSED_CHARS:,} characters: above the human range the text repeats itself, below it, it is noise.",
        formula=f"mean over consecutive windows of {COMPRESSED_CHARS:,} characters of bytes / bytes after gzip -9",
        source="defined for evalkit; the ratio of one author runs from 1.73 at 1 kB to 2.63 at 1 MB, so the size is fixed",
        needs=f"{COMPRESSED_CHARS:,} characters in all",
        value=_compression,
        in_order=True,
    ),
    PooledMetric(
        id="zipf.exponent",
        family=Family.VARIETY,
        label="Zipf's exponent",
        unit="exponent",
        direction=Direction.TARGET,
        bounds=(None, None),
        version=1,
        summary="How fast word frequencies fall with rank; it depends on the amount of text and on the fit more than on the author.",
        formula="s of frequency ~ (rank + 2.7)^-s by least squares on logarithms, over words that occur twice or more",
        source="Zipf 1949; Mandelbrot 1953",
        needs="50 words that occur twice",
        value=lambda scan, lexicon: zipf_exponent(scan.word_ids),
    ),
    PooledMetric(
        id="heaps.exponent",
        family=Family.VARIETY,
        label="Heaps's exponent",
        unit="exponent",
        direction=Direction.TARGET,
        bounds=(None, None),
        version=2,
        summary="How fast new words keep appearing in the course of the text; it depends on the order of the passages and on the amount of text.",
        formula="b of different words ~ words^b by least squares on logarithms, at 20 sizes from 100 words to all",
        source="Heaps 1978",
        needs="1,000 words in all",
        value=lambda scan, lexicon: heaps_exponent(scan.word_ids),
        in_order=True,
    ),
)
