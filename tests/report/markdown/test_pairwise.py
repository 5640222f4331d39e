"""Candidates against each other in Markdown."""

from __future__ import annotations

import re

import pytest

from evalkit.report import render
from evalkit.results import Interval, Pair, Rank
from tests.support.results import results

VALUES = {"vocab.hit": 0.9, "wordlen.w1": 0.1}
PAIRS = (
    Pair(a="a", b="b", metric="vocab.hit", delta=-0.05, ci=Interval(-0.07, -0.02), p_raw=0.0004, p_adjusted=0.0008),
    Pair(a="a", b="b", metric="wordlen.w1", delta=None, reason="no interval: 1 independent passage, and it takes at least 5"),
)
RANKING = (
    Rank(metric="vocab.hit", candidate="a", rank=1, letters="a"),
    Rank(metric="vocab.hit", candidate="b", rank=2, letters="b"),
    Rank(metric="wordlen.w1", candidate="a", rank=1, letters="a"),
    Rank(metric="wordlen.w1", candidate="b", rank=1, letters="a"),
    Rank(metric="overall", candidate="a", rank=1, letters="a"),
)


def folded(run):
    return render(run, ".md", samples={}).partition("Candidates against each other")[2]


def rows(text):
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("| `")]


def test_a_matrix_of_each_ranked_measure():
    text = folded(results({"a": VALUES, "b": VALUES}, comparisons=PAIRS, ranking=RANKING))
    near, far, *_ = rows(text)
    assert near == ["`a`", "1 a", "", "\u22125 (\u22127 to \u22122), p < .001"]
    assert far == ["`b`", "2 b", "+5 (2 to 7), p < .001", ""]
    assert rows(text)[2][3] == "no interval"
    assert "No interval: 1 independent passage, and it takes at least 5." in text
    assert text.count("| rank |") == 2  # "overall" is an order, not a measure


def test_nothing_to_compare_is_nothing():
    assert folded(results({"a": VALUES})) == ""


@pytest.mark.parametrize("name", ["a|b", "<script>", "`x`", "@team", "a\x1b[31m"])
def test_names_stay_in_their_cells(name):
    pairs = (Pair(a=name, b="b", metric="vocab.hit", delta=0.1, ci=Interval(0.0, 0.2)),)
    ranking = (
        Rank(metric="vocab.hit", candidate=name, rank=1, letters="a"),
        Rank(metric="vocab.hit", candidate="b", rank=1, letters="a"),
    )
    text = folded(results({name: VALUES, "b": VALUES}, comparisons=pairs, ranking=ranking))
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line.startswith("|")} == {5}
    assert "\x1b" not in text
    assert "<script" not in re.sub(r"(`+).*?\1", "", text)
