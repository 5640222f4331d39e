"""The n-gram model against the definition, KenLM's recorded figures, and itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import InputError, UsageError
from generators import create
from generators.base import Decoding
from generators.codecs.words import tokenize
from generators.ngram.model import NGram
from generators.sequence import SequenceModel
from tests.support.paths import CORPORA

LOVECRAFT = CORPORA / "lovecraft"
KENLM = {3: 2.84315, 4: 2.34067, 5: 2.04541, 6: 1.93235, 7: 1.89681, 8: 1.89436, 9: 1.89595, 10: 1.89878}
"""Bits per symbol, the end included, of `lmplz -o N --discount_fallback` on the standard split."""

TALE = (
    "The bell that lay below the mere was never rung, and yet it rang.\n"
    "It rang at noon, it rang at night; the men who heard it rowed and sang.\n"
    "Then all the ropes were counted twice, and twice the bell was weighed with sand, "
    "and when it rang again they knew that none of them would come to land."
)
DOCUMENTS = [TALE, "They never rang the bell again.\n", "It rang.", "Ünder thé mere: \U0001f514\U0001f514 rang."]


def standard_split() -> tuple[list[str], list[str]]:
    if not LOVECRAFT.is_dir():
        pytest.skip("the Lovecraft corpus is not here")
    texts = [path.read_bytes().decode() for path in sorted(LOVECRAFT.glob("*.txt"))]
    return [t for i, t in enumerate(texts) if i % 10 != 4], [t for i, t in enumerate(texts) if i % 10 == 4]


def test_unknown_words_are_spelled() -> None:
    model = NGram(order=2, unit="word").fit(DOCUMENTS)
    assert np.isfinite(model.log2_prob("The bellman rang.")).all()
    assert model.log2_prob("The bellman rang.").sum() < model.log2_prob("The bell rang.").sum()
    assert np.isfinite(model.log2_prob("The bell Q rang.")).all()
    assert model.log2_prob("The bell Q rang.").sum() < model.log2_prob("The bell u rang.").sum() - 20


@pytest.mark.parametrize("unit", ["char", "word"])
@pytest.mark.parametrize("order", [1, 3, 8])
def test_whole_documents_score_as_step_by_step(unit: str, order: int) -> None:
    model = NGram(order=order, unit=unit).fit(DOCUMENTS)
    for text in (*DOCUMENTS, "", "x", "It rang Q", "the bells, the bells"):
        slow = SequenceModel.symbol_log2_prob
        symbols = np.append(model.codec.encode(text), model.end)
        np.testing.assert_allclose(model.symbol_log2_prob(symbols), slow(model, symbols), rtol=0, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("ab\n é\U0001f514", max_size=12), min_size=1, max_size=5).filter(any), st.sampled_from([1, 2, 4, 30]))
def test_tiny_corpora_have_finite_distributions(documents: list[str], order: int) -> None:
    model = NGram(order=order).fit(documents)
    state = model.initial_state(3)
    for symbol in np.random.default_rng(0).integers(0, model.end + 1, 8):
        probs = model.next_probs(state)
        assert probs.sum(axis=1) == pytest.approx(np.ones(3))
        assert (probs > 0).all()
        state = model.advance(state, np.full(3, symbol))
    assert [len(passage) for passage in model.sample(3, 20)] == [20] * 3


@pytest.mark.parametrize("order", sorted(KENLM))
def test_bits_are_those_of_kenlm(order: int) -> None:
    train, held_out = standard_split()
    assert NGram(order=order).fit(train).bits_per_char(held_out) == pytest.approx(KENLM[order], abs=1e-3)


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_tokens_give_the_text_back(text: str) -> None:
    assert "".join(tokenize(text)) == text


def test_options_are_checked() -> None:
    with pytest.raises(UsageError, match="order must be from 1 to 32, not 0"):
        create("ngram:order=0")
    with pytest.raises(UsageError, match='Did you mean "word"'):
        create("ngram:unit=words")
    with pytest.raises(InputError, match="at least one character"):
        NGram().fit(["", ""])


@pytest.mark.parametrize("spec", ["ngram:order=4", "ngram:order=2,unit=word"])
def test_temperature_one_by_the_dense_path_agrees_in_distribution(spec: str) -> None:
    # top_k above the number of symbols changes nothing but takes the path through whole distributions.
    model = create(spec).fit(DOCUMENTS)
    plain = "".join(model.sample(400, 200, seed=1))
    dense = "".join(model.sample(400, 200, seed=2, decoding=Decoding(top_k=10**6)))
    for character in "eat .":
        # 80,000 characters each; correlated characters, so 8 binomial standard errors of room.
        p = plain.count(character) / len(plain)
        assert dense.count(character) / len(dense) == pytest.approx(p, abs=8 * (2 * p / len(plain)) ** 0.5)
