from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import InputError, UsageError
from evalkit.text.corpus import Corpus, Document, corpus_hash, read_corpus
from evalkit.text.io.readers import ReadOptions
from evalkit.text.statistics import describe_corpus

LETTERS = (
    "e12.503 t9.034 a8.202 o7.274 n7.156 i6.604 s6.327 h6.094 r5.861 d4.741 l4.302 u2.765 c2.741 m2.521 f2.310 w2.299 g2.173 "
    "y1.743 p1.676 b1.538 v.960 k.743 x.156 q.107 z.087 j.082"
)
LENGTHS = "3.54 15.60 21.72 16.77 12.39 9.51 7.65 5.02 3.66 2.07 1.10 .53"
RATES = {"-ing": 281.7, "-ed": 514.5, "-tion": 53.9, "the": 688.0, "that": 134.1, "than": 16.1}


@pytest.fixture(scope="module")
def figures(shared_corpora: Path):
    return describe_corpus(read_corpus(shared_corpora / "lovecraft"))


class TestKnownAnswers:
    """The figures of the metric catalogue, to every digit it shows."""

    def test_counts(self, figures):
        counts = ("documents", "characters", "distinct_characters", "words", "types", "hapax", "letters")
        assert [figures[name] for name in counts] == [67, 2_890_311, 91, 506_566, 24_374, 8_926, 2_315_819]

    def test_letters(self, figures):
        expected = {item[0]: float(item[1:]) for item in LETTERS.split()}
        assert {letter: round(percent, 3) for letter, percent in figures["letter_percent"].items()} == expected
        assert list(figures["letter_percent"]) == list(expected)
        assert round(figures["letter_entropy_bits"], 4) == 4.1747
        assert round(figures["letter_jsd_to_uniform_bits"], 4) == 0.1436

    def test_word_lengths(self, figures):
        assert [round(figures["word_length_percent"][n], 2) for n in range(1, 13)] == [
            float(percent) for percent in LENGTHS.split()
        ]
        assert round(figures["word_length_mean"], 3) == 4.578
        assert round(sum(figures["word_length_percent"][n] for n in range(2, 6)), 1) == 66.5

    def test_rates(self, figures):
        assert {name: round(rate, 1) for name, rate in figures["per_10k_words"].items()} == RATES
        assert round(figures["tion_interior_percent"], 2) == 33.40

    def test_the_hash_of_the_shared_copy(self, figures):
        assert figures["hash"] == "d29625dc6efaccfcd6fd18e534cc31d505094273653d7fb5e443f620165dd050"


class TestDescribe:
    def test_a_corpus_by_hand(self):
        corpus = Corpus(
            "x", (Document("a", "The nation's king wanted more rations."), Document("b", "Action! Than that, the Café."))
        )
        figures = describe_corpus(corpus)
        # the nation's king wanted more rations / action than that the café: 11 words; "the" twice, so 10 types and 9 hapax.
        assert (figures["words"], figures["types"], figures["hapax"]) == (11, 10, 9)
        # lengths 3 8 4 6 4 7 6 4 4 3 4 = 53
        assert figures["word_length_mean"] == pytest.approx(53 / 11)
        # letters: 53 - 1 apostrophe - 1 é
        assert figures["letters"] == 51
        # tion in nation's, rations, action; at the end of the last only
        assert figures["tion_interior_percent"] == pytest.approx(200 / 3)
        assert figures["per_10k_words"] == pytest.approx(
            {"-ing": 1e4 / 11, "-ed": 1e4 / 11, "-tion": 1e4 / 11, "the": 2e4 / 11, "that": 1e4 / 11, "than": 1e4 / 11}
        )

    def test_nothing_to_measure_is_none(self):
        figures = describe_corpus(Corpus("x", (Document("a", "42"),)))
        assert figures["word_length_mean"] is None
        assert figures["letter_entropy_bits"] is None
        assert figures["letter_jsd_to_uniform_bits"] is None
        assert figures["tion_interior_percent"] is None
        assert set(figures["per_10k_words"].values()) == {None}

    def test_one_letter_has_no_entropy(self):
        assert str(describe_corpus(Corpus("x", (Document("a", "aaa"),)))["letter_entropy_bits"]) == "0.0"

    @given(st.lists(st.text(), min_size=1, max_size=4))
    def test_percentages_add_up(self, texts: list[str]):
        figures = describe_corpus(Corpus("x", tuple(Document(str(i), text) for i, text in enumerate(texts))))
        for total, shares in ((figures["letters"], "letter_percent"), (figures["words"], "word_length_percent")):
            assert sum(figures[shares].values()) == pytest.approx(100 if total else 0)


