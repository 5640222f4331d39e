"""Bits of held-out documents under a generator: worked arithmetic, the interval's units, and what is impossible."""

from __future__ import annotations

import json

import numpy as np
import pytest

import generators
from evalkit.errors import UsageError
from evalkit.evaluation.candidates import parse_candidates
from evalkit.evaluation.compare import compare
from evalkit.evaluation.likelihood import Unknown, likelihood, likelihood_row
from evalkit.evaluation.request import CompareRequest
from evalkit.inference import FEWEST_UNITS
from evalkit.metrics import Metric, select
from evalkit.results import from_dict, validate
from evalkit.text.corpus import read_corpus, split_corpus
from generators.base import Decoding


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

    def test_unknown_characters_are_counted_named_and_priced(self):
        class Shown(Fixed):
            def known_characters(self):
                return frozenset("abc")

        found = likelihood(Shown(), ["ab\u2603", "\u200b\u2603c\U0001f514" + "wxv", "c"])
        assert found.unknown == Unknown(
            characters=7,
            share=7 / 11,
            distinct=6,
            most_frequent=(("U+2603", 2), ("U+200B", 1), ("U+1F514", 1), ("U+0077", 1), ("U+0078", 1), ("U+0076", 1)),
            share_of_bits=14 / 25,  # 11 characters at 2 bits and 3 ends at 1
        )
        words = "7 characters (63.6 %) of the held-out text are outside its alphabet and take 56.0 % of the bits: "
        words += "'\u2603' 2 times, '\\u200b', '\U0001f514', 3 others"
        row = likelihood_row("shown", found)
        assert (row.status, row.reason) == ("measured", f"no interval: 3 held-out documents, and it takes at least 5; {words}")
        assert likelihood(Shown(), ["abc"]).unknown == Unknown()
        assert likelihood(Fixed(), ["abc"]).unknown is None
        assert likelihood(Shown(), ["az"]).unknown.share_of_bits is None

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


SPECS = ["uniform", "unigram", "ngram:order=1", "ngram:order=5", "ngram:unit=word,order=2"]


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("odd", ["\u2603", "\U0001f514", "\u200b", "\ud800", "\0", "\u5b57\u5b57"])
def test_an_odd_character_costs_bits_and_not_the_measure(spec, odd):
    corpus = read_corpus("embedded")
    texts = [document.text for document in corpus.documents]
    model = generators.create(spec).fit(texts[:-2])
    plain, changed = (likelihood(model, [text]) for text in (texts[-1], texts[-1][:500] + odd + texts[-1][500:]))
    # Each takes 20.1 bits for which one it is, those of the unknown symbol, and those of a context that is lost.
    bits = changed.bits_per_char * (len(texts[-1]) + len(odd) + 1) - plain.bits_per_char * (len(texts[-1]) + 1)
    assert 20.08 * len(odd) < bits < 75 * len(odd)
    assert (changed.unknown.characters, changed.unknown.distinct) == (
        len(odd) + plain.unknown.characters,
        1 + plain.unknown.distinct,
    )
    written = "".join(model.sample(20, 500, decoding=Decoding(temperature=3.0)))
    assert set(written) <= set("".join(texts[:-2]))


@pytest.mark.parametrize("spec", ["unigram", "ngram:order=4"])
def test_the_probabilities_of_all_characters_sum_to_one(spec):
    model = generators.create(spec).fit(["abca abd", "ab\u00e9b"])
    for before in ("", "ab", "\u2603", "a\u2603b"):
        known = sorted(model.known_characters())
        of_known = [2 ** model.log2_prob(before + character)[len(before)] for character in known]
        unseen = [2 ** model.log2_prob(before + character)[len(before)] for character in ("\0", "\u2603", "\ud800", "\U0010ffff")]
        assert len(set(unseen)) == 1
        end = 2 ** model.log2_prob(before)[-1]
        assert sum(of_known) + (0x110000 - len(known)) * unseen[0] + end == pytest.approx(1, abs=1e-12)


def test_the_unknown_character_is_as_likely_as_those_that_came_once_together():
    """NLTK's vocabulary counts every word below its cutoff of 2 as <UNK>, so that those that come once are its estimate of a new one."""
    from nltk.lm import MLE, Vocabulary

    text = "abracadabra, the end"
    theirs = MLE(1, vocabulary=Vocabulary(text + "$", unk_cutoff=2))
    theirs.fit([[(character,) for character in text + "$"]])
    model = generators.create("unigram").fit([text])
    once = sum(text.count(character) == 1 for character in text) + 1  # the end comes once too
    assert theirs.score("\u2603") == pytest.approx(once / 21)
    # Ours leaves the end out of them, and scales the known characters down for the unknown one, where NLTK makes the rare ones unknown.
    unknown = model.next_probs(1)[0, model.codec.unknown]
    assert unknown / (1 - unknown) == pytest.approx((once - 1) / 21)


@pytest.mark.parametrize("spec", SPECS)
def test_models_saved_before_have_an_unknown_symbol_where_it_follows_from_their_counts(spec):
    model = generators.create(spec).fit(["abca abd", "ab\u00e9b"])
    again = generators.create(spec)
    again.restore(model.arrays(), model.describe())
    assert again.log2_prob("ab\u2603a").tolist() == model.log2_prob("ab\u2603a").tolist()


def test_unknown_characters_are_noted_in_results_and_pages(tmp_path):
    texts = ["the bell rang over the water. " * 40] * 6 + ["the bell rang over the w\u00e4ter. " * 40] * 2
    for i, text in enumerate(texts):
        (tmp_path / f"tale{i}.txt").write_text(text, encoding="utf-8")
    corpus = read_corpus(str(tmp_path))
    request = CompareRequest(
        candidates=parse_candidates(["ngram:order=3", "human"]),
        corpus=corpus,
        split=split_corpus(corpus, held_out="tale[67]*"),
        metrics=select(["letters.jsd", "model.bpc"]),
        n_passages=6,
    )
    results = compare(request).results
    first, human = results.candidates
    words = "80 characters (3.3 %) of the held-out text are outside its alphabet and take "
    assert first["bits_per_char"] > 0
    assert first["likelihood"]["unknown"]["most_frequent"] == (("U+00E4", 80),)
    assert [note.startswith(words) for note in first["notes"]] == [True]
    assert not any("alphabet" in note for note in human["notes"])
    assert words in results.row("ngram:order=3", "model.bpc").reason
    data = json.loads(results.to_json())
    validate(data)
    from evalkit.report import render

    assert "outside its alphabet" in " ".join(str(results).split())
    assert words in render(results, ".html", samples={})
    assert "characters known; 80 characters of the text outside them" in render(results, ".html", samples={})


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
