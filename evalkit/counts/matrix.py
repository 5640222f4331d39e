"""Reads passages once, `Scan`, and counts them into the tally matrix, one row a passage, [passages x columns].

A passage is first scanned into occurrences of its distinct characters and words. A feature of single characters or words is then counted once
per distinct one, however often it occurs: the rows are `occurrences @ counts of the distinct items`. A row depends on its own passage only, so
that parts can be tallied on many machines and stacked or summed.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evalkit.counts.feature import Counts, Feature, Floats, Layout, Lexicon
from evalkit.text.canonical import canonical, clusters, has_marks, matched
from evalkit.text.tokenize import words

_COMPILED = "evalkit.counts.compiled.scanner"
FEWEST_CHARS = 8_000_000
"""Characters from which on it takes less time to load the compiled code than to do without it."""
FEWEST_LOADED = 50_000
"""The same where it is loaded already."""


@dataclass(frozen=True, eq=False)
class Items:
    """The distinct items of texts, and how often each stands in each text.

    Args:
        names: the distinct items in the order of their first appearance.
        columns: of each text the numbers of its items, one text after the other, in any order.
        counts: how often each of those stands in the text.
        starts: where each text begins in columns, and their length, [n + 1].
    """

    names: tuple[str, ...]
    columns: NDArray[np.int32]
    counts: NDArray[Any]
    starts: Counts


@dataclass(frozen=True, eq=False)
class Scanned:
    """What one pass over texts finds.

    Args:
        chars: the characters; a letter with its marks is one.
        words: the words, case folded.
        word_ids: every word of every text in order, as its place in the names of `words`.
        word_starts: where each text begins in `word_ids`, and their length, [n + 1].
    """

    chars: Items
    words: Items
    word_ids: Counts
    word_starts: Counts

    def frequencies(self, *, last: bool = True) -> dict[str, int]:
        """How often each word stands in all texts.

        Args:
            last: whether the last word of each text counts too.
        """
        totals = np.bincount(self.word_ids, minlength=len(self.words.names))
        if not last:
            ends = self.word_starts[1:][np.diff(self.word_starts) > 0]
            np.subtract.at(totals, self.word_ids[ends - 1], 1)
        return dict(zip(self.words.names, totals.tolist(), strict=True))


def scanned(texts: Sequence[str]) -> Scanned:
    """The characters and words of texts.

    Args:
        texts: in canonical form, or in that of `matched`.
    """
    n_chars = sum(map(len, texts))
    # Long texts are scanned by compiled code, which takes more than a second to load, with the same result.
    if n_chars >= (FEWEST_LOADED if _COMPILED in sys.modules else FEWEST_CHARS):
        from evalkit.counts.compiled import scan

        return scan(texts)
    return plain_scan(texts)


class _Numbering(dict[str, int]):
    """Distinct items, numbered in the order in which they are first asked for."""

    def __missing__(self, item: str) -> int:
        number = self[item] = len(self)
        return number

    def of(self, items: Collection[str]) -> Counts:
        """The number of each, [len(items)]."""
        return np.fromiter(map(self.__getitem__, items), dtype=np.int64, count=len(items))


class _Occurrences:
    """Occurrences of distinct items in texts, which grow text by text."""

    def __init__(self) -> None:
        self._numbers = _Numbering()
        self._columns: list[Counts] = []
        self._counts: list[Counts] = []

    def add(self, items: Collection[str]) -> None:
        """The items of one text."""
        occurrences = Counter(items)
        self._columns.append(self._numbers.of(occurrences))
        self._counts.append(np.fromiter(occurrences.values(), dtype=np.int64, count=len(occurrences)))

    def numbers(self, items: Collection[str]) -> Counts:
        """The number of each item of a text, in order."""
        return self._numbers.of(items)

    def all(self) -> Items:
        """The items of all texts so far."""
        return Items(tuple(self._numbers), joined(self._columns, np.int32), joined(self._counts), _starts_of(self._columns))


def plain_scan(texts: Sequence[str]) -> Scanned:
    """The characters and words of texts, as `scanned` gives them, without compiled code."""
    found, word_ids = _Occurrences(), []
    for text in texts:
        tokens = words(text)
        found.add(tokens)
        word_ids.append(found.numbers(tokens))
    return Scanned(characters(texts), found.all(), joined(word_ids), _starts_of(word_ids))


def characters(texts: Sequence[str]) -> Items:
    """The characters of texts; a letter with its marks is one."""
    found = _Occurrences()
    for text in texts:
        found.add(clusters(text) if has_marks(text) else text)
    return found.all()


def merged(parts: Sequence[Items], names: tuple[str, ...] | None = None) -> Items:
    """The items of parts of texts as those of all.

    Args:
        parts: one after the other.
        names: of the items, where all parts have one numbering.
    """
    columns: list[NDArray[Any]] = [part.columns for part in parts]
    if names is None:
        numbering = _Numbering()
        columns = [numbering.of(part.names)[part.columns] for part in parts]
        names = tuple(numbering)
    offsets = accumulate((len(part.columns) for part in parts), initial=0)
    starts = [part.starts[1:] + offset for part, offset in zip(parts, offsets, strict=False)]
    return Items(
        names, joined(columns, np.int32), joined([part.counts for part in parts]), joined([np.zeros(1, np.int64), *starts])
    )


def joined(parts: Sequence[NDArray[Any]], kind: type[np.signedinteger] = np.int64) -> NDArray[Any]:
    """Numbers one part after the other, of one type."""
    return np.concatenate([*parts, np.empty(0, kind)], dtype=kind)


def _starts_of(parts: Sequence[Counts]) -> Counts:
    """Where each part begins when they are joined, and the length of all, [n + 1]."""
    return np.cumsum([0, *map(len, parts)])


@dataclass(frozen=True, eq=False)
class Origin:
    """Where passages of the reference's documents were cut from; each [n_passages].

    Args:
        document: the document's row in the scan of the reference.
        first_char: position of the passage's first character in the document.
        first_word: number of words of the document before the passage.
    """

    document: NDArray[np.int64]
    first_char: NDArray[np.int64]
    first_word: NDArray[np.int64]


@dataclass(eq=False)
class Scan:
    """Passages that were read: occurrences of characters and words, the words in order, and the texts.

    Args:
        texts: the passages. They are kept as they are matched: in canonical form, every run of spaces as one.
        origin: where they were cut from the reference's documents, if they were: such a passage is never searched for in the document that
            it comes from.

    Attributes:
        spaced: the passages in canonical form, with their runs of spaces.
        chars, words: occurrences, [n_passages x distinct characters or words].
        char_items, word_items: the distinct characters (a letter with its marks is one) and words (case folded), in the order of those columns.
        word_ids: every word of every passage in order, as its place in `word_items`, [words of all passages].
        word_starts: where each passage begins in `word_ids`, and their length, [n_passages + 1].
    """

    texts: Sequence[str]
    origin: Origin | None = None
    spaced: Sequence[str] = field(init=False)
    chars: sparse.csr_array = field(init=False)
    words: sparse.csr_array = field(init=False)
    char_items: tuple[str, ...] = field(init=False)
    word_items: tuple[str, ...] = field(init=False)
    word_ids: NDArray[np.int64] = field(init=False)
    word_starts: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.spaced = [canonical(text) for text in self.texts]
        self.texts = [matched(text) for text in self.spaced]
        found = scanned(self.texts)
        self.chars, self.char_items = _matrix(found.chars), found.chars.names
        self.words, self.word_items = _matrix(found.words), found.words.names
        self.word_ids, self.word_starts = found.word_ids, found.word_starts

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: NDArray[np.int64]) -> Scan:
        """Some of the passages, without reading them again.

        Args:
            rows: of the passages, in the order wanted; one may come several times.
        """
        part = Scan.__new__(Scan)  # without __init__, which would read the texts
        part.texts, part.spaced = [self.texts[row] for row in rows], [self.spaced[row] for row in rows]
        origin = self.origin
        part.origin = origin and Origin(origin.document[rows], origin.first_char[rows], origin.first_word[rows])
        part.chars, part.char_items = self.chars[rows], self.char_items
        part.words, part.word_items = self.words[rows], self.word_items
        sizes = np.diff(self.word_starts)[rows]
        part.word_starts = np.concatenate([[0], np.cumsum(sizes)])
        within = np.arange(sizes.sum()) - np.repeat(part.word_starts[:-1], sizes)
        part.word_ids = self.word_ids[np.repeat(self.word_starts[:-1][rows], sizes) + within]
        return part

    def word_sequences(self, numbers: NDArray[np.int32]) -> list[NDArray[np.int32]]:
        """Each passage's words in order, as numbers of the caller's.

        Args:
            numbers: the number of each of `word_items`.
        """
        return np.split(numbers[self.word_ids], self.word_starts[1:-1]) if len(self) else []

    def counts(self, feature: Feature, lexicon: Lexicon) -> Counts:
        """One feature's counts of every passage, [n_passages x its columns]."""
        if feature.of == "text":
            return feature.count(self.texts, lexicon)
        if feature.of == "scan":
            return feature.count(self, lexicon)
        items, occurrences = (self.char_items, self.chars) if feature.of == "chars" else (self.word_items, self.words)
        return np.asarray(occurrences @ feature.count(items, lexicon), dtype=np.int64)

    def tally(self, layout: Layout, lexicon: Lexicon) -> Counts:
        """The tally matrix, [n_passages x layout.n_columns]."""
        blocks = [self.counts(feature, lexicon) for feature in layout.features]
        return np.concatenate([np.empty((len(self), 0), np.int64), *blocks], axis=1)

    def retally(self, tally: Counts, layout: Layout, lexicon: Lexicon) -> Counts:
        """The tally of the same passages with another reference: only features that know it are counted again."""
        tally = tally.copy()
        for feature in layout.features:
            if feature.knows_reference:
                tally[:, layout[feature.name]] = self.counts(feature, lexicon)
        return tally

    def vocabulary(self, rows: Sequence[int]) -> list[str]:
        """The distinct words of some passages, in no particular order."""
        is_used = np.asarray(self.words[list(rows)].sum(axis=0)).ravel() > 0
        return [self.word_items[i] for i in np.flatnonzero(is_used)]

    def frequent_words(self, rows: Sequence[int], n: int) -> list[str]:
        """The n most frequent words of some passages, the most frequent first, ties in alphabetical order."""
        totals = np.asarray(self.words[list(rows)].sum(axis=0)).ravel()
        ranked = sorted(np.flatnonzero(totals), key=lambda i: (-totals[i], self.word_items[i]))
        return [self.word_items[i] for i in ranked[:n]]


