"""Richness: how many different words and phrases there are, at one fixed size, because every such figure depends on how much was read."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Lexicon
from evalkit.counts.matrix import Scan
from evalkit.metrics.base import Direction, PooledMetric

HAPAX_WORDS = 10_000
DISTINCT_WORDS = 1_000
COMPRESSED_CHARS = 20_000
_NAN = float("nan")
Ids = NDArray[np.int64]


def _windows(ids: Ids, size: int) -> Iterator[Ids]:
    for start in range(0, len(ids) - size + 1, size):
        yield ids[start : start + size]


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else _NAN


def hapax_share(ids: Ids, *, of: str) -> float:
    """The share of types, or of tokens, that occur once.

    >>> hapax_share(np.array([1, 2, 2, 3]), of="types")
    0.6666666666666666
    """
    counts = np.unique(ids, return_counts=True)[1]
    return float((counts == 1).sum() / (len(counts) if of == "types" else len(ids)))


def _hapax(of: str) -> Callable[[Scan, Lexicon], float]:
    return lambda scan, lexicon: _mean([hapax_share(ids, of=of) for ids in _windows(scan.word_ids, HAPAX_WORDS)])


def distinct_share(ids: Ids, n: int) -> float:
    """Distinct n-grams / n-grams (Li et al. 2016).

    >>> distinct_share(np.array([1, 2, 1, 2]), 2)
    0.6666666666666666
    """
    grams = ids
    for shift in range(1, n):
        grams = np.unique(grams, return_inverse=True)[1][:-1] * (int(ids.max()) + 1) + ids[shift:]
    return len(np.unique(grams)) / len(grams)


def _distinct(n: int) -> Callable[[Scan, Lexicon], float]:
    return lambda scan, lexicon: _mean([distinct_share(ids, n) for ids in _windows(scan.word_ids, DISTINCT_WORDS)])


def _compression(scan: Scan, lexicon: Lexicon) -> float:
    text = "\n".join(scan.texts)
    pieces = [text[i : i + COMPRESSED_CHARS].encode() for i in range(0, len(text) - COMPRESSED_CHARS + 1, COMPRESSED_CHARS)]
    return _mean([len(piece) / len(gzip.compress(piece, compresslevel=9, mtime=0)) for piece in pieces])


def zipf_exponent(ids: Ids) -> float:
    """The exponent s of frequency ~ (rank + 2.7)^-s over the ranks whose words occur twice or more, by least squares in log-log.

    Zipf 1949; the shift of the rank is Mandelbrot's.
    """
    counts = np.sort(np.unique(ids, return_counts=True)[1])[::-1]
    counts = counts[counts > 1]
    if len(counts) < 50:
        return _NAN
    return float(-np.polyfit(np.log(np.arange(1, len(counts) + 1) + 2.7), np.log(counts), 1)[0])


def heaps_exponent(ids: Ids) -> float:
    """The exponent b of types ~ words^b, by least squares in log-log at 20 sizes from 100 words up (Heaps 1978)."""
    if len(ids) < 1_000:
        return _NAN
    first = np.zeros(len(ids), np.int64)
    first[np.unique(ids, return_index=True)[1]] = 1
    sizes = np.unique(np.geomspace(100, len(ids), 20).astype(np.int64))
    return float(np.polyfit(np.log(sizes), np.log(np.cumsum(first)[sizes - 1]), 1)[0])


def _hapax_measure(of: str, label: str, lovecraft: str) -> PooledMetric:
    return PooledMetric(
        id=f"hapax.{of}",
        label=label,
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary=f"The share of {'different words' if of == 'types' else 'all words'} that occur only once within {HAPAX_WORDS:,} words; it falls as texts grow, so only this size is compared.",
        formula=f"mean over consecutive windows of {HAPAX_WORDS:,} words of words that occur once / {of}; {lovecraft} for Lovecraft",
        source="Strika 2019 counted them",
        needs=f"{HAPAX_WORDS:,} words in all",
        value=_hapax(of),
    )


def _distinct_measure(n: int) -> PooledMetric:
    return PooledMetric(
        id=f"distinct.{n}",
        label=f"distinct {'words' if n == 1 else f'{n}-word phrases'} in {DISTINCT_WORDS:,} words",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary=f"The share of {'words' if n == 1 else f'{n}-word phrases'} that are different within {DISTINCT_WORDS:,} words: low where a model repeats itself, high where it rambles.",
        formula=f"mean over consecutive windows of {DISTINCT_WORDS:,} words of distinct {n}-grams / {n}-grams",
        source="Li et al. 2016, A diversity-promoting objective function for neural conversation models",
        needs=f"{DISTINCT_WORDS:,} words in all",
        value=_distinct(n),
    )


METRICS = (
    _hapax_measure("types", "words used once, of the different words", "62.5 %"),
    _hapax_measure("tokens", "words used once, of all words", "16.6 %"),
    *(_distinct_measure(n) for n in (1, 2, 3, 4)),
    PooledMetric(
        id="compression.gzip",
        label="compression by gzip",
        unit="ratio",
        direction=Direction.TARGET,
        bounds=(0.0, None),
        version=1,
        summary=f"How many times smaller gzip makes {COMPRESSED_CHARS:,} characters: above the human range the text repeats itself, below it is noise.",
        formula=f"mean over consecutive windows of {COMPRESSED_CHARS:,} characters of bytes / bytes after gzip -9",
        source="defined for evalkit; the ratio of one author runs from 1.73 at 1 kB to 2.63 at 1 MB, so the size is fixed",
        needs=f"{COMPRESSED_CHARS:,} characters in all",
        value=_compression,
    ),
    PooledMetric(
        id="zipf.exponent",
        label="Zipf's exponent",
        unit="exponent",
        direction=Direction.TARGET,
        bounds=(None, None),
        version=1,
        summary="How fast word frequencies fall with their rank; depends on the amount of text and on the fit more than on the author.",
        formula="s of frequency ~ (rank + 2.7)^-s by least squares on logarithms, over words that occur twice or more",
        source="Zipf 1949; Mandelbrot 1953",
        needs="50 words that occur twice",
        value=lambda scan, lexicon: zipf_exponent(scan.word_ids),
    ),
    PooledMetric(
        id="heaps.exponent",
        label="Heaps's exponent",
        unit="exponent",
        direction=Direction.TARGET,
        bounds=(None, None),
        version=1,
        summary="How fast new words keep appearing as the text goes on; depends on the order of the passages and on the amount of text.",
        formula="b of different words ~ words^b by least squares on logarithms, at 20 sizes from 100 words to all",
        source="Heaps 1978",
        needs="1,000 words in all",
        value=lambda scan, lexicon: heaps_exponent(scan.word_ids),
    ),
)
