"""How-tos and the page of exit codes run as they stand: blocks of Python, commands with their exit codes, and what they print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.docs import follow


def write(path, texts):
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")


@pytest.mark.parametrize("page", ["howto/chapters.md", "howto/long-file.md", "reference/exit-codes.md"])
@pytest.mark.slow
def test_a_page_does_what_it_says(page, workspace, evalkit):
    follow(page, evalkit)


@pytest.mark.slow
def test_the_three_ways_into_ci(workspace, evalkit):
    """One baseline for all: GitHub, GitLab and pytest."""
    import evalkit as library
    from generators import create

    tales = [tale.text for tale in library.read_corpus().documents]
    good, bad = create("ngram:order=6").fit(tales), create("ngram:order=2").fit(tales)
    write("good.jsonl", good.sample(40, 1000, seed=1))
    for path in ("same.jsonl", "out/samples.jsonl"):
        write(path, good.sample(40, 1000, seed=2))
    write("worse.jsonl", bad.sample(40, 1000, seed=3))
    for page in ("howto/github.md", "howto/gitlab.md", "howto/pytest.md"):
        follow(page, evalkit)
    assert "<testsuite" in Path("gate.junit.xml").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_keras_page(workspace, evalkit):
    pytest.importorskip("keras")
    history = follow("howto/keras.md", evalkit)["history"]
    assert len(history["evalkit/vocab.hit"]) == 3
