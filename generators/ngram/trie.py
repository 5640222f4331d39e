"""Counts all n-grams of a training text by sorting and keeps them in one `Trie` of flat arrays.

Nodes are numbered order by order, within an order lexicographically. So the children of a node (its successors in the text) are contiguous,
and the child of a node by a symbol is found without pointers. Node 0 stands for "never seen" and has no children; node 1 is the empty context.

Windows of the text are packed into unsigned 64-bit keys, as many symbols as fit. One sort of the keys counts every order at once, since dropping
the last symbol is a shift. Where `order` symbols do not fit into one key, the next key begins with the rank of the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from generators.base import Symbols

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]

NEVER, ROOT, FIRST = 0, 1, 2
_WORDS_OF_BITMAP = 4
"""Up to 4 x 64 symbols, successors are looked up in bitmaps; beyond that, by binary search."""


class ChildIndex(Protocol):
    """Finds the child of each node by a symbol."""

    def __call__(self, nodes: Ints, symbols: Symbols) -> Ints:
        """Children of contexts, 0 where never seen; the arguments broadcast."""
        ...


@dataclass(frozen=True, kw_only=True)
class Trie:
    """The n-grams of all orders.

    Args:
        n_symbols: how many symbols there are, the end and the beginning of a document (the last two) included.
        offsets: [order + 2], the first node of each order from 0; the last is the number of nodes.
        first: [offsets[order] + 1], the first child of each context; contexts are the nodes below the highest order.
        symbols: [n_nodes], the last symbol of each n-gram.
        counts: [n_nodes], occurrences where the n-gram is of the highest order or begins a document, else the number of distinct
            symbols before it (Kneser and Ney 1995).
    """

    n_symbols: int
    offsets: Ints
    first: Ints
    symbols: NDArray[Any]
    counts: NDArray[Any]

    @property
    def order(self) -> int:
        """The length of the longest n-grams."""
        return len(self.offsets) - 2

    @cached_property
    def n_children(self) -> Ints:
        """Distinct successors of each context."""
        return np.diff(self.first)

    @cached_property
    def child(self) -> ChildIndex:
        """Finds children; the faster of the two look-ups that this number of symbols allows."""
        return BitmapIndex(self) if self.n_symbols <= 64 * _WORDS_OF_BITMAP else SearchIndex(self)

    @cached_property
    def suffixes(self) -> NDArray[np.int32]:
        """Each n-gram without its first symbol, [n_nodes]; of the empty context 0."""
        suffixes = np.zeros(len(self.symbols), np.int32)
        suffixes[FIRST : self.offsets[2]] = ROOT
        # The suffix of "hw" is the child by w of the suffix of "h", which the order below has found already.
        for n in range(2, self.order + 1):
            contexts, _, lengths = self.rows(n)
            nodes = self.nodes(n)
            suffixes[nodes] = self.child(np.repeat(suffixes[contexts].astype(np.int64), lengths), self.symbols[nodes])
        return suffixes

    def nodes(self, n: int) -> slice:
        """Where the n-grams of order n are."""
        return slice(int(self.offsets[n]), int(self.offsets[n + 1]))

    def rows(self, n: int) -> tuple[Ints, Ints, Ints]:
        """The contexts of the n-grams of order n, where the successors of each begin among these, and how many there are.

        Contexts without successors are left out, as `np.add.reduceat` cannot sum over empty rows.
        """
        contexts = self.offsets[n - 1] + np.flatnonzero(self.n_children[self.offsets[n - 1] : self.offsets[n]])
        return contexts, self.first[contexts] - self.offsets[n], self.n_children[contexts]

    def successors(self, contexts: Ints) -> tuple[Ints, Ints]:
        """The n-grams that continue some contexts, one context's after the other's, and the place of the context of each."""
        starts = self.first[contexts]
        lengths = self.first[contexts + 1] - starts
        owners = np.repeat(np.arange(len(contexts)), lengths)
        return np.arange(len(owners)) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths), owners


@dataclass(frozen=True)
class _Level:
    """The n-grams of one order: the rank of each one's context in the order below, its last symbol, its occurrences."""

    parents: NDArray[np.int32]
    symbols: NDArray[Any]
    counts: NDArray[np.uint32]


