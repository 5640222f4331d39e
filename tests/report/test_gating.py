"""A gate's page: the state in word, shape and colour, every decision, and what to run again."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from evalkit.report.gating import gate_lines
from evalkit.report.html import render_html
from evalkit.results import from_dict, validate
from tests.report.building import FAIR, results
from tests.report.test_html import Page


def decision(measure, difference, low, high, *, verdict, margin=0.05, tier="critical"):
    return {
        "measure": measure,
        "metric": measure,
        "against": "baseline",
        "tier": tier,
        "tier_source": "default",
        "decision": verdict,
        "difference": difference,
        "low": low,
        "high": high,
        "family_low": low,
        "family_high": high,
        "standard_error": 0.01,
        "margin": margin,
        "margin_set": "1 floor",
        "margin_source": "default",
        "floor_unit": 0.05,
        "passages_needed": None,
        "reason": None if difference is not None else "17 of the 200 words that it needs",
    }


DECISIONS = [
    decision("suffix.ing", 0.0, -0.02, 0.02, verdict="pass"),
    decision("vocab.hit", 0.2, 0.15, 0.25, verdict="regression"),
    decision("wordlen.w1", None, None, None, verdict="not measured", tier="supporting"),
]
BASELINE = {
    "name": "main",
    "spec": "ngram:order=8",
    "commit": "0123456789abcdef",
    "date": "2026-01-01",
    "n_passages": 100,
    "seed": 0,
}


def gated(verdict="REGRESSION", *, decisions=DECISIONS, different=(), worst=1, passages_needed=None):
    gate = {
        "policy": {},
        "baseline": BASELINE,
        "anchor": None,
        "command": "evalkit gate ngram:order=3 --baseline main",
        "decisions": list(decisions),
        "worst": decisions[worst] if decisions else None,
        "passages_needed": passages_needed,
        "not_comparable": list(different),
        "measures": {},
    }
    code = {"PASS": 0, "REGRESSION": 1}.get(verdict, 3)
    return replace(results({"ngram": FAIR}, kind="gate"), verdict=verdict, exit_code=code, gate=gate)


def test_decisions_come_worst_first_with_their_places():
    lines = gate_lines(gated(), advisory=False)
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
    assert [line.words.measure for line in gate_lines(run, advisory=True)] == ["suffix.ing"]
    text = render_html(run, {})
    assert text.index("<summary>1 advisory") < text.index("+60 per 10,000 words")


def test_page_of_runs_that_cannot_be_compared_names_the_fields():
    different = [{"field": "tokenizer", "baseline": "word-v1", "candidate": "<word-v2>"}]
    text = render_html(gated("NOT COMPARABLE", decisions=(), different=different), {})
    assert not Page(text).stack
    assert "tokenizer" in re.search(r'<p class="verdict">(.*?)</p>', text)[1]
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
