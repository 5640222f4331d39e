"""Scans texts with compiled code, `scan`: a block of texts at a time, on as many processors as there are."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, pairwise

import numpy as np

from evalkit._util.threads import n_processors
from evalkit.counts.compiled.characters import N_CODE_POINTS, Alphabet
from evalkit.counts.compiled.kernel import (
    Codes,
    Numbers,
    Points,
    count_bytes,
    count_distinct,
    move_words,
    number_characters,
    number_words,
)
from evalkit.counts.feature import Counts
from evalkit.counts.matrix import Items, Scanned, characters, joined, merged
from evalkit.text.canonical import PARAGRAPH, beyond_ascii, fold

BLOCK_CHARS = 1 << 20
"""Characters of the texts that are scanned at once, but for a longer text: their numbers stay in a processor's cache."""
CHARS_A_PROCESSOR = 4 << 20
"""Characters of texts from which on it pays to give another processor a share."""

_FEWEST_BYTES = 200
"""Characters a text from which on they are counted by the table of all bytes."""
_STAND_IN = "\x1e"
"""Stands for a paragraph end among characters of a byte each, as many texts have no other beyond them; no canonical text has it."""


class _Words:
    """Words that are numbered as they appear."""

    def __init__(self) -> None:
        self._table = np.zeros((1 << 12, 4), np.uint64)
        self._points = np.zeros(1 << 14, np.uint32)
        self._ends = np.zeros(1 << 11, np.int64)
        self.n = 0

    def number(self, codes: Codes, starts: Counts, table_of: Points, numbers: Numbers) -> tuple[Numbers, Counts]:
        """The number of every word of texts in order, which stands in `numbers`, and where each text begins in them."""
        word_starts = np.empty(len(starts), np.int64)
        done = (0, 0, 0)
        while True:
            *at, self.n = number_words(
                codes, starts, table_of, self._table, self._points, self._ends, self.n, numbers, word_starts, done
            )
            done = (at[0], at[1], at[2])
            if done[0] == len(starts) - 1:
                return numbers[: done[2]], word_starts
            self._grow()

    def _grow(self) -> None:
        """Makes twice the room where there is none for one word more."""
        if 2 * self.n >= len(self._table):
            larger = np.zeros((2 * len(self._table), 4), np.uint64)
            move_words(self._table, larger)
            self._table = larger
        elif self.n + 2 > len(self._ends):
            self._ends = np.concatenate([self._ends, np.zeros_like(self._ends)])
        else:
            self._points = np.concatenate([self._points, np.zeros_like(self._points)])

    def names(self) -> tuple[str, ...]:
        """The words in the order of their numbers."""
        text = self._points[: self._ends[self.n]].tobytes().decode("utf-32-le", "surrogatepass")
        return tuple(text[low:high] for low, high in pairwise(self._ends[: self.n + 1].tolist()))


class _Room:
    """Memory that is used again for each block, since new memory takes as long to get as a block to scan."""

    def __init__(self) -> None:
        self._arrays: dict[str, Numbers] = {}

    def get(self, name: str, size: int) -> Numbers:
        """Numbers of any value, at least so many."""
        if name not in self._arrays or len(self._arrays[name]) < size:
            self._arrays[name] = np.empty(size, np.int32)
        return self._arrays[name]


