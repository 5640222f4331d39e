"""order.* and grammar.* against worked arithmetic, planted defects and the figures measured on Lovecraft."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.counts.feature import Layout, Totals
from evalkit.counts.matrix import Scan
from evalkit.defects.planted import stray_words
from evalkit.evaluation.reference import base_lexicon, scan_documents
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.metrics import Metric, catalogue
from evalkit.metrics.order import BIGRAMS, PAIRS
from evalkit.text.corpus import read_corpus
from evalkit.text.passages import slices
from tests.support.values import value


def pairs(text):
    counts = BIGRAMS.count([text], base_lexicon())[0]
    return {PAIRS[i]: int(counts[i]) for i in np.flatnonzero(counts)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The hat", {"th": 1, "he": 1, "ha": 1, "at": 1}),
        ("don't", {"do": 1, "on": 1}),
        ("a b-c ä", {}),
        ("aaa\nbb", {"aa": 2, "bb": 1}),
        ("", {}),
    ],
)
def test_pairs_lie_within_words(text, expected):
    assert pairs(text) == expected


def test_divergence_by_hand():
    # ab ab against ab cd: p = (1, 0), q = (.5, .5), so the divergence is .311278 bits, as for any distributions of that shape.
    metric = catalogue(Metric)["order.bigrams"]
    layout = Layout.of([metric])
    totals = [Totals(BIGRAMS.count([text], base_lexicon()).astype(float), layout) for text in ("ab ab", "ab cd")]
    assert metric.score(*totals)[0] == pytest.approx(0.311278, abs=5e-7)


def test_swapped_letters_raise_it_and_leave_letter_frequencies_alone():
    metrics = [catalogue(Metric)[id_] for id_ in ("order.bigrams", "letters.jsd")]
    text = "the old tower above the river was silent when the lamps were lit " * 40
    swapped = text.replace("the", "hte").replace("river", "rievr")
    for metric, grows in zip(metrics, (True, False), strict=True):
        layout = Layout.of([metric])
        count = metric.features[0].count

        def totals(string, layout=layout, count=count, of=metric.features[0].of):
            items = [string] if of == "text" else list(string)
            return Totals(count(items, base_lexicon()).sum(axis=0, dtype=float), layout)

        value = metric.score(totals(swapped), totals(text))[0]
        assert value > 0.05 if grows else value == 0


@pytest.fixture(scope="module")
def tales():
    """Documents, and passages of others."""
    texts = [document.text for document in read_corpus().documents]
    return texts[6:], [piece for text in texts[:6] for piece in slices(text, 1_500)]


class TestContext:
    """Bits a word that the three words before it save."""

    def test_by_hand(self):
        # 6 words of 3 kinds, one of them beyond: alone p(b) = (2 + 3/4) / (6 + 3); after a always b: (2 + p) / 3; x a and c x a never come
        alone = (2 + 3 / 4) / 9
        assert value("order.context", ["c x a b"], documents=["a b c a b c"]) == pytest.approx(
            np.log2((2 + alone) / 3 / alone), abs=1e-3
        )

    def test_every_kind_of_disorder_lowers_it_and_quoting_raises_it(self, tales):
        documents, human = tales
        rng = np.random.default_rng(0)

        def shuffled(text, n):
            words = text.split()
            pieces = [words[i : i + n] for i in range(0, len(words), n)]
            return " ".join(word for i in rng.permutation(len(pieces)) for word in pieces[i])

        texts = {"one": 1, "three": 3, "six": 6, "twelve": 12}
        values = {
            name: value("order.context", [shuffled(text, n) for text in human], documents=documents) for name, n in texts.items()
        }
        values["human"] = value("order.context", human, documents=documents)
        values["quoted"] = value("order.context", [text for one in documents for text in slices(one, 1_500)], documents=documents)
        assert list(values) == sorted(values, key=values.__getitem__), values
        assert values["one"] < 0 < values["human"] < 4 < values["quoted"]

    def test_training_text_is_judged_without_itself(self, tales):
        """As the human floor needs it: a document in the corpus scores as it does where it is held out."""
        documents, _ = tales
        index = CorpusIndex(scan_documents(documents))
        everyone, others = index.training(range(len(documents))), index.training(range(1, len(documents)))
        assert everyone.word_bit_counts(index.scan)[0].tolist() == others.word_bit_counts(Scan(documents[:1]))[0].tolist()

    def test_passages_do_not_touch(self):
        documents = ["a b c d a b c d"]
        assert np.isnan(value("order.context", ["a b c", "d a b"], documents=documents))
        assert value("order.context", ["a b c d"] * 2, documents=documents) == value(
            "order.context", ["a b c d"], documents=documents
        )


class TestAvoided:
    """Pairs of frequent words that the corpus avoids."""

    def test_disorder_raises_it_and_other_faults_leave_it_alone(self, tales):
        documents, human = tales
        rng = np.random.default_rng(0)
        texts = {
            "quoted": [piece for text in documents for piece in slices(text, 1_500)],
            "human": human,
            "a stray word in 40": [stray_words(text, 0.025, rng) for text in human],
            "a stray word in 10": [stray_words(text, 0.1, rng) for text in human],
            "shuffled": [" ".join(rng.permutation(text.split())) for text in human],
        }
        values = {name: value("order.avoided", of, documents=documents) for name, of in texts.items()}
        assert list(values) == sorted(values, key=values.__getitem__), values
        assert values["quoted"] < 0.01 < values["human"] < 0.03
        assert values["a stray word in 40"] > 1.5 * values["human"]
        misspelt = [text.replace("ing ", "ign ") for text in human]
        assert value("order.avoided", misspelt, documents=documents) == pytest.approx(values["human"], rel=0.1)

    def test_a_small_corpus_expects_no_pair(self):
        assert np.isnan(value("order.avoided", ["the lamp of the sea"], documents=["the lamp of the sea"]))


def in_pieces(text, n, rng):
    """A text in pieces of so many words, in random order."""
    words = text.split()
    pieces = [words[i : i + n] for i in range(0, len(words), n)]
    return " ".join(word for i in rng.permutation(len(pieces)) for word in pieces[i])


@pytest.fixture(scope="module")
def values(tales):
    """Metric -> text -> value."""
    documents, human = tales
    rng = np.random.default_rng(0)
    words = " ".join(documents).split()
    starts = rng.integers(0, len(words) - 4, 60 * len(human)).reshape(len(human), 60)
    texts = {
        "human": human,
        "pieces of 12": [in_pieces(text, 12, rng) for text in human],
        "pieces of 4": [in_pieces(text, 4, rng) for text in human],
        "phrases of 4": [" ".join(word for i in passage for word in words[i : i + 4]) for passage in starts],
        "shuffled": [in_pieces(text, 1, rng) for text in human],
        "misspelt": [text.replace("ing ", "ign ") for text in human],
    }
    ids = ("order.surprises", "grammar.classes", "grammar.distant")
    return {id_: {name: value(id_, of, documents=documents) for name, of in texts.items()} for id_ in ids}


class TestGrammar:
    """What takes more than three words."""

    def test_the_smaller_the_pieces_the_more_it_sees(self, values):
        for id_, sign in (("order.surprises", 1), ("grammar.classes", 1), ("grammar.distant", -1)):
            found = [sign * values[id_][name] for name in ("human", "pieces of 12", "pieces of 4")]
            assert found == sorted(found), id_

    def test_phrases_of_the_corpus_itself_are_no_sentences(self, values):
        """Copied phrases, which bits saved take for more context than human text has."""
        assert values["grammar.distant"]["phrases of 4"] < 0.5 * values["grammar.distant"]["human"]

    def test_without_order_distant_words_tell_nothing_of_each_other(self, values):
        assert abs(values["grammar.distant"]["shuffled"]) < 0.25 * values["grammar.distant"]["human"]

    def test_misspelt_content_words_change_neither_classes_nor_what_they_tell(self, values):
        for id_ in ("grammar.classes", "grammar.distant"):
            assert values[id_]["misspelt"] == pytest.approx(values[id_]["human"], rel=0.1)
