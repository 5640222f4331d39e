"""What the surface hides, metric by metric: worked arithmetic, the figures measured on Lovecraft, brute force, independent libraries."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.counts.feature import Layout, Totals
from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import base_lexicon, scan_documents, scan_slices, with_training
from evalkit.language.sentences import SentenceSplitter
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.matching.reference_lm import CONCENTRATION, ORDER, SKIPPED, Judge
from evalkit.metrics import Metric, PooledMetric, catalogue, select
from evalkit.metrics.frequent import CHUNK_WORDS
from evalkit.metrics.repeat import WINDOW
from evalkit.metrics.richness import distinct_share, hapax_share, heaps_exponent, zipf_exponent
from evalkit.text.io.readers import read_documents
from tests.support.metrics import value


class TestNovelty:
    def test_shares_of_spans_and_phrases(self):
        documents = ["the old house on the hill was dark and still"]
        text = "the old house on the moor was dark and cold"
        # 8 phrases of 3 words: the old house, old house on, house on the, was dark and are known; on the moor, the moor was, moor was dark, dark and cold are new
        assert value("novelty.words_3", [text], documents=documents) == pytest.approx(4 / 8)
        # spans of 20 of its 43 characters: the 22 characters "the old house on the h" less the last two differ from "m": 21 common characters give 2 known spans
        common = len("the old house on the ")
        assert value("novelty.chars_20", [text], documents=documents) == pytest.approx(1 - (common - 19) / (len(text) - 19))

    def test_phrases_as_raven_counts_them(self):
        """McCoy et al. 2021: "be" ends a copy of 3 words when "will not be" is known and "rules will not be" is not."""
        index = CorpusIndex(scan_documents(["it will not be", "these rules will not hold"])).training([0, 1])
        lengths = index.word_matches(Scan(["these rules will not be"]))[0]
        # from each of the 5 words on: "these rules will not" 4, "rules will not" 3, "will not be" 3, "not be" 2, "be" 1
        assert lengths[:4].tolist() == [1, 1, 2, 1]

    def test_the_word_be_scores_four(self):
        """RAVEN scores a word by the shortest new phrase that ends in it: "be" by 4 words, for "will not be" is known and "rules will not be" is not."""
        documents = ["it will not be", "these rules will not hold"]
        text = ["these rules will not be"]
        assert value("novelty.words_3", text, documents=documents) == 0  # these rules will, rules will not, will not be: all known
        assert (
            value("novelty.words_4", text, documents=documents) == 1 / 2
        )  # these rules will not is known, rules will not be is new

    @pytest.mark.slow
    def test_each_story_against_the_others(self, lovecraft):
        scan = scan_documents([document.text for document in read_documents(lovecraft)])
        training = CorpusIndex(scan).training(range(len(scan)))
        for id_, expected in {
            "novelty.chars_20": 0.9875,
            "novelty.chars_30": 0.9992,
            "novelty.words_3": 0.805,
            "novelty.words_4": 0.962,
        }.items():
            metric = catalogue(Metric)[id_]
            counts = (training.char_matches if "chars" in id_ else training.word_matches)(scan).sum(axis=0, dtype=float)
            layout = Layout.of([metric])
            assert metric.score(Totals(counts, layout), None)[0] == pytest.approx(expected, abs=0.001), id_


class TestRepetition:
    @given(st.lists(st.sampled_from("abcdefgh"), min_size=WINDOW, max_size=WINDOW + 25), st.integers(1, 4))
    def test_every_window_by_brute_force(self, letters, n):
        grams = [
            [tuple(letters[i : i + n]) for i in range(start, start + WINDOW - n + 1)] for start in range(len(letters) - WINDOW + 1)
        ]
        expected = sum(len(window) - len(set(window)) for window in grams) / sum(map(len, grams))
        assert value(f"repeat.{n}", [" ".join(letters)]) == pytest.approx(expected)

    def test_passages_do_not_touch(self):
        half = " ".join(f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(WINDOW))
        assert value("repeat.1", [half, half]) == 0
        assert value("repeat.1", [f"{half} {half}"]) == 0  # every second occurrence is 50 words on: in no window together
        assert np.isnan(value("repeat.1", ["too short"]))

    def test_loops(self):
        texts = ["a quiet end.", "on and on and on and on and on", "........................", "he said no, no, no"]
        assert value("repeat.loop", texts) == pytest.approx(2 / 4)


class TestCapitals:
    def test_classes_of_the_character_before(self):
        # H begins the text and has none; W after a space, N after a line end, A after a quotation mark, E after a lower-case letter, K after a capital
        text = 'He saw Water.\nNow "All" rEad OK'
        # capitals with one before: W (space) N (newline) A (punctuation) E (lower) O (space) K (capital)
        assert value("caps.after_space", [text]) == pytest.approx(2 / 6)
        assert value("caps.after_lower", [text]) == pytest.approx(1 / 6)


class TestJudge:
    def test_by_the_formula(self):
        """Text of one letter, one document: the recursion by hand."""
        judge = Judge([np.array([1, 1, 1, 1], np.int32)], 1)
        model = judge.model(np.array([True]))
        p = 1 / 3  # the letter, the border before a document, and anything else
        # n(a) = 4 of 9 places; then n(aa) = 3 after 4, n(aaa) = 2 after 3, n(aaaa) = 1 after 2, n(aaaaa) = 0 after 1
        for here, before in ((4, 9), (3, 4), (2, 3), (1, 2), (0, 1)):
            p = (here + CONCENTRATION * p) / (before + CONCENTRATION)
        assert ORDER == 5
        assert model.bits(np.array([1, 1, 1, 1, 1], np.int32))[-1] == pytest.approx(-np.log2(p))

    @given(st.lists(st.text("abc ", min_size=8, max_size=40), min_size=2, max_size=4), st.data())
    def test_a_document_is_judged_as_if_it_had_never_been_there(self, texts, data):
        index = CorpusIndex(scan_documents(texts))
        row = data.draw(st.integers(0, len(texts) - 1))
        everyone, others = index.training(range(len(texts))), index.training([r for r in range(len(texts)) if r != row])
        own = everyone.judge_counts(index.scan)[row]
        assert own.tolist() == others.judge_counts(index.scan)[row].tolist() == others.judge_counts(Scan([texts[row]]))[0].tolist()

    def test_probabilities_sum_to_at_most_one(self):
        judge = Judge([np.array([1, 2, 3, 1, 2, 1], np.int32), np.array([3, 2, 1, 1], np.int32)], 3)
        model = judge.model(np.array([True, True]))
        for context in ([1, 2, 3, 1], [2, 2, 2, 2], [3, 1, 1, 2]):
            total = sum(2 ** -model.bits(np.array([*context, symbol], np.int32))[-1] for symbol in range(5))
            assert 0.9 < total <= 1 + 1e-12  # the rest is the end of a document

    def test_two_sided(self):
        documents = [
            "The lamp was lit, and the keeper went up the stair. " * 4 + "A boat came to the stair.",
            "The keeper went down; the lamp was out.",
        ]
        quoted, noise = (
            value("judge.bits", ["The keeper went up the stair. The lamp was lit"], documents=documents),
            value("judge.bits", ["tHE LAMP WAS LIT? AND; THE"], documents=documents),
        )
        assert quoted < 2 < 4 < noise
        assert SKIPPED == ORDER - 1


class TestSentences:
    TEXT = "Dr. Armitage spoke to Dr. Rice. Mr. Whateley was silent. " * 30

    def test_punkt_learns_the_abbreviations_of_the_reference(self):
        splitter = SentenceSplitter([self.TEXT])
        assert next(iter(splitter.split("Then Dr. Rice came. He was late."))) == "Then Dr. Rice came."

    def test_the_first_and_last_sentence_of_a_passage_are_left_out(self):
        counts = SentenceSplitter([self.TEXT]).lengths(["and went. He saw the lamp. It was out. The"])[0]
        assert {n + 1: int(count) for n, count in enumerate(counts) if count} == {4: 1, 3: 1}

    @pytest.mark.slow
    def test_mean_length_in_lovecraft(self, lovecraft):
        texts = [document.text for document in read_documents(lovecraft)]
        counts = SentenceSplitter(texts).lengths(texts).sum(axis=0)
        assert counts @ np.arange(1, len(counts) + 1) / counts.sum() == pytest.approx(26.4, abs=1.0)


class TestUsage:
    def test_rates_and_shares(self):
        text = "The keeper said that he knew more of the sea than they did"  # 13 words
        assert value("word.the", [text]) == pytest.approx(1e4 * 2 / 13)
        assert value("word.that", [text]) == value("word.than", [text]) == pytest.approx(1e4 / 13)
        assert value("pronoun.share", [text]) == pytest.approx(2 / 13)  # he, they
        assert value("preposition.share", [text]) == pytest.approx(1 / 13)  # of

    @pytest.mark.slow
    def test_figures_of_lovecraft(self, lovecraft):
        texts = [document.text for document in read_documents(lovecraft)]
        expected = {
            "word.the": (688.0, 0.1), "word.that": (134.1, 0.1), "word.than": (16.1, 0.05), "pronoun.share": (0.072, 0.0005),
            "preposition.share": (0.149, 0.01), "caps.after_space": (0.839, 0.002), "caps.after_lower": (0.0007, 0.0001),
        }  # fmt: skip
        for id_, (known, tolerance) in expected.items():
            assert value(id_, texts) == pytest.approx(known, abs=tolerance), id_
        scan = Scan(texts)
        assert catalogue(PooledMetric)["hapax.types"].value(scan, base_lexicon()) == pytest.approx(0.625, abs=0.005)
        assert catalogue(PooledMetric)["hapax.tokens"].value(scan, base_lexicon()) == pytest.approx(0.166, abs=0.003)


class TestFrequentWords:
    def test_burrows_by_hand(self):
        # Stretches of 1,000 words: "a" 600 and 400 times, "b" the rest. s = sqrt(((600-500)^2 + (400-500)^2) / 1) = 141.42 a 1,000 words.
        document = " ".join(["a"] * 600 + ["b"] * 400 + ["a"] * 400 + ["b"] * 600)
        assert len(document.split()) == 2 * CHUNK_WORDS
        text = " ".join(["a"] * 700 + ["b"] * 300)
        # |.7 - .5| / .14142 = 1.41421 for both words, over 100 slots of which 98 are empty and differ by 0
        assert value("delta.burrows", [text], documents=[document]) == pytest.approx(2 * 1.41421 / 100, abs=1e-6)

    def test_cosine_by_hand(self):
        # the same stretches: s is .14142 for both words, so x = (.7, .3) / s and y = (.5, .5) / s
        document = " ".join(["a"] * 600 + ["b"] * 400 + ["a"] * 400 + ["b"] * 600)
        text = " ".join(["a"] * 700 + ["b"] * 300)
        # cos = (.7 x .5 + .3 x .5) / (sqrt(.58) sqrt(.5)) = .5 / .538516 = .928477
        assert value("delta.cosine", [text], documents=[document]) == pytest.approx(1 - 0.928477, abs=1e-6)
        # twice as many of both, other words between: the angle does not change
        assert value("delta.cosine", [text + " zz" * 1000], documents=[document]) == pytest.approx(1 - 0.928477, abs=1e-6)

    def test_delta_agrees_with_scipy(self):
        from scipy.spatial.distance import cosine

        rng = np.random.default_rng(5)
        words = np.array([f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(120)])
        shares = rng.dirichlet(np.full(120, 0.8))
        chunks = [rng.choice(words, CHUNK_WORDS, p=shares) for _ in range(8)]
        text = rng.choice(words, 3_000, p=rng.dirichlet(np.full(120, 0.8)))
        known = np.concatenate(chunks)
        top = sorted(set(known), key=lambda word: (-int((known == word).sum()), word))[:100]
        table = np.array([[(chunk == word).mean() for word in top] for chunk in chunks])
        mine, theirs, s = np.array([(text == word).mean() for word in top]), table.mean(axis=0), table.std(axis=0, ddof=1)
        documents = [" ".join(chunk) for chunk in chunks]
        assert value("delta.burrows", [" ".join(text)], documents=documents) == pytest.approx(np.abs((mine - theirs) / s).mean())
        assert value("delta.cosine", [" ".join(text)], documents=documents) == pytest.approx(cosine(mine / s, theirs / s))

    def test_top_words_and_the_rest(self):
        # shares (.5 a, .5 rest) against (1 a, 0 rest): the known Jensen-Shannon divergence
        assert value("words.top200", ["a zz a qq"], documents=["a a a"]) == pytest.approx(0.311278, abs=1e-6)


class TestRichness:
    def test_hapax_and_distinct(self):
        ids = np.array([1, 2, 2, 3, 4, 4])
        assert hapax_share(ids, of="types") == 2 / 4
        assert hapax_share(ids, of="tokens") == 2 / 6
        assert [distinct_share(np.array([1, 2, 1, 2, 1]), n) for n in (1, 2, 3)] == [2 / 5, 2 / 4, 2 / 3]

    def test_compression_is_gzip_at_one_size(self):
        texts = ["abcdefghij" * 2_000, "zz"]
        expected = 20_000 / len(gzip.compress(texts[0].encode(), 9, mtime=0))
        assert catalogue(PooledMetric)["compression.gzip"].value(Scan(texts), base_lexicon()) == pytest.approx(expected)
        assert np.isnan(catalogue(PooledMetric)["compression.gzip"].value(Scan(["short"]), base_lexicon()))

    def test_exponents_are_recovered(self):
        counts = np.maximum(1, np.round(1e6 / (np.arange(1, 2_001) + 2.7) ** 1.1)).astype(int)
        assert zipf_exponent(np.repeat(np.arange(2_000), counts)) == pytest.approx(1.1, abs=0.01)
        every = np.arange(1, 100_001)
        new = np.floor(every**0.6) > np.floor((every - 1) ** 0.6)
        assert heaps_exponent(np.where(new, np.cumsum(new), 0)) == pytest.approx(0.6, abs=0.02)


class TestPooled:
    def test_patterns_choose_metrics_and_pooled_measures(self):
        assert [m.id for m in select(["copy.*"], kind=Metric)] == ["copy.shadow"]
        assert [m.id for m in select(["copy.*"], kind=PooledMetric)] == ["copy.longest"]
        assert select(["copy.longest"], kind=Metric) == ()
        assert not set(catalogue(Metric)) & set(catalogue(PooledMetric))

    @pytest.mark.parametrize("id_", sorted(catalogue(PooledMetric)))
    def test_declarations_are_complete_and_nothing_is_not_a_value(self, id_):
        measure = catalogue(PooledMetric)[id_]
        assert measure.summary.endswith(".") and measure.formula and measure.source and measure.needs
        lexicon = with_training(base_lexicon(), CorpusIndex(scan_documents(["the lamp was lit"])), [0])
        assert np.isnan(measure.value(Scan([]), lexicon))
        assert np.isnan(measure.value(Scan([""]), lexicon))

    def test_taking_passages_is_reading_them_again(self):
        scan = scan_slices(["the lamp was lit and the stair was dark", "a boat came to the stair at night"], 12)
        rows = np.array([2, 0, 3])
        part, again = scan.take(rows), Scan([scan.texts[row] for row in rows])
        assert part.texts == again.texts
        assert [[part.word_items[i] for i in ids] for ids in np.split(part.word_ids, part.word_starts[1:-1])] == [
            [again.word_items[i] for i in ids] for ids in np.split(again.word_ids, again.word_starts[1:-1])
        ]


@pytest.mark.parametrize("arguments", [(), ("list",), ("list", "suffix.*"), ("suffix.ing",), ("show", "suffix.ing")], ids=" ".join)
def test_metrics_are_listed_and_shown(evalkit, arguments):
    code, out, _ = evalkit("metrics", *arguments)
    assert (code, "suffix.ing" in out) == (0, True)
    assert ("letters.jsd" in out) == (arguments in ((), ("list",)))
    assert ("formula" in out) == (arguments[-1:] == ("suffix.ing",))
