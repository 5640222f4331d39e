"""A small comparison keeps its numbers, and baselines and models saved before the folders were rearranged keep working."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest

from evalkit.evaluation.likelihood import likelihood
from generators.storage.models import load
from tests.golden.renew import GOLD, numbers

SAVED = Path(__file__).with_name("saved")
SAMPLES = {
    "ngram-2": 'Thindedlsug-bum foer, wo "I lton t wsld go. way tonnd ur. eryord asor; wninond mend th ithet calee lffotee nofithathald ',
    "lstm-8": "hase sftty h tf hl sa wt \nieesr? tatwod, tarwdwNrtiscftod ftwtoe arnd tutrer. inee csh holetNe hed llisida ns noi tpd? h",
}


def differences(old, new, path=""):
    """Where two JSON values differ; numbers may differ by what another processor's sums differ by."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from differences(old.get(key), new.get(key), f"{path}/{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, pair in enumerate(zip(old, new, strict=True)):
            yield from differences(*pair, f"{path}[{i}]")
    elif isinstance(old, float) and isinstance(new, float):
        if not math.isclose(old, new, rel_tol=1e-8, abs_tol=1e-12):
            yield f"{path}: {old} -> {new}"
    elif old != new or type(old) is not type(new):
        yield f"{path}: {old} -> {new}"


def test_a_small_comparison_keeps_its_numbers():
    gold = json.loads(GOLD.read_text(encoding="utf-8"))
    assert list(differences(gold, numbers())) == []


@pytest.mark.parametrize("model", sorted(SAMPLES))
def test_a_saved_model_of_before_yields_the_same_text(model, workspace):
    assert load(SAVED / model).sample(1, 120, seed=2) == [SAMPLES[model]]


def test_models_of_before_meet_an_unknown_character(workspace):
    """An n-gram's unknown symbol follows from its counts; the lstm has none, and says what helps."""
    ngram, lstm = (likelihood(load(SAVED / model), ["the bell \u2603 rang"]) for model in ("ngram-2", "lstm-8"))
    assert 0 < ngram.bits_per_char < 20
    assert lstm.reason == (
        "it gives the character '\u2603' of the text probability 0; it was saved before its kind had an unknown symbol, so train it again"
    )
    assert (ngram.unknown.characters, lstm.unknown.characters) == (1, 1)


def test_a_baseline_of_another_tokenizer_is_read_and_names_what_differs(evalkit, workspace):
    shutil.copy(SAVED / "baseline.json", workspace / "before.json")
    assert "ngram" in evalkit("baseline", "show", "before.json")[1]
    code, out, err = evalkit("gate", "ngram:order=2", "--baseline", "before.json", "--no-progress", "-f", "json")
    gate = json.loads(out)
    assert (code, gate["verdict"]) == (3, "NOT COMPARABLE"), err
    assert {"canonical", "tokenizer"} <= {entry["field"] for entry in gate["gate"]["not_comparable"]}
