"""Nucleus sampling from large vocabularies: a symbol of the whole distribution is drawn, and drawn again while it lies outside the nucleus.

What is drawn and kept that way follows the distribution within the nucleus (rejection sampling, von Neumann 1951), and a share of top-p or more is
kept at once. Whether a symbol is in the nucleus takes one sum over the more probable ones, where finding the nucleus itself takes a sort of all symbols.
"""

from __future__ import annotations

import numpy as np

from generators.base import Decoding, Floats, Symbols
from generators.ngram.backoff_sampler import Descent
from generators.ngram.kneser_ney import KneserNey
from generators.ngram.top_k import rows_at_once
from generators.ngram.trie import Ints


class Nucleus:
    """Chooses among the most probable symbols that have a share of top-p together.

    Args:
        model: what is drawn from.
        decoding: with top-p and without top-k.
        descent: draws from the model at the temperature of the decoding.
    """

    def __init__(self, model: KneserNey, decoding: Decoding, descent: Descent) -> None:
        assert decoding.top_p is not None
        self._model, self._descent, self._share, self._power = model, descent, decoding.top_p, 1 / decoding.temperature

    def step(self, contexts: Ints, uniforms: Floats) -> tuple[Symbols, Ints]:
        """One symbol a stream, from one uniform number each, and the contexts after it."""
        symbols, after = self._descent.step(contexts, uniforms)
        n_rows = rows_at_once(self._model)
        for start in range(0, len(contexts), n_rows):
            part = np.arange(start, min(start + n_rows, len(contexts)))
            probs = self._model.probs(contexts[part], self._model.known_unigrams)
            if self._power != 1:
                probs = (probs / probs.max(axis=1, keepdims=True)) ** self._power
            enough = self._share * probs.sum(axis=1)
            outside = np.flatnonzero(~_is_within(probs, symbols[part], enough))
            numbers = uniforms[part]
            while len(outside):
                rows = part[outside]
                numbers[outside] = next_numbers(numbers[outside])
                symbols[rows], after[rows] = self._descent.step(contexts[rows], numbers[outside])
                outside = outside[~_is_within(probs[outside], symbols[rows], enough[outside])]
        return symbols, after


def _is_within(probs: Floats, symbols: Symbols, enough: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether each row's symbol is among the most probable that have so much together; of equals, the first come first."""
    rows = np.arange(len(probs))
    own = probs[rows, symbols][:, None]
    before = np.einsum("ij,ij->i", probs, probs > own)
    equals = [int(np.count_nonzero(row[:symbol] == p)) for row, symbol, p in zip(probs, symbols, own[:, 0], strict=True)]
    return np.asarray(before + equals * own[:, 0] < enough)


def next_numbers(uniforms: Floats) -> Floats:
    """Numbers in [0, 1) that take the place of others, each a function of the one before (the finalizer of SplitMix64, Steele et al. 2014).

    >>> next_numbers(np.array([0.0, 0.5])).round(6).tolist()
    [0.883311, 0.175504]
    """
    bits = (uniforms * 2.0**53).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((bits ^ (bits >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
