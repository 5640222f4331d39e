"""Drawing among the most probable symbols only: their lists are made when sampling first comes to a context, and kept.

The k most probable symbols after h are among the successors of h and the k most probable after h', the next shorter context, since all
other symbols stand in the order of h'.
"""

from __future__ import annotations

import numpy as np

from generators.base import Decoding, Floats, Symbols, choose
from generators.ngram.kneser_ney import KneserNey
from generators.ngram.temperature import tempered
from generators.ngram.trie import NEVER, Ints

CELLS = 1 << 22
"""Symbols in all lists together: 84 MB. When there are more, all are forgotten."""
_WHOLE_CELLS = 1 << 19
"""Probabilities held at once where whole distributions are needed: 4 MB, which stay near the processor."""


def rows_at_once(model: KneserNey) -> int:
    """How many whole distributions are held at once."""
    return max(1, _WHOLE_CELLS // (model.end + 1))


class Whole:
    """Chooses among all symbols: the plain way, for what no list holds."""

    def __init__(self, model: KneserNey, decoding: Decoding) -> None:
        self._model, self._decoding = model, decoding

    def step(self, contexts: Ints, uniforms: Floats) -> tuple[Symbols, Ints]:
        """One symbol a stream, from one uniform number each, and the contexts after it."""
        symbols = self.draw(contexts, uniforms)
        return symbols, self._model.advance(contexts, symbols)

    def draw(self, contexts: Ints, uniforms: Floats) -> Symbols:
        """The symbols alone."""
        symbols = np.empty(len(contexts), np.int64)
        n_rows = rows_at_once(self._model)
        for start in range(0, len(contexts), n_rows):
            part = slice(start, start + n_rows)
            probs = self._model.probs(contexts[part], self._model.known_unigrams)
            symbols[part] = choose(self._decoding.apply(probs), uniforms[part])
        return symbols


class Shortlists:
    """Chooses from the most probable symbols of each context.

    Args:
        model: what is drawn from.
        decoding: with top-k, top-p or both.
        size: how many symbols a list holds, top-k where it is asked for.
    """

    def __init__(self, model: KneserNey, decoding: Decoding, *, size: int) -> None:
        self._model, self._decoding, self._size = model, decoding, size
        self._whole = Whole(model, decoding)
        self._probs, self._totals = model.ngram_probs(), tempered(model, decoding.temperature).totals
        n_lists = CELLS // size
        # Memory is taken only by the lists that there are. The first belongs to "never seen" and is empty.
        self._symbols, self._listed, self._cumulative = (np.zeros((n_lists, size), kind) for kind in (np.int32, float, float))
        self._complete = np.zeros(n_lists, bool)
        self._contexts, self._n_lists = np.zeros(n_lists, np.int64), 1
        self._places = np.full(len(model.gamma), -1)
        self._places[NEVER] = 0

    def step(self, contexts: Ints, uniforms: Floats) -> tuple[Symbols, Ints]:
        """One symbol a stream, from one uniform number each, and the contexts after it."""
        symbols = np.empty(len(contexts), np.int64)
        # There is room for the lists of all contexts of one part and of their suffixes.
        most = (len(self._symbols) - 1) // self._model.trie.order
        for start in range(0, len(contexts), most):
            part = slice(start, start + most)
            symbols[part] = self._drawn(contexts[part], uniforms[part])
        return symbols, self._model.advance(contexts, symbols)

    def _drawn(self, contexts: Ints, uniforms: Floats) -> Symbols:
        places = self._found(contexts)
        cumulative = self._cumulative[places]
        chosen = (cumulative <= (uniforms * cumulative[:, -1])[:, None]).sum(axis=1)
        symbols: Symbols = self._symbols[places, chosen].astype(np.int64)
        rest = np.flatnonzero(~self._complete[places])
        if len(rest):
            symbols[rest] = self._whole.draw(contexts[rest], uniforms[rest])
        return symbols

    def _found(self, contexts: Ints) -> Ints:
        """Where the lists of contexts are; those not known yet are made, and before them those of their suffixes."""
        levels = [np.unique(contexts[self._places.take(contexts) < 0])]
        while len(levels[-1]):
            shorter = np.unique(self._model.trie.suffixes[levels[-1]]).astype(np.int64)
            levels.append(shorter[self._places.take(shorter) < 0])
        if self._n_lists + sum(map(len, levels)) > len(self._symbols):
            self._places[self._contexts[1 : self._n_lists]] = -1
            self._n_lists = 1
            return self._found(contexts)
        for level in levels[-2::-1]:
            self._make(level)
        places: Ints = self._places.take(contexts)
        return places

    def _make(self, contexts: Ints) -> None:
        """Makes the lists of contexts whose suffixes have theirs."""
        here = slice(self._n_lists, self._n_lists + len(contexts))
        self._symbols[here], probs = self._most_probable(contexts)
        self._listed[here] = probs
        powers = (probs / probs[:, :1]) ** (1 / self._decoding.temperature)
        # With top-k, what is not in the list is not possible.
        whole = self._totals[contexts] if self._decoding.top_k is None else powers.sum(axis=1)
        enough = whole * (1.0 if self._decoding.top_p is None else self._decoding.top_p)
        cumulative = np.cumsum(powers, axis=1)
        kept = np.where(cumulative - powers < enough[:, None], powers, 0.0)
        self._complete[here] = (cumulative[:, -1] >= enough) | (self._decoding.top_k is not None)
        self._cumulative[here] = np.cumsum(kept, axis=1)
        self._contexts[here], self._places[contexts] = contexts, np.arange(here.start, here.stop)
        self._n_lists = here.stop

    def _most_probable(self, contexts: Ints) -> tuple[Symbols, Floats]:
        """The symbols of the lists and their probabilities, [n x size], the most probable first and of equals the first."""
        symbols, probs = np.empty((len(contexts), self._size), np.int64), np.empty((len(contexts), self._size))
        # Contexts with about as many successors are sorted together.
        widths = 4 ** np.ceil(np.log2(self._model.trie.n_children[contexts]) / 2).astype(np.int64)
        for width in np.unique(widths):
            rows = np.flatnonzero(widths == width)
            symbols[rows], probs[rows] = self._merged(contexts[rows], int(width))
        return symbols, probs

    def _merged(self, contexts: Ints, width: int) -> tuple[Symbols, Floats]:
        """The same, of contexts with at most so many successors."""
        trie = self._model.trie
        below = self._places.take(trie.suffixes[contexts])
        inherited = self._symbols[below].astype(np.int64)
        probs = self._listed[below] * self._model.gamma[contexts][:, None]
        probs[trie.child(contexts[:, None], inherited) != NEVER] = 0.0
        children = trie.first[contexts][:, None] + np.arange(width)
        children[np.arange(width) >= trie.n_children[contexts][:, None]] = NEVER
        symbols = np.concatenate([inherited, trie.symbols[children]], axis=1)
        probs = np.concatenate([probs, self._probs[children]], axis=1)
        ranked = np.lexsort((symbols, -probs), axis=1)[:, : self._size]
        return np.take_along_axis(symbols, ranked, axis=1), np.take_along_axis(probs, ranked, axis=1)
