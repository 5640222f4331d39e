"""Definitions against worked arithmetic and independent libraries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2, wasserstein_distance
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from evalkit.counts.feature import Layout, Totals
from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import base_lexicon, with_vocabulary
from evalkit.explain.keyness import dispersion
from evalkit.metrics import Metric, catalogue
from evalkit.metrics.base import jensen_shannon, jensen_shannon_contributions, small_sample_bias
from evalkit.metrics.wordlen import wasserstein, wasserstein_parts
from evalkit.text.io.readers import read_documents


def score(id_, text, reference="the cat sat on the mat", *, vocabulary=(), minimum=0):
    """A metric's value for one text, whatever its minimum."""
    metric = catalogue(Metric)[id_]
    layout = Layout.of([metric])
    lexicon = with_vocabulary(base_lexicon(), vocabulary)
    totals = [Totals(Scan([t]).tally(layout, lexicon).sum(axis=0, dtype=float), layout) for t in (text, reference)]
    return float(metric.score(*totals)[0])


class TestJensenShannon:
    def test_half_and_half_against_one(self):
        # middle (.75, .25): .5 (.5 log2(.5/.75) + .5 log2(.5/.25)) + .5 log2(1/.75) = .5 (.2075) + .5 (.4150) = .311278
        assert jensen_shannon(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]]))[0] == pytest.approx(0.311278, abs=5e-7)

    def test_disjoint_is_one_and_equal_is_zero(self):
        assert jensen_shannon(np.array([[1.0, 0]]), np.array([[0, 1.0]]))[0] == 1
        assert jensen_shannon(np.array([[3.0, 5, 7]]), np.array([[30.0, 50, 70]]))[0] == 0

    @pytest.mark.parametrize(
        ("p", "q", "expected"),
        [
            # Published in the tests of TensorFlow Data Validation, which work them out: the first is
            # (.5 log2(.5/.25) + .5 log2(.5/.375)) / 2 + (.25 log2(.25/.375) + .25 log2(.25/.125) + .5 log2(.5/.25)) / 2
            ([0.5, 0.5, 0, 0], [0, 0.25, 0.25, 0.5], 0.65563906),
            ([0.25, 0.75], [0.0, 1.0], 0.13792538),
            # .6 and .5, also in those tests: where two agree on all that they share, the divergence is what they do not share.
            ([0.4, 0.6, 0.0], [0.4, 0.0, 0.6], 0.6),
            ([0.5, 0.5, 0.0], [0.0, 0.5, 0.5], 0.5),
        ],
    )
    def test_published_values(self, p, q, expected):
        assert jensen_shannon(np.array([p]), np.array([q]))[0] == pytest.approx(expected, abs=1e-8)

    def test_it_is_the_square_of_what_scipy_gives_and_in_bits(self):
        """scipy: the root of .215762 nats is .464501; .215762 / ln 2 = .311278 bits."""
        root = jensenshannon([0.5, 0.5], [1.0, 0.0])
        assert root == pytest.approx(0.464501404, abs=1e-9)
        assert jensen_shannon(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]]))[0] == pytest.approx(root**2 / np.log(2))

    @given(hnp.arrays(float, (2, 8), elements=st.integers(0, 1000).map(float)))
    def test_agrees_with_scipy(self, counts):
        p, q = counts + np.array([[1.0] + [0.0] * 7])  # never empty
        # scipy gives the square root, in nats unless told, and NaN where rounding makes the sum negative (scipy issue 20083).
        expected = jensenshannon(p, q, base=2) ** 2
        mine = jensen_shannon(p[None], q[None])[0]
        assert 0 <= mine <= 1
        assert np.isnan(expected) or mine == pytest.approx(expected, abs=1e-9)

    @given(hnp.arrays(float, (2, 6), elements=st.integers(0, 50).map(float)), st.integers(2, 9))
    def test_scaled_counts_and_symmetry(self, counts, factor):
        p, q = (counts + 1.0)[:, None, :]
        assert jensen_shannon(p * factor, q)[0] == pytest.approx(jensen_shannon(p, q)[0], abs=1e-12)
        assert jensen_shannon(q, p)[0] == pytest.approx(jensen_shannon(p, q)[0], abs=1e-12)

    def test_contributions_sum_to_the_value_and_are_signed(self):
        p, q = np.array([[6.0, 3, 1]]), np.array([[1.0, 3, 6]])
        parts = jensen_shannon_contributions(p, q)[0]
        assert np.abs(parts).sum() == pytest.approx(jensen_shannon(p, q)[0], abs=1e-12)
        assert parts[0] > 0 > parts[2]

    def test_expected_value_of_independent_letters(self):
        """10,000 letters against their source: 4.53e-4 predicted; simulation agrees within 5 %."""
        rng = np.random.default_rng(0)
        q = rng.dirichlet(np.full(26, 2.0))
        drawn = rng.multinomial(10_000, q, size=400).astype(float)
        predicted = small_sample_bias(26, np.array([1e4]), np.array([np.inf]))[0]
        assert predicted == pytest.approx(25 / (8 * np.log(2)) / 1e4)
        assert jensen_shannon(drawn, q[None]).mean() == pytest.approx(predicted, rel=0.05)


