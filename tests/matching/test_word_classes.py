"""Classes of words against the formulas, by brute force: foreign text, and documents judged by the others."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import scan_documents, scan_slices
from evalkit.language.profile import load_language
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.matching.word_lm import Tokens
from evalkit.matching.word_pairs import CLASS_ORDER as ORDER
from evalkit.matching.word_pairs import CLASSES_SKIPPED as SKIPPED
from evalkit.matching.word_pairs import LAGS, SMOOTHED, classes_of

ENGLISH = load_language()
EDGES = np.array([-1.03, -0.01, 0.97])
TEXT = st.lists(st.sampled_from(["the", "of", "lamp", "sea", ",", ".", "9"]), max_size=30).map(" ".join)
DOCUMENTS = st.lists(TEXT, min_size=1, max_size=3)


def index_of(documents):
    return CorpusIndex(scan_documents(documents), language=ENGLISH)


def classes(text):
    return classes_of(Tokens.of(text).names, dict(ENGLISH.function_words))


def savings_by_hand(text, documents, corpus):
    """As `TrainingIndex.class_saving_counts` has them for one passage."""
    n_symbols = len({name for document in corpus for name in classes(document)}) + 1
    follow = defaultdict(Counter)
    for document in documents:
        names = [*[""] * SKIPPED, *classes(document)]
        for i in range(SKIPPED, len(names)):
            for n in range(ORDER):
                follow[tuple(names[i - n : i])][names[i]] += 1
    names, counts = classes(text), [0] * (len(EDGES) + 1)
    for i in range(SKIPPED, len(names)):
        p, found = 1 / n_symbols, []
        for n in range(ORDER):
            after = follow.get(tuple(names[i - n : i]), Counter())
            if after:
                p = (after[names[i]] + len(after) * p) / (after.total() + len(after))
            found.append(-np.log2(p))
        counts[int(np.searchsorted(EDGES, found[0] - found[-1]))] += 1
    return counts


def distant_by_hand(text, documents):
    """As `TrainingIndex.distant_counts` has them for one passage."""
    known = [classes(document) for document in documents]
    alone = Counter(name for names in known for name in names)
    together = Counter((lag, *pair) for names in known for lag in LAGS for pair in zip(names, names[lag:], strict=False))
    size, names, bits = max(1, alone.total()), classes(text), []
    for lag in LAGS:
        n_pairs = sum(max(0, len(each) - lag) for each in known)
        for first, second in zip(names, names[lag:], strict=False):
            chance = n_pairs * alone[first] / size * alone[second] / size
            bits.append(np.log2((together[lag, first, second] + SMOOTHED) / (chance + SMOOTHED)))
    return [*(sum(round(1e6 * max(0, sign * each)) for each in bits) for sign in (1, -1)), len(bits)]


@given(DOCUMENTS, TEXT, st.data())
def test_foreign_text_by_the_formulas(documents, text, data):
    rows = sorted(data.draw(st.sets(st.integers(0, len(documents) - 1))))
    training, known = index_of(documents).training(rows), [documents[row] for row in rows]
    assert training.class_saving_counts(Scan([text]), EDGES)[0].tolist() == savings_by_hand(text, known, documents)
    assert training.distant_counts(Scan([text]))[0] == pytest.approx(distant_by_hand(text, known), abs=len(LAGS))


@given(DOCUMENTS, st.data())
def test_documents_are_judged_by_the_other_training_documents(documents, data):
    rows = data.draw(st.sets(st.integers(0, len(documents) - 1)))
    index = index_of(documents)
    training = index.training(sorted(rows))
    savings, distant = training.class_saving_counts(index.scan, EDGES), training.distant_counts(index.scan)
    for row, text in enumerate(documents):
        others = [documents[other] for other in rows if other != row]
        assert savings[row].tolist() == savings_by_hand(text, others, documents)
        assert distant[row] == pytest.approx(distant_by_hand(text, others), abs=len(LAGS))


def test_slices_are_judged_as_if_they_were_foreign():
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(["lamp", "sea", "the", "of", "the,", "of."], 300)) for _ in range(3)]
    index, pieces = index_of(texts), scan_slices(texts, 200)
    for rows in ([0, 1], [0, 1, 2]):
        training = index.training(rows)
        savings, distant = training.class_saving_counts(pieces, EDGES), training.distant_counts(pieces)
        for row, (text, document) in enumerate(zip(pieces.texts, pieces.origin.document, strict=True)):
            others = index.training([other for other in rows if other != document])
            assert savings[row].tolist() == others.class_saving_counts(Scan([text]), EDGES)[0].tolist()
            assert distant[row] == pytest.approx(others.distant_counts(Scan([text]))[0], abs=100)


def test_a_long_corpus_is_counted_at_some_of_its_words(monkeypatch):
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(["the lamp of the sea, and", "of the lamp.", "lamp"], 4_000)) for _ in range(2)]

    def counts():
        index = index_of(texts)
        return index.training([0, 1]).distant_counts(index.scan)

    every = counts()
    monkeypatch.setattr("evalkit.matching.word_pairs.MOST_ENDS", 10_000)
    some = counts()
    assert (some[:, 2] < every[:, 2] / 2).all()
    # 40,000 bits that differ by about 1 have a standard error of a few per cent of .2.
    rates = [(counts[:, 0] - counts[:, 1]) / counts[:, 2] for counts in (some, every)]
    assert rates[0] == pytest.approx(rates[1], rel=0.15)


def test_unknown_words_have_the_class_of_words_and_unknown_marks_none():
    training = index_of(["the lamp. " * 30]).training([0])
    known, other = (training.class_saving_counts(Scan([f"the {word}. " * 5]), EDGES) for word in ("lamp", "zzxq"))
    assert known.tolist() == other.tolist()
    assert training.class_saving_counts(Scan(["the \u00bf" * 5]), EDGES)[0, 0] > 0


@pytest.mark.parametrize("documents", [[], [""], ["the"]])
def test_empty_and_short_corpora(documents):
    training = index_of(documents).training(range(len(documents)))
    assert training.class_saving_counts(Scan(["the lamp of the sea", ""]), EDGES).sum() == 1
    assert training.distant_counts(Scan(["the lamp of the sea", ""]))[:, 2].tolist() == [1, 0]
