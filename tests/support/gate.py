"""A small gate, and passages of an 8-gram that are tallied once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalkit.calibration.simulate import SimulatedGate, gated_metrics
from evalkit.counts.feature import Layout
from evalkit.counts.matrix import Scan
from evalkit.evaluation.human_floor import sample_floor
from evalkit.evaluation.reference import Reference
from evalkit.gating.doses import dose_damages
from evalkit.gating.measures import measures_of
from evalkit.gating.policy import default_policy
from evalkit.metrics import Metric, select
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.passages import fit_length
from generators import create
from generators.base import PLAIN
from tests.support.paths import CORPORA

N_PASSAGES, N_CHARS = 40, 2000
LOOKS = (40, 80, 160)


class SmallGate:
    """Pools of tallies, and the setting in which they are judged."""

    def __init__(self, corpus, split):
        metrics = gated_metrics(select(kind=Metric), default_policy())
        self.reference = Reference(corpus, split, Layout.of(metrics))
        folds = self.reference.folds(N_CHARS, n_folds=10, seed=0)
        further = {}
        for n in LOOKS:
            sample = sample_floor(folds, n_passages=n, replicates=400, seed=0)
            further[n] = {metric.id: sample.floor(metric) for metric in metrics}
        floors = further.pop(N_PASSAGES)
        doses = dose_damages(self.reference, folds, measures_of(metrics, floors), seed=0)
        self.setting = SimulatedGate(
            metrics, floors, default_policy(), self.reference.totals, N_PASSAGES, further=further, doses=doses
        )
        self.train = [document.text for document in split.train]

    def fitted(self, spec):
        return create(spec).fit(self.train)

    def texts(self, generator, n, *, seed, decoding=PLAIN):
        return [fit_length(text, N_CHARS) for text in generator.sample(n, N_CHARS + 40, seed=seed, decoding=decoding)]

    def tally(self, texts):
        return Scan(texts).tally(self.reference.layout, self.reference.lexicon)


def short_stories(folder):
    """Lovecraft's stories of less than 50,000 characters, 50 of 67: the corpus of the documentation at a third of its length."""
    corpus = read_corpus(str(folder))
    documents = tuple(document for document in corpus.documents if len(document.text) < 50_000)
    return replace(corpus, documents=documents)


@pytest.fixture(scope="session")
def small_gate():
    """The gate of the documentation, on Lovecraft's short stories, or where these are not beside the project on the embedded corpus."""
    if (CORPORA / "lovecraft").is_dir():
        corpus = short_stories(CORPORA / "lovecraft")
        return SmallGate(corpus, split_corpus(corpus, held_out="every:10:4"))
    corpus = read_corpus()
    return SmallGate(corpus, split_corpus(corpus, seed=0))


@pytest.fixture(scope="session")
def ngram_pool(small_gate):
    """A fitted 8-gram, its passages and their tallies."""
    generator = small_gate.fitted("ngram:order=8")
    texts = small_gate.texts(generator, 640, seed=1)
    return generator, texts, small_gate.tally(texts)


@pytest.fixture
def rng():
    return np.random.default_rng(0)
