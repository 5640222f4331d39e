"""A gate's page: the state in word, shape and colour, every decision, and what to run again."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest
from rich.console import Console

from evalkit.report.figures.catalogue import plan_of
from evalkit.report.html.page import render_html
from evalkit.report.terminal.gate import print_gate
from evalkit.report.view.gate_rows import gate_rows
from evalkit.report.view.provenance import provenance
from evalkit.results import from_dict, validate
from tests.support.page import Page
from tests.support.runs import DECISIONS, decision, gated


def test_decisions_come_worst_first_with_their_places():
    lines = gate_rows(gated(), advisory=False)
    assert [line.words.measure for line in lines] == ["vocab.hit", "suffix.ing", "wordlen.w1"]
    # The strip shows -2 to 3 margins: no change lies at 40 %; 0.2 is 4 margins, drawn at the end.
    assert [line.dot for line in lines] == [99.0, 40.0, None]
    assert [line.bad for line in lines] == [True, False, False]


@pytest.mark.parametrize("verdict", ["PASS", "REGRESSION", "INCONCLUSIVE"])
def test_page_states_the_verdict_and_how_to_reproduce_it(verdict):
    run = gated(verdict)
    plain = json.loads(run.to_json())
    validate(plain)
    text = render_html(from_dict(plain), {})
    page = Page(text)
    assert not page.stack
    state = re.search(r'<p class="(state[^"]*)">(.*?)</p>', text, re.DOTALL)
    assert verdict in state[2]
    assert ("bad" in state[1]) == (verdict == "REGRESSION")
    assert text.index(state[0]) < text.index('id="gate"') < text.index('id="scores"')
    assert "evalkit gate ngram:order=3 --baseline main" in text
    assert f"Exit code {run.exit_code}." in text
    assert "17 of the 200 words that it needs" in text


def test_advisory_decisions_are_folded_away():
    advisory = [decision("suffix.ing", 60.0, 50.0, 70.0, verdict="regression", margin=40.0, tier="advisory")]
    run = gated("PASS", decisions=[DECISIONS[0], *advisory], worst=0)
    assert [line.words.measure for line in gate_rows(run, advisory=True)] == ["suffix.ing"]
    text = render_html(run, {})
    assert text.index("<summary>1 advisory") < text.index("+60 per 10,000 words")


def test_page_of_runs_that_cannot_be_compared_names_the_fields():
    different = [{"field": "tokenizer", "baseline": "word-v1", "candidate": "<word-v2>"}]
    text = render_html(gated("NOT COMPARABLE", decisions=(), different=different), {})
    assert not Page(text).stack
    assert "tokenizer" in re.search(r'<h1 class="verdict">(.*?)</h1>', text)[1]
    assert "&lt;word-v2&gt;" in text
    assert 'id="scores"' not in text
    assert 'id="copying"' not in text


def test_page_of_a_gate_that_never_ran_has_no_empty_tables():
    bare = replace(
        gated("NOT COMPARABLE", decisions=(), different=[{"field": "tokenizer", "baseline": "a", "candidate": "b"}]),
        results=(),
        profiles=(),
        metrics={},
    )
    text = render_html(bare, {})
    assert not Page(text).stack
    assert 'id="scores"' not in text
    assert 'id="why"' not in text


def test_what_was_never_sampled_has_no_size_of_zero_and_no_table_to_load():
    run = gated("NOT COMPARABLE", decisions=(), different=[{"field": "tokenizer", "baseline": "a", "candidate": "b"}])
    text = render_html(replace(run, candidates=[{**run.candidates[0], "n_passages": 0, "n_chars": 0}]), {})
    assert "not sampled" in text
    assert ">0 passages" not in text
    assert "All scores as CSV" not in text


def test_thresholds_stand_with_where_each_was_set():
    run = gated()
    rules = [{"pattern": "*", "tier": "advisory", "margin": "1.5 floor", "source": "default"}]
    rules += [{"pattern": "vocab.hit", "tier": "critical", "margin": None, "source": "gate.toml"}]
    policy = {"level": 0.95, "level_source": "default", "rules": rules}
    found = {facts.title: facts.pairs for facts in provenance(replace(run, gate={**run.gate, "policy": policy}))}
    assert found["Thresholds"] == [
        ("level", "0.95, set by default"),
        ("*", "advisory, margin 1.5 floor units, set by default"),
        ("vocab.hit", "critical, set by gate.toml"),
    ]


def test_the_baseline_stands_beside_the_candidate_in_the_figures():
    run = gated()
    letters = next(profile for profile in run.profiles if profile.metric == "letters.jsd")
    beside = replace(letters, series={**letters.series, "baseline main": letters.series["ngram"]})
    for name in ("letters", "lengths"):
        assert "ngram" in plan_of(replace(run, profiles=[beside, *run.profiles[1:]]), name).alt
    assert "baseline main: " in plan_of(replace(run, profiles=[beside]), "letters").alt


@pytest.mark.parametrize("width", [60, 80, 120])
def test_terminal_keeps_decisions_whole_at_any_width(width):
    out = io.StringIO()
    print_gate(gated(), console=Console(file=out, width=width, highlight=False))
    table = out.getvalue()[out.getvalue().index("measure") :]
    assert "\u2717 regression" in table
    assert "critical" in table
    assert max(len(line.rstrip()) for line in table.splitlines() if not line.startswith(("Baseline", "Reproduce"))) <= width
