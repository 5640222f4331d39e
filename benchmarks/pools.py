"""Makes pools of passages (`Pool`) to draw samples from when coverage, false alarms and power are measured.

A pool is many passages of one generator, tallied once. Samples are random subsets of it, so a simulation of thousands of samples costs only
matrix products. The true value at a shape is the mean over many samples of that shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import generators
from evalkit.calibration.simulate import wilson
from evalkit.counts.feature import Counts, Floats, Layout, Totals
from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import Reference
from evalkit.inference import Sample
from evalkit.metrics.base import Metric
from evalkit.text.corpus import read_corpus, split_corpus
from generators.base import PLAIN, Decoding, Generator

CORPORA = Path(__file__).parents[1].parent / "shared/corpora"
"""Corpora beside the project, which are never part of it; data/corpora.json says where they are from."""
CHUNK = 2000
"""Passages that are sampled at a time, so that the text of a pool is never all in memory."""


@dataclass(frozen=True)
class Pool:
    """Tallies of many independent passages of one source, and the reference that they are compared with."""

    name: str
    tally: Counts
    reference: Totals

    def sample(self, rows: Sequence[int] | np.ndarray) -> Sample:
        """The passages of some rows as a sample."""
        return Sample(self.tally[rows], np.arange(len(rows)), self.reference)

    def samples(self, n_passages: int, n_samples: int, *, seed: int) -> Iterator[Sample]:
        """Random samples, each without repetition."""
        rng = np.random.default_rng([seed, n_passages])
        for _ in range(n_samples):
            yield self.sample(rng.choice(len(self.tally), n_passages, replace=False))

    def expected(self, metrics: Sequence[Metric], n_passages: int, *, rounds: int, seed: int) -> dict[str, float]:
        """The expected values at a shape: the mean over `rounds` partitions of the whole pool into samples of that shape."""
        rng = np.random.default_rng([seed, n_passages, 1])
        n_groups = len(self.tally) // n_passages
        totals = []
        for _ in range(rounds):
            shuffled = self.tally[rng.permutation(len(self.tally))[: n_groups * n_passages]]
            totals.append(shuffled.reshape(n_groups, n_passages, -1).sum(axis=1, dtype=np.float64))
        return self.mean_values(metrics, np.concatenate(totals))

    def mean_values(self, metrics: Sequence[Metric], totals: Floats) -> dict[str, float]:
        """The mean of every metric's value over many totals, [R x columns]."""
        many = Totals(totals, self.reference.layout)
        return {metric.id: float(np.nanmean(metric.values(many, self.reference))) for metric in metrics}


def lovecraft(metrics: Sequence[Metric], *, corpus: Path | str = CORPORA / "lovecraft", seed: int = 0) -> Reference:
    """The reference that all pools are compared with."""
    layout = Layout.of(metrics)
    documents = read_corpus(str(corpus))
    return Reference(documents, split_corpus(documents, seed=seed), layout)


def fitted(spec: str, reference: Reference, *, seed: int = 0) -> Generator:
    """A generator fitted to the reference's training documents."""
    train = [document.text for document in reference.split.train]
    held_out = [document.text for document in reference.split.held_out]
    return generators.create(spec).fit(train, held_out=held_out, seed=seed)


def generated(
    generator: Generator,
    reference: Reference,
    *,
    n_passages: int,
    n_chars: int,
    seed: int,
    decoding: Decoding = PLAIN,
    change: Callable[[str, np.random.Generator], str] | None = None,
) -> Pool:
    """A pool of a generator's passages.

    Args:
        generator: fitted.
        reference: that the passages are compared with.
        n_passages: how many.
        n_chars: characters of each.
        seed: the k-th 2,000 passages are sampled with seed + k.
        decoding: how they are sampled.
        change: a planted defect: what to do to each text, given a random generator.
    """
    tallies = []
    for k, start in enumerate(range(0, n_passages, CHUNK)):
        texts = generator.sample(min(CHUNK, n_passages - start), n_chars, seed=seed + k, decoding=decoding)
        if change is not None:
            rng = np.random.default_rng([seed, k])
            texts = [change(text, rng) for text in texts]
        tallies.append(Scan(texts).tally(reference.layout, reference.lexicon))
    return Pool(f"{generator.name}, {n_chars} characters", np.concatenate(tallies), reference.totals)


def human(reference: Reference) -> Pool:
    """Every document of the corpus as one unit, however long."""
    documents = [*reference.split.train, *reference.split.held_out]
    tally = Scan([document.text for document in documents]).tally(reference.layout, reference.lexicon)
    return Pool("stories", tally, reference.totals)


def share_with_interval(hits: int, n: int) -> str:
    """A share of n trials with its 95 % Wilson interval, in percent."""
    share, low, high = (100 * value for value in wilson(hits, n))
    return f"{share:.1f} ({low:.1f}-{high:.1f})"
