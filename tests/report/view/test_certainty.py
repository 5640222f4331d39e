"""How sure: the figures that the report quotes are those that the documentation measured."""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.report.view.certainty import BLOCK_COVERAGE, COVERAGE, GATE_ERRORS, TEST_ERRORS, certainty, detectable
from evalkit.report.view.ranking import Ranking
from tests.support.paths import ROOT
from tests.support.results import FAIR, results
from tests.support.runs import gated

DOCS = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")


def table(title):
    section = DOCS[DOCS.index(title) :]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in re.findall(r"^\|.*\|$", section.split("\n#", 1)[0], re.MULTILINE)
    ]


def test_coverage_is_the_range_over_the_required_metrics():
    rows = [row for row in table("### Coverage of nominal 95 % intervals") if row[0].startswith("**")]
    figures = [float(match[1]) for row in rows for cell in row[1:] if (match := re.match(r"([\d.]+) \(", cell))]
    assert len(figures) == 7 * 4
    assert (min(figures), max(figures)) == COVERAGE


def test_coverage_of_blocks_is_the_range_over_the_headline_metrics():
    section = table("### Coverage of the intervals of one long text")
    rows = [
        row for row in section[: next(i for i, row in enumerate(section) if row[0] == "metric" and i)] if row[0].startswith("**")
    ]
    figures = [float(match[1]) for row in rows for cell in row[1:] if (match := re.match(r"([\d.]+) \(", cell))]
    assert len(figures) == 7 * 6 + 2 + 6  # a measure of what hardly occurs has some
    assert (min(figures), max(figures)) == BLOCK_COVERAGE


def test_false_rejections_are_those_of_the_required_metrics():
    assert f"permutation test rejects {TEST_ERRORS[0]:.1f} to {TEST_ERRORS[1]:.1f} % of the time" in " ".join(DOCS.split())


def test_false_regressions_are_those_of_the_whole_gate():
    wrong, runs, most = GATE_ERRORS
    rows = [row for row in table("### False alarms") if row[1] == str(runs)]
    assert len(rows) == 4
    assert {row[2] for row in rows} == {f"{100 * wrong / runs:.1f} (0.0-{most})"}


def test_a_gate_says_how_often_it_cries_wolf_and_others_do_not():
    assert any("0 of 500 runs" in line for line in certainty(Ranking(gated())))
    assert not any("0 of 500 runs" in line for line in certainty(Ranking(results({"a": FAIR}))))


def test_reasons_for_missing_intervals_are_said_once():
    run = results({"a": FAIR})
    bare = [replace(row, ci=None, reason="no interval: 4 independent documents, and it takes at least 5") for row in run.results]
    lines = certainty(Ranking(replace(run, results=bare)))
    assert "6 values have no interval: 4 independent documents, and it takes at least 5." in lines
    assert not any(line.startswith("The intervals") for line in lines)


def test_nothing_was_measured_of_runs_that_cannot_be_compared():
    lines = certainty(
        Ranking(gated("NOT COMPARABLE", decisions=(), different=[{"field": "tokenizer", "baseline": "a", "candidate": "b"}]))
    )
    assert lines[0] == "Nothing was measured: the values of these runs cannot be compared."


def test_smallest_effects_are_listed_where_they_are_known():
    run = results({"a": FAIR, "b": FAIR})
    found = detectable(Ranking(run), ["vocab.hit", "suffix.ing"], ["a", "b"])
    assert [(line["label"], line["unit"], line["values"]) for line in found] == [
        ("words the corpus knows", "percentage points", ["3.5", "3.5"]),
        ("words in -ing", "per 10,000 words", ["13", "13"]),
    ]
    assert detectable(Ranking(replace(run, results=[replace(row, mde=None) for row in run.results])), ["vocab.hit"], ["a"]) == []
