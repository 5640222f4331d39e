"""Searches documents that were sorted once (`Search`) for the longest match of every position of a text. Nothing loops over symbols in Python."""

# How a search works:
# 1. Symbols become bits, few for frequent ones, and the next 64 bits at a position are its key: some 13 characters of English.
# 2. One binary search among the documents' distinct keys settles every match that is shorter than a key.
# 3. A longer match is settled by its rank among the suffixes that begin with the same key. They are in the order of what follows the key, so the
#    rank follows from the rank of the text one key further on.
# 4. Ranks are therefore found from right to left, one key at a time, for all stretches of the text at once (`_waves`).

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pydivsufsort import divsufsort

from evalkit._util.entries import Arrays, Keep, anew
from evalkit._util.threads import n_processors
from evalkit.matching.encoding import Codes, Lengths, Positions, joined, narrowest_type

_CHUNK = 1 << 25
"""Symbols of the documents that are sorted at a time."""
_OVERLAP = 1 << 12
"""Symbols by which the chunks of one long document overlap; a longer match is found in parts."""
_BATCH = 1 << 19
"""Symbols that one thread searches at a time, in whole texts; bounds its memory to some 100 bytes a symbol."""
_MOST_THREADS = 8
"""Threads that search side by side; each takes its own memory, so a machine of many processors must not multiply it."""
_MOST_COMPARISONS = 256
"""Comparisons of keys a symbol, on average, after which longer matches keep the length found so far. Only text that repeats itself over many
thousands of symbols, searched in text that does too, comes near."""
_KEY_SYMBOLS = 16
"""Symbols in a key at most, since every code has four bits or more."""
_KEY_BITS = 64

_CODE = ("number", "code", "width")
_SORTED = ("_keys", "_symbols", "_order", "_distinct", "_first", "_following")

Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class _ShannonCode:
    """A prefix code of symbols by frequency (Shannon 1948) whose codes ascend with the renumbered symbols, so that texts sort as their bits do.

    Args:
        number: of each symbol as given, in the order of the codes; also of the separator, 0, and of one symbol beyond.
        code: of each renumbered symbol, at the high end of 64 bits.
        width: of each code, in bits.
    """

    number: NDArray[np.int32]
    code: Keys
    width: NDArray[np.uint64]

    @classmethod
    def by_frequency(cls, counts: NDArray[np.integer]) -> _ShannonCode:
        """The code for symbols that occur so often; those that never do count as occurring once."""
        counts = np.append(np.maximum(counts, 1), 1)
        width = np.maximum(np.ceil(np.log2(counts.sum() / counts)).astype(np.uint64), np.uint64(4))
        order = np.argsort(width, kind="stable")
        number = np.empty(len(order), np.int32)
        number[order] = np.arange(len(order), dtype=np.int32)
        width = width[order]
        span = np.uint64(1) << (np.uint64(_KEY_BITS) - width)
        # Kraft's inequality holds for these widths, so each code can begin where the one before it ends.
        code = np.cumsum(span, dtype=np.uint64) - span
        return cls(number, code, width)

    @property
    def unknown(self) -> int:
        """The symbol that no document has."""
        return len(self.number) - 1

    def encode(self, text: NDArray[np.integer], beyond: int) -> _EncodedText:
        """A text in bits, followed by as many symbols `beyond` as a key looks at."""
        padded = np.concatenate([text, np.full(_KEY_SYMBOLS, beyond, text.dtype)]).astype(np.int32)
        numbered = self.number[np.minimum(padded, self.unknown)]
        keys, width = self.code[numbered], self.width[numbered]
        start = np.cumsum(width, dtype=np.uint64) - width
        # Doubling: after one round a key holds two symbols, after four it holds sixteen. numpy shifts by 64 bits or more to 0.
        for shift in (1, 2, 4, 8):
            keys[:-shift] |= keys[shift:] >> width[:-shift]
            width[:-shift] += width[shift:]
        return _EncodedText(numbered, keys, start)


