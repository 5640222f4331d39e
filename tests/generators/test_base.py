"""Tests what every generator shares: decoding, random streams, codecs and specifications."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import SpecError, UsageError
from generators import NAMES, create, find
from generators.base import Decoding, UniformStreams, choose, option_defaults
from generators.codecs.words import WordCodec
from generators.sequence import CharCodec
from generators.spec import GeneratorSpec, parse_generator

PROBS = np.array([[0.5, 0.25, 0.125, 0.125, 0.0]])


def test_temperature_is_an_exponent():
    # At temperature 1/2 probabilities are squared: 16 : 4 : 1 : 1 of 22.
    tempered = Decoding(temperature=0.5).apply(PROBS)
    assert tempered / tempered.sum() == pytest.approx(np.array([[16, 4, 1, 1, 0]]) / 22)
    assert (Decoding(temperature=1e-6).apply(PROBS) > 0).tolist() == [[True, False, False, False, False]]


def test_top_k_keeps_the_first_of_equals():
    assert Decoding(top_k=3).apply(PROBS).tolist() == [[0.5, 0.25, 0.125, 0, 0]]
    assert Decoding(top_k=9).apply(PROBS).tolist() == PROBS.tolist()


def test_top_p_keeps_the_smallest_set_that_reaches_p():
    # .5 + .25 reaches .75 exactly; .76 needs the next.
    assert Decoding(top_p=0.75).apply(PROBS).tolist() == [[0.5, 0.25, 0, 0, 0]]
    assert Decoding(top_p=0.76).apply(PROBS).tolist() == [[0.5, 0.25, 0.125, 0, 0]]
    assert Decoding(top_p=1e-9).apply(PROBS).tolist() == [[0.5, 0, 0, 0, 0]]


def test_all_bad_decoding_is_named_at_once():
    with pytest.raises(UsageError) as raised:
        Decoding(temperature=0, top_k=0, top_p=1.5, stop="never")
    for word in ("temperature", "top_k", "top_p", "stop"):
        assert word in str(raised.value)
    with pytest.raises(UsageError, match="temperature"):
        Decoding(temperature=float("nan"))


def test_choice_never_falls_on_probability_0():
    probs = np.array([[0.0, 1.0, 0.0, 3.0, 0.0]] * 4)
    assert choose(probs, np.array([0.0, 0.2499, 0.25, 1 - 2**-53])).tolist() == [1, 1, 3, 3]


@given(st.integers(0, 2**64 - 1), st.integers(0, 1000), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_streams_depend_on_seed_and_number_alone(seed, number, parts):
    alone = UniformStreams(seed, [number])
    beside = UniformStreams(seed, [number + 1, number])
    n = sum(parts)
    whole = beside.draw(n)[1]
    assert np.concatenate([alone.draw(part)[0] for part in parts]).tolist() == whole.tolist()
    assert UniformStreams(seed, []).draw(3).shape == (0, 3)


def test_streams_are_those_of_philox_under_the_key_of_seed_and_number():
    for seed, number in ((0, 0), (5, 2**40), (2**64 - 1, 7)):
        plain = np.random.Generator(np.random.Philox(key=np.array([seed, number], np.uint64)))
        assert UniformStreams(seed, [number]).draw(9)[0].tolist() == plain.random(9).tolist()


def test_seeds_out_of_range():
    for seed in (-1, 2**64):
        with pytest.raises(UsageError, match="seed must be"):
            UniformStreams(seed, [0])


ANY_TEXT = st.text(st.characters(codec=None))


@given(st.lists(ANY_TEXT, min_size=1), ANY_TEXT)
def test_characters_round_trip(documents, other):
    codec = CharCodec.of(documents)
    for text in documents:
        assert codec.decode(codec.encode(text)) == text
    symbols = codec.encode(other)
    assert [codec.alphabet[s] if s >= 0 else None for s in symbols] == [c if c in codec.alphabet else None for c in other]


@given(st.lists(ANY_TEXT, min_size=1).filter(any), ANY_TEXT)
def test_words_round_trip(documents, other):
    codec = WordCodec.of(documents)
    for text in documents:
        assert codec.decode(codec.encode(text)) == text
    assert codec.encode(other).max(initial=0) <= codec.unknown


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.from_regex(r"[A-Za-z0-9./_-]{1,8}", fullmatch=True)))
def test_specifications_round_trip(options):
    spec = GeneratorSpec("ngram", options)
    assert parse_generator(str(spec)) == spec


@pytest.mark.parametrize("text", ["", ":", "ngram:", "ngram:order", "ngram:order=", "ngram:=3", "ngram:order=3,", ":order=3"])
def test_broken_specifications(text):
    with pytest.raises(SpecError, match="is not a generator specification"):
        parse_generator(text)


def test_options_are_typed_and_all_problems_named():
    assert create("ngram:unit=word,order=3").options() == {"order": 3, "unit": "word"}
    with pytest.raises(SpecError, match="twice"):
        create("ngram:order=3,order=4")
    with pytest.raises(SpecError) as raised:
        create("ngram:ordr=3,order=three")
    assert 'no option "ordr"' in str(raised.value)
    assert 'not "three"' in str(raised.value)
    with pytest.raises(SpecError, match="takes no options"):
        create("unigram:order=3")


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_its_class(name):
    cls = find(name)
    assert cls.name == name
    assert cls.summary
    for parameter in option_defaults(cls).values():
        assert parameter.default is not inspect.Parameter.empty


@given(st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.3]), min_size=2, max_size=9).filter(any), st.integers(1, 9), st.floats(0.01, 1))
def test_truncation_is_that_of_a_stable_ranking(row, k, p):
    probs = np.array([row])
    order = np.argsort(-probs[0], kind="stable")
    ranked = probs[0][order]
    top_k = np.where(np.isin(np.arange(len(row)), order[:k]), probs[0], 0)
    assert Decoding(top_k=k).apply(probs)[0].tolist() == top_k.tolist()
    reaches = order[: int((np.cumsum(ranked) - ranked < p * ranked.sum()).sum())]
    top_p = probs[0] if p == 1 else np.where(np.isin(np.arange(len(row)), reaches), probs[0], 0)
    assert Decoding(top_p=p).apply(probs)[0].tolist() == top_p.tolist()
