"""Occurrences of every word in a candidate's passages and in the training documents, in one common order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from evalkit.counts.feature import Floats
from evalkit.counts.matrix import Scan


@dataclass(frozen=True)
class WordCounts:
    """Occurrences by word.

    Args:
        items: the words that occur on either side.
        mine: occurrences in each passage of the candidate, [passages x items].
        known: occurrences in each training document, [documents x items].
    """

    items: Sequence[str]
    mine: sparse.csc_array
    known: sparse.csc_array

    @classmethod
    def of(cls, scan: Scan, known: Scan) -> WordCounts:
        """Counts of passages and of training documents that were read before."""
        items = list(dict.fromkeys([*scan.word_items, *known.word_items]))
        return cls(items, _aligned(scan, items), _aligned(known, items))

    def totals(self) -> tuple[Floats, Floats]:
        """Occurrences in the candidate and in the training documents, each [items]."""
        mine, known = (np.asarray(counts.sum(axis=0), dtype=np.float64).ravel() for counts in (self.mine, self.known))
        return mine, known


def _aligned(scan: Scan, items: Sequence[str]) -> sparse.csc_array:
    """Occurrences of a common list of words in each passage, [n x items]."""
    columns = {word: column for column, word in enumerate(items)}
    places = np.array([columns[word] for word in scan.word_items], dtype=np.int64)
    known = scan.words.tocoo()
    return sparse.csc_array((known.data, (known.row, places[known.col])), shape=(len(scan), len(items)))
