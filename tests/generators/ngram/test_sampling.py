"""Tests the samplers of n-gram models against the distributions that they draw from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.base import PLAIN, Decoding, UniformStreams
from generators.conformance.subject import DOCUMENTS, normalised, require_follows
from generators.ngram import sampling
from generators.ngram.backoff_sampler import BackoffSampler, tempered
from generators.ngram.model import NGram
from generators.ngram.sampling import FullSampler, RejectionSampler, ShortlistSampler, sampler_for
from generators.ngram.trie import NEVER, ROOT

SPECS = [{"order": 1}, {"order": 2}, {"order": 9}, {"order": 3, "unit": "word"}]


def fitted(spec):
    return NGram(**spec).fit(DOCUMENTS).model


def contexts_of(model):
    """All contexts that a stream can be in."""
    return np.unique(model.following[model.trie.symbols != model.end + 1])


def mixed(model, weights, leave):
    """The distribution of each context that weights and leaving say, by the definition: {context: [V]}."""
    distributions = {NEVER: np.zeros(model.end + 1)}

    def distribution(context):
        if context not in distributions:
            children = slice(model.trie.first[context], model.trie.first[context + 1])
            row = np.zeros(model.end + 2)
            row[model.trie.symbols[children]] = weights[children]
            share = 1 - leave[context]
            here = row[:-1] * (share / row.sum()) if share else 0.0
            distributions[context] = here + leave[context] * distribution(int(model.trie.suffixes[context]))
        return distributions[context]

    return {int(context): distribution(int(context)) for context in contexts_of(model)}


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize("temperature", [0.02, 0.5, 1.0, 1.7, 40.0])
def test_a_tempered_mixture_is_the_tempered_distribution(spec, temperature):
    model = fitted(spec)
    changed = tempered(model, temperature)
    distributions = mixed(model, changed.weights, changed.leave)
    contexts = np.array(list(distributions))
    expected = normalised(Decoding(temperature=temperature).apply(model.probs(contexts, model.known_unigrams)))
    np.testing.assert_allclose(np.array(list(distributions.values())), expected, rtol=1e-9, atol=1e-13)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text("ab\n é\U0001f514", max_size=12), min_size=1, max_size=5).filter(any),
    st.sampled_from([1, 2, 4, 30]),
    st.sampled_from(["char", "word"]),
    st.sampled_from([0.05, 0.7, 1.0, 20.0]),
)
def test_it_is_so_for_tiny_corpora(documents, order, unit, temperature):
    model = NGram(order=order, unit=unit).fit(documents).model
    changed = tempered(model, temperature)
    for context, distribution in mixed(model, changed.weights, changed.leave).items():
        probs = model.probs(np.array([context]), model.known_unigrams)
        expected = normalised(Decoding(temperature=temperature).apply(probs))[0]
        np.testing.assert_allclose(distribution, expected, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_a_back_off_sampler_follows_its_mixture(spec):
    model = fitted(spec)
    sampler = BackoffSampler(model, model.alpha, model.gamma)
    for context in np.random.default_rng(0).choice(contexts_of(model), 5):
        contexts = np.full(20_000, int(context))
        drawn, after = sampler.step(contexts, UniformStreams(1, [int(context)]).draw(20_000)[0])
        require_follows(
            np.bincount(drawn, minlength=model.end + 1), model.probs(contexts[:1], model.known_unigrams)[0], f"after {context}"
        )
        assert after.tolist() == model.advance(contexts, drawn).tolist()


def test_the_first_and_last_uniform_number_draw_something_possible():
    for spec in SPECS:
        model = fitted(spec)
        contexts = contexts_of(model).astype(np.int64)
        probs = model.probs(contexts, model.known_unigrams)
        for number in (0.0, 1 - 2**-53):
            drawn, _ = BackoffSampler(model, model.alpha, model.gamma).step(contexts, np.full(len(contexts), number))
            assert (probs[np.arange(len(contexts)), drawn] > 0).all()


DECODINGS = [
    Decoding(top_k=1),
    Decoding(top_k=4, temperature=2.0),
    Decoding(top_p=0.5),
    Decoding(top_p=0.95, temperature=0.6),
    Decoding(top_p=0.8, top_k=6),
]


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize("decoding", DECODINGS, ids=str)
def test_lists_hold_what_the_whole_distribution_leaves(spec, decoding):
    """Top-p sets that are larger than a list are drawn from the whole distribution."""
    model = fitted(spec)
    lists = ShortlistSampler(model, decoding, size=decoding.top_k or 3)
    contexts = contexts_of(model).astype(np.int64)
    expected = decoding.apply(model.probs(contexts, model.known_unigrams))
    places = lists._lists_of(contexts)
    complete = lists._complete[places]
    assert complete.any() or len(contexts) == 1
    assert decoding.top_k or not complete.all()
    weights = np.diff(lists._cumulative[places], axis=1, prepend=0)
    found = np.zeros_like(expected)
    np.add.at(found, (np.arange(len(contexts))[:, None], np.minimum(lists._symbols[places], model.end)), weights)
    np.testing.assert_allclose(normalised(found[complete]), normalised(expected[complete]), rtol=1e-9, atol=1e-12)
    rest = contexts[~complete]
    numbers = UniformStreams(0, [0]).draw(len(rest))[0]
    assert lists._draw(rest, numbers).tolist() == FullSampler(model, decoding).draw(rest, numbers).tolist()


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize(
    "decoding", [Decoding(top_p=0.3), Decoding(top_p=0.95, temperature=0.6), Decoding(top_p=0.8, temperature=3.0)], ids=str
)
def test_what_is_drawn_within_a_top_p_set_follows_the_distribution(spec, decoding, monkeypatch):
    """The uniform alphabet of the smoothing gives many symbols of one probability, of which the top-p set holds the first."""
    monkeypatch.setattr("generators.ngram.sampling.MAX_CELLS", 1)
    monkeypatch.setattr("generators.ngram.sampling._LONGEST_LIST", 1)
    model = fitted(spec)
    sampler = sampler_for(model, decoding)
    assert isinstance(sampler, RejectionSampler)
    for context in np.random.default_rng(0).choice(contexts_of(model), 3):
        contexts = np.full(20_000, int(context))
        drawn, after = sampler.step(contexts, UniformStreams(1, [int(context)]).draw(20_000)[0])
        expected = normalised(decoding.apply(model.probs(contexts[:1], model.known_unigrams)))[0]
        require_follows(np.bincount(drawn, minlength=model.end + 1), expected, f"after {context}")
        assert after.tolist() == model.advance(contexts, drawn).tolist()


@pytest.mark.parametrize("decoding", DECODINGS[:4], ids=str)
def test_lists_that_were_forgotten_are_made_again(decoding, monkeypatch):
    model = fitted({"order": 5})
    size = decoding.top_k or 8
    roomy = ShortlistSampler(model, decoding, size=size)
    monkeypatch.setattr(sampling, "MAX_CELLS", 40 * size)
    tight = ShortlistSampler(model, decoding, size=size)
    contexts = {lists: np.full(30, model.begin) for lists in (roomy, tight)}
    for numbers in UniformStreams(2, range(30)).draw(60).T:
        drawn = {}
        for lists in contexts:
            drawn[lists], contexts[lists] = lists.step(contexts[lists], numbers)
        assert drawn[roomy].tolist() == drawn[tight].tolist()
    assert roomy._n_lists > len(tight._symbols)


def test_the_way_of_drawing_suits_the_decoding(monkeypatch):
    model = fitted({"order": 4})
    few = [PLAIN, Decoding(temperature=2.0), Decoding(top_k=10**6), Decoding(top_p=1.0)]
    assert {type(sampler_for(model, decoding)) for decoding in few} == {BackoffSampler}
    assert {type(sampler_for(model, decoding)) for decoding in DECODINGS} == {ShortlistSampler}
    monkeypatch.setattr("generators.ngram.sampling.MAX_CELLS", 100)
    assert {type(sampler_for(model, decoding)) for decoding in DECODINGS} == {FullSampler}


def test_whole_distributions_are_held_a_few_at_a_time(monkeypatch):
    model = fitted({"order": 4})
    contexts = contexts_of(model)[:50].astype(np.int64)
    numbers = UniformStreams(3, [0]).draw(50)[0]
    whole = FullSampler(model, Decoding(top_p=0.9))
    at_once = whole.draw(contexts, numbers)
    monkeypatch.setattr(sampling, "_FULL_CELLS", 7 * (model.end + 1))
    assert whole.draw(contexts, numbers).tolist() == at_once.tolist()


def test_suffixes_and_following_are_those_of_the_text():
    model = NGram(order=3).fit(["abab", "ba"]).model
    trie = model.trie

    def text(node):
        symbols = []
        while node > ROOT:
            symbols.append("ab?$^"[trie.symbols[node]])  # "?" is the unknown symbol
            node = int(np.searchsorted(trie.first, node, side="right")) - 1
        return "".join(reversed(symbols))

    names = {text(node): node for node in range(ROOT, len(trie.symbols))}
    for name, node in names.items():
        if node > ROOT:
            assert trie.suffixes[node] == names[name[1:]]
            expected = names["^"] if name.endswith("$") else names[name[-2:]]
            assert model.following[node] == expected
