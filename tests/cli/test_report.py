"""`report` and `history` print what they show and name what they wrote; the units of other tables are those of reports."""

from __future__ import annotations

import json

import pytest

from tests.support.results import FAIR, results
from tests.support.runs import gated

QUICK = ("--passages", 10, "--chars", 300, "-m", "vocab.hit", "-m", "letters.jsd", "-q", "--no-cache")


@pytest.fixture
def stored(workspace):
    (workspace / "a.json").write_text(results({"lstm": FAIR}).to_json())
    (workspace / "b.json").write_text(gated().to_json())
    return workspace


@pytest.mark.parametrize(
    ("command", "first"),
    [(("report", "a.json"), "lstm"), (("report", "a.json", "a.json"), "Nothing changed"), (("history", "a.json", "b.json"), "")],
)
def test_files_are_named_after_what_is_printed(stored, evalkit, command, first):
    shown = evalkit(*command)[1]
    code, out, err = evalkit(*command, "-o", "x.html", "-o", "y.html")
    assert (code, err) == (0, "")
    assert out == shown + "Wrote x.html\nWrote y.html\n"
    assert shown.startswith(first) and len(shown) > 40
    assert (stored / "x.html").read_text() == (stored / "y.html").read_text()
    assert evalkit(*command, "-o", "x.html", "-q")[:2] == (0, "")


def test_other_formats_hold_nothing_else(stored, evalkit):
    assert json.loads(evalkit("report", "a.json", "-f", "json", "-o", "x.html")[1])["kind"] == "compare"


def test_a_baseline_and_a_plan_have_the_units_of_reports(workspace, evalkit):
    assert evalkit("baseline", "save", "main", "ngram:order=3", *QUICK)[0] == 0
    kept = json.loads(evalkit("baseline", "show", "main", "-f", "json")[1])["metrics"]["vocab.hit"]
    line = next(line for line in evalkit("baseline", "show", "main")[1].splitlines() if "vocab.hit" in line).split()
    assert line[1] == "%"
    assert float(line[2]) == pytest.approx(100 * kept["value"], rel=0.01)
    assert float(line[3]) == pytest.approx(100 * kept["standard_error"], rel=0.01)
    out = evalkit("plan", "--baseline", "main", "--effect", "vocab.hit=0.05")[1]
    row = next(line for line in out.splitlines() if "vocab.hit" in line).split()
    assert row[2:5] == ["points", "5", "points"]
    planned = json.loads(evalkit("plan", "--baseline", "main", "--effect", "vocab.hit=0.05", "-f", "json")[1])
    assert planned[0]["effect"] == 0.05
    code, _, err = evalkit("plan", "--baseline", "main", "--effect", "letters.jsd=2 points")
    assert (code, "is in points, which only shares have; letters.jsd is in bits" in err) == (2, True)
