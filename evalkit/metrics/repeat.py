"""Measures repetition, which a low temperature causes: repeated n-grams, `repeat.1` to `repeat.4`, and loops, `repeat.loop`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals
from evalkit.counts.matrix import Scan
from evalkit.metrics.base import Direction, Family, Metric, Minimum, Proportion, ratio
from evalkit.text.canonical import on_one_line

WINDOW = 50
"""Words. Longer windows hold more repeats, so only windows of one length are comparable."""
ORDERS = (1, 2, 3, 4)
_LONGEST_PERIOD = 200
"""Characters that may be repeated as a loop."""
SHORTEST_LOOP = 12
"""Characters of a loop, all its turns together; shorter ones are stammers such as "no, no, no"."""

Ids = NDArray[np.int64]


def _repeats(scan: Scan, lexicon: Lexicon) -> Counts:
    """Repeated n-grams and all n-grams over all windows of each passage, [n_passages x 8]."""
    counts = np.zeros((len(scan), 2 * len(ORDERS)), np.int64)
    passage = np.repeat(np.arange(len(scan)), np.diff(scan.word_starts))
    grams = scan.word_ids
    for column, n in enumerate(ORDERS):
        if n > 1:
            # An n-gram is the (n-1)-gram before its last word, and that word; numbering them anew keeps the numbers small.
            grams = grams[:-1] * (len(scan.word_items) + 1) + scan.word_ids[n - 1 :]
            grams = np.unique(grams, return_inverse=True)[1]
        counts[:, 2 * column : 2 * column + 2] = _in_windows(grams, passage, scan.word_starts, n)
    return counts


def _in_windows(grams: Ids, passage: Ids, starts: Ids, n: int) -> Counts:
    """Repeats and n-grams over all windows of WINDOW words, [n_passages x 2].

    Args:
        grams: the number of the n-gram at each word, [words of all passages - n + 1].
        passage: the passage of each word.
        starts: the first word of each passage, and the number of words.
        n: words of an n-gram.
    """
    # N-grams that run from one passage into the next are left out.
    inside = np.flatnonzero(passage[: len(grams)] == passage[n - 1 : n - 1 + len(grams)])
    place, row = inside - starts[passage[inside]], passage[inside]
    n_grams = np.maximum(np.diff(starts) - n + 1, 0)
    width = WINDOW - n + 1
    windows = np.maximum(n_grams - width + 1, 0)
    # Sorted by passage, n-gram and place, each repeat comes directly after its previous occurrence.
    order = np.lexsort((place, grams[inside], row))
    again = np.flatnonzero((np.diff(row[order]) == 0) & (np.diff(grams[inside][order]) == 0))
    before, after, where = place[order][again], place[order][again + 1], row[order][again]
    # A repeat counts in every window that holds it and its previous occurrence too. Such windows begin at `first` to `last`.
    first, last = np.maximum(after - width + 1, 0), np.minimum(before, n_grams[where] - width)
    repeats = np.zeros(len(n_grams), np.int64)
    np.add.at(repeats, where, np.maximum(last - first + 1, 0))
    return np.column_stack([repeats, windows * width])


def ends_in_loop(text: str) -> bool:
    """Whether the text ends with one piece of up to 200 characters at least three times in a row, 12 characters or more in all.

    >>> ends_in_loop("He saw the streated the streated the streated")
    True
    >>> ends_in_loop("It rang, and rang, and was still.")
    False
    """
    text = text.rstrip()
    for period in range(1, min(_LONGEST_PERIOD, len(text) // 3) + 1):
        length = max(SHORTEST_LOOP, 3 * period)
        # A text that equals itself shifted by a period repeats with that period.
        if len(text) >= length and text[-length + period :] == text[-length:-period]:
            return True
    return False


def _loops(scan: Scan, lexicon: Lexicon) -> Counts:
    return np.array([(ends_in_loop(on_one_line(text)), len(text) >= SHORTEST_LOOP) for text in scan.texts], dtype=np.int64).reshape(
        -1, 2
    )


REPEATS = Feature("repeats", tuple(f"{kind}_{n}" for n in ORDERS for kind in ("repeated", "all")), "scan", _repeats)
LOOPS = Feature("loops", ("loops", "passages"), "scan", _loops)


def _share(column: int) -> Callable[[Totals, Totals], Floats]:
    return lambda totals, reference: ratio(totals["repeats"][:, 2 * column], totals["repeats"][:, 2 * column + 1])


def _metric(n: int) -> Metric:
    column = ORDERS.index(n)
    phrases = "words" if n == 1 else f"{n}-word phrases"
    return Metric(
        id=f"repeat.{n}",
        family=Family.VARIETY,
        label=f"{phrases} repeated within {WINDOW} words",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary=f"The share of {phrases} that repeat an earlier one of the same {WINDOW} words; loops and a low temperature raise it, noise lowers it.",
        formula=f"1 - distinct / total {n}-grams, over all windows of {WINDOW} consecutive words of a passage",
        source="Covington and McFall 2010, Cutting the Gordian knot: the moving-average type-token ratio (MATTR), for n-grams",
        features=(REPEATS,),
        score=_share(column),
        minimum=Minimum(
            10 * (WINDOW - n + 1), f"{n}-grams in windows of {WINDOW} words", lambda totals: totals["repeats"][:, 2 * column + 1]
        ),
        headline=False,
    )


METRICS = (
    *(_metric(n) for n in ORDERS),
    Metric(
        id="repeat.loop",
        family=Family.VARIETY,
        label="passages that end in a loop",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary="The share of passages that end with the same words three times in a row, as greedy decoding does.",
        formula="passages that end with one piece of up to 200 characters three times or more in a row, at least 12 characters in all / passages",
        source="Holtzman et al. 2020, The curious case of neural text degeneration",
        features=(LOOPS,),
        score=lambda totals, reference: ratio(totals["loops"][:, 0], totals["loops"][:, 1]),
        minimum=Minimum(1, "passages", lambda totals: totals["loops"][:, 1]),
        headline=False,
        proportion=Proportion(lambda totals: totals["loops"][:, 0], lambda totals: totals["loops"][:, 1]),
    ),
)