class TestHash:
    DOCUMENTS = tuple(Document(f"d{i}", f"text {i}") for i in range(20))

    def test_order_does_not_matter(self):
        shuffled = list(self.DOCUMENTS)
        random.Random(0).shuffle(shuffled)
        assert corpus_hash(shuffled) == Corpus("other name", self.DOCUMENTS).hash

    @pytest.mark.parametrize("other", [Document("d0", "text 1"), Document("d00", "text 0"), Document("d0t", "ext 0")])
    def test_every_character_matters(self, other: Document):
        assert corpus_hash([*self.DOCUMENTS[1:], other]) != corpus_hash(self.DOCUMENTS)

    def test_a_file_that_moves_keeps_it(self, tmp_path: Path):
        for folder in ("one", "two/three"):
            (tmp_path / folder).mkdir(parents=True)
            (tmp_path / folder / "a.txt").write_text("text")
        assert (
            read_corpus(tmp_path / "one").hash
            == read_corpus(str(tmp_path / "two/three")).hash
            == read_corpus([tmp_path / "one/a.txt"]).hash
        )


class TestReadCorpus:
    def test_the_embedded_one_is_the_default(self):
        corpus = read_corpus()
        assert corpus.name == "embedded"
        assert len(corpus.documents) >= 10
        assert corpus.n_chars == sum(len(document.text) for document in corpus.documents)
        assert corpus == read_corpus("embedded")

    @pytest.mark.parametrize("name", ["lovecraft", "tinyshakespeare"])
    def test_one_that_was_not_fetched_says_how(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
        monkeypatch.setenv("EVALKIT_CACHE", str(tmp_path / "cache"))
        monkeypatch.chdir(tmp_path)
        with pytest.raises(InputError, match="has not been fetched") as caught:
            read_corpus(name)
        assert caught.value.remedy == f"Fetch it with: evalkit corpus fetch {name}"
        (tmp_path / name).mkdir()
        with pytest.raises(InputError, match="has not been fetched") as caught:
            read_corpus(name)
        assert f"./{name}" in caught.value.remedy

    @pytest.mark.parametrize(
        ("spec", "name"), [("out/", "out"), (["out/a.txt", "out/b.txt"], "a.txt+b.txt"), ("out/*.txt", "*.txt")]
    )
    def test_others_are_called_by_the_end_of_their_path(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str, name: str
    ):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "out").mkdir()
        for file in "ab":
            (tmp_path / f"out/{file}.txt").write_text("text")
        assert read_corpus(spec).name == name

    def test_options_reach_the_files(self, tmp_path: Path):
        (tmp_path / "a.txt").write_bytes(b"caf\xe9")
        assert read_corpus(tmp_path, options=ReadOptions(encoding="latin-1")).documents[0].text == "café"

    def test_no_documents_and_repeated_ids(self):
        with pytest.raises(InputError, match="has no documents"):
            Corpus("x", ())
        with pytest.raises(UsageError, match='two documents called "a"'):
            Corpus("x", (Document("a", "1"), Document("a", "2")))


def test_importing_the_corpus_is_light():
    heavy = "numpy", "pandas", "requests", "pooch", "fsspec", "pyarrow", "rich", "zstandard", "platformdirs"
    code = f"import sys, evalkit.text.corpus; print([m for m in {heavy!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
