"""Puts the consecutive pieces of one long text into blocks, `in_blocks`, so that its values have an interval.

The pieces of one text are not independent, so its interval cannot come from leaving out pieces one by one. Blocks of consecutive pieces are
nearly independent where they are long enough: they share only their ends. Leaving out blocks in turn is the block jackknife (Kuensch 1989), and
drawing them with replacement the block bootstrap (Carlstein 1986). Both see a text as one stretch of an endless one: what the whole text has in
common, such as its subject or the loop that it fell into, cannot show in them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special

from evalkit._util.formatting import count
from evalkit.counts.feature import Counts, Floats

MOST_BLOCKS = 30
"""More blocks would be shorter and so less independent; with 30, Student's t is 4 % wider than the normal distribution."""
FEWEST_BLOCKS = 10
"""With fewer, the standard error is too uncertain."""
FEWEST_A_BLOCK = 2
"""Pieces of a block at least: neighbouring pieces share a sentence, if nothing else."""
FEWEST_PIECES = 40
"""With fewer, a memory of a few pieces is seldom seen, and rare words make intervals too wide."""
LARGEST_BIAS = 0.1
"""Share of the variance that blocks may miss because their ends hang together; 95 % intervals then cover about 93.5 %."""
DRIFT_LEVEL = 0.05
"""Chance that a text without drift is taken for one that drifts, and has no interval."""
_PARTS = 5
"""Parts of a text whose means are compared."""
_COMPONENTS, _DECIDING = 8, 5
"""Leading principal components of the counts that show a drift, and those of them whose memory decides on the length of blocks."""
_ROUNDING = 1e-12
_SIGNIFICANT = 2.0
"""Autocorrelations below this times the root of log10(n) / n count as 0 (Politis and White 2004, section 3.2)."""


@dataclass(frozen=True)
class Blocks:
    """The consecutive pieces of a few texts, in blocks.

    Args:
        of: the block of each passage, 0 to k - 1, [n]; None where `reason` says why there are none.
        n_texts: texts that were cut.
        n_pieces: pieces of all of them.
        reason: why there are no blocks.
    """

    of: NDArray[np.int64] | None
    n_texts: int
    n_pieces: int
    reason: str | None = None

    @property
    def n_blocks(self) -> int:
        """How many blocks there are."""
        return 0 if self.of is None else int(self.of.max()) + 1

    def __str__(self) -> str:
        texts = "one text" if self.n_texts == 1 else f"{self.n_texts} texts"
        size = round(self.n_pieces / max(self.n_blocks, 1), 1)
        return f"{texts}; {self.n_pieces} consecutive pieces, {self.n_blocks} blocks of {size:g}"


def in_blocks(tally: Counts, text: NDArray[np.int64]) -> Blocks:
    """Consecutive pieces of texts in blocks that are long enough to be nearly independent.

    The length is chosen from the text: neighbouring blocks share what lies at their ends, for which the variance of n pieces in blocks of b is too
    small by the share G / (b g), with g = sum of R(k) and G = sum of |k| R(k) over all lags k of the autocovariances R (Kuensch 1989, theorem
    3.3). Both sums are estimated with a flat-top lag window (Politis and White 2004) from the leading principal components of the counts, and the
    component with the longest memory decides.

    Args:
        tally: of each piece, in the order of the text, [n x columns].
        text: the text of each piece, 0 to k - 1 and in order, [n].
    """
    n_pieces, n_texts = len(tally), int(text.max()) + 1
    if n_pieces < FEWEST_PIECES:
        reason = f"{count(n_pieces, 'piece')} of {_texts(n_texts)}, and blocks of one text's pieces take at least {FEWEST_PIECES}"
        return Blocks(None, n_texts, n_pieces, reason)
    components = _components(tally)
    memory = max(memory_of(component) for component in components[:_DECIDING])
    length = max(n_pieces / MOST_BLOCKS, FEWEST_A_BLOCK, memory / LARGEST_BIAS)
    if n_pieces / length < FEWEST_BLOCKS:
        reason = f"the pieces of {_texts(n_texts)} depend on each other over so long stretches that {n_pieces} of them are too few"
        return Blocks(None, n_texts, n_pieces, reason)
    block = _numbered(text, length)
    # Pieces without a memory are independent if nothing drifts, and being more than the blocks they show it sooner.
    if drift(components, block if memory else np.arange(n_pieces)) < DRIFT_LEVEL:
        changes = "the text changes as it goes on: its" if n_texts == 1 else f"the {n_texts} texts are not alike throughout: their"
        return Blocks(None, n_texts, n_pieces, f"{changes} parts differ more than neighbours among the {n_pieces} pieces do")
    return Blocks(block, n_texts, n_pieces)