def build(sequences: Sequence[Symbols], *, order: int, n_symbols: int) -> Trie:
    """Counts every n-gram up to an order.

    Args:
        sequences: documents as symbols 0 ... n_symbols - 1, without beginning or end.
        order: length of the longest n-grams.
        n_symbols: number of symbols, the end and the beginning not counted.
    """
    end, begin = n_symbols, n_symbols + 1
    levels = _levels(_flatten(sequences, end=end, begin=begin, padding=order), order, bits=(begin + 1).bit_length())
    sizes = [1, *(len(level.symbols) for level in levels)]
    offsets = np.cumsum([ROOT, *sizes])
    n_children = np.concatenate([[0], *(np.bincount(level.parents, minlength=n) for level, n in zip(levels, sizes, strict=False))])
    first = np.concatenate([[FIRST], FIRST + np.cumsum(n_children)])
    symbols = np.concatenate([np.zeros(2, np.uint8), *(level.symbols for level in levels)])
    raw = np.concatenate([[0, 0], *(level.counts for level in levels)]).astype(np.uint32)
    trie = Trie(n_symbols=n_symbols + 2, offsets=offsets, first=first, symbols=symbols, counts=raw)
    del levels
    _adjust(raw, trie)
    return trie


class BitmapIndex:
    """Looks children up in one bit a possible successor: the number of bits set below it is the child's place among its siblings.

    (The succinct-trie idea of rank on bitmaps, Jacobson 1989: no search, and 8 bytes a context for 64 symbols.)
    """

    def __init__(self, trie: Trie) -> None:
        self._words = -(-trie.n_symbols // 64)
        symbols = trie.symbols[FIRST:].astype(np.int64)
        cells = np.repeat(np.arange(len(trie.n_children)) * self._words, trie.n_children) + (symbols >> 6)
        starts = np.flatnonzero(np.diff(cells, prepend=-1))
        self._bits = np.zeros(len(trie.n_children) * self._words, np.uint64)
        self._bits[cells[starts]] = np.bitwise_or.reduceat(np.uint64(1) << (symbols & 63).astype(np.uint64), starts)
        n_set = np.bitwise_count(self._bits).astype(np.int64)
        self._base = (FIRST + np.cumsum(n_set) - n_set).astype(np.int32)
        places = np.arange(64 * self._words, dtype=np.uint64) & np.uint64(63)
        self._places = places
        self._below = (np.uint64(1) << places) - np.uint64(1)

    def __call__(self, nodes: Ints, symbols: Symbols) -> Ints:
        cells = nodes * self._words + (symbols >> 6)
        bits = self._bits.take(cells)
        seen = ((bits >> self._places.take(symbols)) & np.uint64(1)).view(np.int64)
        return (self._base.take(cells) + np.bitwise_count(bits & self._below.take(symbols))) * seen


class SearchIndex:
    """Looks children up by binary search among all pairs of context and symbol, which the numbering of nodes keeps sorted."""

    def __init__(self, trie: Trie) -> None:
        self._n_symbols = trie.n_symbols
        self._keys = np.repeat(np.arange(len(trie.n_children)) * trie.n_symbols, trie.n_children) + trie.symbols[FIRST:]

    def __call__(self, nodes: Ints, symbols: Symbols) -> Ints:
        wanted = nodes * self._n_symbols + symbols
        places = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return np.where(self._keys.take(places) == wanted, places + FIRST, NEVER)


def _flatten(sequences: Sequence[Symbols], *, end: int, begin: int, padding: int) -> NDArray[np.uint32]:
    """All documents in one array, symbols counted from 1, each between a beginning and an end; the zeros after it keep windows apart."""
    n_tail = 1 + padding
    flat = np.zeros(sum(len(s) for s in sequences) + len(sequences) * (1 + n_tail), np.uint32)
    at = 0
    for sequence in sequences:
        stop = at + 1 + len(sequence)
        flat[at] = begin + 1
        flat[at + 1 : stop] = sequence + 1
        flat[stop] = end + 1
        at = stop + n_tail
    return flat


def _levels(flat: NDArray[np.uint32], order: int, *, bits: int) -> list[_Level]:
    """The n-grams of orders 1 to `order`, each order sorted."""
    levels: list[_Level] = []
    starts = np.flatnonzero(flat)
    ranks: Keys = np.zeros(len(starts), np.uint64)
    n_ranks = 1
    while len(levels) < order:
        done = len(levels)
        n = min(order - done, (64 - (n_ranks - 1).bit_length()) // bits)
        keys: Keys = ranks
        for j in range(done, done + n):
            keys = (keys << np.uint64(bits)) | flat[starts + j]
        if done + n == order:
            # No further block needs to know which window a key came from, and a plain sort is faster than argsort.
            levels += _block_levels(np.sort(keys), n, bits)
            break
        by_key = np.argsort(keys)
        keys = keys[by_key]
        levels += _block_levels(keys, n, bits)
        complete = _last_symbols(keys, bits) != 0
        ranks = (np.cumsum(_is_new(keys[complete])) - 1).astype(np.uint64)
        starts, n_ranks = starts[by_key[complete]], int(ranks[-1]) + 1 if len(ranks) else 1
    return levels


def _block_levels(keys: Keys, n: int, bits: int) -> list[_Level]:
    """The n orders whose symbols one block of sorted keys holds, shortest first. Below them is a rank in the order before."""
    starts = np.flatnonzero(_is_new(keys))
    counts = np.diff(starts, append=len(keys))
    keys = keys[starts]
    levels = []
    for depth in range(n, 0, -1):
        valid = _last_symbols(keys, bits) != 0
        shorter = keys >> np.uint64(bits)
        new = _is_new(shorter)
        heads = np.flatnonzero(new)
        if depth > 1:
            complete = _last_symbols(shorter[heads], bits) != 0
            parents = (np.cumsum(complete) - 1)[(np.cumsum(new) - 1)[valid]]
        else:
            parents = shorter[valid].astype(np.int64)
        symbols = (_last_symbols(keys[valid], bits) - 1).astype(np.min_scalar_type((1 << bits) - 1))
        levels.append(_Level(parents.astype(np.int32), symbols, counts[valid].astype(np.uint32)))
        counts = np.add.reduceat(counts, heads)
        keys = shorter[heads]
    return levels[::-1]


def _is_new(keys: Keys) -> NDArray[np.bool_]:
    """Whether each of sorted keys differs from the one before."""
    new = np.empty(len(keys), bool)
    new[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return new


def _last_symbols(keys: Keys, bits: int) -> Symbols:
    """The last symbol of each key, counted from 1; 0 where the document ended before."""
    return (keys & np.uint64((1 << bits) - 1)).astype(np.int64)


def _adjust(counts: NDArray[np.uint32], trie: Trie) -> None:
    """Replaces occurrences by the numbers of distinct left neighbours (continuation counts, Kneser and Ney 1995), in place.

    The highest order keeps its occurrences, and so do n-grams that begin a document, since nothing stands before them.
    """
    offsets = trie.offsets
    begin = int(offsets[2]) - 1
    for n in range(2, trie.order + 1):
        suffixes = trie.suffixes[offsets[n] : offsets[n + 1]]
        neighbours = np.bincount(suffixes - offsets[n - 1], minlength=offsets[n] - offsets[n - 1])
        counts[offsets[n - 1] : begin] = neighbours[: begin - offsets[n - 1]]
        begin = int(trie.first[begin])
    counts[offsets[2] - 1] = 0
