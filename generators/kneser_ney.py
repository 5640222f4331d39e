"""Interpolated modified Kneser-Ney smoothing (Chen and Goodman 1998) over a trie of counts, as KenLM estimates it.

`p(w | h) = alpha(hw) + gamma(h) p(w | h')`, where h' is h without its first symbol, `alpha(hw) = (c - D(c)) / sum of c over h`,
and the discounts D(1), D(2), D(3 and more) of each order come from its counts of counts. Below the unigrams is the uniform
distribution over all symbols, the end of the document and one unknown symbol (Heafield et al. 2013, `lmplz --discount_fallback`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from generators.base import Floats, Symbols
from generators.trie import FIRST, NEVER, ROOT, Ints, Trie, build, child_index

FALLBACK = (0.5, 1.0, 1.5)
"""Discounts where the counts of counts do not determine them (tiny alphabets), as in KenLM."""


def discounts(counts: Ints) -> Floats:
    """D(0) = 0, D(1), D(2), D(3 and more) of one order.

    `D(j) = j - (j + 1) Y n(j+1) / n(j)` with `Y = n1 / (n1 + 2 n2)`, n(j) the number of n-grams counted j times. A discount of
    exactly 0, which KenLM lets pass, is replaced too: it could leave nothing for what was not seen.

    >>> discounts(np.array([1, 1, 1, 1, 2, 2, 3, 4])).tolist()
    [0.0, 0.5, 1.25, 1.0]
    """
    n = np.bincount(np.minimum(counts, 5), minlength=6).astype(np.float64)
    if (n[1:4] == 0).any():
        return np.array([0.0, *FALLBACK])
    y = n[1] / (n[1] + 2 * n[2])
    found = np.array([0.0, *(j - (j + 1) * y * n[j + 1] / n[j] for j in (1, 2, 3))])
    if (found[1:] <= 0).any() or (found > np.arange(4)).any():
        return np.array([0.0, *FALLBACK])
    return found


class KneserNey:
    """The smoothed distributions of a trie, for symbols 0 ... n_symbols - 1 and the end of the document, `n_symbols`.

    Args:
        trie: the counts.
        unknown: a symbol that never occurs in the trie and takes the probability of all that was not seen in training; None gives
            that probability to the seen symbols in proportion.
    """

    def __init__(self, trie: Trie, *, unknown: int | None = None) -> None:
        self.trie = trie
        self.end = trie.n_symbols - 2
        self.begin = int(trie.offsets[2]) - 1
        self._first = trie.first
        self._symbols = trie.symbols
        self._child = child_index(trie)
        self._estimate(unknown)
        self._rows: tuple[Floats, NDArray[Any]] | None = None

    @classmethod
    def fit(cls, sequences: Sequence[Symbols], *, order: int, n_symbols: int, unknown: int | None = None) -> Self:
        """Counts documents and smooths the counts."""
        return cls(build(sequences, order=order, n_symbols=n_symbols), unknown=unknown)

    def _estimate(self, unknown: int | None) -> None:
        """Sets alpha of every n-gram, gamma of every context and the two distributions of a symbol without context."""
        trie, offsets = self.trie, self.trie.offsets
        self._alpha = np.zeros(len(trie.counts))
        self._gamma = np.ones(len(trie.n_children))
        for n in range(1, trie.order + 1):
            here = slice(int(offsets[n]), int(offsets[n + 1]))
            counts = trie.counts[here].astype(np.int64)
            discount = discounts(counts)[np.minimum(counts, 3)]
            n_children = trie.n_children[offsets[n - 1] : offsets[n]]
            contexts = np.flatnonzero(n_children)
            starts = trie.first[offsets[n - 1] + contexts] - offsets[n]
            totals = np.add.reduceat(counts, starts)
            self._gamma[offsets[n - 1] + contexts] = np.add.reduceat(discount, starts) / totals
            self._alpha[here] = (counts - discount) / np.repeat(totals, n_children[contexts])
        self._estimate_unigrams(unknown)

    def _estimate_unigrams(self, unknown: int | None) -> None:
        """Interpolates the unigrams with the uniform distribution over the end, one unknown symbol and all that were seen."""
        seen = slice(FIRST, self.begin)
        share = self._gamma[ROOT] / (self.begin - FIRST + 1)
        self._alpha[seen] += share
        known = np.zeros(self.end + 1)
        known[self._symbols[seen]] = self._alpha[seen] / (1 - share)
        self.known_unigrams = known
        self.unigrams = known
        if unknown is not None:
            self.unigrams = known * (1 - share)
            self.unigrams[unknown] = share
        self._alpha[seen] = known[self._symbols[seen]]
        self._gamma[ROOT] = 0.0

    # Scoring ------------------------------------------------------------------------------------------------------------------

    def probs_along(self, symbols: Symbols) -> Floats:
        """The probability of each symbol given all before it in its document, [n].

        Args:
            symbols: 0 ... n_symbols; the next document begins after each end.
        """
        begin = self.end + 1
        after_ends = np.flatnonzero(symbols == self.end) + 1
        tokens = np.insert(symbols, np.append(0, after_ends), begin)
        probs = np.append(self.unigrams, 0.0)[tokens]
        nodes = self._child(np.full(len(tokens), ROOT), tokens)
        for _ in range(1, self.trie.order):
            contexts = np.append(NEVER, nodes[:-1])
            nodes = self._child(contexts, tokens)
            probs *= self._gamma.take(contexts)
            probs += self._alpha.take(nodes)
        scored: Floats = probs[tokens != begin]
        return scored

    # Sampling -----------------------------------------------------------------------------------------------------------------

    def initial_state(self, n: int) -> Ints:
        """Nodes of each stream's contexts, [order x n]: row k holds the context of length k, 0 where it was never seen."""
        state = np.full((self.trie.order, n), NEVER)
        state[0] = ROOT
        state[1:2] = self.begin
        return state

    def advance(self, state: Ints, symbols: Symbols) -> Ints:
        """The contexts after one more symbol a stream; after the end of a document, those of a beginning."""
        after = np.empty_like(state)
        after[0] = ROOT
        after[1:] = self._child(state[:-1], symbols)
        ended = symbols == self.end
        if ended.any():
            after[:, ended] = self.initial_state(1)
        return after

    def probs(self, state: Ints, unigrams: Floats) -> Floats:
        """The whole distribution of each stream's next symbol, [n x V], above a given distribution of symbols without context."""
        n = state.shape[1]
        probs = np.tile(unigrams, (n, 1))
        for contexts in state[1:]:
            probs *= self._gamma[contexts][:, None]
            starts = self._first[contexts]
            lengths = self._first[contexts + 1] - starts
            children = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
            probs[np.repeat(np.arange(n), lengths), self._symbols[children]] += self._alpha[children]
        return probs

    def draw(self, state: Ints, uniforms: Floats) -> Symbols:
        """One symbol a stream, exactly from `probs(state, known_unigrams)`.

        The mixture is descended: the longest context is left with probability gamma, the next one likewise, and in the context
        where the descent stops a successor is drawn in proportion to alpha. One uniform number decides both.
        """
        cumulative, guide = self._row_tables()
        left = np.cumprod(self._gamma.take(state[::-1]), axis=0)
        targets = 1.0 - uniforms
        n_left = (left >= targets).sum(axis=0)
        columns = np.arange(len(uniforms))
        lower = left[n_left, columns]
        upper = np.where(n_left > 0, left[n_left - 1, columns], 1.0)
        within = (upper - targets) / (upper - lower)
        contexts = state[-1 - n_left, columns]
        starts = self._first.take(contexts)
        lengths = self._first.take(contexts + 1) - starts
        cells = np.minimum((within * lengths).astype(np.int64), lengths - 1)
        children = starts + guide.take(starts + cells)
        while (behind := cumulative.take(children) <= within).any():
            children += behind
        drawn: Symbols = self._symbols.take(children).astype(np.int64)
        return drawn

    def _row_tables(self) -> tuple[Floats, NDArray[Any]]:
        """Cumulative distributions of the successors of every context, and for each of as many equal cells where to begin to look.

        (Indexed search, Chen and Asau 1974: on average under two comparisons a draw.)
        """
        if self._rows is None:
            n_children = self.trie.n_children
            several = n_children > 1
            children = np.flatnonzero(np.repeat(several, n_children)) + FIRST
            lengths = n_children[several]
            starts = np.cumsum(lengths) - lengths
            inside = _cumulative(self._alpha[children], starts, lengths)
            each = np.repeat(lengths, lengths)
            cells = np.maximum(np.ceil(inside * each), 0).astype(np.int64)
            counted = cells < each
            passed = np.cumsum(np.bincount((np.repeat(starts, lengths) + cells)[counted], minlength=len(children)))
            # The last successor, and an only one, is taken whatever the number; one without a sibling is found at once.
            inside[starts + lengths - 1] = np.inf
            cumulative = np.full(len(self._alpha), np.inf)
            cumulative[children] = inside
            guide = np.zeros(len(cumulative), np.min_scalar_type(self.trie.n_symbols))
            guide[children] = passed - np.repeat(np.append(0, passed)[starts], lengths)
            self._rows = cumulative, guide
        return self._rows


def _cumulative(weights: Floats, starts: Ints, lengths: Ints) -> Floats:
    """The cumulative distribution within each row of weights, 1 throughout a row that weighs nothing."""
    totals = np.add.reduceat(weights, starts)
    steps = weights.copy()
    steps[starts[1:]] -= totals[:-1]
    result = np.ones(len(weights))
    every = np.repeat(totals, lengths)
    np.divide(np.cumsum(steps), every, out=result, where=every > 0)
    return result
