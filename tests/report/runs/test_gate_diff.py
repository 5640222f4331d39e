"""Two gates beside each other: what became of the verdict and of each decision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.report.html.runs import render_comparison
from evalkit.report.terminal.runs import render_changes
from evalkit.report.view.run_diff import changes
from evalkit.report.view.runs import gate_changes, paired
from tests.support.page import HOSTILE, Page
from tests.support.results import FAIR, NOISE, results
from tests.support.runs import decision, gated

BAD = gated()
MENDED = gated(
    "PASS",
    decisions=[
        decision("suffix.ing", 0.0, -0.02, 0.02, verdict="pass"),
        decision("vocab.hit", 0.01, -0.02, 0.02, verdict="pass"),
        decision("function.share", 0.3, 0.2, 0.4, verdict="regression", tier="advisory"),
    ],
    worst=0,
)


def named(run, name):
    rows = [replace(row, candidate=name) for row in run.results]
    return replace(run, candidates=[{**run.candidates[0], "name": name}], results=rows)


def test_the_verdicts_and_what_changed_are_said():
    found = gate_changes(BAD, MENDED)
    assert found.sentence == (
        "REGRESSION became PASS, for `ngram` against `main`. 3 of 4 decisions changed: words the corpus knows from regression to pass, "
        "word-length distance from not measured to not asked and function words from not asked to regression."
    )
    assert [verdict.split(":")[0] for verdict in found.verdicts] == ["✗ REGRESSION", "✓ PASS"]
    first, *_, last = found.decisions
    assert (first.before.split(":")[0], first.after.split(":")[0], first.changed) == ("✗ regression", "✓ pass", True)
    assert "+20 points (15 to 25), allowed 5" in first.before
    assert (last.field, last.changed) == ("words in -ing (critical)", False)


def test_two_gates_that_agree_say_so():
    found = gate_changes(BAD, BAD)
    assert found.sentence == "Both gates end in REGRESSION, for `ngram` against `main`; none of 3 decisions changed."
    assert not any(change.changed for change in found.decisions)


def test_many_changes_are_counted():
    decisions = [decision(f"m.{i}", 0.2, 0.1, 0.3, verdict="regression") for i in range(9)]
    worse = gated(decisions=decisions, worst=0)
    better = gated("PASS", decisions=[{**each, "decision": "pass"} for each in decisions], worst=0)
    assert "9 of 9 decisions changed" in gate_changes(worse, better).sentence
    assert "and 6 more" in gate_changes(worse, better).sentence


def test_candidates_of_other_names_are_compared_all_the_same():
    before, after = named(BAD, "v1"), named(MENDED, "v2")
    assert changes(before, after) == []
    assert len(changes(paired(before, after), after)) == len(before.results)
    assert "`v1` and then `v2`" in gate_changes(before, after).sentence


def test_gates_that_could_not_be_compared_have_a_text_too():
    different = [{"field": "tokenizer", "baseline": "a", "candidate": "b"}]
    unlike = gated("NOT COMPARABLE", decisions=(), different=different)
    text = " ".join(render_changes(unlike, MENDED).split())
    assert "NOT COMPARABLE became PASS" in text
    assert "not asked" in text
    assert "Both gates end in NOT COMPARABLE" in " ".join(render_changes(unlike, unlike).split())


def test_other_runs_have_no_decisions():
    run = results({"a": FAIR, "b": NOISE})
    assert gate_changes(run, run) is None
    assert gate_changes(run, BAD) is None
    assert paired(run, BAD) is run


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_terminal_shows_them(monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    text = render_changes(BAD, MENDED)
    assert max(map(len, text.splitlines())) <= width
    assert text.startswith("REGRESSION became PASS")
    assert "changed" in text and "Before: ✗ REGRESSION" in text


def test_the_page_shows_them():
    text = render_comparison(BAD, MENDED)
    page = Page(text)
    assert not page.stack
    assert "decisions" in page.ids
    assert "REGRESSION became PASS" in text
    assert "<b>changed</b>" in text
    assert "decisions" not in Page(render_comparison(results({"a": FAIR}), results({"a": FAIR}))).ids


@pytest.mark.parametrize("name", [name for name in HOSTILE if HOSTILE[name]])
def test_hostile_names_are_inert(name):
    hostile = named(BAD, HOSTILE[name])
    assert "\x1b" not in render_changes(hostile, MENDED)
    assert not Page(render_comparison(hostile, MENDED)).all("script")


def test_report_of_two_gates_prints_it(evalkit, workspace):
    for name, run in (("a", BAD), ("b", MENDED)):
        (workspace / f"{name}.json").write_text(run.to_json())
    code, out, _ = evalkit("report", "a.json", "b.json")
    assert (code, "REGRESSION became PASS" in out) == (0, True)
