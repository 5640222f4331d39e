"""Every measure that is judged can be named as a fault: with its number, its side and what human text has, in plain English."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from evalkit._util.formatting import n_words
from evalkit.metrics.base import Direction
from evalkit.report.view.audit import MOST_WORDS
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.judging.wording import WORDINGS, _signed, fault_clause
from evalkit.report.view.ranking import Ranking
from tests.support.judged import CATALOGUE, distance, human, judged

ROOM = MOST_WORDS - n_words("`x` can be told from the embedded corpus:")
"""Words that a clause may have."""
MORE = re.compile(
    r"too (many|much|high|hard|often|closely|long|large)|repeats itself|like copied phrases|hardly any new|no new word|inside words|unknown|"
    r"in no dictionary|copies less|new to the corpus|in no alphabet|runs along|harder to guess|unlike|nothing like|misspelt|that the corpus avoids|off by|wrong places|stand in other|"
    r"end in a loop|teaches little|too few of its longer words are in no dictionary|none of its longer words is missing"
)
LESS = re.compile(
    r"too (few|little|low|easy|rarely|short)|(has|with) no |never|do not follow|only |easier to guess|at the beginning of passages|copies too much|none of|"
    r"all its letters|unknown to|in no dictionary"
)


def cases():
    """Each metric with a value on each side that it can have: beyond the human range, and as far as its bounds let it be."""
    for id_, metric in CATALOGUE.items():
        low, median, high = human(id_)
        least, most = metric.bounds
        values = {high + 4 * (high - median)}
        if metric.direction is not Direction.LOWER:
            values |= {low - 1.5 * (median - low), *([least] if least is not None else [])}
        if most is not None:
            values.add(most)
        for value in sorted(values):
            bounded = min(max(value, least if least is not None else value), most if most is not None else value)
            if abs(distance(id_, bounded)) > 1:
                yield id_, bounded


CASES = sorted(set(cases()))


def test_every_metric_has_a_case():
    assert {id_ for id_, _ in CASES} == set(CATALOGUE)


@pytest.mark.parametrize(("id_", "value"), CASES)
def test_a_clause_names_number_side_and_reference(id_, value):
    ranking = Ranking(judged({"x": {id_: value}}))
    clause = fault_clause(ranking, "x", id_).replace("\u00a0", "_")
    far = distance(id_, value)
    assert re.search(MORE if far > 0 else LESS, clause), clause
    found = re.fullmatch(r"(.+)(?: \(|; )(human text: (up to )?[+\u2212]?[\d.,]+(_%)?( per [\d,]+ \w+| of letters)?)\)", clause)
    assert found, clause
    assert re.search(r"\d|no |none|never|all ", found[1]), clause
    assert (found[3] is not None) == (CATALOGUE[id_].direction is Direction.LOWER)
    assert n_words(clause) <= ROOM, clause
    # One idea, no jargon of the tree.
    assert not re.search(r"JSD|floor|target|divergence|distance|[<>=_`](?!%|bits?|words?|characters?|standard)", clause), clause


def test_figures_are_told_apart_however_near_they_are():
    ranking = Ranking(judged({"x": {"function.share": 0.400001, "vocab.hit": 0.8800001}}))
    clause = fault_clause(ranking, "x", "function.share").replace("\u00a0", " ")
    assert clause == "too many of its words are function words (40 %; human text: 30 %)"
    near = judged({"x": {"passages.far": 0.0101}})
    assert "1.0 % of its passages are nothing like human ones (human text: 0 %)" in fault_clause(
        Ranking(near), "x", "passages.far"
    ).replace("\u00a0", " ")


def test_a_measure_without_a_wording_is_said_by_its_label(monkeypatch):
    monkeypatch.delitem(WORDINGS, "form.capitals")
    monkeypatch.delitem(WORDINGS, "letters.jsd")
    monkeypatch.delitem(WORDINGS, "wordlen.mean")
    ranking = Ranking(judged({"x": {"form.capitals": 0.2, "letters.jsd": 0.4, "wordlen.mean": 1.0}}))
    said = {id_: fault_clause(ranking, "x", id_).replace("\u00a0", " ") for id_ in ranking.metrics}
    assert said == {
        "form.capitals": "its capital letters are too high (20 %; human text: 2.5 % to 3.5 %)",
        "letters.jsd": "its letter divergence is too large (0.4 bits; human text: up to 0.05)",
        "wordlen.mean": "its mean word length is too low (1 character; human text: 4 to 6)",
    }


def test_a_label_cannot_begin_a_name():
    run = judged({"x": {"form.capitals": 0.2}})
    hostile = {"form.x": {**run.metrics["form.capitals"], "label": "a`b`c"}}
    rows = [replace(row, metric="form.x") for row in run.results]
    assert "`" not in fault_clause(Ranking(replace(run, metrics=hostile, results=rows)), "x", "form.x")


def test_passages_are_counted():
    several = conclude(judged({"x": {"passages.far": 0.025}}, n_passages=80)).sentence.replace("\u00a0", " ")
    assert several.startswith("`x` can be told from Lovecraft: 2 of its 80 passages are nothing like human ones (human text: 0 %).")
    one = conclude(judged({"x": {"passages.far": 0.05}}, n_passages=20)).sentence
    assert "1 of its 20 passages is nothing like human ones" in one


def test_only_what_is_above_0_has_a_plus():
    assert [_signed(figure, value) for figure, value in [("3", 1.0), ("\u22123", -1.0), ("0", 0.0), ("", 1.0)]] == [
        "+3",
        "\u22123",
        "0",
        "",
    ]
