"""From passages to the tally matrix: text is read once, and only counts remain.

A passage is first scanned into counts of its distinct characters and words. A feature that looks at single characters or words is
then evaluated once per distinct one, however often it occurs, and multiplied in: rows are `occurrences @ feature values`.
Rows of different passages never touch each other, so tallies of parts can be made on many machines and stacked or summed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evalkit.counts.feature import Counts, Feature, Layout, Lexicon
from evalkit.text.tokenize import normalize, words


class _Numbers(dict[str, int]):
    """Distinct items, numbered in the order in which they are first asked for."""

    def __missing__(self, item: str) -> int:
        number = self[item] = len(self)
        return number

    def of(self, items: Collection[str]) -> Counts:
        """The number of each, [len(items)]."""
        return np.fromiter(map(self.__getitem__, items), dtype=np.int64, count=len(items))


class _Occurrences:
    """Occurrences of distinct items in passages, a sparse matrix [passages x items] that grows row by row."""

    def __init__(self) -> None:
        self.items = _Numbers()
        self.sequences: list[Counts] = []
        self._columns: list[Counts] = []
        self._counts: list[Counts] = []

    def add_chars(self, text: str) -> None:
        """A passage's characters; their order is not kept."""
        counted = Counter(text)  # much faster than to number every character
        columns, counts = self.items.of(counted), np.fromiter(counted.values(), dtype=np.int64, count=len(counted))
        order = np.argsort(columns)
        self._columns.append(columns[order])
        self._counts.append(counts[order])

    def add_words(self, tokens: Collection[str]) -> None:
        """A passage's words, which are kept in order too."""
        ids = self.items.of(tokens)
        self.sequences.append(ids)
        columns, counts = np.unique(ids, return_counts=True)
        self._columns.append(columns)
        self._counts.append(counts.astype(np.int64))

    def matrix(self) -> sparse.csr_array:
        starts = np.concatenate([[0], np.cumsum([len(c) for c in self._columns])])
        columns = np.concatenate([*self._columns, np.empty(0, np.int64)])
        counts = np.concatenate([*self._counts, np.empty(0, np.int64)])
        return sparse.csr_array((counts, columns, starts), shape=(len(self._columns), len(self.items)))


@dataclass(frozen=True, eq=False)
class Origin:
    """Where passages of the reference's documents were cut from; each [n_passages].

    Args:
        document: row of the document.
        first_char: place of the passage's first character in it.
        first_word: words of the document before the passage.
    """

    document: NDArray[np.int64]
    first_char: NDArray[np.int64]
    first_word: NDArray[np.int64]


@dataclass(eq=False)
class Scan:
    """What reading passages once leaves: occurrences of characters and words, the words in order, and the texts.

    Args:
        texts: the passages.
        origin: where they stand in the reference's documents, if they were cut from them: such a passage is never searched for in the
            document that it comes from.

    Attributes:
        word_ids: every word of every passage in order, as its row in `word_items`, [words of all passages].
        word_starts: where each passage begins in `word_ids`, and their length, [n_passages + 1].
    """

    texts: Sequence[str]
    origin: Origin | None = None
    chars: sparse.csr_array = field(init=False)
    words: sparse.csr_array = field(init=False)
    char_items: tuple[str, ...] = field(init=False)
    word_items: tuple[str, ...] = field(init=False)
    word_ids: NDArray[np.int64] = field(init=False)
    word_starts: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        chars, tokens = _Occurrences(), _Occurrences()
        for text in self.texts:
            chars.add_chars(normalize(text))
            tokens.add_words(words(text))
        self.chars, self.char_items = chars.matrix(), tuple(chars.items)
        self.words, self.word_items = tokens.matrix(), tuple(tokens.items)
        self.word_ids = np.concatenate([*tokens.sequences, np.empty(0, np.int64)])
        self.word_starts = np.cumsum([0, *map(len, tokens.sequences)])

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: NDArray[np.int64]) -> Scan:
        """Some of the passages, without reading them again.

        Args:
            rows: of the passages, in the order wanted; one may come several times.
        """
        part = Scan.__new__(Scan)
        part.texts = [self.texts[row] for row in rows]
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
        """Each passage's words in order, each as its number.

        Args:
            numbers: of each of `word_items`.
        """
        return np.split(numbers[self.word_ids], self.word_starts[1:-1]) if len(self) else []

    def counts(self, feature: Feature, lexicon: Lexicon) -> Counts:
        """One feature's counts of every passage, [n_passages x n_columns]."""
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
        """The same passages held against another reference: only what depends on it is counted again."""
        tally = tally.copy()
        for feature in layout.features:
            if feature.knows_reference:
                tally[:, layout[feature.name]] = self.counts(feature, lexicon)
        return tally

    def vocabulary(self, rows: Sequence[int]) -> list[str]:
        """The distinct words of some passages, in no particular order."""
        used = np.asarray(self.words[list(rows)].sum(axis=0)).ravel() > 0
        return [self.word_items[i] for i in np.flatnonzero(used)]