def _texts(n: int) -> str:
    return "one text" if n == 1 else f"{n} texts"


def _numbered(text: NDArray[np.int64], length: float) -> NDArray[np.int64]:
    """The block of each piece, [n]: of every text equal blocks of about a length."""
    block = np.empty(len(text), np.int64)
    first = 0
    for number in range(int(text.max()) + 1):
        rows = np.flatnonzero(text == number)
        n_blocks = max(1, int(len(rows) / length))
        block[rows] = first + np.arange(len(rows)) * n_blocks // len(rows)
        first += n_blocks
    return block


def _components(tally: Counts) -> Floats:
    """The leading principal components of the counts, the largest first, [components x n]."""
    # Roots of counts vary about equally, whatever their size, so that frequent characters do not drown all else.
    roots = np.sqrt(tally.astype(np.float64))
    roots -= roots.mean(axis=0)
    n = len(roots)
    values, vectors = linalg.eigh(roots @ roots.T, subset_by_index=(n - min(_COMPONENTS, n), n - 1))
    # What is left of a text whose pieces all count alike is rounding, which would look like a drift.
    values[values < _ROUNDING * float(np.sum(tally))] = 0.0
    return np.asarray((vectors * np.sqrt(values)).T[::-1])  # they come in rising order


def drift(components: Floats, block: NDArray[np.int64]) -> float:
    """How likely the means of five parts of a text would differ as much as they do if all blocks were independent: p of an F test.

    A human story changes as it goes on, so slowly that no autocorrelation shows it: its blocks lie nearer to their neighbours than to the others.

    Args:
        components: uncorrelated series, one value a piece, [components x n].
        block: of each piece, 0 to k - 1, [n].
    """
    n_blocks = int(block.max()) + 1
    means = np.stack([np.bincount(block, component) for component in components]) / np.bincount(block)
    means = means[means.std(axis=1) > 0]
    if not len(means):
        return 1.0
    part = np.arange(n_blocks) * _PARTS // n_blocks
    sizes = np.bincount(part)
    of_parts = np.stack([np.bincount(part, values) for values in means]) / sizes
    within = np.sum((means - of_parts[:, part]) ** 2, axis=1) / (n_blocks - _PARTS)
    between = np.sum(sizes * (of_parts - means.mean(axis=1, keepdims=True)) ** 2, axis=1) / (_PARTS - 1)
    total = means.var(axis=1, ddof=1)
    ratio = float(np.sum(between / total) / np.sum(within / total))
    return float(special.fdtrc(len(means) * (_PARTS - 1), len(means) * (n_blocks - _PARTS), ratio))


def memory_of(series: Floats) -> float:
    """The sum of |k| R(k) over that of R(k), in pieces: about how far a series remembers. 0 where it has no memory, or a negative one.

    Args:
        series: one value a piece, in order, [n].

    >>> memory_of(np.tile([0.0, 1.0], 50))
    0.0
    """
    n = len(series)
    centred = series - series.mean()
    spectrum = np.fft.rfft(centred, 2 * n)
    covariances = np.fft.irfft(np.abs(spectrum) ** 2)[:n] / n
    if covariances[0] <= 1e-12 * max(float(np.mean(series**2)), 1e-300):
        return 0.0
    last = _last_significant(covariances / covariances[0])
    if last == 0:
        return 0.0
    lags = np.arange(1, min(2 * last, n - 1) + 1)
    window = np.clip(2 * (1 - lags / (2 * last)), 0.0, 1.0)
    weighted = window * covariances[lags]
    total, first = float(covariances[0] + 2 * weighted.sum()), float(2 * (lags * weighted).sum())
    if first <= 0:
        return 0.0
    return first / total if total > 0 else math.inf


def _last_significant(correlations: Floats) -> int:
    """The lag after which the next few autocorrelations are all insignificant (Politis and White 2004, section 3.2)."""
    n = len(correlations)
    run = max(5, math.ceil(math.sqrt(math.log10(n))))
    most = math.ceil(math.sqrt(n)) + run
    significant = np.abs(correlations[1 : most + 1]) >= _SIGNIFICANT * math.sqrt(math.log10(n) / n)
    return next((lag for lag in range(most) if not significant[lag : lag + run].any()), most)
