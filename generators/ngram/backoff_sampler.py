"""Drawing from a mixture of contexts by descending it: a few look-ups a symbol, whatever the order.

`p(w | h) = (1 - leave(h)) weights(hw) / sum of weights over h + leave(h) p(w | h')`: the longest context is left with probability `leave`, the
next one likewise, and where the descent stops a successor is drawn in proportion to its weight. Both decisions come from one uniform number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from generators.base import Floats, Symbols
from generators.ngram.kneser_ney import KneserNey
from generators.ngram.trie import FIRST, Ints

_TINY = 2.0**-60
_AHEAD = np.arange(8)
"""How far a look for a successor goes at a time."""


class Descent:
    """Draws symbols after contexts.

    Args:
        model: the contexts and their successors.
        weights: of each n-gram among the successors of its context, [n_nodes], not negative.
        leave: probability with which each context is left, [n_contexts]; 0 for the empty one.
    """

    def __init__(self, model: KneserNey, weights: Floats, leave: Floats) -> None:
        self._model = model
        # Half as long, so that more of it stays near the processor.
        self._first = model.trie.first.astype(np.int32)
        self._symbols = model.trie.symbols
        self._suffixes = model.trie.suffixes
        self._following = model.following
        self._child = model.trie.child
        self._leave = leave
        self._cumulative, self._guide = _row_tables(model.trie.n_children, weights, cells=np.min_scalar_type(model.trie.n_symbols))
        # The beginning of a document is the last child of the empty context, and is never drawn.
        self._cumulative[model.begin - 1] = np.inf

    def step(self, contexts: Ints, uniforms: Floats) -> tuple[Symbols, Ints]:
        """One symbol a stream, from one uniform number each, and the contexts after it."""
        reached, within, left, owners = self._descend(contexts, uniforms)
        children = self._successors(reached, within)
        symbols = self._symbols.take(children).astype(np.int64)
        after = self._following.take(children).astype(np.int64)
        # A symbol that was drawn from a shorter context may well follow a longer one, too; the longest comes last, and stays.
        longer = self._child(left, symbols.take(owners))
        found = longer.nonzero()[0][::-1]
        after[owners.take(found)] = self._following.take(longer.take(found))
        return symbols, after

    def _descend(self, contexts: Ints, uniforms: Floats) -> tuple[Ints, Floats, Ints, Ints]:
        """The context where each stream stops with a uniform number in [0, 1) independent of it; and all contexts left, the longest first, with their streams."""
        reached, within = contexts.copy(), np.empty(len(contexts))
        left: list[Ints] = []
        owners: list[Ints] = []
        streams, numbers = np.arange(len(contexts)), 1 - uniforms
        while True:
            leave = self._leave.take(contexts)
            reached[streams] = contexts
            # Where a context is left the number is overwritten below; one that always is would leave nothing to divide by.
            within[streams] = (1 - numbers) / np.maximum(1 - leave, _TINY)
            going = (numbers <= leave).nonzero()[0]
            if not len(going):
                return reached, within, np.concatenate([contexts[:0], *left]), np.concatenate([streams[:0], *owners])
            streams, contexts, numbers = streams.take(going), contexts.take(going), numbers.take(going) / leave.take(going)
            left.append(contexts)
            owners.append(streams)
            contexts = self._suffixes.take(contexts).astype(np.int64)

    def _successors(self, contexts: Ints, within: Floats) -> Ints:
        """The successor of each context at a place of its cumulative distribution."""
        starts = self._first.take(contexts)
        lengths = self._first.take(contexts + 1) - starts
        cells = np.minimum((within * lengths).astype(np.int64), lengths - 1)
        children: Ints = starts + self._guide.take(starts + cells)
        behind = (self._cumulative.take(children) <= within).nonzero()[0]
        while len(behind):
            # Several at a time, the first of them known to be behind; each row ends with a number that never is.
            places = children.take(behind)[:, None] + _AHEAD
            further = np.argmin(self._cumulative.take(places, mode="clip") <= within.take(behind)[:, None], axis=1)
            children[behind] += np.where(further, further, _AHEAD[-1])
            behind = behind[further == 0]
        return children


def _row_tables(n_children: Ints, weights: Floats, *, cells: np.dtype[Any]) -> tuple[Floats, NDArray[Any]]:
    """Cumulative distributions of the successors of every context, and for each of as many equal cells where to begin to look.

    (Indexed search, Chen and Asau 1974: on average under two comparisons a draw.)
    """
    several = n_children > 1
    children = np.flatnonzero(np.repeat(several, n_children)) + FIRST
    lengths = n_children[several]
    starts = np.cumsum(lengths) - lengths
    inside = _cumulative(weights[children], starts, lengths)
    each = np.repeat(lengths, lengths)
    passed_at = np.maximum(np.ceil(inside * each), 0).astype(np.int64)
    counted = passed_at < each
    passed = np.cumsum(np.bincount((np.repeat(starts, lengths) + passed_at)[counted], minlength=len(children)))
    # The last successor, and an only one, is taken whatever the number; one without a sibling is found at once.
    inside[starts + lengths - 1] = np.inf
    cumulative = np.full(len(weights), np.inf)
    cumulative[children] = inside
    guide = np.zeros(len(cumulative), cells)
    guide[children] = passed - np.repeat(np.append(0, passed)[starts], lengths)
    return cumulative, guide


def _cumulative(weights: Floats, starts: Ints, lengths: Ints) -> Floats:
    """The cumulative distribution within each row of weights, 1 throughout a row that weighs nothing."""
    totals = np.add.reduceat(weights, starts)
    steps = weights.copy()
    steps[starts[1:]] -= totals[:-1]
    result = np.ones(len(weights))
    every = np.repeat(totals, lengths)
    np.divide(np.cumsum(steps), every, out=result, where=every > 0)
    return result