class TestWasserstein:
    def test_histograms(self):
        # F = 1/4, 2/4, 1 and G = 2/4, 3/4, 1: |1/4| + |1/4| + 0 = .5
        assert wasserstein(np.array([[1.0, 1, 2]]), np.array([[2.0, 1, 1]]))[0] == pytest.approx(0.5)

    def test_scipy_example_with_weights(self):
        assert wasserstein_distance([4.5, 6.7, 2.1], [4.6, 7, 9.2], [3, 1, 1], [1, 3, 1]) == pytest.approx(2.5)
        # the same in steps of a tenth, as histograms over 1, 2 ... 92
        counts = np.zeros((2, 92))
        counts[0, [44, 66, 20]], counts[1, [45, 69, 91]] = (3, 1, 1), (1, 3, 1)
        assert wasserstein(counts[:1], counts[1:])[0] / 10 == pytest.approx(2.5)

    @given(hnp.arrays(float, (2, 64), elements=st.integers(0, 30).map(float)))
    def test_agrees_with_scipy(self, counts):
        p, q = counts + np.array([[1.0] + [0.0] * 63])
        lengths = np.arange(1, 65)
        assert wasserstein(p[None], q[None])[0] == pytest.approx(wasserstein_distance(lengths, lengths, p, q), abs=1e-9)
        assert np.abs(wasserstein_parts(p[None], q[None])).sum() == pytest.approx(wasserstein(p[None], q[None])[0], abs=1e-9)


class TestDispersion:
    def test_chi_square_of_a_table(self):
        """[[7, 3], [2, 7]]: chi-square 4.337160, p .037289. The dispersion of words over passages is its sum by column, here over 2 - 1 passages."""
        table = np.array([[7, 3], [2, 7]])
        found = dispersion(sparse.csc_array(table), table.sum(axis=0).astype(float)).sum()
        assert found == pytest.approx(4.337160, abs=5e-7)
        assert chi2.sf(found, 1) == pytest.approx(0.037289, abs=5e-7)


class TestWords:
    def test_word_lengths(self):
        # lengths 1, 2, 3 and 10: mean 4; two of four between 2 and 5
        assert score("wordlen.mean", "I am the lighthouse") == pytest.approx(4.0)
        assert score("wordlen.share_2_5", "I am the lighthouse") == pytest.approx(0.5)

    def test_suffixes_per_10_000_words(self):
        text = "Nothing was walking; the walked nation, nations and king's being needed motionless station."
        # 13 words: nothing was walking the walked nation nations and king's being needed motionless station
        assert score("suffix.ing", text) == pytest.approx(1e4 * 3 / 13)  # nothing, walking, being; king's does not end in ing
        assert score("suffix.ed", text) == pytest.approx(1e4 * 2 / 13)  # walked, needed
        assert score("suffix.tion", text) == pytest.approx(1e4 * 2 / 13)  # nation, station
        assert score("suffix.ing_strict", text) == pytest.approx(1e4 * 1 / 13)  # walking
        assert score("suffix.tion_strict", text) == pytest.approx(0.0)
        assert score("suffix.tion_interior", text) == pytest.approx(
            2 / 4
        )  # nations, motionless of nation, nations, motionless, station

    def test_case_and_typographic_apostrophes(self):
        assert score("function.share", "DON\u2019T Go") == pytest.approx(0.5)

    def test_vocabulary_counts_words_of_four_letters_without_possessive(self):
        # keeper's -> keeper known; lamp known; zzxq unknown; the, a too short
        assert score("vocab.hit", "the keeper's lamp a zzxq", vocabulary=["keeper's", "lamp"]) == pytest.approx(2 / 3)
        assert score("vocab.dictionary", "lighthouse keeper's zzxq colour") == pytest.approx(3 / 4)

    def test_letters_ignore_case_digits_and_other_alphabets(self):
        assert score("letters.jsd", "AbC 123 \u0416", "abc") == 0


