"""Slow drift: ten changes that each cost half a margin, accepted one by one."""

from __future__ import annotations

import json

import numpy as np
import pytest

from evalkit.defects.planted import unigram_words
from evalkit.evaluation.candidates import Candidate, Shape
from evalkit.evaluation.request import CompareRequest
from evalkit.gating.baseline import Store
from evalkit.gating.request import gate_request
from evalkit.gating.run import gate
from evalkit.gating.saving import make_baseline
from evalkit.metrics import Metric, select
from evalkit.text.corpus import read_corpus, split_corpus
from generators import create

STEPS, MARGIN, DOSE = 10, 0.13, 0.09
"""Each step replaces so many words by unigram noise that about half a margin of known words is lost."""
SHAPE = Shape(40, 800)


@pytest.fixture
def drift(workspace):
    """Files of samples: the model at the start, and after each step."""
    split = split_corpus(read_corpus(), seed=0)
    train = [document.text for document in split.train]
    generator = create("ngram:order=6").fit(train)
    noise = " ".join(create("unigram").fit(train).sample(20, 2000, seed=0)).split()
    files = []
    for step in range(STEPS + 1):
        rng = np.random.default_rng(step)
        texts = generator.sample(SHAPE.n_passages, SHAPE.n_chars, seed=step)
        files.append(workspace / f"{step}.jsonl")
        lines = [json.dumps({"text": unigram_words(text, step * DOSE, rng, noise)}) + "\n" for text in texts]
        files[-1].write_text("".join(lines))
    (workspace / "policy.toml").write_text(f'[metrics."vocab.hit"]\nmargin = {MARGIN}\n')
    return [Candidate(f"step {step}", str(path), "samples") for step, path in enumerate(files)]


def first_baseline(candidate):
    corpus = read_corpus()
    request = CompareRequest(
        candidates=[candidate],
        corpus=corpus,
        split=split_corpus(corpus, seed=0),
        metrics=select(["vocab.hit"], kind=Metric),
        n_passages=SHAPE.n_passages,
        n_chars=SHAPE.n_chars,
    )
    source = {"reference": "embedded", "held_out": None, "fraction": 0.2, "split_seed": 0, "language": "en"}
    return make_baseline(request, source=source)[1]


def test_the_anchor_sees_what_ten_passes_hide(drift, workspace):
    store = Store(workspace / "baselines")
    store.save("main", first_baseline(drift[0]))
    found = []
    for candidate in drift[1:]:
        gated = gate(gate_request(candidate, baseline="main", policy=workspace / "policy.toml", store=store))
        decisions = {(one["against"], one["measure"]): one for one in gated.outcome.results.gate["decisions"]}
        found.append((gated.outcome.results.verdict, decisions))
        store.save("main", gated.successor, replace_old=True)  # somebody accepts it, whatever it says
    steps = [decisions["baseline", "vocab.hit"] for _, decisions in found]
    assert [one["decision"] for one in steps] == ["pass"] * STEPS
    assert np.mean([one["difference"] for one in steps]) == pytest.approx(MARGIN / 2, rel=0.15)
    # Three steps are one and a half margins: more than the noise of a difference beyond one.
    assert [verdict for verdict, _ in found][2:] == ["REGRESSION"] * (STEPS - 2)
    since = [decisions["anchor", "vocab.hit"]["difference"] for _, decisions in found[1:]]
    assert since[-1] == pytest.approx(STEPS * MARGIN / 2, rel=0.15)
