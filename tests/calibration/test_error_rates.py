"""The gate's error rates at small size; the full measurement is benchmarks/gate_error_rates.py, its figures are in docs/reference/measured/gate.md."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.calibration.simulate import simulate
from evalkit.defects.planted import swap_letters, unigram_words
from generators import create
from generators.base import Decoding

pytestmark = pytest.mark.slow

RUNS, DEFECT_RUNS, N_SPOILT = 40, 25, 200


def test_a_against_a_passes_and_cries_no_wolf(small_gate, ngram_pool):
    rates = simulate(small_gate.setting, ngram_pool[2], runs=RUNS)
    # At a true false-alarm rate of 7.5 %, the most that is allowed, none of 40 has a chance of 4.4 %; at 15 % one of .15 %.
    assert rates.verdicts["REGRESSION"] == 0
    # At a true 50 %, 28 of 40 pass with a chance of .8 %. (Measured: all 40 on the stories; 31 on the embedded tales, whose one voice gives narrow floors.)
    assert rates.verdicts["PASS"] >= 28


def defects(gate, ngram_pool):
    generator, texts, _ = ngram_pool
    rng = np.random.default_rng(2)
    noise = [word for text in create("unigram").fit(gate.train).sample(20, 2000, seed=5) for word in text.split()]
    fresh = texts[:N_SPOILT]
    yield "temperature", gate.texts(generator, N_SPOILT, seed=3, decoding=Decoding(temperature=0.8))
    yield "swapped letters", [swap_letters(text, 0.02, rng) for text in fresh]
    yield "unigram words", [unigram_words(text, 0.05, rng, noise) for text in fresh]
    yield "order 5", gate.texts(gate.fitted("ngram:order=5"), N_SPOILT, seed=2)


def test_every_planted_defect_is_detected(small_gate, ngram_pool):
    good = ngram_pool[2][N_SPOILT:]
    for name, texts in defects(small_gate, ngram_pool):
        rates = simulate(small_gate.setting, good, small_gate.tally(texts), runs=DEFECT_RUNS)
        # At a true rate of 80 % (that of a gate that misses the goal of 95 % by far) 25 of 25 have a chance of .4 %.
        assert rates.verdicts["REGRESSION"] == DEFECT_RUNS, (name, rates.verdicts)


def test_results_do_not_depend_on_jobs(small_gate, ngram_pool):
    one = simulate(small_gate.setting, ngram_pool[2], runs=4, jobs=1)
    two = simulate(small_gate.setting, ngram_pool[2], runs=4, jobs=2)
    assert one == two
