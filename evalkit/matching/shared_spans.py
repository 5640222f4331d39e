"""Finds spans of characters that stand in several passages of one sample (`SharedSpans`), and what is left of them without some passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts, Floats
from evalkit.matching.encoding import CharCodes
from evalkit.matching.suffix_array import Suffixes


@dataclass(frozen=True)
class SharedSpans:
    """The spans of n characters that stand in two passages or more.

    Args:
        span, passage, count: every such span of every passage that has it, and how often it stands there, [entries].
        n_spans: spans of each passage, shared or not, [passages].
    """

    span: Counts
    passage: Counts
    count: Counts
    n_spans: Counts

    @classmethod
    def of(cls, texts: Sequence[str], n_chars: int) -> SharedSpans:
        """The shared spans of passages, exactly; white space of any kind is one character, and typographic quotation marks are plain ones.

        Args:
            texts: of the passages.
            n_chars: characters of a span, 1 or more.
        """
        codes = CharCodes(texts)
        suffixes = Suffixes.of([codes.encode(text) for text in texts])
        n_spans = np.array([max(0, len(text) - n_chars + 1) for text in texts], dtype=np.int64)
        # Suffixes that begin with the same span follow each other; one that ends before a whole span stands with none.
        span = np.cumsum(suffixes.shared < n_chars, dtype=np.int64)
        whole = suffixes.room >= n_chars
        n = max(1, len(texts))
        entries, count = np.unique(span[whole] * n + suffixes.owner[whole], return_counts=True)
        span, passage = np.divmod(entries, n)
        is_shared = np.bincount(span)[span] > 1 if len(span) else np.empty(0, bool)
        numbers = np.unique(span[is_shared], return_inverse=True)[1]
        return cls(numbers.astype(np.int64), passage[is_shared], count[is_shared], n_spans)

    @property
    def by_passage(self) -> Counts:
        """How many spans of each passage stand in another one, [passages]."""
        return np.bincount(self.passage, self.count, minlength=len(self.n_spans)).astype(np.int64)

    @property
    def share(self) -> float:
        """The share of spans that stand in another passage, 0 to 1; NaN where there is no span."""
        return float(self.count.sum() / n) if (n := int(self.n_spans.sum())) else float("nan")

    def shares_without(self, units: NDArray[np.int64]) -> Floats:
        """The share without each unit, [units]; NaN where no span is left.

        Exact, and not a subtraction of the unit's own spans: a span that only one passage of the others has is shared no more.

        Args:
            units: the unit of each passage, 0 to k - 1, [passages].
        """
        k = int(units.max()) + 1 if len(units) else 0
        entries, inverse = np.unique(self.span * max(1, k) + units[self.passage], return_inverse=True)
        span, unit = np.divmod(entries, max(1, k))
        n_here, count_here = np.bincount(inverse), np.bincount(inverse, self.count)
        n_passages, count = np.bincount(self.span), np.bincount(self.span, self.count)
        alone = n_passages[span] - n_here == 1
        gone = count_here + np.where(alone, count[span] - count_here, 0)
        shared = self.count.sum() - np.bincount(unit, gone, minlength=k)
        left = self.n_spans.sum() - np.bincount(units, self.n_spans, minlength=k)
        with np.errstate(invalid="ignore"):
            return np.asarray(shared / left)
