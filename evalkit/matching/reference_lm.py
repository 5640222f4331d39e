"""Models characters (`NgramCounts`, `ReferenceModel`) to say how probable a text is, each document of the reference judged by the others.

The model is the hierarchical Dirichlet language model of MacKay and Peto (1995), over five characters unless told otherwise. The probability
after a long context is smoothed by that after the shorter one: p(c | h) = (n(hc) + A p(c | h')) / (n(h) + A). Below the shortest is the uniform
distribution over the corpus's characters, the border before a document and one symbol for all characters that the corpus does not have. So an odd
character costs bits, as many as one that occurs in the judged document alone; which character it is is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit._util.entries import Arrays
from evalkit.matching.encoding import Codes, Mask, Positions, ragged_arange

ORDER = 5
CONCENTRATION = 8.0
"""A: how many occurrences of a context outweigh the shorter one. Lovecraft's stories, each judged by the others, take 2.16, 2.14 and 2.12 bits
a character with 2, 4 and 8."""
SKIPPED = ORDER - 1
"""Characters at the beginning of a passage that are not judged, since their context is unknown."""
MOST_JUDGED = 400_000
"""Characters of the corpus itself that are judged, evenly spaced; all of them are counted for training."""
_MOST_TABLE = 8
"""Entries of a table, five bytes each, for every number that is looked up in it; beyond that numbers are sorted."""

_PARTS = ("keys", "counts")

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


def found(keys: Ids, shorter: Ids, symbols: Ids, n_symbols: int) -> Ids:
    """Ids of n-grams by the id of the n-gram less its last symbol, and that symbol; -1 for those that do not occur.

    Args:
        keys: of all n-grams, sorted, each the id of the shorter one times the number of symbols, plus the last symbol.
        shorter, symbols: of the n-grams that are looked for, each [n].
        n_symbols: different symbols.
    """
    wanted = shorter * n_symbols + symbols
    rank = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where((shorter >= 0) & (keys[rank] == wanted), rank, -1)


@dataclass(frozen=True)
class _Level:
    """All n-grams of one order in the corpus.

    Args:
        keys: sorted; an n-gram's id is its rank here. A key is the id of the n-gram less its last character, times the number of symbols, plus
            that character.
        gram, document, count: every n-gram of every document, and how often it occurs there, [pairs].
        here: id, and row in `gram`, of the n-gram that ends at each judged character, each [judged].
        before: the same of the n-gram that ends right before it.
    """

    keys: Ids
    gram: Ids
    document: Ids
    count: Ids
    here: tuple[Ids, Ids]
    before: tuple[Ids, Ids]

    def counts(self, trained: Mask) -> Ids:
        """How often each n-gram occurs in the training documents."""
        return np.bincount(self.gram, self.count * trained[self.document], minlength=len(self.keys)).astype(np.int64)


class NgramCounts:
    """Counts of n-grams of up to five characters, kept by document.

    Kept by document, since a model without some of the documents is then a subtraction and not another fit.

    Args:
        documents: as numbered characters, from 1 up.
        n_symbols: different characters.
        order: characters of the longest n-gram.
    """

    def __init__(self, documents: Sequence[Codes], n_symbols: int, *, order: int = ORDER) -> None:
        self.n_symbols = n_symbols + 2  # 0, the border before a document, and one for whatever the corpus does not have
        border = np.zeros(order, np.int64)
        text = np.concatenate([part for codes in documents for part in (border, codes)] or [border]).astype(np.int64)
        sizes = np.array([len(codes) + order for codes in documents], dtype=np.int64)
        self.sizes = sizes
        document = np.repeat(np.arange(len(documents)), sizes)
        position = ragged_arange(sizes) - order
        self.step = max(1, -(-len(text) // MOST_JUDGED))  # every so many characters one is judged
        judged = np.flatnonzero((position >= 0) & (np.arange(len(position)) % self.step == 0))
        self.document: Positions = document[judged]
        self.position: Positions = position[judged]
        self.levels: list[_Level] = []
        # Ids are dense at every order, so the key of a longer n-gram stays far below 2^63 whatever the number of symbols.
        grams = np.zeros(len(text), np.int64)
        for _ in range(order):
            shorter = np.concatenate([[0], grams[:-1]])
            n_shorter = int(grams.max(initial=0)) + 1
            keys, grams = _distinct(shorter * self.n_symbols + text, n_shorter * self.n_symbols)
            codes, pair = _distinct(document * len(keys) + grams, len(documents) * len(keys))
            owner, gram = np.divmod(codes, len(keys))
            count = np.bincount(pair, minlength=len(codes))
            self.levels.append(
                _Level(keys, gram, owner, count, (grams[judged], pair[judged]), (grams[judged - 1], pair[judged - 1]))
            )

    def leave_one_out_bits(self, trained: Mask) -> Floats:
        """Bits of each judged character of the corpus under the training documents without its own document, [judged]."""
        in_training = trained[self.document]
        p = np.full(len(self.document), 1 / self.n_symbols)
        n_context = self.sizes[trained].sum() - np.where(in_training, self.sizes[self.document], 0)
        for level in self.levels:
            counts = level.counts(trained)
            n_here, n_before = (
                counts[gram] - np.where(in_training, level.count[pair], 0) for gram, pair in (level.here, level.before)
            )
            p = (n_here + CONCENTRATION * p) / (n_context + CONCENTRATION)
            n_context = n_before
        return np.asarray(-np.log2(p))

    def model(self, trained: Mask) -> ReferenceModel:
        """The model of the training documents, for text that is not of the corpus."""
        levels = [(level.keys, level.counts(trained)) for level in self.levels]
        return ReferenceModel(levels, int(self.sizes[trained].sum()), n_symbols=self.n_symbols, step=self.step)


def _distinct(values: Ids, n_values: int) -> tuple[Ids, Ids]:
    """The distinct values, ascending, and the rank of each value among them, as `np.unique(values, return_inverse=True)` gives them.

    Args:
        values: whole numbers from 0 up, [n].
        n_values: they are smaller than this.
    """
    if n_values > _MOST_TABLE * len(values):
        return np.unique(values, return_inverse=True)
    # A table of all possible values is several times faster than sorting those that there are, as long as it is not much larger.
    present = np.zeros(n_values, bool)
    present[values] = True
    rank = np.cumsum(present, dtype=np.int32)
    return np.flatnonzero(present), rank[values].astype(np.int64) - 1


class ReferenceModel:
    """The language model of the training documents.

    Args:
        levels: by order, the keys of the corpus's n-grams, and how often the training documents have each of them.
        n_chars: characters of the training documents.
        n_symbols, step: as `NgramCounts` has them.
    """

    def __init__(self, levels: Sequence[tuple[Ids, Ids]], n_chars: int, *, n_symbols: int, step: int) -> None:
        self.levels, self.n_chars, self.n_symbols, self.step = levels, n_chars, n_symbols, step

    def arrays(self) -> Arrays:
        """The model as arrays, from which `restored` makes it again."""
        levels = {f"{part} {k}": array for k, level in enumerate(self.levels) for part, array in zip(_PARTS, level, strict=True)}
        return {**levels, "sizes": np.array([self.n_chars, self.n_symbols, self.step], np.int64)}

    @classmethod
    def restored(cls, arrays: Arrays) -> ReferenceModel:
        """The model of `arrays`."""
        n_chars, n_symbols, step = arrays["sizes"].tolist()
        keys, counts = ([arrays[f"{part} {k}"] for k in range(len(arrays) // len(_PARTS))] for part in _PARTS)
        return cls(list(zip(keys, counts, strict=True)), n_chars, n_symbols=n_symbols, step=step)

    def bits(self, codes: Codes) -> Floats:
        """Bits of every character given those before it, [n]; the first few lack their context."""
        text = codes.astype(np.int64)
        p = np.full(len(text), 1 / self.n_symbols)
        n_context = np.full(len(text), self.n_chars)
        grams = np.zeros(len(text), np.int64)
        for k, (keys, counts) in enumerate(self.levels):
            shorter = np.concatenate([np.full(min(1, len(text)), -1), grams[:-1]]) if k else grams
            grams = found(keys, shorter, text, self.n_symbols)
            n_here = np.where(grams >= 0, counts[grams], 0)
            p = (n_here + CONCENTRATION * p) / (n_context + CONCENTRATION)
            n_context = np.concatenate([np.zeros(min(1, len(text)), np.int64), n_here[:-1]])
        return np.asarray(-np.log2(p))