class TestFunctionWordList:
    def test_every_word_is_as_the_tokenizer_reads_it(self):
        for word in base_lexicon().function_words:
            assert Scan([word]).word_items == (word,)

    def test_holds_what_older_authors_need(self):
        needed = {"can", "will", "may", "must", "might", "shall", "us", "mine", "thou", "thee", "thy", "ye"}
        assert needed <= set(base_lexicon().function_words)

    def test_agrees_with_scikit_learn_where_both_decide(self):
        """Whatever scikit-learn lists and is neither a content word nor an open-class adverb is in ours."""
        content = {
            "amoungst", "bill", "bottom", "call", "con", "cry", "de", "describe", "detail", "eg", "eight", "eleven", "empty", "etc", "fifteen", "fifty",
            "fill", "find", "fire", "first", "five", "forty", "found", "four", "front", "full", "get", "give", "go", "hereafter", "hereby", "herein",
            "hereupon", "hundred", "ie", "inc", "interest", "keep", "last", "latter", "latterly", "ltd", "made", "mill", "move", "name", "next",
            "nine", "part", "please", "put", "re", "see", "seem", "seemed", "seeming", "seems", "serious", "show", "side", "sincere", "six", "sixty",
            "system", "take", "ten", "third", "three", "top", "twelve", "twenty", "two", "un", "hasnt", "couldnt", "cant", "co", "thru", "thick", "thin", "well",
        }  # fmt: skip
        adverbs_and_linking_verbs = {
            "afterwards", "alone", "already", "always", "amount", "anyhow", "anyway", "anywhere", "became", "become", "becomes", "becoming",
            "beforehand", "due", "else", "elsewhere", "everywhere", "former", "formerly", "further", "indeed", "meanwhile", "mostly", "namely",
            "noone", "nowhere", "often", "once", "per", "perhaps", "somehow", "sometime", "sometimes", "somewhere", "thence", "thereafter",
            "thereby", "therein", "thereupon", "whereafter", "whole",
        }  # fmt: skip
        ours = set(base_lexicon().function_words)
        assert set(ENGLISH_STOP_WORDS) - content - adverbs_and_linking_verbs <= ours


@pytest.mark.slow
def test_contiguous_letters_are_three_times_as_far_off_as_independent_ones(lovecraft):
    """METRICS.md: 10,000 contiguous letters against the corpus have a mean of 1.31e-3 bits and a 95th percentile of 2.5e-3; independent ones 4.6e-4."""
    texts = ["".join(char for char in document.text.casefold() if "a" <= char <= "z") for document in read_documents(lovecraft)]
    pieces = [text[start : start + 10_000] for text in texts for start in range(0, len(text) - 9_999, 10_000)]
    counts = np.array([np.bincount(np.frombuffer(piece.encode(), np.uint8) - 97, minlength=26) for piece in pieces], float)
    whole = np.bincount(np.frombuffer("".join(texts).encode(), np.uint8) - 97, minlength=26).astype(float)
    found = jensen_shannon(counts, whole[None])
    assert found.mean() == pytest.approx(1.31e-3, abs=2e-4)
    assert np.percentile(found, 95) == pytest.approx(2.5e-3, abs=5e-4)


@pytest.mark.slow
def test_function_words_are_half_of_lovecraft(lovecraft):
    """METRICS.md: between Snowball's .484 and scikit-learn's .540; words of 2 to 5 letters are 66.5 %."""
    text = "\n".join(document.text for document in read_documents(lovecraft))
    assert 0.484 < score("function.share", text) < 0.540
    assert score("wordlen.share_2_5", text) == pytest.approx(0.665, abs=5e-4)
