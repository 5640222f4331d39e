"""Figures of a corpus: known answers on a published one, and arithmetic by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.language.statistics import describe_corpus
from evalkit.text.corpus import Corpus, Document, read_corpus

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
        # The catalogue's 24,374 types and 8,926 hapax are those of word-v1, which had no ordinals: 3rd, 4th ... were rd, th ...
        assert [figures[name] for name in counts] == [67, 2_890_311, 91, 506_566, 24_403, 8_939, 2_315_819]

    def test_letters(self, figures):
        expected = {item[0]: float(item[1:]) for item in LETTERS.split()}
        assert {letter: round(percent, 3) for letter, percent in figures["letter_percent"].items()} == expected
        assert list(figures["letter_percent"]) == list(expected)
        assert round(figures["letter_entropy_bits"], 4) == 4.1747
        assert round(figures["letter_jsd_to_uniform_bits"], 4) == 0.1436

    def test_word_lengths(self, figures):
        percents = [figures["word_length_percent"][n] for n in range(1, 13)]
        # The 71 ordinals (of 506,566 words) have their digits too, so they moved from two characters to three and four.
        assert percents == pytest.approx([float(percent) for percent in LENGTHS.split()], abs=0.02)
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

    def test_another_language_has_its_own_letters_endings_and_words(self):
        figures = describe_corpus(Corpus("x", (Document("a", "La canción de la niña, y las canciones."),)), language="es")
        # la canción de la niña y las canciones: 8 words of 30 letters, accented ones among them
        assert (figures["words"], figures["letters"]) == (8, 30)
        assert figures["letter_percent"]["ó"] == pytest.approx(100 / 30)
        assert figures["per_10k_words"]["-ción"] == pytest.approx(1e4 / 8)
        assert figures["per_10k_words"]["de"] == pytest.approx(1e4 / 8)
        assert figures["idad_interior_percent"] is None  # there is no -idad at all
