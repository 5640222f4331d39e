from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import InputError, UsageError
from evalkit.text.corpus import Corpus, Document, more_splits, read_corpus, split_corpus
from evalkit.text.split import pseudo_documents

STANDARD = ["beyond_wall_of_sleep", "descendent", "he", "medusas_coil", "pickman", "shunned_house", "what_moon_brings"]

STABLE = [["d004", "d008", "d009", "d015"], ["d001", "d004", "d007", "d016"], ["d006", "d007", "d009", "d019"]]


def corpus_of(*lengths: int) -> Corpus:
    return Corpus("made", tuple(Document(f"d{i:03}", f"{i:03}" + "x" * (length - 3)) for i, length in enumerate(lengths)))


def ids(documents) -> list[str]:
    return [document.id for document in documents]


CORPORA = st.lists(st.integers(1000, 100_000), min_size=2, max_size=30).map(lambda lengths: corpus_of(*lengths))
FRACTIONS = st.floats(0.01, 0.99)


@given(corpus=CORPORA, fraction=FRACTIONS, seed=st.integers(0, 2**70))
def test_every_document_is_on_one_side_and_no_side_is_empty(corpus: Corpus, fraction: float, seed: int):
    split = split_corpus(corpus, fraction=fraction, seed=seed)
    assert split.train
    assert split.held_out
    assert sorted(ids(split.train) + ids(split.held_out)) == ids(corpus.documents)
    assert 0 < split.share < 1


@given(corpus=CORPORA, fraction=FRACTIONS, seed=st.integers(0, 99), shuffle=st.integers(0, 99))
def test_the_order_of_documents_changes_nothing(corpus: Corpus, fraction: float, seed: int, shuffle: int):
    documents = list(corpus.documents)
    random.Random(shuffle).shuffle(documents)
    assert split_corpus(Corpus("other", tuple(documents)), fraction=fraction, seed=seed) == split_corpus(
        corpus, fraction=fraction, seed=seed
    )


def test_the_split_of_a_seed_never_changes():
    """Baselines are only comparable while the same seed holds out the same documents."""
    assert ids(split_corpus(corpus_of(*[2000] * 20)).held_out) == STABLE[0]
    assert ids(split_corpus(corpus_of(*[2000] * 20), seed=1).held_out) == STABLE[1]
    assert ids(more_splits(corpus_of(*[2000] * 20), 1)[0].held_out) == STABLE[2]


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.5])
def test_the_share_comes_near_the_fraction(shared_corpora: Path, fraction: float):
    corpus = read_corpus(shared_corpora / "lovecraft")
    shares = [split_corpus(corpus, fraction=fraction, seed=seed).share for seed in range(20)]
    assert all(abs(share - fraction) <= 0.1 * fraction for share in shares)


def test_every_document_is_held_out_by_some_seed(shared_corpora: Path):
    """Also the longest, of 15 times the median length: trying again must not leave it out for good."""
    corpus = read_corpus(shared_corpora / "lovecraft")
    longest = max(corpus.documents, key=lambda document: len(document.text)).id
    splits = more_splits(corpus, 200)
    assert {id_ for split in splits for id_ in ids(split.held_out)} == set(ids(corpus.documents))
    assert sum(longest in ids(split.held_out) for split in splits) >= 10


def test_the_standard_split(shared_corpora: Path):
    split = split_corpus(read_corpus(shared_corpora / "lovecraft"), held_out="every:10:4")
    assert ids(split.held_out) == STANDARD
    assert sum(len(document.text) for document in split.held_out) == 244_259
    assert sum(len(document.text) for document in split.train) == 2_646_052
    assert (split.pattern, split.pseudo, split.warnings) == ("every:10:4", False, ())


def test_a_glob_over_ids():
    assert ids(split_corpus(corpus_of(2000, 2000, 2000), held_out="d00[02]").held_out) == ["d000", "d002"]


@pytest.mark.parametrize("pattern", ["every:10", "every:0:0", "every:2:2", "every:-1:0", "every:a:b", "every:10:4:1", "every:1:0x"])
def test_a_pattern_that_is_none(pattern: str):
    with pytest.raises(UsageError, match="is no pattern"):
        split_corpus(corpus_of(2000, 2000), held_out=pattern)