@dataclass(frozen=True)
class _EncodedText:
    """A text in bits.

    Args:
        symbols: numbered in the order of their codes, [n].
        keys: the next 64 bits at each position, [n].
        start: the bits before each position, [n].
    """

    symbols: NDArray[np.int32]
    keys: Keys
    start: Keys

    def symbols_in(self, positions: Positions, n_bits: NDArray[np.uint64] | np.uint64) -> NDArray[np.int32]:
        """How many whole symbols lie within so many bits from each position on."""
        return np.asarray(self._symbol_at[self.start[positions] + n_bits] - positions.astype(np.int32))

    @cached_property
    def _symbol_at(self) -> NDArray[np.int32]:
        """The position that each bit belongs to, as far as a key looks from the text."""
        n = len(self.start)
        return np.repeat(np.arange(n, dtype=np.int32), np.append(np.diff(self.start).astype(np.int64), 1))


def _n_shared_bits(difference: Keys) -> NDArray[np.uint64]:
    """How many first bits two keys share, from their exclusive or."""
    # Counts leading zeros by way of a float's exponent, since numpy has no such operation. The highest bit is kept and the one below cleared,
    # so that rounding to a float does not carry into the next power of two. The exponent, 1023 for 1, lies above the 52 bits of the fraction
    # and is 0 for 0.
    as_float = (difference & ~(difference >> np.uint64(1))).astype(np.float64)
    exponent = as_float.view(np.uint64) >> np.uint64(52)
    return np.asarray(np.minimum(np.uint64(1023 + _KEY_BITS - 1) - exponent, np.uint64(_KEY_BITS)))


class Search:
    """Documents of any size to find text in: sorted once where one chunk holds them, otherwise a chunk at a time for every search.

    Args:
        documents: as numbered symbols, from 1 up.
        keep: keeps the only chunk for later runs, under a key.
        key: says which documents they are.
    """

    def __init__(self, documents: Sequence[Codes], *, keep: Keep = anew, key: str = "") -> None:
        self._chunks, self._keep, self._key = _chunks(documents), keep, key

    @cached_property
    def _only_chunk(self) -> SortedChunk:
        return SortedChunk.restored(self._keep(self._key, lambda: SortedChunk(self._chunks[0]).arrays()))

    def longest(self, texts: Sequence[Codes]) -> list[Lengths]:
        """For every position of every text, the length of the longest match that begins there and occurs in a document.

        >>> [lengths.tolist() for lengths in Search([np.array([1, 2, 3, 4])]).longest([np.array([2, 3, 9, 1])])]
        [[2, 1, 0, 1]]
        """
        if len(self._chunks) == 1:
            return self._only_chunk.longest(texts)
        best = [np.zeros(len(codes), np.int32) for codes in texts]
        # Each chunk is sorted anew for every search: keeping them all would take 30 bytes a symbol of a corpus of any size.
        for chunk in self._chunks:
            best = [np.maximum(a, b) for a, b in zip(best, SortedChunk(chunk).longest(texts), strict=True)]
        return best


