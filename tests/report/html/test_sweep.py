"""A sweep: the best temperature, in words, as figures and in the terminal."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from evalkit.report.figures.catalogue import plan_of
from evalkit.report.html.page import render_html
from evalkit.report.terminal.sweep import print_sweep
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.judging.faults import best_temperature
from evalkit.report.view.ranking import Ranking
from evalkit.results import Interval
from tests.support.judged import judged
from tests.support.page import Page
from tests.support.results import GOOD, NOISE, results
from tests.support.runs import KNOWN_WORDS, swept


def test_verdict_names_the_best_temperature_and_what_goes_wrong_at_the_ends():
    assert conclude(swept()).sentence.replace("\u00a0", " ") == (
        "`ngram:order=8` reads most like Lovecraft at temperature 1. At 0.5, 50 % of its longer words are unknown to the corpus (human text: 10 %); "
        "at 1.3, 70 % of its longer words are unknown to the corpus (human text: 10 %)."
    )


def test_temperatures_that_cannot_be_told_from_the_best_are_named():
    said = conclude(swept(intervals={"ngram at 0.8": Interval(-0.01, 0.3)})).sentence
    assert "at temperature 1 (0.8 is tied with it)." in said


def test_a_temperature_whose_own_interval_holds_the_best_is_level_with_it_and_so_is_one_that_the_best_interval_holds():
    """0.13 (0.10 to 0.17) beside 0.15 (0.13 to 0.16): neither is significantly better, by the interval of either."""
    said = conclude(swept(intervals={"ngram at 1": Interval(-0.05, 0.12)})).sentence
    assert "at temperature 1 (0.8 is tied with it)." in said


def test_a_sweep_of_noise_is_said_to_be_one():
    run = swept()
    noise = replace(
        run,
        results=[one for name in Ranking(run).temperatures for one in results({name: NOISE}).results],
        overall=[replace(stored, value=stored.value + 0.9) for stored in run.overall],
    )
    assert conclude(noise).sentence == (
        "`ngram:order=8` reads like Lovecraft at no temperature: at 1 it comes closest, and is as far off as random letters."
    )


def test_best_comes_from_the_rows_where_no_overall_position_is_stored():
    run = replace(swept(), overall=())
    assert best_temperature(Ranking(run))[0] == "ngram at 0.8"


def test_figures_say_where_a_measure_is_human():
    found = plan_of(swept(), "frontier")
    assert found.finding == "Recommended temperature: 1"
    assert found.alt.startswith("overall distance: ")
    assert "words the corpus knows: in range at 0.8 to 1; " in found.alt
    assert "word-length" not in found.alt
    assert "word-length distance 0.05" in found.how


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ((0.5, 0.9, 0.5, 0.9), "in range at 0.8 and 1.3"),
        ((0.5, 0.5, 0.9, 0.5), "in range at 1"),
        ((0.5, 0.5, 0.5, 0.5), "in range nowhere"),
    ],
)
def test_finding_names_the_temperatures(values, finding):
    found = plan_of(swept(values=dict(zip(KNOWN_WORDS, values, strict=True))), "frontier")
    assert f"words the corpus knows: {finding}; " in found.alt


def test_other_runs_have_no_frontier():
    assert plan_of(results({"a": GOOD}), "frontier") is None


def test_columns_stand_in_the_order_of_temperature_under_short_heads():
    text = render_html(swept(), {})
    assert not Page(text).stack
    heads = re.search(r"<thead.*?</thead>", text[text.index('id="scores"') :], re.DOTALL)[0].replace("<wbr>", "")
    assert re.findall(r"<th [^>]*>([\d.]+)</th>", heads) == ["0.5", "0.8", "1", "1.3"]
    assert "ngram:order=8 at 4 temperatures, 0.5 to 1.3" in text


@pytest.mark.parametrize("width", [50, 80, 120])
def test_terminal_has_every_temperature_and_fits(width):
    out = io.StringIO()
    print_sweep(swept(), console=Console(file=out, width=width))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert " ".join(out.getvalue().split()).startswith("ngram:order=8 reads most like Lovecraft at temperature 1")
    for place in ("0.5", "0.8", "1.3"):
        assert place in out.getvalue()


@pytest.mark.parametrize("width", [50, 80, 120])
def test_terminal_has_families_by_temperature(width):
    places = {0.5: {"order.context": 3.0}, 1.0: {"order.context": 1.2}, 1.3: {"order.context": 0.2}}
    run = judged({f"ngram at {place:g}": values for place, values in places.items()}, kind="sweep")
    run = replace(run, signature={**run.signature, "temperature": list(places)})
    out = io.StringIO()
    print_sweep(run, console=Console(file=out, width=width))
    assert max(map(len, out.getvalue().splitlines())) <= width
    assert out.getvalue().count("order human ≤ 0.12") >= 1
