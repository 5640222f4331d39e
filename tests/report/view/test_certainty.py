"""How sure: the figures that the report quotes are those that the documentation measured."""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.report.view.certainty import BLOCK_COVERAGE, COVERAGE, GATE_ERRORS, TEST_ERRORS, certainty, detectable
from evalkit.report.view.ranking import Ranking
from evalkit.results import ONE_VALUE
from tests.support.paths import ROOT
from tests.support.results import FAIR, results
from tests.support.runs import gated

MEASURED = ROOT / "docs" / "reference" / "measured"
INTERVALS, GATE = ((MEASURED / name).read_text(encoding="utf-8") for name in ("intervals.md", "gate.md"))


def table(page, title):
    section = page[page.index(title) :]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in re.findall(r"^\|.*\|$", section.split("\n#", 1)[0], re.MULTILINE)
    ]


def test_coverage_is_the_range_over_the_required_metrics():
    rows = [row for row in table(INTERVALS, "## Coverage of nominal 95 % intervals") if row[0].startswith("**")]
    figures = [float(match[1]) for row in rows for cell in row[1:] if (match := re.match(r"([\d.]+) \(", cell))]
    assert len(figures) == 7 * 4
    assert (min(figures), max(figures)) == COVERAGE


def test_coverage_of_blocks_is_the_range_over_the_headline_metrics():
    section = table(INTERVALS, "## Coverage of the intervals of one long text")
    rows = [
        row for row in section[: next(i for i, row in enumerate(section) if row[0] == "metric" and i)] if row[0].startswith("**")
    ]
    figures = [float(match[1]) for row in rows for cell in row[1:] if (match := re.match(r"([\d.]+) \(", cell))]
    assert len(figures) == 7 * 6 + 2 + 6  # a measure of what hardly occurs has some
    assert (min(figures), max(figures)) == BLOCK_COVERAGE


def test_false_rejections_are_those_of_the_required_metrics():
    assert f"permutation test rejects {TEST_ERRORS[0]:.1f} to {TEST_ERRORS[1]:.1f} % of the time" in " ".join(INTERVALS.split())


def test_false_regressions_are_those_of_the_whole_gate():
    wrong, runs, most = GATE_ERRORS
    rows = [row for row in table(GATE, "## False alarms") if row[1] == str(runs)]
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
    assert not any("intervals come from" in line for line in lines)


def test_every_sentence_stands_as_it_is():
    run = results({"a": FAIR})
    rows = [
        replace(run.results[0], ci=None, reason=f"no interval: {ONE_VALUE}"),
        replace(run.results[1], value=None, ci=None),
        replace(run.results[2], reason="interval from blocks of 3 pieces"),
        *run.results[3:],
    ]
    assert [line.replace("\u00a0", " ") for line in certainty(Ranking(replace(run, results=rows)))] == [
        "Each candidate was judged on 100 passages of 1,000 characters; the passage is the unit, and for human text the document.",
        "The human range holds 95 % of held-out human texts of the same shape, over further random splits of the corpus by document.",
        (
            "The 95 % intervals come from leaving out each passage in turn (jackknife). Each holds for one measure alone, and is for the value that another "
            "sample of the same shape would have. On known generators they covered it in 92.3 to 97.2 % of samples."
        ),
        (
            "One long text is one unit. Its interval comes from leaving out blocks of consecutive pieces in turn, as long as the text's memory asks for. "
            "On streams of n-grams such intervals covered the value in 91.7 to 98.9 % of streams."
        ),
        "1 value has no interval: one value for all passages together.",
        "1 value was not measured, because there is too little text; that never counts as 0.",
    ]
    assert certainty(Ranking(gated()))[3:] == [
        (
            "An unchanged model was called a regression in 0 of 500 runs of the whole gate in each of four settings (so in at most 0.8\u00a0% of runs, "
            "with 95\u00a0% confidence)."
        )
    ]


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
