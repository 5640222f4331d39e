"""Suffix arrays and longest matches against the definition, by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import scan_documents, scan_slices
from evalkit.matching import compiled_matches, match_lengths, search
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.matching.match_lengths import histograms, histograms_by_passage, share_without
from evalkit.matching.search import Search
from evalkit.matching.suffix_array import Suffixes, longest_in_training

DOCUMENTS = st.lists(st.text("abc", max_size=14), min_size=1, max_size=5)


def codes(texts):
    return [np.frombuffer(text.encode(), np.uint8).astype(np.int32) for text in texts]


def longest(text, place, others):
    """The longest piece of text from place on that is in any of the others, by trying."""
    return max((n for n in range(len(text) - place + 1) if any(text[place : place + n] in other for other in others)), default=0)


@given(DOCUMENTS, st.lists(st.text("abcd", max_size=14), max_size=4))
def test_longest_matches_of_foreign_text(documents, queries):
    found = Search(codes(documents)).longest(codes(queries))
    assert [lengths.tolist() for lengths in found] == [[longest(q, i, documents) for i in range(len(q))] for q in queries]


@given(DOCUMENTS, st.data())
def test_longest_matches_with_the_training_documents(documents, data):
    trained = np.array(data.draw(st.lists(st.booleans(), min_size=len(documents), max_size=len(documents))))
    suffixes = Suffixes.of(codes(documents))
    found = longest_in_training(suffixes, trained)
    by_loops = compiled_matches.longest_in_training(suffixes.shared, suffixes.owner, suffixes.room, trained)
    np.testing.assert_array_equal(found, by_loops)
    assert found.dtype == by_loops.dtype
    starts = np.cumsum([0, *(len(text) + 1 for text in documents)])
    assert len(suffixes) == sum(map(len, documents))
    for rank, lengths in enumerate(found):
        owner = suffixes.owner[rank]
        others = [text for row, text in enumerate(documents) if trained[row] and row != owner]
        assert lengths == longest(documents[owner], suffixes.position[rank] - starts[owner], others)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(-1, 3)), max_size=40), st.integers(1, 6))
def test_compiled_loops_count_matches_as_arrays_do(positions, most):
    lengths, room, row = (np.array([each[i] for each in positions], np.int32) for i in range(3))
    by_loops = compiled_matches.histograms(lengths, room, row, 4, most)
    counted = histograms(lengths, room, row, 4, most)
    np.testing.assert_array_equal(counted, by_loops)
    assert counted.dtype == by_loops.dtype


def test_large_inputs_take_the_compiled_loops(monkeypatch):
    monkeypatch.setattr(match_lengths, "_FEWEST_LOADED", 3)
    monkeypatch.setattr(compiled_matches, "histograms", lambda *given: "compiled")
    two, three = np.ones(2, np.int32), np.ones(3, np.int32)
    assert histograms(three, three, three, 2, 3) == "compiled"
    assert histograms(two, two, two, 2, 3).tolist() == [[0] * 6, [2, 0, 0, 2, 0, 0]]


LONG = st.lists(st.text("ab", max_size=40) | st.integers(0, 90).map("ab".__mul__), min_size=1, max_size=4)


@given(LONG, LONG)
def test_matches_longer_than_a_key(documents, queries):
    """A key has 16 symbols at most; text that repeats itself has many suffixes that begin alike."""
    found = Search(codes(documents)).longest(codes([*queries, documents[0], "".join(documents)]))
    expected = [[longest(q, i, documents) for i in range(len(q))] for q in [*queries, documents[0], "".join(documents)]]
    assert [lengths.tolist() for lengths in found] == expected


@given(LONG, LONG)
def test_chunks_of_the_corpus_and_batches_of_text_give_the_same(documents, queries):
    whole = Search(codes(documents)).longest(codes(queries))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"_CHUNK": 200, "_OVERLAP": 190, "_BATCH": 30}.items():
            patch.setattr(search, name, value)
        parts = Search(codes(documents)).longest(codes(queries))
    assert [lengths.tolist() for lengths in parts] == [lengths.tolist() for lengths in whole]


@pytest.mark.parametrize("n_symbols", [1, 254, 255, 256, 65_535, 70_000])
def test_many_symbols_are_as_good_as_few(n_symbols):
    document = np.arange(1, n_symbols + 1, dtype=np.int32)[-50:]
    beyond = np.array([n_symbols + 1], np.int32)
    found = Search([document]).longest([document[10:20], document[40:], beyond, np.concatenate([document[-1:], beyond])])
    assert [lengths.tolist() for lengths in found] == [
        [*range(len(document[10:20]), 0, -1)], [*range(len(document[40:]), 0, -1)], [0], [1, 0],
    ]  # fmt: skip


def test_nothing_in_nothing():
    empty = np.empty(0, np.int32)
    assert Search([]).longest([np.array([1, 2], np.int32)])[0].tolist() == [0, 0]
    assert [found.tolist() for found in Search([empty]).longest([empty])] == [[]]
    assert Search([np.array([1], np.int32)]).longest([]) == []


def test_a_text_that_repeats_itself_without_end_costs_no_more_than_its_share():
    """Every position of a loop matches to the end of the loop; what is given up is the length of matches far beyond any histogram."""
    document, text = np.ones(300_000, np.int32), np.ones(20_000, np.int32)
    found = Search([document]).longest([text])[0]
    assert (found >= np.minimum(np.arange(len(text), 0, -1), 2_000)).all()


def novelty_by_hand(text, documents, n):
    windows = [text[i : i + n] for i in range(len(text) - n + 1)]
    return sum(not any(window in document for document in documents) for window in windows) / len(windows)


@given(st.text("ab ", min_size=4, max_size=30), st.lists(st.text("ab ", max_size=30), min_size=1, max_size=3), st.integers(1, 4))
def test_novelty_at_every_length_from_one_histogram(text, documents, n):
    counts = histograms_by_passage(Search(codes(documents)).longest(codes([text])), 6).astype(float)
    assert (
        share_without(counts, n)[0] == np.float64(novelty_by_hand(text, documents, n)).round(15)
        or abs(share_without(counts, n)[0] - novelty_by_hand(text, documents, n)) < 1e-12
    )


STORIES = [
    "the lamp was lit and the keeper went up",
    "the keeper went down and the lamp was out",
    "a boat came to the stair and the lamp was lit",
]


def test_slices_know_their_place():
    """A slice of a training document is searched for in the other documents only, as if it were foreign to them."""
    index = CorpusIndex(scan_documents(STORIES))
    pieces = scan_slices(STORIES, 20)
    for rows in ([0, 1], [1, 2], [0, 1, 2]):
        own_chars, own_words = index.training(rows).char_matches(pieces), index.training(rows).word_matches(pieces)
        for row, (text, document) in enumerate(zip(pieces.texts, pieces.origin.document, strict=True)):
            others = index.training([other for other in rows if other != document])
            alone = Scan([text])
            assert own_chars[row].tolist() == others.char_matches(alone)[0].tolist()
            assert own_words[row].tolist() == others.word_matches(alone)[0].tolist()


def test_the_longest_copy_is_found_with_its_place():
    training = CorpusIndex(scan_documents(STORIES)).training([0, 1])
    copy = training.longest_copy(Scan(["nothing here", "zz keeper went down and zz", "keeper"]))
    assert (copy.passage, copy.start, copy.n_chars, copy.document, copy.place) == (1, 2, 22, 1, 3)
    assert STORIES[1][3:25] == " keeper went down and " and training.longest_copy(Scan(["\x00"])) is None


def test_white_space_and_quotation_marks_of_any_kind_match():
    training = CorpusIndex(scan_documents(["the sea\u2019s edge\nlay grey"])).training([0])
    assert training.char_lengths(["the sea's edge lay grey"])[0][0] == 23
