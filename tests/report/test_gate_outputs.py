"""JUnit, Markdown and annotations as pure functions of results, with names that strangers chose."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.report.export.junit import render_junit, render_unfinished
from evalkit.report.markdown.github import annotation, render_gate_markdown, workflow_commands
from evalkit.results import Results, from_dict, validate


def decision(measure="vocab.hit", **changes):
    base = {
        "measure": measure,
        "metric": measure,
        "against": "baseline",
        "tier": "critical",
        "tier_source": "default",
        "decision": "pass",
        "difference": 0.01,
        "low": 0.005,
        "high": 0.015,
        "family_low": 0.002,
        "family_high": 0.018,
        "standard_error": 0.002,
        "margin": 0.02,
        "margin_set": "1.5 floor",
        "margin_source": "default",
        "floor_unit": 0.0133,
        "passages_needed": None,
        "reason": None,
    }
    return base | changes


def results(*decisions, verdict="PASS", code=0, name="new", command="python -m evalkit gate new", different=()):
    declared = {
        "label": "words the corpus knows",
        "unit": "share",
        "direction": "higher",
        "version": 1,
        "summary": "",
        "headline": True,
    }
    rates = {
        "label": "words in -ing",
        "unit": "per 10,000 words",
        "direction": "target",
        "version": 1,
        "summary": "",
        "headline": True,
    }
    worst = next((d for d in decisions if d["decision"] != "pass"), decisions[0] if decisions else None)
    baseline = {"name": "main", "spec": "old", "commit": "a" * 40, "date": "2026-01-01T00:00:00+00:00", "n_passages": 40, "seed": 0}
    return Results(
        kind="gate",
        signature={
            "reference": {"corpus": "c", "hash": "h"},
            "tokenizer": "t",
            "metrics": {},
            "word_lists": {},
            "shape": {"n_passages": 40, "n_chars": 2000},
            "seed": 1,
            "version": "0",
        },
        run={"date": "2026-01-02"},
        reference={"name": "c", "hash": "h", "n_documents": 2, "n_chars": 9, "train": ["a"], "held_out": ["b"]},
        shape={"n_passages": 40, "n_chars": 2000},
        metrics={"vocab.hit": declared, "suffix.ing": rates},
        candidates=[
            {"name": name, "spec": name, "kind": "samples", "n_passages": 40, "n_chars": 80000, "bits_per_char": None, "notes": []}
        ],
        results=[],
        verdict=verdict,
        exit_code=code,
        gate={
            "policy": {},
            "baseline": baseline,
            "anchor": None,
            "command": command,
            "decisions": list(decisions),
            "worst": worst,
            "passages_needed": 123 if verdict == "INCONCLUSIVE" else None,
            "not_comparable": list(different),
            "measures": {},
        },
    )


REGRESSED = decision(decision="regression", difference=0.06, low=0.05, high=0.07, family_low=0.045, family_high=0.075)


def cases(text):
    suite = ET.fromstring(text)[0]
    kinds = {case.get("name"): [child.tag for child in case] for case in suite}
    return kinds, {key: suite.get(key) for key in ("tests", "failures", "errors")}


def test_the_made_up_results_are_results():
    made = results(decision(), REGRESSED)
    plain = json.loads(made.to_json())
    validate(plain)
    assert json.loads(from_dict(plain).to_json()) == plain


class TestJUnit:
    def test_regression_is_failure_advisory_is_output_and_the_counts_agree(self):
        advisory = decision("suffix.ing", tier="advisory", decision="regression")
        kinds, counts = cases(render_junit(results(REGRESSED, advisory, verdict="REGRESSION", code=1), {}))
        assert kinds == {"vocab.hit": ["failure"], "suffix.ing": ["system-out"], "verdict": ["failure"]}
        assert counts == {"tests": "3", "failures": "2", "errors": "0"}

    def test_undecided_is_an_error_where_it_holds_up_a_pass(self):
        undecided = decision(decision="inconclusive")
        supporting = decision("suffix.ing", tier="supporting", decision="inconclusive")
        kinds, _ = cases(render_junit(results(undecided, supporting, verdict="INCONCLUSIVE", code=3), {}))
        assert kinds == {"vocab.hit": ["error"], "suffix.ing": ["system-out"], "verdict": ["error"]}

    def test_a_measure_against_the_anchor_is_a_test_of_its_own(self):
        kinds, _ = cases(render_junit(results(decision(), decision(against="anchor", decision="inconclusive")), {}))
        assert kinds == {"vocab.hit": ["system-out"], "vocab.hit (anchor)": ["system-out"], "verdict": ["system-out"]}

    @given(st.text(min_size=1))
    def test_any_name_gives_xml(self, name):
        kinds, _ = cases(render_junit(results(REGRESSED, verdict="REGRESSION", code=1, name=name, command=name), {}))
        assert set(kinds) == {"vocab.hit", "verdict"}
        ET.fromstring(render_unfinished(name, name))


class TestGitHub:
    def test_markdown_leads_with_the_verdict_and_folds_the_rest(self):
        advisory = decision("suffix.ing", tier="advisory")
        text = render_gate_markdown(results(REGRESSED, advisory, verdict="REGRESSION", code=1), {})
        lines = text.splitlines()
        assert lines[1] == "<!-- evalkit gate -->"
        assert lines[0] == (
            "### ✗ REGRESSION: `new` has become worse than the baseline `main` on words the corpus knows, by 6.0 points "
            "(95 % interval 4.5 to 7.5, allowed 2)."
        )
        assert "| 2 (1.5 floor) | ✗ regression |" in text
        assert text.index("vocab.hit") < text.index("<details>") < text.index("suffix.ing")

    def test_differing_fields_are_a_table(self):
        text = render_gate_markdown(
            results(verdict="NOT COMPARABLE", code=3, different=[{"field": "tokenizer", "baseline": "a|b", "candidate": "c"}]), {}
        )
        assert "≠ NOT COMPARABLE: `new` and the baseline `main` cannot be compared: they differ in the tokenizer." in text
        assert r"| tokenizer | `a\|b` | `c` |" in text

    def test_what_would_decide_is_said(self):
        text = render_gate_markdown(
            results(decision(decision="inconclusive", passages_needed=123), verdict="INCONCLUSIVE", code=3), {}
        )
        assert "About 123 passages a side would decide." in text

    @given(st.text())
    def test_no_name_begins_another_command(self, name):
        for line in workflow_commands(results(REGRESSED, verdict="REGRESSION", code=1, name=name)):
            assert line.startswith("::error title=evalkit%3A ")
            assert "\n" not in line
            assert "\r" not in line
        assert len(annotation("error", name, name).split("::")) >= 3

    @pytest.mark.parametrize(
        ("verdict", "code", "level"),
        [("PASS", 0, "notice"), ("INCONCLUSIVE", 3, "warning"), ("NOT COMPARABLE", 3, "warning"), ("REGRESSION", 1, "error")],
    )
    def test_levels(self, verdict, code, level):
        assert next(workflow_commands(results(decision(), verdict=verdict, code=code))).startswith(
            f"::{level} title=evalkit%3A {verdict}::"
        )
