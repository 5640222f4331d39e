"""Measures how often a rule of "10 % worse" is wrong: two samples of one source, of which the second has a larger letter divergence.

Both are drawn from one pool of passages of an n-gram and share none, so that every alarm is false.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.pools import Pool, fitted, generated, share_with_interval
from evalkit.counts.feature import Layout, Totals
from evalkit.evaluation.reference import Reference
from evalkit.metrics import catalogue
from evalkit.metrics.base import Metric
from evalkit.text.corpus import read_corpus, split_corpus

WORSE = 1.1
"""How many times as large a divergence the rule allows."""
METRIC = catalogue(Metric)["letters.jsd"]


def main(arguments: Sequence[str] = ()) -> None:
    """Prints the share of false alarms by size as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks relative", description=__doc__)
    parser.add_argument("--reference", default="embedded", help="a corpus")
    parser.add_argument("--orders", nargs="+", type=int, default=[5, 8], help="of the n-grams")
    parser.add_argument("--pool", type=int, default=2000, help="passages of each")
    parser.add_argument("--chars", type=int, default=1000, help="characters of a passage")
    parser.add_argument("--sizes", nargs="+", type=int, default=[20, 50, 200, 500], help="passages of a sample")
    parser.add_argument("--pairs", type=int, default=2000, help="pairs of samples at each size")
    given = parser.parse_args(arguments)
    corpus = read_corpus(given.reference)
    reference = Reference(corpus, split_corpus(corpus, seed=0), Layout.of([METRIC]))
    print("| source | passages a sample | false alarms, percent |\n|---|---|---|")
    for order in given.orders:
        model = fitted(f"ngram:order={order}", reference)
        pool = generated(model, reference, n_passages=given.pool, n_chars=given.chars, seed=1000)
        for size in given.sizes:
            alarms = sum(new > WORSE * old for old, new in pairs(pool, size, given.pairs))
            print(f"| order {order} | {size:,} | {share_with_interval(alarms, given.pairs)} |", flush=True)


def pairs(pool: Pool, size: int, n_pairs: int) -> Iterator[tuple[float, float]]:
    """The divergences of two samples without a passage in common."""
    rng = np.random.default_rng(size)
    for _ in range(n_pairs):
        rows = rng.permutation(len(pool.tally))[: 2 * size].reshape(2, size)
        totals = Totals(pool.tally[rows].sum(axis=1, dtype=np.float64), pool.reference.layout)
        old, new = METRIC.values(totals, pool.reference)
        yield float(old), float(new)
