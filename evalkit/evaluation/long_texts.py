"""Finds the passages that are consecutive pieces of a few long texts, and puts them into blocks: `blocks_of`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts
from evalkit.counts.matrix import Scan
from evalkit.inference import FEWEST_UNITS
from evalkit.inference.blocks import Blocks, in_blocks
from evalkit.text.passages import Passage

_SPAN = 12
"""Words of a span that hardly occurs twice by chance."""
_MOST_REPEATED = 0.5
"""Share of a text's spans that may have occurred before; of a text that repeats itself more, the pieces are copies and not a sample."""
_BASE = np.uint64(0x9E3779B97F4A7C15)
"""Multiplier of a span's hash: odd, and far from any pattern of word numbers."""


def blocks_of(passages: Sequence[Passage], clusters: NDArray[np.int64], tally: Counts, scan: Scan) -> Blocks | None:
    """The blocks of passages that are consecutive pieces of texts too few to be units; None where they are not.

    Args:
        passages: of one candidate.
        clusters: the unit of each, 0 to k - 1, [n].
        tally: of each, [n x columns].
        scan: of their texts.
    """
    n_units = int(clusters.max()) + 1 if len(clusters) else 0
    if len(passages) < FEWEST_UNITS or n_units >= FEWEST_UNITS or all(passage.piece is None for passage in passages):
        return None
    number: dict[str, int] = {}
    of = [number.setdefault(p.document if p.document is not None else p.id, len(number)) for p in passages]
    if len(number) > n_units:
        return Blocks(None, len(number), len(passages), f"the {len(number)} texts are copies of each other")
    share = repeated(scan)
    if share > _MOST_REPEATED:
        reason = f"{100 * share:.0f} % of the text repeats what it said before, so its pieces are copies of each other"
        return Blocks(None, len(number), len(passages), reason)
    return in_blocks(tally, np.array(of, np.int64))


def repeated(scan: Scan) -> float:
    """The share of the 12-word spans of all passages that occurred before in them; 0 where there are none.

    >>> repeated(Scan(["the bell rang on and on " * 40])) > 0.9
    True
    """
    words = scan.word_ids.astype(np.uint64)
    n = len(words) - _SPAN + 1
    if n < 1:
        return 0.0
    # A polynomial hash of every span; arithmetic of unsigned numbers wraps around, as it should.
    spans = np.zeros(n, np.uint64)
    for i in range(_SPAN):
        spans = spans * _BASE + (words[i : i + n] + np.uint64(1))
    return 1 - len(np.unique(spans)) / n
