from __future__ import annotations

import os
import random
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.duplicates import identical, near_identical
from evalkit.text.passages import slices
from generators import create

TEXTS = st.lists(st.text("ab .\n\u00ad", max_size=30) | st.sampled_from(["The lamp was lit.", "the lamp was lit", ""]), max_size=12)


def human(n: int, n_chars: int) -> list[str]:
    pieces = [piece for document in read_corpus().documents for piece in slices(document.text, n_chars)]
    return random.Random(0).sample(pieces, n)


def changed(text: str, share: float) -> str:
    rng = random.Random(len(text))
    return " ".join("".join(rng.sample(word, len(word))) + "q" if rng.random() < share else word for word in text.split(" "))


COPIES = {
    "every 20th word is another": lambda text: changed(text, 0.05),
    "every 10th word is another": lambda text: changed(text, 0.1),
    "ends are cut": lambda text: text[len(text) // 10 : -len(text) // 10],
    "shifted by a sentence": lambda text: (
        text[text.index(" ", 120) :] + " " + "The boat came back at noon, with nobody in it. " * 3
    ),
    "upper case": str.upper,
    "no punctuation": lambda text: "".join(char for char in text if char.isalpha() or char.isspace()),
    "a word a line": lambda text: text.replace(" ", "\n"),
    "all of it": lambda text: changed(text.upper()[100:], 0.05),
}


def test_texts_are_numbered_in_the_order_of_their_first_appearance():
    assert identical(["b c", "a", "b  c\n", "", "a", " \t"]).tolist() == [0, 1, 0, 2, 1, 2]
    assert near_identical(["b c", "a", "B, c!", "", "a", " \t"]).tolist() == [0, 1, 0, 2, 1, 2]


def test_no_texts_have_no_clusters():
    assert identical([]).shape == near_identical([]).shape == (0,)


def test_case_and_punctuation_distinguish_only_identical_texts():
    texts = ["It rained.", "It rained!", "it rained."]
    assert identical(texts).tolist() == [0, 1, 2]
    assert near_identical(texts).tolist() == [0, 0, 0]


def test_marks_alone_are_compared_by_their_marks():
    assert near_identical(["!!!", "???", "!!!"]).tolist() == [0, 1, 0]


def test_short_texts_are_alike_where_they_are_equal_only():
    assert near_identical(["Hm", "Ha", "Hm.", "Hmm"]).tolist() == [0, 1, 0, 2]


def test_half_of_the_longer_text_is_the_least():
    # Eight characters a shingle: a text of 107 different characters has 100 shingles.
    base = "".join(chr(0x4E00 + i) for i in range(107))
    other = "".join(chr(0x6E00 + i) for i in range(107))
    assert near_identical([base, base[:67] + other[:40]]).tolist() == [0, 0]  # 60 of 100 shingles
    assert near_identical([base, base[:47] + other[:60]]).tolist() == [0, 1]  # 40 of 100
    assert near_identical([base, base[:40]]).tolist() == [0, 1]  # a short one within a long one is not most of it


def test_a_chain_of_copies_is_one_cluster():
    text = "".join(chr(0x4E00 + i) for i in range(700))
    windows = [text[start : start + 300] for start in range(0, 400, 60)]
    assert near_identical([windows[0], windows[-1]]).tolist() == [0, 1]
    assert set(near_identical(windows).tolist()) == {0}


@pytest.mark.parametrize("name", COPIES)
@pytest.mark.parametrize("n_chars", [300, 1000, 4000])
def test_copies_are_found(name: str, n_chars: int):
    texts = human(20, n_chars)
    clusters = near_identical([*texts, *(COPIES[name](text) for text in texts)])
    assert clusters.tolist() == [*range(20), *range(20)]


def test_held_out_human_passages_are_no_copies():
    assert len(set(near_identical(human(400, 300)).tolist())) == 400


def test_passages_of_one_model_are_no_copies_with_a_common_prompt_either():
    split = split_corpus(read_corpus())
    model = create("ngram:order=8").fit([document.text for document in split.train])
    texts = model.sample(60, 1000)
    assert len(set(near_identical(texts).tolist())) == 60
    prompt = human(1, 400)[0]
    assert len(set(near_identical([prompt + text[:600] for text in texts]).tolist())) == 60


def test_a_common_refrain_makes_no_copies():
    texts = [text + " nevermore, he said" * 100 for text in human(30, 300)]
    assert len(set(near_identical(texts).tolist())) == 30


@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_the_texts_does_not_matter(texts: list[str], rng: random.Random):
    order = list(range(len(texts)))
    rng.shuffle(order)
    for cluster in (identical, near_identical):
        before, after = cluster(texts), cluster([texts[i] for i in order])
        for i, j in [(a, b) for a in range(len(texts)) for b in range(a)]:
            assert (before[order[i]] == before[order[j]]) == (after[i] == after[j])


def test_the_order_of_many_near_copies_does_not_matter():
    texts = [changed(text, share) for text in human(10, 400) for share in (0, 0.1, 0.2, 0.3, 0.4, 0.5)]
    rng = random.Random(1)
    for _ in range(5):
        order = rng.sample(range(60), 60)
        before, after = near_identical(texts)[order], near_identical([texts[i] for i in order])
        assert len(set(zip(before.tolist(), after.tolist(), strict=True))) == len(set(before.tolist())) == len(set(after.tolist()))


@given(TEXTS)
def test_identical_texts_are_nearly_identical(texts: list[str]):
    same, near = identical(texts), near_identical(texts)
    assert len(set(zip(same.tolist(), near.tolist(), strict=True))) == len(set(same.tolist()))
    for clusters in (same, near):
        first = [clusters.tolist().index(cluster) for cluster in range(len(set(clusters.tolist())))]
        assert first == sorted(first)


@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_text_is_taken(texts: list[str]):
    assert len(identical(texts)) == len(near_identical(texts)) == len(texts)


def test_lone_surrogates_are_taken():
    assert near_identical(["\ud800" * 9, "\ud800" * 10, "\udfff" * 9]).tolist() == [0, 0, 1]


def test_the_hash_seed_of_python_does_not_matter():
    program = (
        "from evalkit.text.duplicates import near_identical as near\n"
        "print(near([f'{i} lamps and {i % 7} boats lay at the quay of the old town' for i in range(50)]).tolist())"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program], env={**environment, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def seconds(texts: list[str]) -> float:
    start = time.process_time()
    near_identical(texts)
    return time.process_time() - start


@pytest.mark.parametrize("kind", ["unlike", "copies", "common prompt"])
def test_the_time_is_about_proportional_to_the_text(kind: str):
    rng = np.random.default_rng(0)
    words = np.array(" ".join(human(100, 1000)).split())
    unlike = [" ".join(words[rng.integers(len(words), size=100)]) for _ in range(2000)]
    texts = {
        "unlike": unlike,
        "copies": [changed(" ".join(words[:100]), 0.05) + f" {i}" for i in range(2000)],
        "common prompt": [" ".join(words[:35]) + " " + text[:320] for text in unlike],
    }[kind]
    seconds(texts[:100])  # what is imported on the first call
    assert seconds(texts) < 40 * max(seconds(texts[:200]), 0.02)  # ten times the text; a hundred times if pairs were compared