class _Scanner:
    """Scans texts a block at a time."""

    def __init__(self) -> None:
        self._alphabet = Alphabet()
        self._words = _Words()
        self._room = _Room()
        self._points = np.empty(N_CODE_POINTS, np.uint32)
        self._number_of = np.full(N_CODE_POINTS, -1, np.int32)

    def scan(self, texts: Sequence[str]) -> Scanned:
        """The characters and words of texts, as `scanned` gives them."""
        chars, word_ids, counted, starts = [], [], [], [np.zeros(1, np.int64)]
        for block in _blocks(texts):
            text = "".join(block)
            beyond = beyond_ascii(text)
            in_context = self._alphabet.learn(beyond)
            codes, at = _codes(text, beyond), _starts(block)
            chars.append(characters(block) if any(map(_is_mark, beyond)) else self._characters(codes, at))
            if in_context:
                codes, at = self._folded(block, in_context)
            room = self._room.get("words", len(codes) // 2 + len(at))
            ids, ends = self._words.number(codes, at, self._alphabet.table, room)
            counted.append(self._counted(ids, ends, np.arange(self._words.n, dtype=np.int32), self._words.n))
            word_ids.append(ids.copy())
            starts.append(ends[1:] + starts[-1][-1])
        # The words of all blocks have one numbering.
        names = self._words.names()
        words = merged([Items(names, *one) for one in counted], names)
        return Scanned(merged(chars), words, joined(word_ids), np.concatenate(starts))

    def _characters(self, codes: Codes, starts: Counts) -> Items:
        """The characters of a block."""
        points = self._points
        # Short texts would be outweighed by the table of bytes that is read for each.
        if codes.dtype == np.uint8 and len(codes) >= _FEWEST_BYTES * len(starts):
            columns, counts, row_starts = self._columns(len(codes), len(starts))
            n = count_bytes(codes, starts, self._number_of, points, columns, counts, row_starts)
            end = row_starts[-1]
            counted = columns[:end].copy(), counts[:end].copy(), row_starts
        else:
            n = number_characters(codes, self._number_of, points, 0)
            counted = self._counted(codes, starts, self._number_of, n)
        names = tuple(PARAGRAPH if point == ord(_STAND_IN) else chr(point) for point in points[:n].tolist())
        self._number_of[points[:n]] = -1
        return Items(names, *counted)

    def _columns(self, n_items: int, n_starts: int) -> tuple[Numbers, Numbers, Counts]:
        """Room for columns, counts and starts of `Items`."""
        return self._room.get("columns", n_items), self._room.get("counts", n_items), np.empty(n_starts, np.int64)

    def _counted(
        self, items: Codes | Numbers, starts: Counts, number_of: Numbers, n_numbers: int
    ) -> tuple[Numbers, Numbers, Counts]:
        """Columns, counts and starts of `Items`."""
        columns, counts, row_starts = self._columns(len(items), len(starts))
        n = count_distinct(items, starts, number_of, n_numbers, columns, counts, row_starts)
        return columns[:n].copy(), counts[:n].copy(), row_starts

    def _folded(self, block: Sequence[str], in_context: Set[str]) -> tuple[Codes, Counts]:
        """A block whose texts are folded where one of their characters cannot be folded alone, as code points."""
        folded = [fold(text) if any(char in text for char in in_context) else text for text in block]
        text = "".join(folded)
        beyond = beyond_ascii(text)
        self._alphabet.learn(beyond)
        return _codes(text, beyond), _starts(folded)


def scan(texts: Sequence[str]) -> Scanned:
    """The characters and words of texts, as `scanned` gives them."""
    shares = _shares(texts)
    if len(shares) == 1:
        return _Scanner().scan(texts)
    with ThreadPoolExecutor(len(shares)) as threads:
        parts = list(threads.map(lambda share: _Scanner().scan(share), shares))
    chars, words = merged([part.chars for part in parts]), merged([part.words for part in parts])
    number_of = {name: number for number, name in enumerate(words.names)}
    ids = [np.array([number_of[name] for name in part.words.names], np.int64)[part.word_ids] for part in parts]
    offsets = accumulate((len(part.word_ids) for part in parts), initial=0)
    starts = [part.word_starts[1:] + offset for part, offset in zip(parts, offsets, strict=False)]
    return Scanned(chars, words, joined(ids), np.concatenate([np.zeros(1, np.int64), *starts]))


def _shares(texts: Sequence[str]) -> list[Sequence[str]]:
    """Texts in consecutive shares of about as many characters, one for each processor that has enough to do."""
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    n_chars = int(ends[-1]) if len(ends) else 0
    n = max(1, min(n_processors(), n_chars // CHARS_A_PROCESSOR, len(texts)))
    cuts = np.searchsorted(ends, np.arange(1, n) * n_chars // n).tolist()
    return [texts[low:high] for low, high in pairwise([0, *cuts, len(texts)])]


def _blocks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    low = size = 0
    for i, text in enumerate(texts):
        if size and size + len(text) > BLOCK_CHARS:
            yield texts[low:i]
            low, size = i, 0
        size += len(text)
    yield texts[low:]


def _codes(text: str, beyond: Set[str]) -> Codes:
    """Code points, in a byte each where that is enough."""
    if all(char <= "\xff" or char == PARAGRAPH for char in beyond):
        return np.frombuffer(text.replace(PARAGRAPH, _STAND_IN).encode("latin-1"), np.uint8)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _starts(texts: Sequence[str]) -> Counts:
    """Where each text begins in all of them, and their length, [n + 1]."""
    return np.cumsum([0, *map(len, texts)], dtype=np.int64)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"
