"""What figures show of a text: distances of passages, copied phrases and word ranks."""

from __future__ import annotations

import json

import pytest

import evalkit
from evalkit.errors import ModelError
from evalkit.results import from_dict

TALES = [tale.text for tale in evalkit.read_corpus().documents]


@pytest.fixture(scope="module")
def run():
    copied, shuffled = [text[:600] for text in TALES[:6]], [" ".join(sorted(text[:600].split())) for text in TALES[:6]]
    return evalkit.compare({"copied": copied, "sorted": shuffled}, metrics=["novelty.words_3", "vocab.hit", "wordlen.w1"])


def test_every_passage_has_a_distance_and_human_text_is_of_the_same_shape(run):
    assert {name: len(counts.distances) for name, counts in run.texts.items()} == {"": 6, "copied": 6, "sorted": 6}
    assert all(0 <= far <= 1 for counts in run.texts.values() for far in counts.distances)


def test_copied_phrases_are_what_is_not_new(run):
    for name in ("copied", "sorted"):
        counts = run.texts[name]
        assert len(counts.copied) == 8
        assert counts.copied[2] == pytest.approx(1 - run.row(name, "novelty.words_3").value, abs=1e-5)
        # A phrase can be no more copied than the shorter one that it begins with.
        assert list(counts.copied) == sorted(counts.copied, reverse=True)
    assert run.texts["copied"].copied[3] > run.texts["sorted"].copied[3]


def test_words_by_rank_fall_and_end_at_the_number_of_different_words(run):
    from evalkit.text.tokenize import words

    for name, texts in (("copied", [text[:600] for text in TALES[:6]]),):
        counts = run.texts[name]
        assert list(counts.per_10k) == sorted(counts.per_10k, reverse=True)
        different = {word for text in texts for word in words(text)}
        assert abs(counts.ranks[-1] - len(different)) <= 6  # passages may be cut inside a word


def test_they_round_trip_and_are_checked(run):
    plain = json.loads(run.to_json())
    assert from_dict(plain).texts == run.texts
    assert from_dict({key: value for key, value in plain.items() if key != "texts"}).texts == {}
    plain["texts"]["copied"]["ranks"].append(5)
    with pytest.raises(ModelError, match="one rate a rank"):
        from_dict(plain)
    plain["texts"] = {"nobody": plain["texts"]["sorted"]}
    with pytest.raises(ModelError, match="no such candidate"):
        from_dict(plain)