def _matrix(items: Items) -> sparse.csr_array:
    """Occurrences of items in passages, [n x items]."""
    shape = (len(items.starts) - 1, len(items.names))
    matrix = sparse.csr_array((items.counts, items.columns, items.starts), shape=shape)
    matrix.sort_indices()
    return matrix


@dataclass(frozen=True)
class WordCounts:
    """Occurrences of every word in a candidate's passages and in the training documents, in one common order.

    Args:
        items: the words that occur on either side.
        candidate: occurrences in each passage of the candidate, [passages x items].
        training: occurrences in each training document, [documents x items].
    """

    items: Sequence[str]
    candidate: sparse.csc_array
    training: sparse.csc_array

    @classmethod
    def of(cls, candidate: Scan, training: Scan) -> WordCounts:
        """Counts of passages and of training documents that were scanned before."""
        items = list(dict.fromkeys([*candidate.word_items, *training.word_items]))
        return cls(items, _aligned(candidate, items), _aligned(training, items))

    def taken(self, rows: NDArray[np.int64]) -> WordCounts:
        """The same with some passages of the candidate only."""
        return self if len(rows) == self.candidate.shape[0] else replace(self, candidate=self.candidate[rows])

    def totals(self) -> tuple[Floats, Floats]:
        """Occurrences in the candidate and in the training documents, each [items]."""
        candidate, training = (
            np.asarray(counts.sum(axis=0), dtype=np.float64).ravel() for counts in (self.candidate, self.training)
        )
        return candidate, training


def _aligned(scan: Scan, items: Sequence[str]) -> sparse.csc_array:
    """Occurrences of a common list of words in each passage, [n x items]."""
    column_of = {word: column for column, word in enumerate(items)}
    columns = np.array([column_of[word] for word in scan.word_items], dtype=np.int64)
    occurrences = scan.words.tocoo()
    return sparse.csc_array((occurrences.data, (occurrences.row, columns[occurrences.col])), shape=(len(scan), len(items)))
