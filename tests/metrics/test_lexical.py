"""Lexical diversity against published values, worked arithmetic and the package lexicalrichness."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lexicalrichness import LexicalRichness

from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import base_lexicon
from evalkit.metrics import PooledMetric, catalogue, repeat
from evalkit.metrics.repeat import ends_in_loop
from evalkit.metrics.richness import LEXICAL_WORDS, hdd, mtld, yule_k

# "TEST text with some text numbers 42, hyphen-here, and text punctuations." as lexicalrichness reads it: the hyphen joins.
PUBLISHED = ["test", "text", "with", "some", "text", "numbers", "hyphenhere", "and", "text", "punctuations"]


def ids(words):
    return np.unique(np.array(words), return_inverse=True)[1]


def test_the_published_example():
    """10 words, 8 types; "text" 3 times: K = 10,000 (9 + 7 - 10) / 100. A ratio of .8 is 1 - .8 = .2 of .28, a factor of 5/7: 10 / (5/7) = 14."""
    found = ids(PUBLISHED)
    assert (len(found), len(set(PUBLISHED))) == (10, 8)
    assert mtld(found) == pytest.approx(14)
    assert hdd(found, draws=5) == pytest.approx(0.8833333, abs=5e-8)
    assert yule_k(found) == 600


def test_factors_by_hand():
    # a a: ratio .5, a factor; b b: another; 4 words of 2 factors, both ways
    assert mtld(ids(list("aabb"))) == 2
    # a b c c: ratio .75 after the last; (1 - .75) / .28 of a factor; backwards c c is a whole one and b a nothing: 4 words of 1 factor
    assert mtld(ids(list("abcc"))) == pytest.approx((4 / (0.25 / 0.28) + 4) / 2)
    assert mtld(ids(list("abcd"))) == 4  # all different: one factor


@given(st.lists(st.sampled_from("abcdefghij"), min_size=12, max_size=60), st.integers(2, 12))
def test_hdd_and_k_by_counting(words, draws):
    n, counts = len(words), Counter(words).values()
    expected = sum(1 - Fraction(comb(n - count, draws), comb(n, draws)) for count in counts) / draws
    assert hdd(ids(words), draws=draws) == pytest.approx(float(expected), abs=1e-9)
    same = sum(a == b for i, a in enumerate(words) for j, b in enumerate(words) if i != j)
    assert yule_k(ids(words)) == pytest.approx(1e4 * same / n**2)


@given(st.lists(st.sampled_from([f"w{chr(97 + i)}" for i in range(20)]), min_size=50, max_size=200))
def test_agrees_with_lexicalrichness(words):
    oracle = LexicalRichness(" ".join(words))
    assert mtld(ids(words)) == pytest.approx(oracle.mtld())
    assert hdd(ids(words)) == pytest.approx(oracle.hdd())
    assert yule_k(ids(words)) == pytest.approx(oracle.yulek)


def test_stretches_of_one_size_are_averaged():
    calm, loop = [f"w{chr(97 + i // 26 % 26)}{chr(97 + i % 26)}" for i in range(LEXICAL_WORDS)], ["no"] * LEXICAL_WORDS
    for name, alone in (("mtld", mtld), ("hdd", hdd), ("yule_k", yule_k)):
        measure = catalogue(PooledMetric)[f"lexical.{name}"]
        value = measure.value(Scan([" ".join(calm), " ".join(loop), "a rest"]), base_lexicon())
        assert value == pytest.approx((alone(ids(calm)) + alone(ids(loop))) / 2), name
        low, high = measure.bounds
        assert low <= value
        assert high is None or value <= high


def slow_repeats(words, n, window):
    """N-grams of every window that were in it before, and all n-grams of all windows."""
    repeated = total = 0
    for start in range(len(words) - window + 1):
        grams = [tuple(words[start + i : start + i + n]) for i in range(window - n + 1)]
        repeated, total = repeated + len(grams) - len(set(grams)), total + len(grams)
    return [repeated, total]


def test_repeats_are_counted_in_every_window(monkeypatch):
    monkeypatch.setattr(repeat, "WINDOW", 7)
    rng = random.Random(0)
    passages = [rng.choices(["a", "b", "c"], k=k) for k in (12, 7, 6, 30, 8, 1)]
    counts = repeat._repeats(Scan([" ".join(words) for words in passages]), base_lexicon())
    assert counts.tolist() == [[n for order in repeat.ORDERS for n in slow_repeats(words, order, 7)] for words in passages]


PIECE = "".join(random.Random(0).choices("abcdefghijklmnopqrstuvwxyz ", k=201))


@pytest.mark.parametrize(
    ("text", "loops"),
    [
        ("abc" * 4, True),
        ("abc" * 3, False),  # nine characters
        ("abcde" * 3, True),
        ("qqq" + ("abcde" * 3)[1:], False),  # the first time lacks a character
        ("x" * 12, True),
        ("x" * 11, False),
        (PIECE[1:] * 3, True),
        (PIECE * 3, False),  # of 201 characters
        (PIECE[:50] * 2, False),
        ("It began. " + "so it went, " * 3, True),
    ],
)
def test_a_loop_is_one_piece_three_times(text, loops):
    assert ends_in_loop(text) is loops
