"""Shares of which no hit, or no miss, was seen in any passage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

import evalkit
from benchmarks.measures.rare_shares import Setting, bound, missed
from evalkit.counts.feature import Totals
from evalkit.inference import Sample, value_intervals
from evalkit.inference.rule_of_three import independent, share_unseen, unvarying
from evalkit.metrics.base import Direction, Proportion
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.tokenize import words
from generators import create
from tests.support.metrics import LAYOUT, N_ITEMS, REFERENCE, metric

HITS = Proportion(lambda t: t["items"][:, 0], lambda t: t["items"].sum(axis=1), correlation=0.1)
SHARE = replace(
    metric("made.share", Direction.TARGET, (0.0, 1.0), lambda t, r: t["items"][:, 0] / t["items"].sum(axis=1)), proportion=HITS
)


def passages(hits, misses):
    tally = np.zeros((len(hits), N_ITEMS), np.int64)
    tally[:, 0], tally[:, 1] = hits, misses
    return Sample(tally, np.arange(len(hits)), REFERENCE)


def interval(sample, made=SHARE):
    estimate = value_intervals(sample, [made])[made.id]
    return estimate.low, estimate.high


@given(st.integers(5, 400))
def test_independent_chances_have_the_exact_limits_of_clopper_and_pearson(n):
    alone = replace(SHARE, proportion=replace(HITS, correlation=1.0))
    exact = binomtest(0, n).proportion_ci(0.95, method="exact")
    assert interval(passages([0] * n, [7] * n), alone) == pytest.approx((exact.low, exact.high))
    exact = binomtest(n, n).proportion_ci(0.95, method="exact")
    assert interval(passages([7] * n, [0] * n), alone) == pytest.approx((exact.low, exact.high))


def test_chances_that_agree_by_hand():
    # 21 chances with correlation .1 are worth 21 / (1 + 20 x .1) = 7: 20 passages are worth 140. 1 - .025^(1/140) = .026005
    assert independent(np.array([21.0, 1.0, 0.0]), 0.1).tolist() == [7.0, 1.0, 0.0]
    assert interval(passages([0] * 20, [21] * 20)) == pytest.approx((0.0, 0.026005), abs=1e-6)


@given(st.integers(5, 60), st.integers(1, 300), st.floats(0, 1))
def test_a_passage_is_worth_between_one_chance_and_all_of_its_own(n, chances, correlation):
    found = unvarying(replace(HITS, correlation=correlation), Totals(passages([0] * n, [chances] * n).units, LAYOUT))
    assert n * (1 - 1e-9) <= found.n_chances <= n * chances * (1 + 1e-9)
    assert found.towards == 1


def test_one_hit_is_enough_for_the_jackknife():
    none, one = interval(passages([0] * 40, [80] * 40)), interval(passages([1] + [0] * 39, [79] + [80] * 39))
    assert none[0] == 0 < one[0] < 1 / 3200 < one[1]
    assert 0.2 < none[1] / one[1] < 5  # the bound does not jump where a first hit is seen


def test_a_share_that_is_equal_everywhere_but_not_all_or_nothing_has_none():
    tally = passages([5] * 10, [5] * 10)
    assert unvarying(HITS, Totals(tally.units, LAYOUT)) is None


def test_of_a_few_passages_with_chances_each_is_one_chance():
    assert interval(passages([0] * 10, [9] * 4 + [0] * 6)) == pytest.approx((0, 1 - 0.025 ** (1 / 4)))


def test_offset_and_scale():
    shifted = replace(HITS, scale=1e4, offset=-3.0)
    assert unvarying(shifted, Totals(passages([0] * 9, [4] * 9).units, LAYOUT)).towards == 1e4 - 3
    assert unvarying(shifted, Totals(passages([4] * 9, [0] * 9).units, LAYOUT)).towards == -3


@pytest.mark.parametrize(
    "setting", [Setting(100, 160, 0.05, 0.05), Setting(40, 80, 0.02, 0.05), Setting(100, 350, 0.01, 0.01), Setting(60, 1, 0.0, 1.0)]
)
def test_samples_without_a_hit_are_rare_beyond_the_bound(setting):
    """At most 2.5 % of samples from shares above it, up to chance (3 standard errors of 4,000 samples are .75 %)."""
    assert missed(setting, n_samples=4_000, seed=0) / 4_000 < 0.0325


def test_passages_that_are_all_noise_are_beyond_what_words_allow_for():
    """As the documentation says: the bound holds for words that agree no more than declared."""
    noisy = Setting(100, 160, 1.0, 0.05)
    assert missed(noisy, n_samples=1_000, seed=0) > 500
    assert bound(noisy) < 0.1 * share_unseen(100, 0.025)


def known_words(seed, n=60, *, unknown=0.0):
    """Passages of words of the embedded corpus's training documents, none of them in -tion; some are misspelt."""
    documents = split_corpus(read_corpus()).train
    known = [word for document in documents for word in words(document.text) if not word.endswith("tion")]
    rng = np.random.default_rng(seed)
    return [" ".join(word + "zx" * (rng.random() < unknown) for word in rng.choice(known, 220)) for _ in range(n)]


class TestClosedVocabulary:
    """A model that knows only words of the corpus has no unknown word in any passage."""

    def test_what_occurs_in_no_passage_or_in_all_has_an_interval(self):
        results = evalkit.score(known_words(1), metrics=["vocab.hit", "repeat.loop", "suffix.tion"])
        rows = {row.metric: row for row in results.results}
        assert {id_: row.value for id_, row in rows.items()}.items() >= {
            "vocab.hit": 1.0,
            "repeat.loop": 0.0,
            "suffix.tion": 0.0,
        }.items()
        assert 0.98 < rows["vocab.hit"].ci.low < 0.999 and rows["vocab.hit"].ci.high == 1
        assert rows["repeat.loop"].ci.high == pytest.approx(1 - 0.025 ** (1 / rows["repeat.loop"].n_units))
        assert 0 == rows["suffix.tion"].ci.low < rows["suffix.tion"].ci.high < 20

    @pytest.mark.parametrize(("unknown", "verdict"), [(0.0, "PASS"), (0.4, "REGRESSION")])
    def test_the_gate_can_decide(self, unknown, verdict):
        results = evalkit.gate(known_words(1, unknown=unknown), baseline=known_words(2), metrics=["vocab.hit"])
        assert results.verdict == verdict

    def test_a_word_model_passes_against_itself(self):
        """All words of its passages are known, in every one of them, on either side; those that it spells are left out."""
        train = [document.text for document in split_corpus(read_corpus()).train]
        model, known = create("ngram:unit=word,order=2").fit(train), {word for text in train for word in words(text)}
        baseline, candidate = (
            [
                " ".join(token for token in text.split() if known.issuperset(words(token)))
                for text in model.sample(60, 1_200, seed=seed)
            ]
            for seed in (1, 2)
        )
        measured = evalkit.score(candidate, metrics=["vocab.hit"]).results[0]
        assert measured.value == 1 and measured.ci.low < 1
        assert evalkit.gate(candidate, baseline=baseline, metrics=["vocab.hit"]).verdict == "PASS"
