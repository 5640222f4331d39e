"""Draws from an n-gram model in the fastest exact way that a decoding allows: `sampler_for` chooses among four samplers.

Without top-k and top-p, `BackoffSampler` draws without looking at whole distributions. `ShortlistSampler` keeps the most probable symbols of each
context. `RejectionSampler` serves top-p over large vocabularies. `FullSampler` builds whole distributions, for what no other sampler can do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from generators.base import Decoding, Floats, Symbols, choose
from generators.ngram.backoff_sampler import BackoffSampler, tempered
from generators.ngram.kneser_ney import KneserNey
from generators.ngram.trie import NEVER, Ints

MAX_CELLS = 1 << 22
"""Symbols in all shortlists together: 84 MB. When there are more, all lists are discarded."""
_TOP_P_LIST = 32
"""Symbols that most top-p sets of characters fit in; those of words hold thousands."""
_FEW_SYMBOLS = 256
_LONGEST_LIST = 4096
_FULL_CELLS = 1 << 19
"""Probabilities held at once where whole distributions are needed: 4 MB, which stay in the processor's cache."""


class Sampler(Protocol):
    """Draws the next symbol of streams."""

    def step(self, contexts: Ints, uniforms: Floats) -> tuple[Symbols, Ints]:
        """One symbol a stream, from one uniform number each, and the contexts after it."""
        ...


def sampler_for(model: KneserNey, decoding: Decoding) -> Sampler:
    """The sampler for a temperature, top-k and top-p; the prompt and the stopping rule of the decoding do not matter to it."""
    top_k = None if decoding.top_k is None or decoding.top_k > model.end else decoding.top_k
    top_p = None if decoding.top_p == 1 else decoding.top_p
    decoding = replace(decoding, top_k=top_k, top_p=top_p)
    if top_k is None and top_p is None:
        return _backoff_sampler(model, decoding)
    size = top_k or (_TOP_P_LIST if model.end < _FEW_SYMBOLS else model.end)
    if _lists_pay(model, size):
        return ShortlistSampler(model, decoding, size=size)
    if top_k is None and size > _LONGEST_LIST:
        return RejectionSampler(model, decoding, _backoff_sampler(model, decoding))
    return FullSampler(model, decoding)


def _backoff_sampler(model: KneserNey, decoding: Decoding) -> BackoffSampler:
    """The sampler at the temperature of a decoding, without top-k and top-p."""
    if decoding.temperature == 1:
        return BackoffSampler(model, model.alpha, model.gamma)
    mixture = tempered(model, decoding.temperature)
    return BackoffSampler(model, mixture.weights, mixture.leave)


def _lists_pay(model: KneserNey, size: int) -> bool:
    """Whether making shortlists costs less than whole distributions: there are many symbols, or few contexts that recur often."""
    return size <= _LONGEST_LIST and (model.end >= _FEW_SYMBOLS or len(model.gamma) * size <= MAX_CELLS)


