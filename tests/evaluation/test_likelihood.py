"""Bits of held-out documents under a generator: worked arithmetic, the interval's units, and what is impossible."""

from __future__ import annotations

import json

import numpy as np
import pytest

import generators
from evalkit.errors import UsageError
from evalkit.evaluation.candidates import parse_candidates
from evalkit.evaluation.compare import compare
from evalkit.evaluation.likelihood import likelihood, likelihood_row
from evalkit.evaluation.request import CompareRequest
from evalkit.inference import FEWEST_UNITS
from evalkit.metrics import Metric, select
from evalkit.results import from_dict, validate
from evalkit.text.corpus import read_corpus, split_corpus


class Fixed(generators.Generator):
    """Every character costs 2 bits, every end 1; the letter z is impossible."""

    name = "fixed"

    def fit(self, documents, *, held_out=(), seed=0, progress=None):
        return self

    def sample(self, n_passages, n_chars, *, seed=0, first=0, decoding=None, progress=None):
        return ["a" * n_chars] * n_passages

    def log2_prob(self, text):
        return np.array([*(-np.inf if char == "z" else -2.0 for char in text), -1.0])


class TestByHand:
    def test_characters_ends_and_bytes(self):
        # 3 + 2 characters at 2 bits and 2 ends at 1: 12 bits over 7 symbols, and over 6 bytes, for the accented one has two
        found = likelihood(Fixed(), ["abc", "d\u00e9"])
        assert found.bits_per_char == pytest.approx(12 / 7)
        assert found.bits_per_byte == pytest.approx(12 / 6)
        assert (found.documents, found.characters) == (2, 5)
        assert found.given == "all of the document before it"

    def test_few_documents_have_no_interval_and_say_so(self):
        found = likelihood(Fixed(), ["abc"] * (FEWEST_UNITS - 1))
        assert (found.low, found.high) == (None, None)
        assert found.reason == "no interval: 4 held-out documents, and it takes at least 5"

    def test_the_interval_is_over_documents(self):
        """Documents of 1 to 40 characters cost (2 n + 1) / (n + 1) bits a symbol each: an interval of means that holds the pooled one."""
        found = likelihood(Fixed(), ["a" * n for n in range(1, 41)])
        assert found.low < found.bits_per_char < found.high
        same = likelihood(Fixed(), ["abc"] * 10)
        assert same.low is None
        assert same.reason

    def test_an_impossible_character_is_named_and_never_clipped(self):
        found = likelihood(Fixed(), ["abc", "az"])
        assert found.bits_per_char is None
        assert found.reason == "it gives the character 'z' of the text probability 0"
        unmeasured = likelihood_row("fixed", found)
        assert (unmeasured.status, unmeasured.value, unmeasured.n_units) == ("not measured", None, 2)

    def test_a_generator_without_probabilities(self):
        found = likelihood(generators.create("human").fit(["abc"], held_out=["abc"]), ["abc"])
        assert found.bits_per_char is None
        assert "cannot give the probability" in found.reason


@pytest.mark.parametrize(
    ("spec", "given"),
    [("unigram", "nothing"), ("ngram:order=3", "the 2 characters before it"), ("ngram:unit=word,order=2", "the word before it")],
)
def test_what_decides_and_what_is_possible_is_recorded(spec, given):
    found = likelihood(generators.create(spec).fit(["abc ab", "cab abc"]), ["abc"])
    assert (found.given, found.alphabet) == (given, 4)


@pytest.fixture(scope="module")
def outcome():
    corpus = read_corpus("embedded")
    request = CompareRequest(
        candidates=parse_candidates(["ngram:order=3", "unigram", "human"]),
        corpus=corpus,
        split=split_corpus(corpus, fraction=0.25),
        metrics=select(["letters.jsd", "model.bpc"]),
        n_passages=6,
    )
    return compare(request)


def test_it_is_a_row_with_an_interval_over_held_out_documents(outcome):
    results = outcome.results
    trigram, unigram, human = (results.row(name, "model.bpc") for name in ("ngram:order=3", "unigram", "human"))
    assert trigram.value < unigram.value
    assert trigram.ci.low < trigram.value < trigram.ci.high
    assert trigram.n_units == len(results.reference["held_out"]) >= 5
    assert (human.status, human.value) == ("not measured", None)
    first = results.candidates[0]
    assert first["likelihood"]["bits_per_char"] == first["bits_per_char"] == trigram.value
    assert first["likelihood"]["bits_per_byte"] < trigram.value  # some characters have several bytes, and ends none
    data = json.loads(results.to_json())
    validate(data)
    assert from_dict(data).to_json() == results.to_json()


def test_the_page_says_what_it_rests_on(outcome):
    from evalkit.report import render

    page = render(outcome.results, ".html", samples={})
    assert "per byte" in page
    assert "each character given the 2 characters before it" in page


def test_it_is_known_by_name():
    assert select(["model.bpc"], kind=Metric) == ()
    with pytest.raises(UsageError, match=r"model\.bpx"):
        select(["model.bpx"])


def test_it_is_measured_unless_others_were_chosen(workspace, evalkit):
    def measured(*options):
        evalkit("compare", "unigram", "--passages", 6, "--chars", 300, "-q", *options, "-o", "a.json")
        return "model.bpc" in from_dict(json.loads((workspace / "a.json").read_text())).metrics

    assert measured()
    assert measured("-m", "letters.jsd", "-m", "model.bpc")
    assert not measured("-m", "letters.jsd")


def test_samples_and_generators_stay_comparable(workspace, evalkit):
    """Samples have no bits per character, which must not make the signatures differ."""
    evalkit("compare", "unigram", "--passages", 6, "--chars", 300, "-q", "-o", "a.json", "-o", "a.csv")
    (sample,) = (workspace / "reports").glob("*/samples/*")
    evalkit("compare", sample, "--passages", 6, "--chars", 300, "-q", "-o", "b.json")
    ours, theirs = (json.loads((workspace / name).read_text())["signature"] for name in ("a.json", "b.json"))
    assert ours == theirs
