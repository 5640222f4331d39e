"""Every measure of novelty against its formula, written out and tried position by position, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.counts.feature import Layout, Totals
from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import base_lexicon, scan_documents, with_training
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.metrics import Metric, catalogue
from evalkit.text import read_corpus, slices
from evalkit.text.canonical import canonical, matched, on_one_line
from evalkit.text.tokenize import words

METRICS = {"order.unseen_6": 6, "novelty.chars_20": 20, "novelty.chars_30": 30, "novelty.words_3": 3, "novelty.words_4": 4}


def symbols(text, id_):
    """What a measure sees: the words, or the characters of the text on one line."""
    if "words" in id_:
        return tuple(words(text))
    return on_one_line(matched(canonical(text))).replace("\u201c", '"').replace("\u201d", '"')


def longest_ending_at(text, i, documents):
    """L(i): the length of the longest stretch of a text that ends with its i-th symbol, from 1, and occurs in a document."""

    def occurs(stretch):
        return any(stretch == document[j : j + len(stretch)] for document in documents for j in range(len(document)))

    return max((n for n in range(i + 1) if not n or occurs(text[i - n : i])), default=0)


def formula(id_, texts, documents):
    """Positions i >= n with L(i) < n, and positions i >= n."""
    n, new, every = METRICS[id_], 0, 0
    known = [symbols(document, id_) for document in documents]
    for text in (symbols(text, id_) for text in texts):
        for i in range(n, len(text) + 1):
            new += longest_ending_at(text, i, known) < n
            every += 1
    return new / every if every else np.nan


def measured(id_, scan, index, rows):
    metric = catalogue(Metric)[id_]
    layout = Layout.of([metric])
    tally = scan.tally(layout, with_training(base_lexicon(), index, rows))
    return float(metric.score(Totals(tally.sum(axis=0, dtype=float), layout), None)[0])


PIECES = ("the ", "lamp", "\n", "\r\n", "\n\n", "  ", "\t", "\u00a0", "\u201cIt\u2019s\u201d", '"It\'s"', "a ", "b", "\u200b", ", ")
TEXT = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def equal(found, expected):
    return found == expected or (np.isnan(found) and np.isnan(expected))


@pytest.mark.parametrize("id_", METRICS)
@given(st.lists(TEXT, min_size=1, max_size=3), st.lists(TEXT, min_size=1, max_size=3))
def test_passages_by_the_formula(id_, texts, documents):
    index = CorpusIndex(scan_documents(documents))
    assert equal(measured(id_, Scan(texts), index, range(len(documents))), formula(id_, texts, documents))


@pytest.mark.parametrize("id_", METRICS)
@given(st.lists(TEXT, min_size=2, max_size=4), st.data())
def test_documents_by_the_formula_against_the_other_training_documents(id_, documents, data):
    rows = sorted(data.draw(st.sets(st.integers(0, len(documents) - 1), min_size=1)))
    index = CorpusIndex(scan_documents(documents))
    metric = catalogue(Metric)[id_]
    layout = Layout.of([metric])
    tally = index.scan.tally(layout, with_training(base_lexicon(), index, rows))
    for row, text in enumerate(documents):
        others = [documents[other] for other in rows if other != row]
        found = float(metric.score(Totals(tally[row].astype(float), layout), None)[0])
        assert equal(found, formula(id_, [text], others))


def share_of_new(texts, documents, n):
    """The same by sets, for texts of any length: a position counts as new where the n symbols that end there occur in no document."""
    known = {document[i : i + n] for document in documents for i in range(len(document) - n + 1)}
    spans = [text[i : i + n] for text in texts for i in range(len(text) - n + 1)]
    return sum(span not in known for span in spans) / len(spans)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n    "])
@pytest.mark.parametrize("id_", METRICS)
def test_tales_whose_lines_were_broken_elsewhere(id_, end):
    tales = [document.text for document in read_corpus().documents]
    index = CorpusIndex(scan_documents(tales[:9]))
    texts = [piece.replace(" ", end, 40) for text in tales[7:12] for piece in slices(text, 700)]
    known = [symbols(document, id_) for document in tales[:9]]
    expected = share_of_new([symbols(text, id_) for text in texts], known, METRICS[id_])
    assert measured(id_, Scan(texts), index, range(9)) == expected


@pytest.fixture(scope="module")
def split(lovecraft):
    """Passages and training documents of the standard split, and the index of those documents, which every measure looks up."""
    texts = [document.text for document in read_corpus(lovecraft).documents]
    train, held_out = [text for i, text in enumerate(texts) if i % 10 != 4], texts[4::10]
    passages = [piece for text in held_out for piece in slices(canonical(text), 2_000)]
    return passages, train, CorpusIndex(scan_documents(train))


@pytest.mark.slow
@pytest.mark.parametrize("id_", METRICS)
def test_lovecraft(id_, split):
    """Held-out passages of the standard split."""
    passages, train, index = split
    expected = share_of_new([symbols(text, id_) for text in passages], [symbols(text, id_) for text in train], METRICS[id_])
    assert measured(id_, Scan(passages), index, range(len(train))) == expected
