"""Nothing is measured without a worked answer, an interval or the reason why there is none, and a defect that it sees."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

from evalkit._util.resources import data_path
from evalkit.counts.matrix import Scan
from evalkit.evaluation.candidates import parse_candidates
from evalkit.evaluation.compare import compare
from evalkit.evaluation.reference import base_lexicon, scan_documents, with_training
from evalkit.evaluation.request import CompareRequest
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.metrics import GeneratorMetric, PooledMetric, SizedMetric, catalogue, select
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.io.readers import read_documents
from evalkit.text.passages import slices

TALES = [document.text for document in read_documents(data_path("tales"))]


def defects(texts):
    """Passages with something planted in them."""
    letters = list("".join(texts))
    rng = np.random.default_rng(0)
    return {
        "looped": [re.sub(r"\s\S*$", " ", text[:120]) * 12 for text in texts],
        "noise": ["".join(rng.choice(letters, len(text))) for text in texts],
        "quoted": [text for document in TALES[:9] for text in slices(document, 1500)][: len(texts)],
        "said twice": [texts[i // 2] for i in range(len(texts))],
    }


@cache
def lexicon():
    """What is known of the first nine tales; made once for all measures."""
    return with_training(base_lexicon(), CorpusIndex(scan_documents(TALES)), range(9))


@cache
def texts_of(of_training):
    """Two halves of human text that is held out, or is that of the training documents, and the same with each defect."""
    human = [text for document in (TALES[:9] if of_training else TALES[9:]) for text in slices(document, 1500)]
    return human, (Scan(human[::2]), Scan(human[1::2])), {name: Scan(texts) for name, texts in defects(human).items()}


@pytest.mark.parametrize("id_", sorted(catalogue(PooledMetric)))
def test_every_measure_of_all_passages_sees_a_planted_defect(id_):
    """Loops, noise, quotation or copies move it by three times what two halves of human text differ."""
    measure = catalogue(PooledMetric)[id_]
    # What held-out text is measured on must not be the text that is measured.
    human, halves, spoiled = texts_of(isinstance(measure, SizedMetric))
    # Windows of 10,000 words leave no halves of the embedded tales: those two measures are taken of texts that overlap.
    halves = halves if not id_.startswith("hapax") else (Scan(human), Scan(human[::-1]))
    calm = [measure.value(half, lexicon()) for half in halves]
    spoilt = {name: measure.value(texts, lexicon()) for name, texts in spoiled.items()}
    middle, apart = np.mean(calm), abs(calm[0] - calm[1])
    assert np.nanmax([abs(found - middle) for found in spoilt.values()]) > 3 * apart, (calm, spoilt)


@pytest.fixture(scope="module")
def outcome():
    corpus = read_corpus("embedded")
    request = CompareRequest(
        candidates=parse_candidates(["ngram:order=4", "human"]),
        corpus=corpus,
        split=split_corpus(corpus, fraction=0.4),
        metrics=select(),
        n_passages=40,
        n_chars=1000,
    )
    return compare(request).results


def test_every_row_has_an_interval_or_says_why_not_and_stands_beside_its_floor(outcome):
    for row in outcome.results:
        assert row.ci is not None or row.reason, row
        if row.status == "measured" and row.metric not in catalogue(GeneratorMetric):
            assert row.floor is not None, row


def test_every_declaration_is_whole():
    for metric in select():
        assert metric.label and metric.unit and metric.formula and metric.source and metric.needs and metric.version >= 1, metric.id
        assert metric.summary.endswith("."), metric.id
