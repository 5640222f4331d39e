"""CSV: overall, ranks, units, and the range that decides whether a value is inside."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from evalkit.report import render
from evalkit.report.view.judging.marks import overall_within_range, within_range
from evalkit.results import Rank
from tests.support.judged import judged
from tests.support.results import FIVE, results

RUN = judged({"lstm": {"order.context": 0.5, "form.lines": 80.0}, "b": {}})


def lines(run):
    return list(csv.DictReader(io.StringIO(render(run, ".csv", samples={}))))


def test_overall_stands_in_it_with_its_rank():
    ranked = replace(
        RUN,
        ranking=[
            Rank(metric="overall", candidate="b", rank=1, letters="a"),
            Rank(metric="overall", candidate="lstm", rank=2, letters="b"),
        ],
    )
    found = {line["candidate"]: line for line in lines(ranked) if line["metric"] == "overall"}
    assert [(name, line["rank"]) for name, line in found.items()] == [("lstm", "2"), ("b", "1")]
    for overall in ranked.overall:
        line = found[overall.candidate]
        assert float(line["value"]) == overall.value
        assert (float(line["ci_low"]), float(line["ci_high"])) == (overall.ci.low, overall.ci.high)
        assert float(line["high"]) == overall.floor.p95
        assert line["inside"] == str(overall_within_range(overall)).lower()


@pytest.mark.parametrize("run", [RUN, results(FIVE)], ids=["families", "older"])
def test_the_range_decides_what_is_inside(run):
    rows = {(row.candidate, row.metric): row for row in run.results}
    measured = [line for line in lines(run) if (line["candidate"], line["metric"]) in rows]
    assert len(measured) == len(rows)
    for line in measured:
        row = rows[line["candidate"], line["metric"]]
        inside = within_range(row, run.metrics[row.metric])
        assert line["inside"] == ("" if inside is None else str(inside).lower())
        low, high = (float(line[end]) if line[end] else None for end in ("low", "high"))
        assert inside == ((low is None or low - 1e-9 <= row.value) and (high is None or row.value <= high + 1e-9))
        assert line["unit"] == run.metrics[row.metric]["unit"]


def test_ranks_on_a_measure():
    ranked = replace(RUN, ranking=[Rank(metric="form.lines", candidate="b", rank=1, letters="a")])
    assert {(line["candidate"], line["rank"]) for line in lines(ranked) if line["metric"] == "form.lines"} == {
        ("b", "1"),
        ("lstm", ""),
    }
