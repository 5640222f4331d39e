"""The fastest exact way to draw from an n-gram model for each decoding."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from generators.base import Decoding, Floats, Symbols
from generators.ngram.backoff_sampler import Descent
from generators.ngram.kneser_ney import KneserNey
from generators.ngram.temperature import tempered
from generators.ngram.top_k import CELLS, Shortlists, Whole
from generators.ngram.top_p import Nucleus
from generators.ngram.trie import Ints

_NUCLEUS = 32
"""Symbols that most nuclei of characters fit in; those of words hold thousands."""
_FEW_SYMBOLS = 256
_LONGEST_LIST = 4096


class Sampler(Protocol):
    """Draws the next symbol of streams."""

    def step(self, contexts: Ints, uniforms: Floats) -> tuple[Symbols, Ints]:
        """One symbol a stream, from one uniform number each, and the contexts after it."""
        ...


def sampler(model: KneserNey, decoding: Decoding) -> Sampler:
    """Draws as a decoding says; its prompt and stopping are not looked at."""
    top_k = None if decoding.top_k is None or decoding.top_k > model.end else decoding.top_k
    top_p = None if decoding.top_p == 1 else decoding.top_p
    decoding = replace(decoding, top_k=top_k, top_p=top_p)
    if top_k is None and top_p is None:
        return _tempered_descent(model, decoding)
    size = top_k or (_NUCLEUS if model.end < _FEW_SYMBOLS else model.end)
    if _lists_pay(model, size):
        return Shortlists(model, decoding, size=size)
    if top_k is None and size > _LONGEST_LIST:
        return Nucleus(model, decoding, _tempered_descent(model, decoding))
    return Whole(model, decoding)


def _tempered_descent(model: KneserNey, decoding: Decoding) -> Descent:
    if decoding.temperature == 1:
        return Descent(model, model.alpha, model.gamma)
    changed = tempered(model, decoding.temperature)
    return Descent(model, changed.weights, changed.leave)


def _lists_pay(model: KneserNey, size: int) -> bool:
    """Whether making lists costs less than looking at all symbols: where these are many, or few contexts come again and again."""
    return size <= _LONGEST_LIST and (model.end >= _FEW_SYMBOLS or len(model.gamma) * size <= CELLS)
