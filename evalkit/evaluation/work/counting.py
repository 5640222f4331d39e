"""Counts passages in shards side by side, `tallies`: every process has the reference, as it is or made again from the same documents."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar, cast

import numpy as np

from evalkit._util.threads import one_blas_thread
from evalkit.counts.feature import Counts, Layout
from evalkit.counts.matrix import Scan
from evalkit.engines import Engine
from evalkit.evaluation.kept import entry_folder
from evalkit.evaluation.reference import Reference
from evalkit.metrics.base import Declaration, Metric
from evalkit.metrics.registry import catalogue, of_kind
from evalkit.text.corpus import Corpus, Split
from evalkit.text.passages import Passage
from generators.base import Progress

T = TypeVar("T")
_LOCK = threading.RLock()
_MOST_MADE = 2
"""A reference and its scorer. They may be large, and runs follow one another."""
_made: dict[object, object] = {}
"""What was made last in this process from parts that were sent, by what it depends on."""


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Lets a process compute one unit at a time, however many threads ask it to, and on one thread: more would wait for each other."""
    with _LOCK, one_blas_thread():
        yield


def made_once(key: object, make: Callable[[], T]) -> T:
    """What a function makes, which later units of the same process find made.

    Args:
        key: all that it depends on.
        make: makes it.
    """
    with one_at_a_time():
        if key not in _made:
            made = make()
            for older in list(_made)[: -(_MOST_MADE - 1)]:
                del _made[older]
            _made[key] = made
        return cast("T", _made[key])


@dataclass(frozen=True)
class ReferenceParts:
    """What a reference is made from again in another process: documents, split, and the names of what is counted.

    Args:
        corpus, split: the documents.
        metrics: ids of the metrics whose counts it has.
        language: code or path of the language profile.
        cached: as for `Reference`.
        kept: what this process kept of it, so that the other one need not make it again.
    """

    corpus: Corpus
    split: Split
    metrics: tuple[str, ...]
    language: str
    cached: bool
    kept: Mapping[str, Mapping[str, bytes]]

    @classmethod
    def of(cls, reference: Reference, metrics: Sequence[Declaration]) -> ReferenceParts:
        """The parts of a reference that has the counts of these metrics."""
        ids = tuple(metric.id for metric in metrics)
        return cls(reference.corpus, reference.split, ids, reference.language, reference.is_cached, reference.sent())

    @property
    def key(self) -> tuple[object, ...]:
        """What the reference depends on."""
        held_out = tuple(document.id for document in self.split.held_out)
        return self.corpus.hash, held_out, self.metrics, self.language, self.cached

    def metrics_again(self) -> tuple[Any, ...]:
        """The declarations of the metrics, in their order."""
        known = catalogue(language=self.language)
        return tuple(known[id_] for id_ in self.metrics)

    def reference(self) -> Reference:
        """The reference, made once in a process."""

        def make() -> Reference:
            entry_folder().receive(self.kept, what="Counts of the reference")
            layout = Layout.of(of_kind(self.metrics_again(), Metric))
            return Reference(self.corpus, self.split, layout, language=self.language, cached=self.cached)

        return made_once(("reference", self.key), make)


@dataclass(frozen=True, eq=False)
class Counting:
    """What the counting of all shards shares.

    Args:
        reference: whose columns are counted.
        metrics: that need them.
    """

    reference: Reference
    metrics: Sequence[Declaration]

    def __reduce__(self) -> tuple[Any, ...]:
        return _counting_again, (ReferenceParts.of(self.reference, self.metrics),)


def _counting_again(parts: ReferenceParts) -> Counting:
    return Counting(parts.reference(), parts.metrics_again())


def count(shared: Counting, texts: Sequence[str], progress: Progress) -> Counts:
    """Counts passages; a unit of work."""
    with one_at_a_time():
        return shared.reference.tally(Scan(texts))


def tallies(engine: Engine, shared: Counting, candidates: Sequence[Sequence[Passage]]) -> list[Counts]:
    """The counts of each candidate's passages, in shards. A row depends on its own passage, so that shards can be stacked.

    Args:
        engine: counts shards side by side.
        shared: the reference.
        candidates: the passages of each.
    """
    shards = [(number, shard) for number, passages in enumerate(candidates) for shard in _shards(passages, engine.jobs)]
    with engine.start(count, shared, [[passage.text for passage in shard] for _, shard in shards]) as work:
        counted = work.results()
    return [
        np.concatenate([tally for (of, _), tally in zip(shards, counted, strict=True) if of == number])
        for number in range(len(candidates))
    ]


def _shards(passages: Sequence[Passage], n: int) -> Iterator[Sequence[Passage]]:
    """At most n consecutive shards of about as many characters, at least one."""
    ends = np.cumsum([len(passage.text) for passage in passages])
    cuts = np.searchsorted(ends, ends[-1] * np.arange(1, n) / n)
    borders = np.unique([0, *cuts, len(passages)])
    return (passages[start:end] for start, end in pairwise(borders))
