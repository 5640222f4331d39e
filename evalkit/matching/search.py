"""Searching: the longest match of every position of a text with documents that were sorted once.

Symbols become bits, few for the frequent ones, and the next 64 bits at a place are its key: some 13 characters of English. One look-up of the key settles
every match that is shorter. A longer one is settled by the place, among the sorted suffixes, of the text behind the key: suffixes that begin with one key
are in the order of what follows it. Places are therefore found from the right to the left, a key at a time, for all stretches of the text at once.
Nothing here loops over symbols in Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evalkit._util.threads import n_processors
from evalkit.matching.suffix_array import Codes, Lengths, joined, smallest

_CHUNK = 1 << 25
"""Symbols of the documents that are sorted at a time."""
_OVERLAP = 1 << 12
"""Symbols by which the chunks of one long document overlap; a longer match is found in parts."""
_BATCH = 1 << 19
"""Symbols that one thread searches at a time, whole texts; it bounds the memory to some 100 bytes each."""
_MOST_THREADS = 8
"""Threads that search side by side, so that many processors do not take many times the memory."""
_WORK = 256
"""Comparisons of keys a symbol, on average, after which longer matches are left at the length found: only text that repeats itself over many
thousands of symbols, searched in text that does too, comes near."""
_KEY_SYMBOLS = 16
"""Symbols in a key at most; frequent ones have four bits or more."""
_KEY_BITS = 64

Keys = NDArray[np.uint64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class _Bits:
    """A code of symbols in bits (Shannon's, by frequency): texts of numbered symbols are in the order of their bits.

    Args:
        number: of each symbol as given, in the order of their codes; of the separator, 0, too, and of one symbol beyond.
        code: of each numbered symbol, at the high end of 64 bits.
        width: of each code, in bits.
    """

    number: NDArray[np.int32]
    code: Keys
    width: NDArray[np.uint64]

    @classmethod
    def by_frequency(cls, counts: NDArray[np.integer]) -> _Bits:
        """The code for symbols that occur so often; those that never do count as occurring once."""
        counts = np.append(np.maximum(counts, 1), 1)
        width = np.maximum(np.ceil(np.log2(counts.sum() / counts)).astype(np.uint64), np.uint64(4))
        order = np.argsort(width, kind="stable")
        number = np.empty(len(order), np.int32)
        number[order] = np.arange(len(order), dtype=np.int32)
        width = width[order]
        room = np.uint64(1) << (np.uint64(_KEY_BITS) - width)
        # Kraft: the widths leave room for all, so each code begins where the one before ends.
        code = np.cumsum(room, dtype=np.uint64) - room
        return cls(number, code, width)

    @property
    def unknown(self) -> int:
        """The symbol that no document has."""
        return len(self.number) - 1

    def coded(self, text: NDArray[np.integer], beyond: int) -> _Coded:
        """A text, followed by as many symbols `beyond` as a key looks at, in bits."""
        padded = np.concatenate([text, np.full(_KEY_SYMBOLS, beyond, text.dtype)]).astype(np.int32)
        numbered = self.number[np.minimum(padded, self.unknown)]
        keys, width = self.code[numbered], self.width[numbered]
        start = np.cumsum(width, dtype=np.uint64) - width
        # After one round a key holds two symbols, after four it holds sixteen; numpy shifts 64 bits or more to 0.
        for shift in (1, 2, 4, 8):
            keys[:-shift] |= keys[shift:] >> width[:-shift]
            width[:-shift] += width[shift:]
        return _Coded(numbered, keys, start)


@dataclass(frozen=True)
class _Coded:
    """A text in bits.

    Args:
        symbols: numbered in the order of their codes, [n].
        keys: the next 64 bits at each place, [n].
        start: the bits before each place, [n].
    """

    symbols: NDArray[np.int32]
    keys: Keys
    start: Keys

    def symbols_in(self, places: Places, n_bits: NDArray[np.uint64] | np.uint64) -> NDArray[np.int32]:
        """How many whole symbols lie within so many bits from each place on."""
        return np.asarray(self._symbol_at[self.start[places] + n_bits] - places.astype(np.int32))

    @cached_property
    def _symbol_at(self) -> NDArray[np.int32]:
        """The place that each bit belongs to, as far as a key looks from the text."""
        n = len(self.start)
        return np.repeat(np.arange(n, dtype=np.int32), np.append(np.diff(self.start).astype(np.int64), 1))


def _same_bits(difference: Keys) -> NDArray[np.uint64]:
    """How many first bits two keys share, from their exclusive or."""
    # The highest bit is kept and the one below cleared, so that no rounding to a float carries into the next power of two. The exponent of
    # such a float, 1023 for 1, stands above its 52 other bits; it is 0 for 0.
    as_float = (difference & ~(difference >> np.uint64(1))).astype(np.float64)
    exponent = as_float.view(np.uint64) >> np.uint64(52)
    return np.asarray(np.minimum(np.uint64(1023 + _KEY_BITS - 1) - exponent, np.uint64(_KEY_BITS)))


class Search:
    """Documents of any size to find text in: sorted once where one chunk holds them, and a chunk at a time for every search where not.

    Args:
        documents: as numbered symbols, from 1 up.
    """

    def __init__(self, documents: Sequence[Codes]) -> None:
        self._chunks = _chunks(documents)

    @cached_property
    def _only(self) -> Searchable:
        return Searchable(self._chunks[0])

    def longest(self, texts: Sequence[Codes]) -> list[Lengths]:
        """For every position of every text, the length of the longest match that begins there and stands in a document.

        >>> [found.tolist() for found in Search([np.array([1, 2, 3, 4])]).longest([np.array([2, 3, 9, 1])])]
        [[2, 1, 0, 1]]
        """
        if len(self._chunks) == 1:
            return self._only.longest(texts)
        best = [np.zeros(len(codes), np.int32) for codes in texts]
        for chunk in self._chunks:
            best = [np.maximum(a, b) for a, b in zip(best, Searchable(chunk).longest(texts), strict=True)]
        return best


class Searchable:
    """One chunk of documents, sorted: about 30 bytes a symbol, 50 while they are sorted.

    Args:
        documents: as numbered symbols, from 1 up.
    """

    def __init__(self, documents: Sequence[Codes]) -> None:
        from pydivsufsort import divsufsort

        text, _ = joined(documents)
        self._bits = _Bits.by_frequency(np.bincount(text, minlength=1))
        coded = self._bits.coded(text, 0)
        self._keys, self._symbols = coded.keys, coded.symbols.astype(smallest(self._bits.unknown))
        self._order: Lengths = divsufsort(self._symbols[: len(text)]).astype(np.int32, copy=False)
        ordered = self._keys[self._order]
        is_first = np.ones(len(ordered), bool)
        is_first[1:] = ordered[1:] != ordered[:-1]
        self._distinct = ordered[is_first]
        self._first = np.append(np.flatnonzero(is_first), len(ordered)).astype(np.int32)
        del ordered
        self._following = self._ranks_after_key(coded, np.cumsum(is_first, dtype=np.uint64))

    def _ranks_after_key(self, coded: _Coded, number: Keys) -> Keys:
        """The number of each suffix's key, from 1 up, and the rank of what follows the key, as one ascending number, [n] by rank."""
        stride = coded.symbols_in(np.arange(len(number), dtype=np.int32), np.uint64(_KEY_BITS))
        rank = np.zeros(len(coded.keys), np.uint32)
        rank[self._order] = np.arange(len(self._order), dtype=np.uint32)
        number <<= np.uint64(32)
        number |= rank[self._order + stride[self._order]]
        return number

    def longest(self, texts: Sequence[Codes]) -> list[Lengths]:
        """As `Search.longest`."""
        # numpy lets other threads run while it sorts, looks up and compares, which is nearly all of the time here.
        with ThreadPoolExecutor(min(n_processors(), _MOST_THREADS)) as threads:
            return [lengths for batch in threads.map(self._longest_of_some, _batches(texts)) for lengths in batch]

    def _longest_of_some(self, texts: Sequence[Codes]) -> list[Lengths]:
        """As `longest`, all texts at once."""
        # Behind each text stands a symbol that the documents do not have: no match runs on into the next one.
        parts = [part for codes in texts for part in (codes, np.full(1, self._bits.unknown, np.int32))]
        lengths = self._lengths(self._bits.coded(np.concatenate(parts), self._bits.unknown))
        ends = np.cumsum([len(codes) + 1 for codes in texts])
        return [lengths[end - 1 - len(codes) : end - 1] for codes, end in zip(texts, ends, strict=True)]

    def _lengths(self, text: _Coded) -> Lengths:
        same, number = self._by_key(text.keys[: len(text.keys) - _KEY_SYMBOLS])
        lengths = text.symbols_in(np.arange(len(same)), same)
        places = self._first[number].astype(np.int64)
        hits = np.flatnonzero(same == _KEY_BITS)
        n_alike = self._first[number[hits] + 1] - places[hits]
        beside = self._settle_only(text, hits[n_alike == 1], lengths, places)
        self._settle_several(text, hits[n_alike > 1], number, lengths, places, beside=beside)
        return lengths

    def _settle_only(self, text: _Coded, rows: Places, lengths: Lengths, places: Places) -> Lengths:
        """Lengths, and ranks among the suffixes, of the text at rows whose key stands at one place only.

        Returns:
            The suffix of each such row, -1 at the others, [n].
        """
        beside = np.full(len(places), -1, np.int32)
        suffixes = beside[rows] = self._order[places[rows]]
        lengths[rows] = self._shared(text, rows, suffixes.astype(np.int64), lengths[rows])
        places[rows] += text.symbols[rows + lengths[rows]] > self._symbols[suffixes + lengths[rows]]
        return beside

    def _settle_several(
        self, text: _Coded, rows: Places, number: Places, lengths: Lengths, places: Places, *, beside: Lengths
    ) -> None:
        """Lengths of the text at rows whose key stands at several places: the longest is beside the text's own place among their suffixes."""
        first, last, stride = places[rows], self._first[number[rows] + 1], lengths[rows]
        pending = np.full(len(places), -1, np.int64)
        pending[rows] = np.arange(len(rows))
        for wave in _waves(pending[rows + stride]):
            here = rows[wave]
            asked = ((number[here] + 1).astype(np.uint64) << np.uint64(32)) | places[here + stride[wave]].astype(np.uint64)
            order = _nearly_sorted(asked)
            places[here[order]] = np.searchsorted(self._following, asked[order])
        own, following = places[rows], rows + stride
        known, further = beside[following], lengths[following]
        for neighbour, inside in ((own - 1, own > first), (own, own < last)):
            suffixes = self._order[neighbour[inside]]
            # Where the text behind the key was found beside the same suffix, nothing is left to compare.
            is_known = known[inside] == suffixes + stride[inside]
            shared = stride[inside] + further[inside]
            rest = np.flatnonzero(inside)[~is_known]
            shared[~is_known] = self._shared(text, rows[rest], suffixes[~is_known].astype(np.int64), stride[rest])
            lengths[rows[inside]] = np.maximum(lengths[rows[inside]], shared)

    def _by_key(self, keys: Keys) -> tuple[Keys, Places]:
        """The bits that each key shares with the nearest key of the documents, and the number of the first key that is not less, each [n]."""
        order = _nearly_sorted(keys)
        asked = keys[order]
        found = np.searchsorted(self._distinct, asked)
        nearest = np.full(len(keys), ~np.uint64(0))
        if len(self._distinct):
            for neighbour in (np.maximum(found - 1, 0), np.minimum(found, len(self._distinct) - 1)):
                np.minimum(nearest, self._distinct[neighbour] ^ asked, out=nearest)
        same, number = np.empty(len(keys), np.uint64), np.empty(len(keys), np.int64)
        same[order], number[order] = _same_bits(nearest), found
        return same, number

    def _shared(self, text: _Coded, rows: Places, suffixes: Places, stride: NDArray[np.int32]) -> Lengths:
        """Symbols that the text from each row on shares with a suffix that begins with the same key, [rows]."""
        if not len(rows):
            return np.empty(0, np.int32)
        # A few symbols on, the same two are compared with so many symbols less: only the last of such a chain is compared.
        step = np.diff(rows)
        is_last = np.append((step > stride[:-1]) | (np.diff(suffixes) != step), True)
        ends = np.flatnonzero(is_last)
        shared = self._compared(text, rows[ends], suffixes[ends], stride[ends])
        chain = np.cumsum(is_last) - is_last
        return np.asarray(shared[chain] + (rows[ends[chain]] - rows).astype(np.int32))

    def _compared(self, text: _Coded, rows: Places, suffixes: Places, shared: NDArray[np.int32]) -> Lengths:
        """Symbols shared, by comparing key after key from where so many are known to be, [rows]."""
        shared, active, work = shared.copy(), np.arange(len(rows)), 0
        while len(active) and work <= _WORK * len(text.keys):
            here = rows[active] + shared[active]
            same = _same_bits(text.keys[here] ^ self._keys[suffixes[active] + shared[active]])
            shared[active] += text.symbols_in(here, same)
            work += len(active)
            active = active[same == _KEY_BITS]
        return shared


def _nearly_sorted(keys: Keys) -> Places:
    """An order in which keys ascend as far as their first bits go, so that look-ups find their way in the cache.

    Sorting numbers in place is much faster than sorting indirectly, so each key lends its last bits to its place.
    """
    index_bits = np.uint64(max(1, (len(keys) - 1).bit_length()))
    together = (keys >> index_bits) << index_bits
    together |= np.arange(len(keys), dtype=np.uint64)
    together.sort()
    return (together & ((np.uint64(1) << index_bits) - np.uint64(1))).astype(np.int64)


def _waves(following: Places) -> Iterator[Places]:
    """Rows in groups, each after the group that it leans on.

    Args:
        following: the row that each leans on, a later one; -1 for none, [n].
    """
    depth, jump = np.ones(len(following), np.int64), following.copy()
    while len(far := np.flatnonzero(jump >= 0)):  # twice as far every time
        depth[far], jump[far] = depth[far] + depth[jump[far]], jump[jump[far]]
    rows = np.argsort(depth, kind="stable")
    yield from (wave for wave in np.split(rows, np.cumsum(np.bincount(depth))) if len(wave))


def _chunks(documents: Sequence[Codes]) -> list[list[Codes]]:
    """Documents in groups of at most _CHUNK symbols, longer ones in overlapping pieces."""
    groups: list[list[Codes]] = [[]]
    size = 0
    for document in documents:
        for start in range(0, max(1, len(document) - _OVERLAP), _CHUNK - _OVERLAP):
            piece = document[start : start + _CHUNK]
            if groups[-1] and size + len(piece) > _CHUNK:
                groups.append([])
                size = 0
            groups[-1].append(piece)
            size += len(piece)
    return groups


def _batches(texts: Sequence[Codes]) -> Iterator[list[Codes]]:
    """Texts in groups of some size."""
    group: list[Codes] = []
    size = 0
    for codes in texts:
        group.append(codes)
        size += len(codes)
        if size >= _BATCH:
            yield group
            group, size = [], 0
    if group:
        yield group
