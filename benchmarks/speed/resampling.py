"""Measures the speed of resampling: 10,000 bootstrap replicates of every metric for five candidates of 200 passages."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.pools import CORPORA, fitted, generated, lovecraft
from benchmarks.speed.ratio import Ratio, fastest
from evalkit._util.threads import one_blas_thread
from evalkit.evaluation.reference import Reference
from evalkit.inference import Sample, pairwise
from evalkit.inference.resampling import bootstrap
from evalkit.metrics import Metric, select

N_CANDIDATES, N_PASSAGES, N_CHARS, REPLICATES = 5, 200, 1000, 10_000
CHUNK = 500
"""Replicates at a time: their totals stay in the cache."""


def main(arguments: Sequence[str] = ()) -> None:
    """Prints processor seconds of one core."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks resampling", description=__doc__)
    parser.add_argument("reference", nargs="?", default=str(CORPORA / "lovecraft"), help="corpus to compare with")
    options = parser.parse_args(arguments)
    metrics = select(kind=Metric)
    reference = lovecraft(metrics, corpus=options.reference)
    pool = generated(fitted("ngram:order=5", reference), reference, n_passages=N_CANDIDATES * N_PASSAGES, n_chars=N_CHARS, seed=0)
    samples = [pool.sample(range(start, start + N_PASSAGES)) for start in range(0, N_CANDIDATES * N_PASSAGES, N_PASSAGES)]
    with one_blas_thread():
        _replicates(samples, metrics, reference)
        start = time.process_time()
        pairwise({str(i): sample for i, sample in enumerate(samples)}, metrics)
        print(f"all pairs, with intervals, 1,999 permutations each and rankings: {time.process_time() - start:.2f} s")


def ratios() -> Iterator[Ratio]:
    """Bootstrap replicates of a ratio of two sums over 200 passages, beside scipy."""
    rng = np.random.default_rng(0)
    counts = rng.poisson((150.0, 800.0), (N_PASSAGES, 2)).astype(float)

    def ours() -> None:
        totals = bootstrap(N_PASSAGES, REPLICATES, rng=np.random.default_rng(0)) @ counts
        np.quantile(totals[:, 0] / totals[:, 1], (0.025, 0.975))

    def theirs() -> None:
        def ratio(x: Any, y: Any, axis: int = -1) -> Any:
            return x.sum(axis=axis) / y.sum(axis=axis)

        stats.bootstrap((*counts.T,), ratio, paired=True, vectorized=True, n_resamples=REPLICATES, method="percentile", rng=rng)

    with one_blas_thread():
        yield Ratio("bootstrap of 200 passages", "replicates/s", REPLICATES / fastest(ours), "scipy", REPLICATES / fastest(theirs))


def _replicates(samples: Sequence[Sample], metrics: Sequence[Metric], reference: Reference) -> None:
    start = time.process_time()
    for sample in samples:
        weights = bootstrap(N_PASSAGES, REPLICATES, rng=np.random.default_rng(0))
        for first in range(0, REPLICATES, CHUNK):
            totals = sample.totals(weights[first : first + CHUNK])
            for metric in metrics:
                metric.values(totals, reference.totals)
    print(f"{len(metrics)} metrics, {N_CANDIDATES} candidates, {REPLICATES:,} replicates: {time.process_time() - start:.2f} s")
