"""Counts what figures show of a text and no metric says: `text_counts` gives the distance of each passage, copied phrases and word ranks."""

from __future__ import annotations

import numpy as np

from evalkit.counts.feature import Floats, Totals
from evalkit.counts.matrix import Scan
from evalkit.matching.match_lengths import MOST_WORDS, share_without
from evalkit.metrics.novelty import WORD_MATCHES
from evalkit.results import TextCounts, numbers


def text_counts(scan: Scan, totals: Totals, distances: Floats) -> TextCounts:
    """What figures show of a candidate or of human text.

    Args:
        scan: of its passages.
        totals: of its tallies, one row.
        distances: of each passage from the reference, [n]; NaN where none could be measured.
    """
    copied: list[float | None] = []
    if WORD_MATCHES in totals.layout.features:
        counts = totals[WORD_MATCHES.name]
        copied = numbers(float(1 - share_without(counts, n)[0]) for n in range(1, MOST_WORDS + 1))
    occurrences = np.sort(np.asarray(scan.words.sum(axis=0)).ravel())[::-1]
    occurrences = occurrences[occurrences > 0]
    ranks = _ranks(len(occurrences))
    per_10k = [10_000 * float(occurrences[rank - 1]) / float(occurrences.sum()) for rank in ranks]
    # Distances are only shown, and a text may have thousands of passages.
    return TextCounts(
        distances=[None if np.isnan(far) else round(float(far), 4) for far in distances],
        copied=copied,
        ranks=ranks,
        per_10k=numbers(per_10k),
    )


def _ranks(n: int) -> list[int]:
    """Ranks that are evenly spaced on a logarithmic scale, two a doubling, the first and the last among them.

    >>> _ranks(11), _ranks(0)
    ([1, 2, 3, 4, 6, 8, 11], [])
    """
    steps = [round(2 ** (step / 2)) for step in range(64)]
    return sorted({*(step for step in steps if step <= n), *([n] if n else [])})
