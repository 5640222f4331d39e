"""The word model against the formula, by brute force: foreign text, and documents judged by the others."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import scan_documents, scan_slices
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.matching.word_lm import COMMON_BITS, ORDER, SKIPPED, SURPRISING_BITS, Tokens, WordGrams

TEXT = st.lists(st.sampled_from(["a", "b", "c", "d's", ",", ".", "9"]), max_size=12).map(" ".join)
DOCUMENTS = st.lists(TEXT, min_size=1, max_size=4)


class ByHand:
    """The model of some documents of a corpus, in dictionaries."""

    def __init__(self, documents, corpus):
        self.n_words = len({name for text in corpus for name in Tokens.of(text).names}) + 1
        self.follow = defaultdict(Counter)
        for text in documents:
            names = [*[""] * SKIPPED, *Tokens.of(text).names]
            for i in range(SKIPPED, len(names)):
                for n in range(ORDER):
                    self.follow[tuple(names[i - n : i])][names[i]] += 1

    def probabilities(self, names, i):
        """Of the word at i alone, and after the words before it."""
        p, found = 1 / self.n_words, []
        for n in range(ORDER):
            follow = self.follow.get(tuple(names[i - n : i]), Counter())
            if follow:
                p = (follow[names[i]] + len(follow) * p) / (follow.total() + len(follow))
            found.append(p)
        return found[0], found[-1]

    def counts(self, text):
        """As `TrainingIndex.word_bit_counts` has them."""
        names = Tokens.of(text).names
        bits = [-np.log2(self.probabilities(names, i)) for i in range(SKIPPED, len(names))]
        judged = [pair for pair in bits if pair[0] <= COMMON_BITS]
        surprising = sum(pair[1] >= pair[0] + SURPRISING_BITS for pair in judged)
        return [*(sum(round(1000 * pair[i]) for pair in judged) for i in (0, 1)), len(judged), surprising]


@given(DOCUMENTS, TEXT, st.data())
def test_foreign_text_by_the_formula(documents, text, data):
    rows = data.draw(st.sets(st.integers(0, len(documents) - 1)))
    index = CorpusIndex(scan_documents(documents))
    found = index.training(sorted(rows)).word_bit_counts(Scan([text]))[0]
    assert found.tolist() == ByHand([documents[row] for row in rows], documents).counts(text)


@given(DOCUMENTS, st.data())
def test_documents_are_judged_by_the_other_training_documents(documents, data):
    rows = data.draw(st.sets(st.integers(0, len(documents) - 1)))
    index = CorpusIndex(scan_documents(documents))
    found = index.training(sorted(rows)).word_bit_counts(index.scan)
    for row, text in enumerate(documents):
        others = [documents[other] for other in rows if other != row]
        assert found[row].tolist() == ByHand(others, documents).counts(text)


def test_slices_are_judged_as_if_they_were_foreign():
    texts = [
        "The lamp was lit, and the keeper went up. The lamp was out.",
        "The keeper went down; the lamp was lit, and a boat came.",
        "A boat came to the stair, and the lamp was lit and out.",
    ]
    index, pieces = CorpusIndex(scan_documents(texts)), scan_slices(texts, 30)
    for rows in ([0, 1], [2], [0, 1, 2]):
        own = index.training(rows).word_bit_counts(pieces)
        for row, (text, document) in enumerate(zip(pieces.texts, pieces.origin.document, strict=True)):
            others = index.training([other for other in rows if other != document])
            assert own[row].tolist() == others.word_bit_counts(Scan([text]))[0].tolist()
        assert own[:, 2].sum() > 10


def test_probabilities_sum_to_one():
    grams = WordGrams(["a b , a b .", "b a ."])
    model = grams.model(np.array([True, True]))
    for context in ("a b ,", "b b b", ". a b", "c c c"):
        last = [[*context.split(), word] for word in ("a", "b", ",", ".", "unheard")]
        for which in (0, 1):
            assert sum(2 ** -model.bits(names)[which][-1] for names in last) == pytest.approx(1)


def test_words_that_are_cut_in_two_belong_to_no_slice():
    """Text without spaces is cut anywhere."""
    text = "abcdefghij" * 3
    index, pieces = CorpusIndex(scan_documents([text, "a b"])), scan_slices([text, "a b"], 12)
    assert index.training([0, 1]).word_bit_counts(pieces)[:, 2].tolist() == [0] * len(pieces)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The lamp \u2014 \u201clit\u201d", ["the", "lamp", "\u2014", '"', "lit", '"']),
        ("3rd of 1890, No. 12_a", ["3rd", "of", "1890", ",", "no", ".", "12", "_", "a"]),
        ("STRA\u1e9eE x\u0302y \u00bd", ["strasse", "x\u0302y"]),
        ("...", [".", ".", "."]),
        ("", []),
    ],
)
def test_words_and_marks(text, names):
    tokens = Tokens.of(text)
    assert tokens.names == names
    places = zip(tokens.start, tokens.end, strict=True)
    assert [text[a:b].casefold().replace("\u201c", '"').replace("\u201d", '"') for a, b in places] == names


def test_only_common_words_are_judged():
    rare = "zzyzx"
    documents = ["a b c " * 10_000, f"a b c {rare} a b c"]  # one of 30,007 words
    training = CorpusIndex(scan_documents(documents)).training([0, 1])
    assert training.word_bit_counts(Scan([f"a b c {rare} a b c"]))[0, 2] == 3
    assert training.word_bit_counts(Scan(["a b c a a b c"]))[0, 2] == 4
