"""A bare `compare` runs with what is installed, and says what it left out."""

from __future__ import annotations

import json
import sys

import pytest

import evalkit as ek
from evalkit.evaluation.compare import DEFAULT_CANDIDATES
from evalkit.evaluation.defaults import default_candidates

QUICK = ("--passages", 6, "--chars", 300, "-m", "letters.jsd", "--no-progress")


@pytest.fixture
def without_tensorflow(monkeypatch):
    for name in ("tensorflow", "keras"):
        monkeypatch.setitem(sys.modules, name, None)


def test_the_lstm_is_left_out_with_a_note(evalkit, workspace, without_tensorflow):
    code, out, err = evalkit("compare", *QUICK, "-o", "a.json")
    assert (code, "Traceback" in err) == (0, False)
    run = json.loads((workspace / "a.json").read_text())
    assert [candidate["spec"] for candidate in run["candidates"]] == [spec for spec in DEFAULT_CANDIDATES if spec != "lstm"]
    (note,) = [warning for warning in run["warnings"] if "left out" in warning]
    assert "lstm" in note and "pip install" in note
    assert "The default candidate lstm was left out" in " ".join(out.split())


def test_one_that_was_named_is_still_an_error(evalkit, without_tensorflow):
    code, _, err = evalkit("compare", "lstm", "unigram", *QUICK)
    assert code == 2
    assert "The lstm generator needs packages that are not installed." in err


def test_python_does_the_same(workspace, without_tensorflow):
    run = ek.compare(metrics="letters.jsd", passages=6, chars=300)
    assert "lstm" not in [candidate["name"] for candidate in run.candidates]
    assert any("lstm was left out" in warning for warning in run.warnings)


def test_nothing_is_left_out_where_all_is_installed(monkeypatch):
    monkeypatch.setattr("evalkit.evaluation.defaults.find_spec", lambda name: object())
    assert default_candidates() == (list(DEFAULT_CANDIDATES), [])