def _rows_at_once(model: KneserNey) -> int:
    """How many whole distributions are held at once."""
    return max(1, _FULL_CELLS // (model.end + 1))


class FullSampler:
    """Chooses among all symbols, from whole distributions."""

    def __init__(self, model: KneserNey, decoding: Decoding) -> None:
        self._model, self._decoding = model, decoding

    def step(self, contexts: Ints, uniforms: Floats) -> tuple[Symbols, Ints]:
        """One symbol a stream, from one uniform number each, and the contexts after it."""
        symbols = self.draw(contexts, uniforms)
        return symbols, self._model.advance(contexts, symbols)

    def draw(self, contexts: Ints, uniforms: Floats) -> Symbols:
        """The symbols alone."""
        symbols = np.empty(len(contexts), np.int64)
        n_rows = _rows_at_once(self._model)
        for start in range(0, len(contexts), n_rows):
            part = slice(start, start + n_rows)
            probs = self._model.probs(contexts[part], self._model.known_unigrams)
            symbols[part] = choose(self._decoding.apply(probs), uniforms[part])
        return symbols


class ShortlistSampler:
    """Chooses from the most probable symbols of each context, which are listed when sampling first reaches the context.

    The k most probable symbols after h are among the successors of h and the k most probable after h', the next shorter context: all other
    symbols keep the order that they have after h'.

    Args:
        model: what is drawn from.
        decoding: with top-k, top-p or both.
        size: symbols of a list; top-k where it is given.
    """

    def __init__(self, model: KneserNey, decoding: Decoding, *, size: int) -> None:
        self._model, self._decoding, self._size = model, decoding, size
        self._full = FullSampler(model, decoding)
        self._probs, self._totals = model.ngram_probs(), tempered(model, decoding.temperature).totals
        n_lists = MAX_CELLS // size
        # The system gives memory only to pages that are written, so unused lists cost nothing. List 0 belongs to "never seen" and is empty.
        self._symbols, self._listed, self._cumulative = (np.zeros((n_lists, size), kind) for kind in (np.int32, float, float))
        self._complete = np.zeros(n_lists, bool)
        self._contexts, self._n_lists = np.zeros(n_lists, np.int64), 1
        self._list_of = np.full(len(model.gamma), -1)
        self._list_of[NEVER] = 0

    def step(self, contexts: Ints, uniforms: Floats) -> tuple[Symbols, Ints]:
        """One symbol a stream, from one uniform number each, and the contexts after it."""
        symbols = np.empty(len(contexts), np.int64)
        # There is room for the lists of all contexts of one part and of their suffixes.
        n_rows = (len(self._symbols) - 1) // self._model.trie.order
        for start in range(0, len(contexts), n_rows):
            part = slice(start, start + n_rows)
            symbols[part] = self._draw(contexts[part], uniforms[part])
        return symbols, self._model.advance(contexts, symbols)

    def _draw(self, contexts: Ints, uniforms: Floats) -> Symbols:
        lists = self._lists_of(contexts)
        cumulative = self._cumulative[lists]
        columns = (cumulative <= (uniforms * cumulative[:, -1])[:, None]).sum(axis=1)
        symbols: Symbols = self._symbols[lists, columns].astype(np.int64)
        # A top-p set may be larger than the list; those contexts need whole distributions.
        too_short = np.flatnonzero(~self._complete[lists])
        if len(too_short):
            symbols[too_short] = self._full.draw(contexts[too_short], uniforms[too_short])
        return symbols

    def _lists_of(self, contexts: Ints) -> Ints:
        """The rows of the contexts' lists; missing lists are made, after those of their suffixes."""
        missing = [np.unique(contexts[self._list_of.take(contexts) < 0])]
        while len(missing[-1]):
            shorter = np.unique(self._model.trie.suffixes[missing[-1]]).astype(np.int64)
            missing.append(shorter[self._list_of.take(shorter) < 0])
        if self._n_lists + sum(map(len, missing)) > len(self._symbols):
            self._list_of[self._contexts[1 : self._n_lists]] = -1
            self._n_lists = 1
            return self._lists_of(contexts)
        for level in missing[-2::-1]:
            self._make_lists(level)
        rows: Ints = self._list_of.take(contexts)
        return rows

    def _make_lists(self, contexts: Ints) -> None:
        """Makes the lists of contexts whose suffixes have theirs."""
        rows = slice(self._n_lists, self._n_lists + len(contexts))
        self._symbols[rows], probs = self._most_probable(contexts)
        self._listed[rows] = probs
        powers = (probs / probs[:, :1]) ** (1 / self._decoding.temperature)
        # With top-k, a symbol outside the list is impossible; with top-p alone, it still counts in the total.
        whole = self._totals[contexts] if self._decoding.top_k is None else powers.sum(axis=1)
        enough = whole * (1.0 if self._decoding.top_p is None else self._decoding.top_p)
        cumulative = np.cumsum(powers, axis=1)
        kept = np.where(cumulative - powers < enough[:, None], powers, 0.0)
        self._complete[rows] = (cumulative[:, -1] >= enough) | (self._decoding.top_k is not None)
        self._cumulative[rows] = np.cumsum(kept, axis=1)
        self._contexts[rows], self._list_of[contexts] = contexts, np.arange(rows.start, rows.stop)
        self._n_lists = rows.stop

    def _most_probable(self, contexts: Ints) -> tuple[Symbols, Floats]:
        """The symbols of the lists and their probabilities, [n x size], the most probable first and of equals the first."""
        symbols, probs = np.empty((len(contexts), self._size), np.int64), np.empty((len(contexts), self._size))
        # Contexts with about as many successors (within a factor of 4) share one rectangular sort.
        widths = 4 ** np.ceil(np.log2(self._model.trie.n_children[contexts]) / 2).astype(np.int64)
        for width in np.unique(widths):
            rows = np.flatnonzero(widths == width)
            symbols[rows], probs[rows] = self._merged(contexts[rows], int(width))
        return symbols, probs

    def _merged(self, contexts: Ints, width: int) -> tuple[Symbols, Floats]:
        """The same for contexts with at most `width` successors: these, merged with the list of the suffix."""
        trie = self._model.trie
        below = self._list_of.take(trie.suffixes[contexts])
        inherited = self._symbols[below].astype(np.int64)
        probs = self._listed[below] * self._model.gamma[contexts][:, None]
        # A symbol that follows this context is among the successors already.
        probs[trie.child(contexts[:, None], inherited) != NEVER] = 0.0
        children = trie.first[contexts][:, None] + np.arange(width)
        children[np.arange(width) >= trie.n_children[contexts][:, None]] = NEVER
        symbols = np.concatenate([inherited, trie.symbols[children]], axis=1)
        probs = np.concatenate([probs, self._probs[children]], axis=1)
        ranked = np.lexsort((symbols, -probs), axis=1)[:, : self._size]
        return np.take_along_axis(symbols, ranked, axis=1), np.take_along_axis(probs, ranked, axis=1)


class RejectionSampler:
    """Chooses from a top-p set by drawing from the whole distribution until the symbol lies in the set.

    What is kept follows the distribution within the set (rejection sampling, von Neumann 1951), and at least a share of top-p is kept at the
    first draw. Testing membership takes one sum over the more probable symbols, where building the set takes a sort of the vocabulary.

    Args:
        model: what is drawn from.
        decoding: with top-p and without top-k.
        proposals: draws from the model at the temperature of the decoding.
    """

    def __init__(self, model: KneserNey, decoding: Decoding, proposals: BackoffSampler) -> None:
        assert decoding.top_p is not None
        self._model, self._proposals = model, proposals
        self._top_p, self._power = decoding.top_p, 1 / decoding.temperature

    def step(self, contexts: Ints, uniforms: Floats) -> tuple[Symbols, Ints]:
        """One symbol a stream, from one uniform number each, and the contexts after it."""
        symbols, after = self._proposals.step(contexts, uniforms)
        n_rows = _rows_at_once(self._model)
        for start in range(0, len(contexts), n_rows):
            part = np.arange(start, min(start + n_rows, len(contexts)))
            probs = self._model.probs(contexts[part], self._model.known_unigrams)
            if self._power != 1:
                probs = (probs / probs.max(axis=1, keepdims=True)) ** self._power
            enough = self._top_p * probs.sum(axis=1)
            outside = np.flatnonzero(~_in_top_p(probs, symbols[part], enough))
            numbers = uniforms[part]
            while len(outside):
                rows = part[outside]
                # Each stream has one number a symbol, so a repeated draw derives its number from the one before.
                numbers[outside] = next_numbers(numbers[outside])
                symbols[rows], after[rows] = self._proposals.step(contexts[rows], numbers[outside])
                outside = outside[~_in_top_p(probs[outside], symbols[rows], enough[outside])]
        return symbols, after


def _in_top_p(probs: Floats, symbols: Symbols, enough: Floats) -> NDArray[np.bool_]:
    """Whether the symbols ranked before each row's symbol weigh less than `enough`; of equals, the first ranks first."""
    rows = np.arange(len(probs))
    weights = probs[rows, symbols][:, None]
    before = np.einsum("ij,ij->i", probs, probs > weights)
    ties = [int(np.count_nonzero(row[:symbol] == p)) for row, symbol, p in zip(probs, symbols, weights[:, 0], strict=True)]
    return np.asarray(before + ties * weights[:, 0] < enough)


def next_numbers(uniforms: Floats) -> Floats:
    """Numbers in [0, 1), each a function of the one that it replaces (the finalizer of SplitMix64, Steele et al. 2014).

    >>> next_numbers(np.array([0.0, 0.5])).round(6).tolist()
    [0.883311, 0.175504]
    """
    bits = (uniforms * 2.0**53).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((bits ^ (bits >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