def test_a_pattern_without_a_match_shows_ids():
    with pytest.raises(InputError, match='No document matches "d01"') as caught:
        split_corpus(corpus_of(*[2000] * 12), held_out="d01")
    assert "d000" in caught.value.remedy
    assert "and 2 more" in caught.value.remedy


@pytest.mark.parametrize("pattern", ["*", "every:1:0"])
def test_a_pattern_that_leaves_nothing_to_learn_from(pattern: str):
    with pytest.raises(InputError, match="none would be left"):
        split_corpus(corpus_of(2000, 2000), held_out=pattern)


def test_all_bad_arguments_at_once():
    with pytest.raises(UsageError, match=r"fraction.*not 1\.0; a seed.*not -1"):
        split_corpus(corpus_of(2000, 2000), fraction=1.0, seed=-1)


@pytest.mark.parametrize("lengths", [(4,), (999,), (400, 599)])
def test_too_little_text_is_refused(lengths: tuple[int, ...]):
    with pytest.raises(InputError, match="too little") as caught:
        split_corpus(corpus_of(*lengths))
    assert "1,000" in caught.value.remedy


def test_a_share_far_from_the_fraction_is_said():
    (warning,) = split_corpus(corpus_of(50_000, 50_000)).warnings
    assert "50% of the characters are held out rather than 20%" in warning


def test_copies_on_both_sides_are_said():
    documents = tuple(Document(f"d{i}", "the same text " * 100) for i in range(5))
    assert "4 held-out documents" in split_corpus(Corpus("copies", documents), held_out="d[0-3]").warnings[0]


class TestMoreSplits:
    CORPUS = corpus_of(*[2000] * 30)

    def test_they_differ_and_the_first_do_not_depend_on_how_many(self):
        splits = more_splits(self.CORPUS, 20)
        assert len({frozenset(ids(split.held_out)) for split in splits}) == 20
        assert more_splits(self.CORPUS, 5) == splits[:5]
        assert more_splits(self.CORPUS, 0) == ()

    def test_seeds_differ(self):
        assert more_splits(self.CORPUS, 3, seed=0) != more_splits(self.CORPUS, 3, seed=1)
        assert split_corpus(self.CORPUS) != split_corpus(self.CORPUS, seed=1)

    def test_they_hold_out_the_same_share(self):
        assert all(abs(split.share - 0.3) < 0.02 for split in more_splits(self.CORPUS, 20, fraction=0.3))


class TestOneDocument:
    def test_it_is_cut_with_a_warning(self, shared_corpora: Path):
        split = split_corpus(read_corpus(shared_corpora / "tinyshakespeare"))
        assert split.pseudo
        assert "single document" in split.warnings[0]
        assert len(split.train) + len(split.held_out) == 20
        assert abs(split.share - 0.2) < 0.02
        # Speeches are separated by empty lines, and no piece may begin within one.
        pieces = {document.id: document.text for document in (*split.train, *split.held_out)}
        assert all(text.endswith("\n\n") for id_, text in pieces.items() if id_ != "input#20")

    @given(st.text(alphabet="ab \n", min_size=1000, max_size=30_000))
    def test_the_pieces_are_the_text(self, text: str):
        pieces = pseudo_documents(Document("d", text))
        assert "".join(piece.text for piece in pieces) == text
        assert 2 <= len(pieces) <= 20
        assert all(piece.text for piece in pieces)

    @pytest.mark.parametrize("separator", ["\n\n", "\n", " ", ""])
    def test_the_best_break_in_reach_is_taken(self, separator: str):
        pieces = pseudo_documents(Document("d", separator.join(["x" * 99] * 26)))
        assert len(pieces) == 5
        assert all(piece.text.endswith(separator) for piece in pieces[:-1])

    def test_the_least_text_gives_two_pieces(self):
        split = split_corpus(corpus_of(1000))
        assert (len(split.train), len(split.held_out)) == (1, 1)
