"""The judge: how probable text is to a model of the reference's characters, without letting any document vouch for itself.

A hierarchical Dirichlet model of five characters (MacKay and Peto 1995): the probability after a long context leans on that after the shorter
one, p(c | h) = (n(hc) + A p(c | h')) / (n(h) + A). It needs nothing but counts, and they are kept by document: a fold's model is the whole less the
held-out documents, and a training document is judged by the others. That is subtraction, not another fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.matching.suffix_array import Codes, Mask

ORDER = 5
CONCENTRATION = 8.0
"""A: how many occurrences of a context outweigh the shorter one. Lovecraft's stories, each judged by the others, take 2.16, 2.14 and 2.12 bits
a character with 2, 4 and 8."""
SKIPPED = ORDER - 1
"""Characters at the beginning of a passage that are not judged: nobody knows what came before."""
MOST_JUDGED = 400_000
"""Characters of the corpus itself that are judged, evenly spread; all of them serve as training text."""

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Level:
    """All stretches of k characters of the corpus ("grams").

    Args:
        keys: sorted; a gram's number is its place in them. A key is the number of the gram less its last character, times the number of
            symbols, plus that character.
        gram, document, count: every gram of every document, and how often it occurs there, [pairs].
        here: number and pair of the gram that ends at each judged character, each [judged].
        before: the same of the gram that ends right before it.
    """

    keys: Ids
    gram: Ids
    document: Ids
    count: Ids
    here: tuple[Ids, Ids]
    before: tuple[Ids, Ids]

    def counts(self, trained: Mask) -> Ids:
        """How often each gram occurs in the training documents."""
        return np.bincount(self.gram, self.count * trained[self.document], minlength=len(self.keys)).astype(np.int64)

    def find(self, shorter: Ids, symbols: Ids, n_symbols: int) -> Ids:
        """Numbers of grams by the number of the gram less its last character, and that character; -1 for those that do not occur."""
        wanted = shorter * n_symbols + symbols
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where((shorter >= 0) & (self.keys[place] == wanted), place, -1)


class Judge:
    """The corpus as counts of stretches of up to five characters by document.

    Args:
        documents: as numbered characters, from 1 up.
        n_symbols: different characters.
    """

    def __init__(self, documents: Sequence[Codes], n_symbols: int) -> None:
        self.n_symbols = n_symbols + 2  # the border before a document, and whatever the corpus does not have
        border = np.zeros(ORDER, np.int64)
        text = np.concatenate([part for codes in documents for part in (border, codes)] or [border]).astype(np.int64)
        sizes = np.array([len(codes) + ORDER for codes in documents], dtype=np.int64)
        self.sizes = sizes
        document = np.repeat(np.arange(len(documents)), sizes)
        place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes) - ORDER
        step = max(1, -(-len(text) // MOST_JUDGED))
        judged = np.flatnonzero((place >= 0) & (np.arange(len(place)) % step == 0))
        self.document, self.place = document[judged], place[judged]
        self.levels: list[_Level] = []
        grams = np.zeros(len(text), np.int64)
        for _ in range(ORDER):
            shorter = np.concatenate([[0], grams[:-1]])
            keys, grams = np.unique(shorter * self.n_symbols + text, return_inverse=True)
            codes, pair, count = np.unique(document * len(keys) + grams, return_inverse=True, return_counts=True)
            owner, gram = np.divmod(codes, len(keys))
            self.levels.append(
                _Level(keys, gram, owner, count, (grams[judged], pair[judged]), (grams[judged - 1], pair[judged - 1]))
            )

    def own_bits(self, trained: Mask) -> Floats:
        """Bits of each judged character of the corpus under the training documents, its own left out, [judged]."""
        own = trained[self.document]
        p = np.full(len(self.document), 1 / self.n_symbols)
        context = self.sizes[trained].sum() - np.where(own, self.sizes[self.document], 0)
        for level in self.levels:
            counts = level.counts(trained)
            n_here, n_before = (counts[number] - np.where(own, level.count[pair], 0) for number, pair in (level.here, level.before))
            p = (n_here + CONCENTRATION * p) / (context + CONCENTRATION)
            context = n_before
        return np.asarray(-np.log2(p))

    def model(self, trained: Mask) -> Model:
        """The model of the training documents, for text that is not of the corpus."""
        return Model(self, [level.counts(trained) for level in self.levels], int(self.sizes[trained].sum()))


class Model:
    """Counts of the training documents.

    Args:
        judge: of the corpus.
        counts: of each level's grams.
        n_chars: characters of the training documents.
    """

    def __init__(self, judge: Judge, counts: Sequence[Ids], n_chars: int) -> None:
        self.judge, self.counts, self.n_chars = judge, counts, n_chars

    def bits(self, codes: Codes) -> Floats:
        """Bits of every character given the ones before it, [n]; the first few lack their context."""
        text = codes.astype(np.int64)
        p = np.full(len(text), 1 / self.judge.n_symbols)
        context = np.full(len(text), self.n_chars)
        grams = np.zeros(len(text), np.int64)
        for k, (level, counts) in enumerate(zip(self.judge.levels, self.counts, strict=True)):
            shorter = np.concatenate([np.full(min(1, len(text)), -1), grams[:-1]]) if k else grams
            grams = level.find(shorter, text, self.judge.n_symbols)
            found = np.where(grams >= 0, counts[grams], 0)
            p = (found + CONCENTRATION * p) / (context + CONCENTRATION)
            context = np.concatenate([np.zeros(min(1, len(text)), np.int64), found[:-1]])
        return np.asarray(-np.log2(p))
