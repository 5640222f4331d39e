"""A small gate: the embedded corpus, passages of a 6-gram, tallied once."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.calibrate import Setting, gated_metrics
from evalkit.inference.floor import sample_floor
from evalkit.metrics import select
from evalkit.metrics.base import Layout
from evalkit.policy import default_policy
from evalkit.reference import Reference
from evalkit.results import FloorSummary
from evalkit.tally import Scan
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.passages import fit_length
from generators import create
from generators.base import PLAIN

N_PASSAGES, N_CHARS = 40, 2000


class SmallGate:
    """Pools of tallies, and the setting in which they are judged."""

    def __init__(self, corpus, split):
        metrics = gated_metrics(select(), default_policy())
        self.reference = Reference(corpus, split, Layout(f for metric in metrics for f in metric.features))
        sample = sample_floor(self.reference.folds(N_CHARS, n_folds=10, seed=0), n_passages=N_PASSAGES, replicates=400, seed=0)
        floors = {}
        for metric in metrics:
            floor = sample.floor(metric)
            floors[metric.id] = FloorSummary(floor.median, floor.p95, floor.damage_median, floor.damage_p95) if floor else None
        self.setting = Setting(metrics, floors, default_policy(), self.reference.totals, N_PASSAGES)
        self.train = [document.text for document in split.train]

    def fitted(self, spec):
        return create(spec).fit(self.train)

    def texts(self, generator, n, *, seed, decoding=PLAIN):
        return [fit_length(text, N_CHARS) for text in generator.sample(n, N_CHARS + 40, seed=seed, decoding=decoding)]

    def tally(self, texts):
        return Scan(texts).tally(self.reference.layout, self.reference.lexicon)


@pytest.fixture(scope="session")
def lovecraft_gate(lovecraft):
    """The gate of the documentation: Lovecraft, the standard split, 40 passages of 2,000 characters."""
    corpus = read_corpus(str(lovecraft))
    return SmallGate(corpus, split_corpus(corpus, held_out="every:10:4"))


@pytest.fixture(scope="session")
def ngram_pool(lovecraft_gate):
    """A fitted 8-gram, its passages and their tallies."""
    generator = lovecraft_gate.fitted("ngram:order=8")
    texts = lovecraft_gate.texts(generator, 800, seed=1)
    return generator, texts, lovecraft_gate.tally(texts)


@pytest.fixture
def rng():
    return np.random.default_rng(0)
