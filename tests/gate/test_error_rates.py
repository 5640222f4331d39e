"""The gate's error rates at small size; the full measurement is benchmarks/gate.py, its figures are in docs/statistics.md."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.calibrate import simulate
from evalkit.sensitivity import swap_letters, unigram_words
from generators import create
from generators.base import Decoding

pytestmark = pytest.mark.slow

RUNS = 60
"""At a true false-alarm rate of 5 %, 9 or more of 60 have a chance of .3 %; at 1 % the test allows, one in a million."""


def test_a_against_a_passes_and_cries_no_wolf(lovecraft_gate, ngram_pool):
    rates = simulate(lovecraft_gate.setting, ngram_pool[2], runs=RUNS)
    assert rates.verdicts["REGRESSION"] <= 3
    assert rates.verdicts["PASS"] >= 0.8 * RUNS


def defects(gate, ngram_pool):
    generator, texts, _ = ngram_pool
    rng = np.random.default_rng(2)
    noise = [word for text in create("unigram").fit(gate.train).sample(20, 2000, seed=5) for word in text.split()]
    fresh = texts[:400]
    yield "temperature", gate.texts(generator, 400, seed=3, decoding=Decoding(temperature=0.8))
    yield "swapped letters", [swap_letters(text, 0.02, rng) for text in fresh]
    yield "unigram words", [unigram_words(text, 0.05, rng, noise) for text in fresh]
    yield "order 5", gate.texts(gate.fitted("ngram:order=5"), 400, seed=2)


def test_every_planted_defect_is_detected(lovecraft_gate, ngram_pool):
    good = ngram_pool[2][400:]
    for name, texts in defects(lovecraft_gate, ngram_pool):
        rates = simulate(lovecraft_gate.setting, good, lovecraft_gate.tally(texts), runs=40)
        # At a true rate of 80 % (that of a gate that misses the goal of 95 % by far) 38 of 40 have a chance of .8 %.
        assert rates.verdicts["REGRESSION"] >= 38, (name, rates.verdicts)


def test_results_do_not_depend_on_jobs(lovecraft_gate, ngram_pool):
    one = simulate(lovecraft_gate.setting, ngram_pool[2], runs=8, jobs=1)
    two = simulate(lovecraft_gate.setting, ngram_pool[2], runs=8, jobs=2)
    assert one == two
