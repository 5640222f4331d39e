"""A candidate whose passages are copies is a regression against a varied baseline, at every seed, however few units it has."""

from __future__ import annotations

import random

import pytest

import evalkit
from evalkit.errors import NoVerdict
from evalkit.evaluation.candidates import texts_candidate
from evalkit.evaluation.request import CompareRequest
from evalkit.gating.saving import make_baseline
from evalkit.metrics import Metric, select
from evalkit.text.corpus import EMBEDDED, read_corpus, split_corpus
from evalkit.text.passages import slices

N_CHARS = 600
PIECES = random.Random(0).sample([piece for document in read_corpus().documents for piece in slices(document.text, N_CHARS)], 160)
SOURCE = {"reference": EMBEDDED, "held_out": None, "fraction": 0.2, "split_seed": 0, "language": "en"}


def request_of(texts: list[str]) -> CompareRequest:
    corpus = read_corpus()
    return CompareRequest(
        candidates=[texts_candidate("before", texts)],
        corpus=corpus,
        split=split_corpus(corpus),
        metrics=select(["letters.jsd", "wordlen.w1", "function.share"], kind=Metric),
        n_passages=len(texts),
        n_chars=N_CHARS,
    )


@pytest.fixture(scope="module")
def baseline():
    return make_baseline(request_of(PIECES[:60]), source=SOURCE)[1]


def typo(text: str, seed: int) -> str:
    rng = random.Random(seed)
    return " ".join(word[::-1] if rng.random() < 0.05 else word for word in text.split(" "))


COLLAPSED = {
    "one text": [PIECES[70]] * 60,
    "one text with typos": [typo(PIECES[70], seed) for seed in range(60)],
    "three texts": [PIECES[70 + i % 3] for i in range(60)],
    "twenty texts": [PIECES[70 + i % 20] for i in range(60)],
    "every passage twice": [PIECES[70 + i % 30] for i in range(60)],
}


@pytest.mark.parametrize("name", COLLAPSED)
def test_copies_are_a_regression_at_every_seed(baseline, name):
    for seed in (1, 2, 3):
        results = evalkit.gate(COLLAPSED[name], baseline, seed=seed)
        assert (results.verdict, results.exit_code) == ("REGRESSION", 1)
        assert results.gate["worst"]["measure"] in ("audit.identical", "audit.near_identical")
        assert results.warnings[0].startswith("texts: 60 passages, ")


def test_other_passages_of_the_same_source_are_none(baseline):
    for first in (60, 80, 100):
        results = evalkit.gate(PIECES[first : first + 60], baseline, seed=first)
        assert results.verdict != "REGRESSION"
        assert not any("distinct" in warning for warning in results.warnings)


def test_what_a_unit_is_is_kept_in_baselines(baseline):
    assert baseline.unit == "passage"
    copied = make_baseline(request_of([*PIECES[:50], *PIECES[:10]]), source=SOURCE)[1]
    assert copied.unit == "distinct passage"
    assert int(copied.clusters.max()) + 1 == 50


def test_copies_of_one_text_are_no_baseline():
    with pytest.raises(NoVerdict, match="60 passages from 1 distinct passage cannot be a baseline"):
        make_baseline(request_of([PIECES[0]] * 60), source=SOURCE)
