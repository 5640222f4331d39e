"""From passages to the tally matrix: text is read once, and only counts remain.

A passage is first scanned into counts of its distinct characters and words. A feature that looks at single characters or words is
then evaluated once per distinct one, however often it occurs, and multiplied in: rows are `occurrences @ feature values`.
Rows of different passages never touch each other, so tallies of parts can be made on many machines and stacked or summed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from evalkit.metrics.base import Counts, Feature, Layout, Lexicon
from evalkit.text.tokenize import normalize, words


class _Occurrences:
    """Occurrences of distinct items in passages, a sparse matrix [passages x items] that grows row by row."""

    def __init__(self) -> None:
        self.items: dict[str, int] = {}
        self._columns: list[Counts] = []
        self._counts: list[Counts] = []

    def add(self, occurrences: Iterable[str]) -> None:
        ids = np.fromiter((self.items.setdefault(item, len(self.items)) for item in occurrences), dtype=np.int64)
        columns, counts = np.unique(ids, return_counts=True)
        self._columns.append(columns)
        self._counts.append(counts.astype(np.int64))

    def matrix(self) -> sparse.csr_array:
        starts = np.concatenate([[0], np.cumsum([len(c) for c in self._columns])])
        columns = np.concatenate([*self._columns, np.empty(0, np.int64)])
        counts = np.concatenate([*self._counts, np.empty(0, np.int64)])
        return sparse.csr_array((counts, columns, starts), shape=(len(self._columns), len(self.items)))


@dataclass
class Scan:
    """What reading passages once leaves: occurrences of characters and words, and the texts where a feature needs them whole.

    Args:
        texts: the passages.
    """

    texts: Sequence[str]
    chars: sparse.csr_array = field(init=False)
    words: sparse.csr_array = field(init=False)
    char_items: tuple[str, ...] = field(init=False)
    word_items: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        chars, tokens = _Occurrences(), _Occurrences()
        for text in self.texts:
            chars.add(normalize(text))
            tokens.add(words(text))
        self.chars, self.char_items = chars.matrix(), tuple(chars.items)
        self.words, self.word_items = tokens.matrix(), tuple(tokens.items)

    def __len__(self) -> int:
        return len(self.texts)

    def counts(self, feature: Feature, lexicon: Lexicon) -> Counts:
        """One feature's counts of every passage, [n_passages x n_columns]."""
        if feature.of == "text":
            return feature.count(self.texts, lexicon)
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
