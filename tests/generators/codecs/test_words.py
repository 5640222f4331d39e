"""Tests the codecs of words: a bounded vocabulary that spells all other words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import ModelError, SpecError
from generators import create
from generators.codecs.words import SpelledCodec
from generators.lstm.model import LSTM
from generators.storage.models import load, save

TEXTS = ["The sea and the bell. The sea and the lamp.", "the sea, the sea"]


def test_frequent_words_are_symbols_and_others_are_spelled() -> None:
    """Tokens by frequency: " sea" 4 and " the" 4 (first in code-point order wins ties), " and" 2; others come once, or have one character."""
    codec = SpelledCodec.of(TEXTS, most=2)
    assert codec.words == [" sea", " the"]
    n = len(codec.characters.alphabet)
    assert codec.encode("the sea").tolist() == [*codec.characters.encode("the"), n]
    assert codec.decode(codec.encode(TEXTS[0])) == TEXTS[0]
    assert (codec.encode(" the Xs") == codec.unknown).tolist() == [False, False, True, False]
    assert SpelledCodec.of(["one two"], most=10).words == []  # all come once


def test_bits_of_a_symbol_are_shared_out_over_its_characters() -> None:
    codec = SpelledCodec.of(TEXTS, most=2)
    # "a" is one character, " sea" a symbol of four, then the end.
    np.testing.assert_array_equal(codec.per_character("a sea", np.array([-1.0, -8.0, -3.0])), [-1, -2, -2, -2, -2, -3])


@given(st.lists(st.text(), min_size=1), st.integers(1, 20))
def test_texts_come_back(texts: list[str], most: int) -> None:
    codec = SpelledCodec.of(texts, most=most)
    for text in texts:
        symbols = codec.encode(text)
        assert codec.decode(symbols) == text
        assert codec.symbol_lengths()[symbols].sum() == len(text)
        assert len(codec.per_character(text, np.zeros(len(symbols) + 1))) == len(text) + 1
    again = SpelledCodec.restored(codec.arrays())
    assert (again.words, again.characters.alphabet) == (codec.words, codec.characters.alphabet)


@pytest.mark.parametrize("damage", ["lengths", "order", "points", "twice", "missing"])
def test_a_damaged_vocabulary_is_refused(damage: str) -> None:
    arrays = SpelledCodec.of(TEXTS, most=2).arrays()
    if damage == "lengths":
        arrays["word_lengths"] = arrays["word_lengths"] + np.uint32(1)
    elif damage == "order":
        arrays["alphabet"] = arrays["alphabet"][::-1]
    elif damage == "points":
        arrays["words"] = arrays["words"] + np.uint32(0x110000)
    elif damage == "twice":
        arrays["words"] = np.tile(arrays["words"][:4], 2)
    else:
        del arrays["words"]
    with pytest.raises(ModelError, match="vocabulary"):
        SpelledCodec.restored(arrays)


def test_an_lstm_of_words_learns_samples_and_comes_back(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed (extra lstm)")
    text = "the bell spoke once and the water answered. " * 60
    options = "units=24,embedding=8,window=8,batch=4,learning_rate=0.02,epochs=15,dropout=0,weight_drop=0"
    model = create(f"lstm:unit=word,vocabulary=7,{options}").fit([text], held_out=[text[:440]], seed=1)
    # Every word follows from the one before it: hardly a surprise is left but the end.
    assert model.bits_per_char([text[:440]]) < 0.2
    passage = model.sample(1, 200, seed=4)[0]
    assert len(passage) == 200
    assert "bell spoke once and the water answered" in passage
    again = load(save(model, tmp_path / "model"))
    assert again.sample(1, 200, seed=4) == [passage]
    assert np.isfinite(model.log2_prob("bell Z")).all()
    assert again.log2_prob("bell Z").tolist() == model.log2_prob("bell Z").tolist()
    assert model.log2_prob("bell Z")[-2] < -20.08  # which character it is, in bits, and those of an unknown one


def test_vocabulary_needs_words() -> None:
    with pytest.raises(SpecError, match="unit=word"):
        create("lstm:vocabulary=100")
    assert LSTM(unit="word").options()["vocabulary"] is None
