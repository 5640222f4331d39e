"""Sweeps ask the gate: a temperature that it would call worse than the model's own 1.0 is not recommended."""

from __future__ import annotations

import pytest

import evalkit
from evalkit.gating import sweep as of_sweep
from evalkit.gating.policy import default_policy
from evalkit.report.view.judging.faults import best_temperature
from evalkit.report.view.ranking import Ranking

TEMPERATURES = (0.4, 1.0)


@pytest.fixture(scope="module")
def results():
    return evalkit.sweep("ngram:order=4", TEMPERATURES, passages=30, chars=1000, metrics=["letters.jsd", "wordlen.w1", "vocab.hit"])


def worse(results):
    return {candidate["name"]: candidate["worse"] for candidate in results.candidates}


def test_a_cold_temperature_is_worse_and_is_not_recommended(results):
    cold = worse(results)["ngram:order=4 at 0.4"]
    assert "letters.jsd" in cold
    best = best_temperature(Ranking(results))
    assert best is not None
    assert best[0] == "ngram:order=4 at 1"


def test_a_model_is_not_worse_than_itself(results):
    assert worse(results)["ngram:order=4 at 1"] == []


def test_the_policy_is_that_of_the_language(monkeypatch):
    asked = []
    monkeypatch.setattr(of_sweep, "default_policy", lambda language: asked.append(language) or default_policy(language))
    evalkit.sweep("ngram:order=2", [1.0], passages=10, chars=500, language="de", metrics="letters.jsd")
    assert asked == ["de"]
