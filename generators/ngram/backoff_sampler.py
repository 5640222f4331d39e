"""Draws symbols by back-off from the longest context to shorter ones: `BackoffSampler`, at any temperature.

An interpolated model is a mixture over the suffixes of a context:

    p(w | h) = (1 - leave(h)) weight(hw) / (sum of weights over h) + leave(h) p(w | h')

where h' is h without its first symbol. So a draw leaves the longest context with probability `leave`, does the same at each shorter one, and
takes a successor in proportion to its weight where it stops. That is a few look-ups a symbol, whatever the order and the alphabet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generators.base import Floats, Symbols
from generators.ngram.kneser_ney import KneserNey
from generators.ngram.trie import FIRST, Ints

_TINY = 2.0**-60
_LOOK_AHEAD = np.arange(8)
"""Successors that one round of the linear search looks at."""


class BackoffSampler:
    """Draws symbols after contexts, exactly from the mixture.

    Args:
        model: the contexts and their successors.
        weights: of each n-gram among the successors of its context, [n_nodes], not negative.
        leave: probability with which each context is left, [n_contexts]; 0 for the empty one.
    """

    def __init__(self, model: KneserNey, weights: Floats, leave: Floats) -> None:
        self._model = model
        # 32 bits in place of 64, so that twice as much of the table stays in the processor's cache.
        self._first = model.trie.first.astype(np.int32)
        self._symbols = model.trie.symbols
        self._suffixes = model.trie.suffixes
        self._following = model.following
        self._child = model.trie.child
        self._leave = leave
        self._cumulative, self._guide = _search_tables(
            model.trie.n_children, weights, cells=np.min_scalar_type(model.trie.n_symbols)
        )
        # The beginning of a document is the last child of the empty context and is never drawn.
        self._cumulative[model.begin - 1] = np.inf

    def step(self, contexts: Ints, uniforms: Floats) -> tuple[Symbols, Ints]:
        """One symbol a stream, from one uniform number each, and the contexts after it."""
        stops, remainders, left, streams = self._back_off(contexts, uniforms)
        children = self._successors(stops, remainders)
        symbols = self._symbols.take(children).astype(np.int64)
        after = self._following.take(children).astype(np.int64)
        # A symbol that was drawn from a shorter context may also follow a longer one, and the next context is the longest that training
        # showed. `left` lists long contexts first; reversed, the longest is written last and so wins.
        extended = self._child(left, symbols.take(streams))
        seen = extended.nonzero()[0][::-1]
        after[streams.take(seen)] = self._following.take(extended.take(seen))
        return symbols, after

    def _back_off(self, contexts: Ints, uniforms: Floats) -> tuple[Ints, Floats, Ints, Ints]:
        """Walks every stream to the context where it stops.

        Returns:
            That context; a uniform number in [0, 1) that is independent of it; and all contexts that were left, the longest first, with the
            streams that left them.
        """
        stops, remainders = contexts.copy(), np.empty(len(contexts))
        left: list[Ints] = []
        left_by: list[Ints] = []
        streams, numbers = np.arange(len(contexts)), 1 - uniforms
        while True:
            leave = self._leave.take(contexts)
            stops[streams] = contexts
            # One uniform number serves the whole walk: given that u > leave, (1 - u) / (1 - leave) is uniform again, and given that
            # u <= leave, u / leave is. Where the context is left, the remainder is overwritten in the next round; the floor only avoids a
            # division by zero for contexts that are always left.
            remainders[streams] = (1 - numbers) / np.maximum(1 - leave, _TINY)
            leaving = (numbers <= leave).nonzero()[0]
            if not len(leaving):
                return stops, remainders, np.concatenate([contexts[:0], *left]), np.concatenate([streams[:0], *left_by])
            streams, contexts, numbers = (
                streams.take(leaving),
                contexts.take(leaving),
                numbers.take(leaving) / leave.take(leaving),
            )
            left.append(contexts)
            left_by.append(streams)
            contexts = self._suffixes.take(contexts).astype(np.int64)

    def _successors(self, contexts: Ints, places: Floats) -> Ints:
        """The successor of each context at a place, in [0, 1), of its cumulative distribution."""
        starts = self._first.take(contexts)
        lengths = self._first.take(contexts + 1) - starts
        cells = np.minimum((places * lengths).astype(np.int64), lengths - 1)
        children: Ints = starts + self._guide.take(starts + cells)
        behind = (self._cumulative.take(children) <= places).nonzero()[0]
        while len(behind):
            # Several entries a round, the first of which is known to be behind; each row ends with infinity, which never is.
            ahead = children.take(behind)[:, None] + _LOOK_AHEAD
            n_passed = np.argmin(self._cumulative.take(ahead, mode="clip") <= places.take(behind)[:, None], axis=1)
            children[behind] += np.where(n_passed, n_passed, _LOOK_AHEAD[-1])
            behind = behind[n_passed == 0]
        return children


@dataclass(frozen=True)
class Tempered:
    """A model at a temperature, again as a mixture of contexts.

    Powers are relative to the most probable symbol of the context, so that none overflows at low temperatures.

    Args:
        weights: of each n-gram among the successors of its context, [n_nodes].
        leave: probability of leaving each context for the next shorter one, [n_contexts].
        totals: sum of the powers of all symbols, [n_contexts].
    """

    weights: Floats
    leave: Floats
    totals: Floats


def tempered(model: KneserNey, temperature: float) -> Tempered:
    """The model with every probability raised to the power 1/temperature.

    Raised to a power, `p(w | h) = alpha(hw) + gamma(h) p(w | h')` is `gamma(h)^(1/T) p(w | h')^(1/T)` for every symbol that never followed
    h, and at least as much for those that did. The surplus of the latter is their weight, so the result is a mixture of the same form and
    is drawn from as fast.
    """
    trie, power, probs = model.trie, 1 / temperature, model.ngram_probs()
    powers, weights = np.zeros(len(probs)), np.zeros(len(probs))
    highest, totals, leave = (np.full(len(model.gamma), start) for start in (0.0, 0.0, 1.0))
    # Short contexts first: each order needs the powers and totals of the one below.
    for n in range(1, trie.order + 1):
        nodes, (contexts, starts, lengths) = trie.nodes(n), trie.rows(n)
        shorter = trie.suffixes[contexts]
        highest_unseen = model.gamma[contexts] * highest[shorter]
        highest[contexts] = top = np.maximum(np.maximum.reduceat(probs[nodes], starts), highest_unseen)
        # Powers of the shorter context are relative to its own highest probability; this factor makes them relative to this one's.
        rescale = (highest_unseen / top) ** power
        powers[nodes] = (probs[nodes] / np.repeat(top, lengths)) ** power
        # The surplus is not negative but for rounding.
        weights[nodes] = np.maximum(powers[nodes] - np.repeat(rescale, lengths) * powers[trie.suffixes[nodes]], 0)
        passed_on = rescale * totals[shorter]
        totals[contexts] = np.add.reduceat(weights[nodes], starts) + passed_on
        leave[contexts] = passed_on / totals[contexts]
    return Tempered(weights, leave, totals)


def _search_tables(n_children: Ints, weights: Floats, *, cells: np.dtype[Any]) -> tuple[Floats, NDArray[Any]]:
    """Cumulative distributions of the successors of every context, and a guide to search them.

    The guide divides [0, 1) into as many equal cells as the context has successors, and says for each where its search begins. This is indexed
    search (Chen and Asau 1974), which needs fewer than two comparisons a draw on average.
    """
    several = n_children > 1
    children = np.flatnonzero(np.repeat(several, n_children)) + FIRST
    lengths = n_children[several]
    starts = np.cumsum(lengths) - lengths
    distributions = _cumulative_rows(weights[children], starts, lengths)
    row_lengths = np.repeat(lengths, lengths)
    passed_at = np.maximum(np.ceil(distributions * row_lengths), 0).astype(np.int64)
    inside = passed_at < row_lengths
    passed = np.cumsum(np.bincount((np.repeat(starts, lengths) + passed_at)[inside], minlength=len(children)))
    # Rounding may leave the last sum just below 1. Infinity makes sure that the last successor is taken for any number, and that an only
    # child is found without a search.
    distributions[starts + lengths - 1] = np.inf
    cumulative = np.full(len(weights), np.inf)
    cumulative[children] = distributions
    guide = np.zeros(len(cumulative), cells)
    guide[children] = passed - np.repeat(np.append(0, passed)[starts], lengths)
    return cumulative, guide


def _cumulative_rows(weights: Floats, starts: Ints, lengths: Ints) -> Floats:
    """The cumulative distribution within each row of weights, 1 throughout a row whose weights are all 0."""
    totals = np.add.reduceat(weights, starts)
    # One cumulative sum over all rows: before a row's first weight, the total of the row before is taken off again.
    steps = weights.copy()
    steps[starts[1:]] -= totals[:-1]
    result = np.ones(len(weights))
    row_totals = np.repeat(totals, lengths)
    np.divide(np.cumsum(steps), row_totals, out=result, where=row_totals > 0)
    return result
