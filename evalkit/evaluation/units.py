"""Finds the independent units among passages (`units_of`), and says which passages are copies of each other (`copies_said`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from evalkit._util.formatting import count
from evalkit.inference import FEWEST_UNITS, Sample
from evalkit.text.duplicates import identical, near_identical
from evalkit.text.passages import Passage

Clusters = NDArray[np.int64]


@dataclass(frozen=True)
class Units:
    """The independent units among passages.

    Args:
        clusters: the unit of each passage, 0 to k - 1, [n].
        noun: what a unit is, as `Sample.unit`.
        copies: the text that each passage is a copy of, 0 to k - 1, [n].
    """

    clusters: Clusters
    noun: str
    copies: Clusters


def units_of(passages: Sequence[Passage]) -> Units:
    """The independent units among passages: those that share a document, a group or most of their text belong together.

    The relations are joined: where a passage of one document is a copy of a passage of another, both documents are one unit.

    >>> from evalkit.text.passages import Passage
    >>> passages = [Passage("It rained.", "0", "a"), Passage("The lamp was lit.", "1", "b"), Passage("it rained", "2", "c")]
    >>> units = units_of(passages)
    >>> units.clusters.tolist(), units.noun
    ([0, 1, 0], 'distinct passage')
    """
    documents = _numbers(passage.document for passage in passages)
    groups = _joined(documents, _numbers(passage.group for passage in passages))
    copies = near_identical([passage.text for passage in passages])
    clusters = _joined(groups, copies)
    if _n(groups) < _n(documents):
        noun = "group"
    elif _n(documents) < len(passages):
        noun = "document"
    else:
        noun = "distinct passage" if _n(clusters) < len(passages) else "passage"
    return Units(clusters, noun, copies)


def _numbers(names: Iterable[str | None]) -> Clusters:
    """Equal names as equal numbers in the order of the names; what has no name has a number of its own."""
    # No name of a document or a group begins with a null character.
    named = [f"\0{i}" if name is None else name for i, name in enumerate(names)]
    return np.unique(named, return_inverse=True)[1].astype(np.int64) if named else np.empty(0, np.int64)


def _joined(first: Clusters, second: Clusters) -> Clusters:
    """The finest clusters that keep together what either of two clusterings does, in the order of the first one's numbers, [n]."""
    n = len(first)
    if not n:
        return first
    # A graph with a node for each cluster of either kind, and an edge for each passage between its two.
    size = _n(first) + _n(second)
    edges = coo_array((np.ones(n, np.int8), (first, _n(first) + second)), shape=(size, size))
    labels = connected_components(edges, directed=False)[1][: _n(first)]
    # Numbered by the least number of the first clustering that is in it.
    _, starts, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(starts))[inverse][first], np.int64)


def _n(clusters: Clusters) -> int:
    return int(clusters.max()) + 1 if len(clusters) else 0


def copies_said(name: str, given: Sequence[Passage], sample: Sample) -> list[str]:
    """What a reader of a run must know first of a candidate whose passages repeat each other; [] where none do.

    Args:
        name: of the candidate.
        given: its passages as they were given; those without text are left out of account.
        sample: the tallies of those that are measured.
    """
    texts = [passage.text for passage in given if passage.text.strip()]
    n, distinct, unlike = len(texts), _n(identical(texts)), _n(near_identical(texts))
    if unlike == n:
        return []
    with_text = " with text" if n < len(given) else ""
    near = f", and {unlike} where nearly identical ones count once" if unlike < distinct else ""
    if sample.n_units < FEWEST_UNITS:
        rest = "Copies are one unit, so no measure has an interval."
    else:
        rest = f"Copies are one unit, so intervals rest on {sample.units_said()}."
    return [f"{name}: {count(n, 'passage')}{with_text}, {distinct} distinct{near}. {rest}"]
