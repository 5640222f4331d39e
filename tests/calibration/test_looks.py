"""Gates that look again, at small size; benchmarks/gate_looks.py has the full measurement, its figures are in docs/reference/measured/gate.md."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from benchmarks.gate_looks import PLANTED, Bench, at_the_margin
from evalkit.calibration.simulate import simulate
from evalkit.text.passages import slices

pytestmark = pytest.mark.slow

RUNS, DEFECT_RUNS, POOL = 40, 12, 840


@pytest.fixture(scope="module")
def bench():
    """The default gate on the embedded tales: looks at 52, 104, 208 and 400 passages."""
    return Bench("tales", most=400, cached=True)


@pytest.fixture(scope="module")
def pools(bench):
    """Passages of each generator, made when they are first asked for."""

    @cache
    def drawn(spec):
        return bench.passages(bench.texts(bench.fitted(spec), POOL, seed=1))

    return drawn


@pytest.fixture(scope="module")
def good(bench):
    """The generator that defects are planted in."""
    return bench.fitted("ngram:order=8")


@pytest.mark.parametrize("spec", ["ngram:order=5", "ngram:order=8", "ngram:unit=word,order=2"])
def test_an_unchanged_generator_passes(bench, pools, spec):
    rates = simulate(bench.gate, pools(spec), runs=RUNS)
    # At a true rate of 95 %, 34 of 40 or fewer pass with a chance of 1.4 %; at one of 80 %, 35 or more do with a chance of 16 %.
    assert rates.verdicts["PASS"] >= 34, rates.verdicts
    assert rates.verdicts["REGRESSION"] == 0
    # A gate that takes all looks every time would be one of 400 passages.
    assert rates.mean_passages < 300


@pytest.mark.parametrize("planted", PLANTED, ids=[planted.name for planted in PLANTED])
def test_a_planted_defect_is_a_regression(bench, pools, good, planted):
    n = POOL // 400 * 400 if "twice" in planted.name else 420
    worse = bench.passages(planted.draw(bench, good, n))
    rates = simulate(bench.gate, pools("ngram:order=8"), worse, runs=DEFECT_RUNS, whole="twice" in planted.name)
    # At a true rate of 95 %, 9 of 12 or fewer have a chance of 2 %; at one of 50 %, 10 or more one of 1.9 %.
    assert rates.verdicts["REGRESSION"] >= 10, rates.verdicts


def test_no_regression_where_the_truth_is_at_the_margin(bench, pools):
    good, worse = pools("ngram:order=8"), pools("ngram:order=5")
    rates = simulate(at_the_margin(bench, good, worse), good, worse, runs=RUNS)
    # Of 40 gates at the permitted 5 %, more than 5 regress with a chance of 1.4 %.
    assert rates.verdicts["REGRESSION"] <= 5, rates.verdicts
    assert rates.verdicts["PASS"] <= 5, rates.verdicts


@pytest.fixture(scope="module")
def lovecraft_bench():
    return Bench("lovecraft", most=400, cached=True)


def test_human_text_passes_against_human_text(shared_corpora, lovecraft_bench):
    """Passages of the same stories on both sides, at the first look: there are no more of them."""
    passages = [piece for text in lovecraft_bench.reference.held_out_texts for piece in slices(text, 1000)]
    once = replace(lovecraft_bench.gate, further={})
    rates = simulate(once, lovecraft_bench.passages(passages), runs=20)
    assert (rates.verdicts["PASS"] >= 17, rates.verdicts["REGRESSION"]) == (True, 0), (rates.verdicts, rates.decisions)


@pytest.mark.parametrize("name", ["chapters", "tinyshakespeare", "lovecraft"])
def test_other_corpora(name, shared_corpora, request):
    """An order 8 passes against itself, and sampled a tenth too cold it does not."""
    bench = request.getfixturevalue("lovecraft_bench") if name == "lovecraft" else Bench(name, most=400, cached=True)
    good = bench.fitted("ngram:order=8")
    pool = bench.passages(bench.texts(good, POOL, seed=1))
    rates = simulate(bench.gate, pool, runs=20)
    # At a true rate of 95 %, 16 of 20 or fewer have a chance of 1.6 %.
    assert (rates.verdicts["PASS"] >= 17, rates.verdicts["REGRESSION"]) == (True, 0), rates.verdicts
    cold = bench.passages(PLANTED[0].draw(bench, good, 420))
    assert simulate(bench.gate, pool, cold, runs=8).verdicts["REGRESSION"] >= 6