class SortedChunk:
    """One chunk of documents, sorted: about 30 bytes a symbol, 50 while they are sorted.

    Args:
        documents: as numbered symbols, from 1 up.
    """

    def __init__(self, documents: Sequence[Codes]) -> None:
        text, _ = joined(documents)
        self._code = _ShannonCode.by_frequency(np.bincount(text, minlength=1))
        encoded = self._code.encode(text, 0)
        self._keys, self._symbols = encoded.keys, encoded.symbols.astype(narrowest_type(self._code.unknown))
        self._order: Lengths = divsufsort(self._symbols[: len(text)]).astype(np.int32, copy=False)
        ordered = self._keys[self._order]
        is_first = np.ones(len(ordered), bool)
        is_first[1:] = ordered[1:] != ordered[:-1]
        self._distinct = ordered[is_first]
        self._first = np.append(np.flatnonzero(is_first), len(ordered)).astype(np.int32)
        del ordered  # 8 bytes a symbol, at the moment when memory is at its peak
        self._following = self._ranks_after_key(encoded, np.cumsum(is_first, dtype=np.uint64))

    def arrays(self) -> Arrays:
        """The chunk as arrays, from which `restored` makes it again."""
        return {**{name: getattr(self, name) for name in _SORTED}, **{name: getattr(self._code, name) for name in _CODE}}

    @classmethod
    def restored(cls, arrays: Arrays) -> SortedChunk:
        """The chunk of `arrays`."""
        chunk = cls.__new__(cls)
        chunk._code = _ShannonCode(*(arrays[name] for name in _CODE))
        for name in _SORTED:
            setattr(chunk, name, arrays[name])
        return chunk

    def _ranks_after_key(self, encoded: _EncodedText, number: Keys) -> Keys:
        """The number of each suffix's key, from 1 up, and the rank of what follows the key, as one ascending number, [n] by rank."""
        stride = encoded.symbols_in(np.arange(len(number), dtype=np.int32), np.uint64(_KEY_BITS))
        rank = np.zeros(len(encoded.keys), np.uint32)
        rank[self._order] = np.arange(len(self._order), dtype=np.uint32)
        number <<= np.uint64(32)
        number |= rank[self._order + stride[self._order]]
        return number

    def longest(self, texts: Sequence[Codes]) -> list[Lengths]:
        """As `Search.longest`."""
        # numpy releases the interpreter lock while it sorts, searches and compares, which is nearly all of the time here.
        with ThreadPoolExecutor(min(n_processors(), _MOST_THREADS)) as threads:
            return [lengths for batch in threads.map(self._longest_of_batch, _batches(texts)) for lengths in batch]

    def _longest_of_batch(self, texts: Sequence[Codes]) -> list[Lengths]:
        """As `longest`, all texts at once."""
        # Each text ends in a symbol that the documents do not have, so no match runs on into the next text.
        parts = [part for codes in texts for part in (codes, np.full(1, self._code.unknown, np.int32))]
        lengths = self._lengths(self._code.encode(np.concatenate(parts), self._code.unknown))
        ends = np.cumsum([len(codes) + 1 for codes in texts])
        return [lengths[end - 1 - len(codes) : end - 1] for codes, end in zip(texts, ends, strict=True)]

    def _lengths(self, text: _EncodedText) -> Lengths:
        shared_bits, number = self._by_key(text.keys[: len(text.keys) - _KEY_SYMBOLS])
        lengths = text.symbols_in(np.arange(len(shared_bits)), shared_bits)
        ranks = self._first[number].astype(np.int64)
        whole_key = np.flatnonzero(shared_bits == _KEY_BITS)
        n_occurrences = self._first[number[whole_key] + 1] - ranks[whole_key]
        neighbours = self._settle_unique(text, whole_key[n_occurrences == 1], lengths, ranks)
        self._settle_repeated(text, whole_key[n_occurrences > 1], number, lengths, ranks, neighbours=neighbours)
        return lengths

    def _settle_unique(self, text: _EncodedText, rows: Positions, lengths: Lengths, ranks: Positions) -> Lengths:
        """Fills in lengths, and ranks among the suffixes, of the text at rows whose key occurs once in the documents.

        Returns:
            The suffix that begins with each such row's key, -1 at other rows, [n].
        """
        neighbours = np.full(len(ranks), -1, np.int32)
        suffixes = neighbours[rows] = self._order[ranks[rows]]
        lengths[rows] = self._shared(text, rows, suffixes.astype(np.int64), lengths[rows])
        ranks[rows] += text.symbols[rows + lengths[rows]] > self._symbols[suffixes + lengths[rows]]
        return neighbours

    def _settle_repeated(
        self, text: _EncodedText, rows: Positions, number: Positions, lengths: Lengths, ranks: Positions, *, neighbours: Lengths
    ) -> None:
        """Fills in lengths and ranks of the text at rows whose key occurs several times.

        Args:
            text: searched.
            rows: of it, ascending.
            number: of the key at each row, [n].
            lengths: settled for all other rows, [n].
            ranks: likewise, [n].
            neighbours: as `_settle_unique` returns them.
        """
        first, last, stride = ranks[rows], self._first[number[rows] + 1], lengths[rows]
        pending = np.full(len(ranks), -1, np.int64)
        pending[rows] = np.arange(len(rows))
        for wave in _waves(pending[rows + stride]):
            here = rows[wave]
            wanted = ((number[here] + 1).astype(np.uint64) << np.uint64(32)) | ranks[here + stride[wave]].astype(np.uint64)
            order = _nearly_sorted(wanted)
            ranks[here[order]] = np.searchsorted(self._following, wanted[order])
        # The longest match of a text is with one of the two suffixes beside its rank.
        rank, following = ranks[rows], rows + stride
        neighbour_after_key, length_after_key = neighbours[following], lengths[following]
        for beside, exists in ((rank - 1, rank > first), (rank, rank < last)):
            suffixes = self._order[beside[exists]]
            # Where the text after the key was already compared with the same suffix, its length is known.
            is_known = neighbour_after_key[exists] == suffixes + stride[exists]
            shared = stride[exists] + length_after_key[exists]
            rest = np.flatnonzero(exists)[~is_known]
            shared[~is_known] = self._shared(text, rows[rest], suffixes[~is_known].astype(np.int64), stride[rest])
            lengths[rows[exists]] = np.maximum(lengths[rows[exists]], shared)

    def _by_key(self, keys: Keys) -> tuple[Keys, Positions]:
        """The bits that each key shares with the nearest key of the documents, and the number of the first key that is not less, each [n]."""
        order = _nearly_sorted(keys)
        wanted = keys[order]
        rank = np.searchsorted(self._distinct, wanted)
        difference = np.full(len(keys), ~np.uint64(0))
        if len(self._distinct):
            # The longest common prefix is with one of the two neighbours in sorted order, and is the longer the smaller the exclusive or.
            for neighbour in (np.maximum(rank - 1, 0), np.minimum(rank, len(self._distinct) - 1)):
                np.minimum(difference, self._distinct[neighbour] ^ wanted, out=difference)
        shared_bits, number = np.empty(len(keys), np.uint64), np.empty(len(keys), np.int64)
        shared_bits[order], number[order] = _n_shared_bits(difference), rank
        return shared_bits, number

    def _shared(self, text: _EncodedText, rows: Positions, suffixes: Positions, stride: NDArray[np.int32]) -> Lengths:
        """Symbols that the text from each row on shares with a suffix that begins with the same key, [rows]."""
        if not len(rows):
            return np.empty(0, np.int32)
        # A row a few symbols further on is often matched with the same suffix, as many symbols further on: it shares as many symbols less.
        # Only the last row of such a chain is compared.
        step = np.diff(rows)
        is_last = np.append((step > stride[:-1]) | (np.diff(suffixes) != step), True)
        ends = np.flatnonzero(is_last)
        shared = self._compare(text, rows[ends], suffixes[ends], stride[ends])
        chain = np.cumsum(is_last) - is_last
        return np.asarray(shared[chain] + (rows[ends[chain]] - rows).astype(np.int32))

    def _compare(self, text: _EncodedText, rows: Positions, suffixes: Positions, shared: NDArray[np.int32]) -> Lengths:
        """Symbols shared, [rows]: compares key after key, beyond those that are already known to be shared."""
        shared, active, n_comparisons = shared.copy(), np.arange(len(rows)), 0
        while len(active) and n_comparisons <= _MOST_COMPARISONS * len(text.keys):
            here = rows[active] + shared[active]
            shared_bits = _n_shared_bits(text.keys[here] ^ self._keys[suffixes[active] + shared[active]])
            shared[active] += text.symbols_in(here, shared_bits)
            n_comparisons += len(active)
            active = active[shared_bits == _KEY_BITS]
        return shared


