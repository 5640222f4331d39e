"""Every generator passes the public checks, and the checks fail for generators that are wrong."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from generators import NAMES, find
from generators.checks import CHECKS, CheckFailure, NotApplicable, Subject, check_generator, checks_for
from generators.ngram.model import NGram
from generators.noise.independent import Unigram
from tests.support.paths import ROOT

CHECKED_AS = {
    "ngram": ["ngram", "ngram:order=1", "ngram:order=3", "ngram:order=12", "ngram:order=3,unit=word"],
    "lstm": ["lstm:units=8,layers=1,embedding=4,window=16,batch=4,epochs=1"],
    "command": [],
    "endpoint": [],
    "huggingface": [],
}
"""Specifications of generators that are not checked with their defaults alone; any other generator is checked by its name.

The empty ones need a program, a server or a model: tests/generators/external/test_command.py and its siblings check them.
"""
SPECS = [spec for name in NAMES.ours for spec in CHECKED_AS.get(name, [name])]


def marked(spec: str) -> Any:
    return pytest.param(spec, marks=pytest.mark.slow) if find(spec.partition(":")[0]).slow_to_fit else spec


@pytest.fixture(scope="module", params=[marked(spec) for spec in SPECS])
def checks(request: pytest.FixtureRequest) -> dict[str, Any]:
    if request.param.startswith("lstm") and not find_spec("tensorflow"):
        pytest.skip("TensorFlow is not installed")
    return {check.name: check for check in checks_for(request.param)}


@pytest.mark.parametrize("name", [function.__name__.removeprefix("check_") for function in CHECKS])
def test_generator_conforms(checks: dict[str, Any], name: str) -> None:
    try:
        checks[name]()
    except NotApplicable as reason:
        pytest.skip(str(reason))


def test_every_generator_is_checked() -> None:
    """Those without a specification here have a test file of their own that runs the checks."""
    assert set(CHECKED_AS) <= set(NAMES.ours)
    for name in set(NAMES.ours) - {spec.partition(":")[0] for spec in SPECS}:
        assert "check_generator(" in (ROOT / f"tests/generators/external/test_{name}.py").read_text(encoding="utf-8")


def test_no_check_is_skipped_for_an_ngram() -> None:
    assert {outcome.status for outcome in check_generator("ngram:order=2")} == {"passed"}
    assert {o.name for o in check_generator("human") if o.status == "skipped"} >= {"sampled_distribution", "save_and_load"}


class Untempered(NGram):
    """Never uses the largest of the uniform numbers it is given."""

    def step(self, state: Any, uniforms: Any, decoding: Any) -> Any:
        return super().step(state, uniforms * 0.9, decoding)


class Hot(NGram):
    """Is always a little warmer than it is told."""

    def step(self, state: Any, uniforms: Any, decoding: Any) -> Any:
        return super().step(state, uniforms, replace(decoding, temperature=decoding.temperature * 1.1))


class Generous(NGram):
    """Keeps one symbol more than top-k says."""

    def step(self, state: Any, uniforms: Any, decoding: Any) -> Any:
        return super().step(state, uniforms, replace(decoding, top_k=decoding.top_k and decoding.top_k + 1))


class Absent(NGram):
    """Draws a symbol and reads another."""

    def step(self, state: Any, uniforms: Any, decoding: Any) -> Any:
        symbols = super().step(state, uniforms, decoding)[0]
        return symbols, self.advance(state, np.zeros_like(symbols))


class Leaky(NGram):
    """Has probabilities that sum to less than 1."""

    def next_probs(self, state: Any) -> Any:
        return super().next_probs(state) * 0.999


class Shifty(NGram):
    """Draws from one stream for all passages."""

    def sample(self, n_passages: int, n_chars: int, **options: Any) -> list[str]:
        return super().sample(n_passages, n_chars, **{**options, "seed": n_passages})


class Clipped(Unigram):
    """Gives an unknown character a probability that it has not saved up."""

    def log2_prob(self, text: str) -> Any:
        return np.maximum(super().log2_prob(text), -20.0)


class Modest(Unigram):
    """Says that it cannot score unknown characters, and scores them."""

    scores_any_character = False


class Boastful(Unigram):
    """Says that it scores any character, and does not."""

    def log2_prob(self, text: str) -> Any:
        return np.where([*(c not in self.codec.alphabet for c in text), False], -np.inf, super().log2_prob(text))


class Honest(Boastful):
    """Finds unknown characters impossible, and says so."""

    scores_any_character = False


class Forgetful(Unigram):
    """Loads another alphabet than it saved."""

    def arrays(self) -> Any:
        return super().arrays() | {"counts": super().arrays()["counts"][::-1].copy()}


class Restless(NGram):
    """Learns in its constructor."""

    def __init__(self, *, order: int = 8) -> None:
        super().__init__(order=min(order, 2))


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        (Untempered(order=3), "sampled_distribution"),
        (Untempered(order=3), "first_characters"),
        (Hot(order=3), "sampled_distribution"),
        (Generous(order=3), "sampled_distribution"),
        (Absent(order=3), "steps_read_what_they_draw"),
        (Leaky(order=3), "probabilities_sum_to_one"),
        (Leaky(order=3), "scores_agree_with_steps"),
        (Shifty(order=3), "passages_do_not_depend_on_the_request"),
        (Shifty(order=3), "seeds"),
        (Clipped(), "unknown_character"),
        (Modest(), "unknown_character"),
        (Boastful(), "unknown_character"),
        (Forgetful(), "save_and_load"),
        (Restless(order=5), "constructor_only_stores"),
    ],
)
def test_checks_find_what_is_wrong(wrong: Any, check: str) -> None:
    with pytest.raises(CheckFailure):
        {c.name: c for c in checks_for(wrong)}[check]()


def test_a_generator_may_say_that_it_cannot_score_unknown_characters() -> None:
    {c.name: c for c in checks_for(Honest())}["unknown_character"]()


def test_a_failure_names_every_check_that_fails() -> None:
    with pytest.raises(CheckFailure, match=r"(?s)probabilities_sum_to_one: .*scores_agree_with_steps: "):
        check_generator(Leaky(order=3))


def test_documents_can_be_given() -> None:
    subject = Subject("unigram", ["abc", "abd"], ["ab"])
    assert set(subject.fitted.sample(1, 200)[0]) == set("abcd\n")
