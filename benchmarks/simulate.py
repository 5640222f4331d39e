"""Pools of passages to draw samples from, for measuring coverage, false alarms and power.

A pool is many passages of one generator, tallied once. Samples are random subsets of it, so a simulation of thousands of samples costs
nothing but matrix products. The truth for a shape is the mean over many samples of that shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import generators
from evalkit.counts.feature import Counts, Floats, Layout, Totals
from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import Reference
from evalkit.inference import Sample
from evalkit.metrics.base import Metric
from evalkit.text.corpus import read_corpus, split_corpus
from generators.base import PLAIN, Decoding, Generator

CORPORA = Path(__file__).parents[1].parent / "shared/corpora"
CHUNK = 2000


@dataclass(frozen=True)
class Pool:
    """Tallies of many independent passages of one source, and what they are held against."""

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
            dealt = self.tally[rng.permutation(len(self.tally))[: n_groups * n_passages]]
            totals.append(dealt.reshape(n_groups, n_passages, -1).sum(axis=1, dtype=np.float64))
        return self.mean_values(metrics, np.concatenate(totals))

    def mean_values(self, metrics: Sequence[Metric], totals: Floats) -> dict[str, float]:
        """The mean of every metric's value over many totals, [R x columns]."""
        many = Totals(totals, self.reference.layout)
        return {metric.id: float(np.nanmean(metric.values(many, self.reference))) for metric in metrics}


def lovecraft(metrics: Sequence[Metric], *, corpus: Path | str = CORPORA / "lovecraft", seed: int = 0) -> Reference:
    """The reference that all pools are held against."""
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
    """A pool of a generator's passages, sampled and tallied in pieces so that their text is never all in memory.

    Args:
        generator: fitted.
        reference: what the passages are held against.
        n_passages: how many.
        n_chars: characters of each.
        seed: the k-th piece of 2,000 passages is sampled with seed + k.
        decoding: how they are sampled.
        change: what to do to each text, with a random generator of its own: a planted defect.
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
    z = 1.959964
    p = hits / n
    middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)
    return f"{100 * p:.1f} ({100 * low:.1f}-{100 * high:.1f})"