def _nearly_sorted(keys: Keys) -> Positions:
    """An order in which keys ascend as far as their first bits go."""
    # Binary searches for neighbouring keys touch the same cache lines, so a nearly ascending order keeps them in the cache.
    # Sorting numbers in place is much faster than sorting indirectly, so each key lends its last bits to its position.
    index_bits = np.uint64(max(1, (len(keys) - 1).bit_length()))
    key_and_index = (keys >> index_bits) << index_bits
    key_and_index |= np.arange(len(keys), dtype=np.uint64)
    key_and_index.sort()
    return (key_and_index & ((np.uint64(1) << index_bits) - np.uint64(1))).astype(np.int64)


def _waves(following: Positions) -> Iterator[Positions]:
    """Rows in groups, each after the group that it depends on.

    Args:
        following: the row that each depends on, a later one; -1 for none, [n].
    """
    # Pointer jumping: every round doubles how far a row looks, so the depth of all rows takes a logarithm of rounds.
    depth, jump = np.ones(len(following), np.int64), following.copy()
    while len(unfinished := np.flatnonzero(jump >= 0)):
        depth[unfinished], jump[unfinished] = depth[unfinished] + depth[jump[unfinished]], jump[jump[unfinished]]
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
    """Texts in groups of about _BATCH symbols."""
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
