"""Speed of resampling: 10,000 bootstrap replicates of every additive metric for five candidates of 200 passages.

python -m benchmarks resampling
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from benchmarks.simulate import fitted, generated, lovecraft
from evalkit._util.threads import one_blas_thread
from evalkit.evaluation.reference import Reference
from evalkit.inference import Sample, pairwise
from evalkit.inference.resampling import bootstrap
from evalkit.metrics import Metric, select

N_CANDIDATES, N_PASSAGES, N_CHARS, REPLICATES = 5, 200, 1000, 10_000
CHUNK = 500
"""Replicates at a time: their totals stay in the cache."""


def main() -> None:
    """Prints CPU seconds of one core."""
    metrics = select(kind=Metric)
    reference = lovecraft(metrics)
    pool = generated(fitted("ngram:order=5", reference), reference, n_passages=N_CANDIDATES * N_PASSAGES, n_chars=N_CHARS, seed=0)
    samples = [pool.sample(range(start, start + N_PASSAGES)) for start in range(0, N_CANDIDATES * N_PASSAGES, N_PASSAGES)]
    with one_blas_thread():
        _replicates(samples, metrics, reference)
        start = time.process_time()
        pairwise({str(i): sample for i, sample in enumerate(samples)}, metrics)
        print(f"all pairs, with intervals, 1,999 permutations each and rankings: {time.process_time() - start:.2f} s")


def _replicates(samples: Sequence[Sample], metrics: Sequence[Metric], reference: Reference) -> None:
    start = time.process_time()
    for sample in samples:
        weights = bootstrap(N_PASSAGES, REPLICATES, rng=np.random.default_rng(0))
        for first in range(0, REPLICATES, CHUNK):
            totals = sample.totals(weights[first : first + CHUNK])
            for metric in metrics:
                metric.values(totals, reference.totals)
    print(f"{len(metrics)} metrics, {N_CANDIDATES} candidates, {REPLICATES:,} replicates: {time.process_time() - start:.2f} s")


if __name__ == "__main__":
    main()
