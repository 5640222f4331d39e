"""Pairs that a corpus avoids against the formula, by brute force: foreign text, and documents judged by the others."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import scan_documents, scan_slices
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.matching.word_lm import Tokens
from evalkit.matching.word_pairs import AVOIDED, EXPECTED

TEXT = st.lists(st.sampled_from(["a", "b", "c", "d's", ",", "9", "3rd"]), max_size=40).map(" ".join)
DOCUMENTS = st.lists(TEXT, min_size=1, max_size=4)


def by_hand(text, documents):
    """Avoided and expected pairs of a text, by the documents."""
    known = [Tokens.of(document).names for document in documents]
    words = Counter(name for names in known for name in names)
    together = Counter(pair for names in known for pair in pairwise(names))
    counts = [0, 0]
    for pair in pairwise(Tokens.of(text).names):
        if all(any(map(str.isalpha, name)) for name in pair):
            chance = words[pair[0]] * words[pair[1]] / max(1, words.total())
            counts[0] += chance >= EXPECTED and together[pair] < AVOIDED * chance
            counts[1] += chance >= EXPECTED
    return counts


@given(DOCUMENTS, TEXT, st.data())
def test_foreign_text_by_the_formula(documents, text, data):
    rows = data.draw(st.sets(st.integers(0, len(documents) - 1)))
    found = CorpusIndex(scan_documents(documents)).training(sorted(rows)).word_pair_counts(Scan([text]))
    assert found[0].tolist() == by_hand(text, [documents[row] for row in rows])


@given(DOCUMENTS, st.data())
def test_documents_are_judged_by_the_other_training_documents(documents, data):
    rows = data.draw(st.sets(st.integers(0, len(documents) - 1)))
    index = CorpusIndex(scan_documents(documents))
    found = index.training(sorted(rows)).word_pair_counts(index.scan)
    for row, text in enumerate(documents):
        assert found[row].tolist() == by_hand(text, [documents[other] for other in rows if other != row])


def test_slices_are_judged_as_if_they_were_foreign():
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(["lamp", "sea", "the", "of", "the,", "of."], 300)) for _ in range(3)]
    index, pieces = CorpusIndex(scan_documents(texts)), scan_slices(texts, 100)
    for rows in ([0, 1], [2], [0, 1, 2]):
        own = index.training(rows).word_pair_counts(pieces)
        for row, (text, document) in enumerate(zip(pieces.texts, pieces.origin.document, strict=True)):
            others = index.training([other for other in rows if other != document])
            assert own[row].tolist() == others.word_pair_counts(Scan([text]))[0].tolist()
        assert own[:, 1].sum() > 10


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("a b a b", [0, 3]),
        ("a a", [1, 1]),
        ("a, a", [0, 0]),  # a mark separates them
        ("a x a", [0, 0]),  # what is rare or unknown is expected beside nothing
        ("a", [0, 0]),
        ("", [0, 0]),
    ],
)
def test_pairs_by_hand(text, counts):
    """Of a b a b ... a and b are a half of 20 words each, so each pair is expected 5 times."""
    training = CorpusIndex(scan_documents(["a b " * 10])).training([0])
    assert training.word_pair_counts(Scan([text]))[0].tolist() == counts


def test_a_pair_that_met_by_mistake_is_avoided_still():
    """Of 200 words a and b are a half each: b b is expected 50 times, and comes once."""
    training = CorpusIndex(scan_documents(["b " + "b a " * 99 + "b"])).training([0])
    assert training.word_pair_counts(Scan(["b b"]))[0].tolist() == [1, 1]
