"""Scores in the style of the `evaluate` library, by itself and loaded by the library."""

from __future__ import annotations

from pathlib import Path

import pytest

import evalkit
from evalkit.errors import UsageError
from evalkit.text_quality import TextQuality

TEXTS = [
    f"{i}. The lamp above the harbour was lit, and nobody could say who had climbed to it in such a wind. " * 6 for i in range(8)
]
BOOK = [f"Chapter {i}. It rained, and the keeper counted the strokes of the bell before the lamp went out. " * 12 for i in range(8)]
SMALL = {"metrics": ["letters.jsd", "wordlen.w1"]}


def expected():
    results = evalkit.score(TEXTS, reference=BOOK, **SMALL)
    return {id_: results.row("texts", id_).value for id_ in SMALL["metrics"]}


def test_a_flat_mapping_of_floats():
    found = TextQuality(**SMALL).compute(predictions=TEXTS, references=BOOK)
    assert all(type(value) is float for value in found.values())
    assert {key: found[key] for key in SMALL["metrics"]} == expected()
    assert not [key for key in found if key.startswith("evalkit")]


def test_batches_add_up_and_are_forgotten():
    quality = TextQuality(BOOK, **SMALL)
    quality.add_batch(predictions=TEXTS[:5])
    for text in TEXTS[5:]:
        quality.add(prediction=text)
    found = quality.compute()
    assert {key: found[key] for key in SMALL["metrics"]} == expected()
    with pytest.raises(UsageError, match="no predictions"):
        quality.compute()


def test_references_may_be_several_a_prediction_and_repeat():
    quality = TextQuality(**SMALL)
    for i, text in enumerate(TEXTS):
        quality.add(prediction=text, reference=[BOOK[i], BOOK[0]])
    found = quality.compute()
    assert {key: found[key] for key in SMALL["metrics"]} == expected()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_loaded_by_the_library(tmp_path, monkeypatch):
    evaluate = pytest.importorskip("evaluate", reason="evaluate is not installed")
    monkeypatch.setenv("HF_EVALUATE_OFFLINE", "1")
    module = str(Path(evalkit.__file__).with_name("evaluate_module.py"))
    metric = evaluate.load(module, cache_dir=str(tmp_path))
    metric.add_batch(predictions=TEXTS[:3])
    found = metric.compute(predictions=TEXTS[3:], references=BOOK[:], **SMALL)
    assert {key: found[key] for key in SMALL["metrics"]} == expected()
    both = evaluate.combine([metric, evaluate.load(module, cache_dir=str(tmp_path))])
    names = both.compute(predictions=TEXTS, references=BOOK, **SMALL)
    assert sum(name.endswith("letters.jsd") for name in names) == 2, "each metric under a name of its own"
