"""Smooths n-gram counts by interpolated modified Kneser-Ney (Chen and Goodman 1998), as KenLM does: `KneserNey`.

    p(w | h) = alpha(hw) + gamma(h) p(w | h'),    alpha(hw) = (c(hw) - D(c(hw))) / sum of c over h

where h' is h without its first symbol, and gamma(h) is the mass that the discounts set free. The discounts D(1), D(2), D(3 and more) of each
order come from its counts of counts. Below the unigrams is the uniform distribution over all symbols, the end of the document and one unknown
symbol (Heafield et al. 2013, `lmplz --discount_fallback`). So the unknown symbol, KenLM's <unk>, has its uniform share of what the discounts of the
unigrams set free, most of which comes from symbols that training showed once; every context that is left passes its part of that on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from generators.base import Floats, Symbols
from generators.ngram.trie import FIRST, NEVER, ROOT, Ints, Trie, build

FALLBACK = (0.5, 1.0, 1.5)
"""Discounts where the counts of counts do not determine them (tiny alphabets), as in KenLM."""


def discounts(counts: Ints) -> Floats:
    """D(0) = 0, D(1), D(2), D(3 and more) of one order.

    `D(j) = j - (j + 1) Y n(j+1) / n(j)` with `Y = n(1) / (n(1) + 2 n(2))`, where n(j) is the number of n-grams counted j times (Chen and
    Goodman 1998, equation 26). The fallback also replaces a discount of exactly 0, which KenLM lets pass: it could leave no probability for
    symbols that were not seen.

    >>> discounts(np.array([1, 1, 1, 1, 2, 2, 3, 4])).tolist()
    [0.0, 0.5, 1.25, 1.0]
    """
    n = np.bincount(np.minimum(counts, 5), minlength=6).astype(np.float64)
    if (n[1:4] == 0).any():
        return np.array([0.0, *FALLBACK])
    y = n[1] / (n[1] + 2 * n[2])
    estimated = np.array([0.0, *(j - (j + 1) * y * n[j + 1] / n[j] for j in (1, 2, 3))])
    # A discount above its count would make a probability negative.
    if (estimated[1:] <= 0).any() or (estimated > np.arange(4)).any():
        return np.array([0.0, *FALLBACK])
    return estimated


class KneserNey:
    """The smoothed distributions of a trie, for symbols 0 ... n_symbols - 1 and the end of the document, `n_symbols`.

    Args:
        trie: the counts.
        unknown: a symbol that never occurs in the trie and takes the probability of everything that training did not show.
    """

    def __init__(self, trie: Trie, *, unknown: int) -> None:
        self.trie = trie
        self.end = trie.n_symbols - 2
        self.begin = int(trie.offsets[2]) - 1
        self._first = trie.first
        self._symbols = trie.symbols
        self._child = trie.child
        self._estimate(unknown)

    @classmethod
    def fit(cls, sequences: Sequence[Symbols], *, order: int, n_symbols: int, unknown: int) -> Self:
        """Counts documents and smooths the counts."""
        return cls(build(sequences, order=order, n_symbols=n_symbols), unknown=unknown)

    def _estimate(self, unknown: int) -> None:
        """Sets alpha of every n-gram, gamma of every context and the two distributions of a symbol without context."""
        trie = self.trie
        self.alpha = np.zeros(len(trie.counts))
        self.gamma = np.ones(len(trie.n_children))
        for n in range(1, trie.order + 1):
            counts = trie.counts[trie.nodes(n)].astype(np.int64)
            discount = discounts(counts)[np.minimum(counts, 3)]
            contexts, starts, lengths = trie.rows(n)
            totals = np.add.reduceat(counts, starts)
            self.gamma[contexts] = np.add.reduceat(discount, starts) / totals
            self.alpha[trie.nodes(n)] = (counts - discount) / np.repeat(totals, lengths)
        self._estimate_unigrams(unknown)

    def _estimate_unigrams(self, unknown: int) -> None:
        """Interpolates the unigrams with the uniform distribution over the end, one unknown symbol and all that were seen.

        Sampling uses `known_unigrams`, which leave the unknown symbol out, as there is no text to write for it; scoring uses `unigrams`.
        """
        seen = slice(FIRST, self.begin)
        share = self.gamma[ROOT] / (self.begin - FIRST + 1)
        self.alpha[seen] += share
        # From here on the unigrams are whole distributions, so the empty context is never left: its gamma is 0.
        known = np.zeros(self.end + 1)
        known[self._symbols[seen]] = self.alpha[seen] / (1 - share)
        self.known_unigrams = known
        self.unigrams = known * (1 - share)
        self.unigrams[unknown] = share
        self.alpha[seen] = known[self._symbols[seen]]
        self.gamma[ROOT] = 0.0

    # Scoring ------------------------------------------------------------------------------------------------------------------

    def probs_along(self, symbols: Symbols) -> Floats:
        """The probability of each symbol given all symbols before it in its document, [n].

        One pass an order over the whole text: the n-gram ending at each place is the child of the (n - 1)-gram ending one place before.
        Where training never showed an n-gram, alpha of node 0 adds nothing, and gamma of node 0 is 1, so the shorter context decides.

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
            probs *= self.gamma.take(contexts)
            probs += self.alpha.take(nodes)
        scored: Floats = probs[tokens != begin]
        return scored

    # Sampling -----------------------------------------------------------------------------------------------------------------

    def initial_state(self, n: int) -> Ints:
        """The context of each stream, [n]: the longest that training showed, here the beginning of a document."""
        return np.full(n, self.begin if self.trie.order > 1 else ROOT)

    def advance(self, state: Ints, symbols: Symbols) -> Ints:
        """The contexts after one more symbol a stream; after the end of a document, those of a beginning."""
        return self.following.take(self._longest_ngrams(state, symbols)).astype(np.int64)

    def _longest_ngrams(self, contexts: Ints, symbols: Symbols) -> Ints:
        """The longest n-gram that each context and symbol end with; 0 where training never showed the symbol."""
        nodes = self._child(contexts, symbols)
        unseen = np.flatnonzero(nodes == NEVER)
        shorter = contexts.take(unseen)
        while len(unseen):
            shorter = self.trie.suffixes.take(shorter).astype(np.int64)
            nodes[unseen] = children = self._child(shorter, symbols.take(unseen))
            still_unseen = (children == NEVER) & (shorter != NEVER)
            unseen, shorter = unseen[still_unseen], shorter[still_unseen]
        return nodes

    @cached_property
    def following(self) -> NDArray[np.int32]:
        """The context after each n-gram, [n_nodes].

        It is the n-gram itself, its suffix where it has the highest order, or the beginning of a document where it ends one.
        """
        trie = self.trie
        longest = int(trie.offsets[-2])
        following = np.append(np.arange(longest, dtype=np.int32), trie.suffixes[longest:])
        following[trie.symbols == self.end] = self.initial_state(1)[0]
        following[:FIRST] = ROOT
        return following

    def ngram_probs(self) -> Floats:
        """The probability that sampling gives the last symbol of each n-gram after the others, [n_nodes]."""
        probs = np.zeros(len(self.alpha))
        for n in range(1, self.trie.order + 1):
            nodes = self.trie.nodes(n)
            contexts, _, lengths = self.trie.rows(n)
            probs[nodes] = np.repeat(self.gamma[contexts], lengths) * probs[self.trie.suffixes[nodes]] + self.alpha[nodes]
        return probs

    def probs(self, state: Ints, unigrams: Floats) -> Floats:
        """The whole distribution of each stream's next symbol, [n x V], above a given distribution of symbols without context."""
        probs = np.tile(unigrams, (len(state), 1))
        for contexts in self._from_shortest(state):
            probs *= self.gamma[contexts][:, None]
            children, streams = self.trie.successors(contexts)
            probs[streams, self._symbols[children]] += self.alpha[children]
        return probs

    def _from_shortest(self, contexts: Ints) -> list[Ints]:
        """Contexts and all their suffixes but the empty one, the shortest first; 0 where there is none."""
        levels = []
        while (contexts > ROOT).any():
            levels.append(np.where(contexts > ROOT, contexts, NEVER))
            contexts = self.trie.suffixes.take(contexts).astype(np.int64)
        return levels[::-1]
