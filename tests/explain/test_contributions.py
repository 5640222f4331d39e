"""Explained differences: contributions add up, over- and underused words are found, and text of the same source has none."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from evalkit.counts.matrix import Scan, WordCounts
from evalkit.evaluation.candidates import parse_candidates
from evalkit.evaluation.compare import compare
from evalkit.evaluation.reference import base_lexicon, with_vocabulary
from evalkit.evaluation.request import CompareRequest
from evalkit.explain.contributions import word_shares
from evalkit.explain.keyness import word_uses
from evalkit.metrics import Metric, catalogue, select
from evalkit.report.terminal.explanation import explanation_lines
from evalkit.results import from_dict, validate
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.passages import Passage


def uses(texts, known):
    return word_uses(WordCounts.of(Scan(texts), Scan(known)), [Passage(text, str(i)) for i, text in enumerate(texts)])


class TestWords:
    def test_log_odds_by_hand(self):
        # lamp 8 of 10 words, then 2 of 10; 500 words of prior in the pooled proportions 10 : 10
        # log((8 + 250) / (2 + 250)) - log((2 + 250) / (8 + 250)) = 2 log(258 / 252) = .047066; variance 1/258 + 1/252
        found, tested = uses(
            ["lamp lamp lamp sea", "lamp lamp lamp", "lamp lamp sea"], ["lamp lamp sea sea", "sea sea sea", "sea sea sea"]
        )
        assert (found, tested) == ([], 2)  # far from sure
        found, _ = uses(["lamp " * 200 + "sea " * 50] * 4, ["lamp " * 50 + "sea " * 200] * 4)
        lamp = next(use for use in found if use.word == "lamp")
        assert lamp.log_odds == pytest.approx(np.log(1050 / 450) * 2, abs=1e-9)
        assert lamp.z == pytest.approx(np.log(1050 / 450) * 2 / np.sqrt(1 / 1050 + 1 / 450), abs=1e-9)
        assert [use.word for use in found if use.log_odds < 0] == ["sea"]

    def test_a_word_that_comes_in_one_cluster_is_not_sure(self):
        filler = "the sea was grey and the wind was cold that day "
        spread = [filler * 20 + "gilman " for _ in range(60)]
        cluster = [filler * 20 for _ in range(59)] + [filler * 20 + "gilman " * 60]
        known = [filler * 200 for _ in range(10)]
        assert "gilman" in {use.word for use in uses(spread, known)[0]}
        assert "gilman" not in {use.word for use in uses(cluster, known)[0]}

    def test_the_same_source_has_no_findings(self):
        rng = np.random.default_rng(3)
        words = np.array([f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(300)])
        shares = rng.dirichlet(np.full(300, 0.3))
        n_with = 0
        for _ in range(40):
            texts, known = ([" ".join(rng.choice(words, 200, p=shares)) for _ in range(n)] for n in (20, 60))
            n_with += bool(uses(texts, known)[0])
        # At a false discovery rate of 5 % under the null some finding turns up in 5 % of runs; 7 or more of 40 has probability 0.3 %.
        assert n_with < 7

    def test_quotes_are_whole_words(self):
        found, _ = uses(["a lamplight " * 3 + "the lamp went out " * 20] * 3, ["the sea " * 200])
        lamp = next(use for use in found if use.word == "lamp")
        assert all("lamp" in place.text.split() for place in lamp.places)

    def test_nothing_to_test(self):
        assert uses([""], ["lamp"]) == ([], 0)


@pytest.fixture(scope="module")
def results():
    corpus = read_corpus("embedded")
    request = CompareRequest(
        candidates=parse_candidates(["ngram:order=3"]),
        corpus=corpus,
        split=split_corpus(corpus),
        metrics=select(
            [
                "letters.jsd",
                "wordlen.w1",
                "function.*",
                "order.bigrams",
                "words.top200",
                "vocab.hit",
                "suffix.ing",
                "sentence.w1",
                "delta.*",
                "caps.before",
                "wordlen.jsd",
            ]
        ),
        n_passages=40,
    )
    return compare(request).results


class TestListed:
    """The words of a share, by hand."""

    def found(self, id_, texts, known):
        counts = WordCounts.of(Scan(texts), Scan(known))
        lexicon = with_vocabulary(base_lexicon(), Scan(known).word_items)
        shares = word_shares(catalogue(Metric)[id_].listed, counts, lexicon)
        apart = catalogue(Metric)[id_].listed.scale * (shares.candidate - shares.reference)
        return {counts.items[column]: pytest.approx(value, abs=1e-12) for column, value in zip(shares.columns, apart, strict=True)}

    def test_function_words(self):
        # the: 1 of 4 words against 2 of 5; and: 1 of 4 against none
        assert self.found("function.share", ["the lamp and light"], ["the lamp the sea went"]) == {
            "the": 1 / 4 - 2 / 5,
            "and": 1 / 4,
        }

    def test_unknown_words_among_those_of_four_letters(self):
        # tha is too short; of lamp's, grotch, lamp the second is unknown
        assert self.found("vocab.hit", ["tha lamp's grotch lamp"], ["lamp sea"]) == {"grotch": 1 / 3}

    def test_rates_are_per_10_000_words(self):
        assert self.found("suffix.ing", ["going on"], ["being on the sea"]) == {"going": 5000.0, "being": -2500.0}

    def test_of_words_with_an_ending_the_share_that_goes_on(self):
        # nations: 1 of 2 words with tion against none of 1
        assert self.found("suffix.tion_interior", ["nation nations"], ["nation"]) == {"nations": 1 / 2}


class TestExplainedRun:
    def test_contributions_are_the_largest_and_signed(self, results):
        parts = [part for part in results.explanations["ngram:order=3"].contributions if part.metric == "function.profile"]
        profile = next(profile for profile in results.profiles if profile.metric == "function.profile")
        known = dict(zip(profile.items, profile.series["ngram:order=3"].contribution, strict=True))
        assert {part.item: pytest.approx(part.contribution, rel=1e-3) for part in parts} == known
        assert sum(abs(part.contribution) for part in parts) == pytest.approx(
            results.row("ngram:order=3", "function.profile").value
        )
        for part in parts:
            assert (part.contribution > 0) == (part.value > part.reference)
            assert part.low <= part.contribution <= part.high
            assert bool(part.places) == (part.value > part.reference)

    def test_frequent_words_are_named(self, results):
        parts = [part for part in results.explanations["ngram:order=3"].contributions if part.metric == "words.top200"]
        assert "other words" in {part.item for part in parts}
        profile = next(profile for profile in results.profiles if profile.metric == "words.top200")
        assert not [item for item in profile.items if item.startswith("rank_")]
        assert profile.items[0] == "the"
        assert {part.item for part in parts} <= set(profile.items)

    def test_every_divergence_adds_up_with_one_sign_convention(self, results):
        """Absolute contributions sum to the value, and are positive where there is too much of an item."""
        for profile in results.profiles:
            own = profile.series["ngram:order=3"]
            value = results.row("ngram:order=3", profile.metric).value
            assert sum(abs(part) for part in own.contribution) == pytest.approx(value, rel=1e-3), profile.metric
            for mine, known, part in zip(own.value, profile.reference, own.contribution, strict=True):
                # The angle of delta.cosine is about a word's share beside those of the others, not about the share itself.
                assert part == 0 or profile.metric == "delta.cosine" or (part > 0) == (mine >= known), profile.metric

    def test_shares_of_words_say_which_words(self, results):
        named = {
            id_: [part for part in results.explanations["ngram:order=3"].contributions if part.metric == id_]
            for id_ in ("function.share", "vocab.hit", "suffix.ing")
        }
        for id_, parts in named.items():
            assert len(parts) == 10, id_
            assert all(part.low <= part.contribution <= part.high for part in parts)
            assert all((part.contribution > 0) == (part.value > part.reference) for part in parts)
            assert all(part.item in part.places[0].text.casefold() for part in parts if part.contribution > 0)
        assert all(part.reference == 0 and len(part.item) >= 4 for part in named["vocab.hit"])
        assert all(part.item.endswith("ing") for part in named["suffix.ing"])

    def test_misspelt_words_are_overused_and_shown(self, results):
        words = results.explanations["ngram:order=3"].words
        over = [use for use in words if use.log_odds > 0]
        assert over and all(use.word in use.places[0].text.casefold() for use in over)
        assert all(use.p_adjusted <= 0.05 for use in words)

    def test_it_is_valid_json_and_comes_back(self, results):
        data = json.loads(results.to_json())
        validate(data)
        assert from_dict(data).to_json() == results.to_json()

    @pytest.mark.parametrize("width", [80, 120])
    def test_it_is_said_on_one_screen_of_a_terminal(self, results, width):
        (lines,) = explanation_lines(results, width=width)
        assert lines[0] == "Why ngram:order=3 differs from human text"
        assert len(lines) <= 24 and max(map(len, lines)) <= width
        text = "\n".join(lines)
        assert "Words it uses too often" in text
        assert "function words (points)" in text
        assert "words the corpus knows (points, words not among them)" in text
        assert not re.search(r"\de[+-]?\d", text), "an exponent"
