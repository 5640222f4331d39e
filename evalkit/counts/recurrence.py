"""Finds how far back each word stood before, in the same passage: `lags`, `words_before` and `repeats`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.matrix import Scan

Ids = NDArray[np.int64]

REACH = 50
"""Words back within which a word counts as repeated: two sentences of English prose."""


def lags(scan: Scan) -> Ids:
    """The distance of each word to the same word before it in its passage, in words, [words of all passages]; 0 where there is none.

    >>> lags(Scan(["the lamp, the stair", "the lamp"])).tolist()
    [0, 0, 2, 0, 0, 0]
    """
    n = len(scan.word_ids)
    passage = np.repeat(np.arange(len(scan)), np.diff(scan.word_starts))
    order = np.lexsort((np.arange(n), scan.word_ids, passage))
    again = (np.diff(passage[order]) == 0) & (np.diff(scan.word_ids[order]) == 0)
    found = np.zeros(n, np.int64)
    found[order[1:][again]] = np.diff(order)[again]
    return found


def words_before(scan: Scan) -> Ids:
    """How many words of its passage stand before each word, [words of all passages]."""
    return np.arange(len(scan.word_ids)) - np.repeat(scan.word_starts[:-1], np.diff(scan.word_starts))


def repeats(scan: Scan) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each word repeats one of the 50 before it, and whether it has so many before it in its passage; each [words]."""
    back = lags(scan)
    return (back > 0) & (back <= REACH), words_before(scan) >= REACH
