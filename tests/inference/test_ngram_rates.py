"""The benchmark of coverage and false positives, at small size, on passages of a real n-gram."""

from __future__ import annotations

import pytest

from benchmarks.interval_coverage import REQUIRED, coverage, false_positives, story_coverage
from benchmarks.pools import fitted, generated, human
from benchmarks.pools import lovecraft as read_reference
from evalkit.inference import value_intervals
from evalkit.metrics import Metric, select

N_SAMPLES = 300
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def required():
    return select(REQUIRED, kind=Metric)


@pytest.fixture(scope="module")
def pool(lovecraft, required):
    reference = read_reference(required, corpus=lovecraft)
    return generated(fitted("ngram:order=5", reference), reference, n_passages=2000, n_chars=1000, seed=7)


def test_coverage(pool, required):
    # Of 300 intervals that truly hold 95 % of the time, fewer than 270 do with probability 2e-4.
    found = coverage(pool, required, n_passages=20, n_samples=N_SAMPLES, seed=0, method=value_intervals)
    for id_, tally in found.items():
        assert tally.trials == N_SAMPLES
        assert 0.90 <= tally.hits / tally.trials <= 0.99, id_


def test_false_positives(pool, required):
    # Of 300 tests at a true .05, more than 28 reject with probability 5e-4.
    counts = false_positives(pool, required, n_passages=20, n_pairs=N_SAMPLES, seed=0, replicates=99)
    for id_, count in counts.items():
        assert count <= 28, id_
    assert all(counts[id_] >= 4 for id_ in REQUIRED)


def test_stories(lovecraft, required):
    # Few stories of very unequal length: less than 95 %, but never what single words would give (.32 to .63, METRICS.md).
    metrics = [metric for metric in required if metric.id != "vocab.hit"]
    found = story_coverage(human(read_reference(metrics, corpus=lovecraft)), metrics, n_stories=25, n_samples=N_SAMPLES, seed=0)
    for id_, tally in found.items():
        assert 0.84 <= tally.hits / tally.trials <= 0.99, id_
