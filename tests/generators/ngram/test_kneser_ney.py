"""Kneser-Ney smoothing against its definition, worked by hand and with dictionaries, one n-gram at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pytest

from generators.codecs.words import WordCodec, tokenize
from generators.ngram import kneser_ney
from generators.ngram.model import NGram

TALE = (
    "The bell that lay below the mere was never rung, and yet it rang.\n"
    "It rang at noon, it rang at night; the men who heard it rowed and sang.\n"
    "Then all the ropes were counted twice, and twice the bell was weighed with sand, "
    "and when it rang again they knew that none of them would come to land."
)
DOCUMENTS = [TALE, "They never rang the bell again.\n", "It rang.", "Ünder thé mere: \U0001f514\U0001f514 rang."]

Gram = tuple[str, ...]
BEGIN, END = "<s>", "</s>"


class SlowKneserNey:
    """Interpolated modified Kneser-Ney as the definition reads, to check the fast one by: probabilities of tokens after a context; tokens are strings, END ends a document."""

    def __init__(self, documents: Sequence[Sequence[str]], order: int) -> None:
        self.order = order
        raw: list[Counter[Gram]] = [Counter() for _ in range(order + 1)]
        for document in documents:
            tokens = (BEGIN, *document, END)
            for n in range(1, order + 1):
                raw[n].update(tokens[i : i + n] for i in range(len(tokens) - n + 1))
        self.counts = [self._adjusted(raw, n) for n in range(order + 1)]
        self.discounts = [_discounts(counts) for counts in self.counts]
        self.size = len({gram[-1] for gram in raw[1]} - {BEGIN}) + 1

    def _adjusted(self, raw: list[Counter[Gram]], n: int) -> dict[Gram, int]:
        if n == self.order:
            return {gram: c for gram, c in raw[n].items() if gram != (BEGIN,)}
        left: dict[Gram, set[str]] = defaultdict(set)
        for gram in raw[n + 1] if n else ():
            left[gram[1:]].add(gram[0])
        return {g: c if g[0] == BEGIN else len(left[g]) for g, c in raw[n].items() if g != (BEGIN,)}

    def prob(self, token: str | None, context: Gram) -> float:
        """p(token | context); None is the unknown token."""
        n = len(context) + 1
        lower = self.prob(token, context[1:]) if context else 1 / self.size
        row = {gram: c for gram, c in self.counts[n].items() if gram[:-1] == context}
        if not row:
            return lower
        total = sum(row.values())
        discounts = self.discounts[n]
        gamma = sum(discounts[min(c, 3)] for c in row.values()) / total
        count = row.get((*context, token), 0) if token is not None else 0
        return (count - discounts[min(count, 3)]) / total + gamma * lower

    def log_context(self, before: Sequence[str]) -> Gram:
        """The context that decides the token after `before` (without BEGIN)."""
        whole = (BEGIN, *before)
        return whole[len(whole) - min(len(whole), self.order - 1) :]


def _discounts(counts: dict[Gram, int]) -> list[float]:
    n = Counter(counts.values())
    if not (n[1] and n[2] and n[3]):
        return [0, 0.5, 1, 1.5]
    y = n[1] / (n[1] + 2 * n[2])
    found = [0, 1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]]
    return found if all(0 < d <= j for j, d in enumerate(found) if j) else [0, 0.5, 1, 1.5]


@pytest.mark.parametrize("order", [1, 2, 3, 5, 8, 11, 20])
def test_probabilities_are_those_of_the_definition(order: int) -> None:
    model = NGram(order=order).fit(DOCUMENTS)
    slow = SlowKneserNey(DOCUMENTS, order)
    text = "It rang at the mere. They weighed bells\n\nÜnder \u2603 it rang, \u2603\u2603\ud800"
    fast = 2 ** model.log2_prob(text)
    known = set("".join(DOCUMENTS))
    for i, token in enumerate([*text, END]):
        context = slow.log_context(text[:i])
        # A character that training never showed is the unknown symbol, and then one of all code points that training never showed.
        never_shown = token not in known and token != END
        expected = slow.prob(None, context) / (0x110000 - len(known)) if never_shown else slow.prob(token, context)
        assert fast[i] == pytest.approx(expected, rel=1e-9), (i, token)


def test_order_two_by_hand() -> None:
    # Documents "ab" and "b": bigrams <s>a, ab, b</s> (twice), <s>b. Left neighbours: a 1 (<s>), b 2 (a, <s>), </s> 1 (b). No count is 3, so the
    # discounts are .5, 1, 1.5 at both orders. Unigrams: total 4, gamma (.5 + 1 + .5) / 4 = .5, uniform 1/4 over a, b, </s> and unknown:
    # a .5/4 + .125 = .25, b 1/4 + .125 = .375, </s> .25, unknown .125.
    # p(b | <s>) = (1 - .5)/2 + .5 * .375 = .4375. p(</s> | b) = (2 - 1)/2 + .5 * .25 = .625.
    model = NGram(order=2).fit(["ab", "b"])
    assert 2 ** model.log2_prob("b") == pytest.approx([0.4375, 0.625])
    assert model.next_probs(model.initial_state(1))[0] == pytest.approx([0.375, 0.4375, 0.0625, 0.125])
    # What is drawn leaves the unknown out of the unigrams: 2/7, 3/7, 2/7.
    assert model.sampling_probs(model.initial_state(1))[0] == pytest.approx([0.25 + 0.5 * 2 / 7, 13 / 28, 0, 0.5 * 2 / 7])


def test_an_unknown_character_by_hand() -> None:
    # As above, after "b": its contexts give .5 to the unigrams, of which the unknown has .125; it is one of all code points but a and b. Nothing
    # is known after it, so that the end has its unigram.
    model = NGram(order=2).fit(["ab", "b"])
    assert 2 ** model.log2_prob("b\u2603")[1:] == pytest.approx([0.5 * 0.125 / (0x110000 - 2), 0.25])


def test_words_by_hand() -> None:
    # Tokens of "go go" and "go": "go", " go". Bigrams <s>go (twice), "go" " go", "go" </s>, " go" </s>. Left neighbours: go 1, " go" 1, </s> 2.
    # Discounts .5, 1, 1.5. Unigrams: total 4, gamma (.5 + .5 + 1) / 4 = .5, uniform 1/4: go .25, " go" .25, </s> .375, unknown .125.
    # p(go | <s>) = (2 - 1)/2 + .5 * .25 = .625, spread over two characters; p(</s> | go) = .5/2 + (.5 + .5)/2 * .375 = .4375.
    model = NGram(order=2, unit="word").fit(["go go", "go"])
    assert isinstance(model.codec, WordCodec)
    expected = np.log2([0.625, 0.625, 0.4375]) / [2, 2, 1]
    assert model.log2_prob("go") == pytest.approx(expected)
    assert model.next_probs(model.initial_state(1)).sum() == pytest.approx(1)
    assert model.next_probs(model.initial_state(1))[0, model.codec.unknown] == pytest.approx(0.5 * 0.125)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_words_are_those_of_the_definition(order: int) -> None:
    model = NGram(order=order, unit="word").fit(DOCUMENTS)
    assert isinstance(model.codec, WordCodec)
    slow = SlowKneserNey([tokenize(text) for text in DOCUMENTS], order)
    tokens = tokenize("It rang at the there; the bell again.")
    symbols = np.append(model.codec.encode("".join(tokens)), model.end)
    fast = 2 ** model.symbol_log2_prob(symbols)
    known = set(model.codec.vocabulary) | {END}
    assert any(token not in known for token in tokens)
    for i, token in enumerate([*tokens, END]):
        assert fast[i] == pytest.approx(slow.prob(token if token in known else None, slow.log_context(tokens[:i])), rel=1e-9)


def test_more_symbols_than_bits() -> None:
    # 300 symbols are looked up by search, not in bitmaps, and take 9 bits, so that order 9 needs two keys.
    rng = np.random.default_rng(0)
    documents = ["".join(chr(0x4E00 + c) for c in rng.zipf(1.3, 900) % 300) for _ in range(3)]
    model = NGram(order=9).fit(documents)
    slow = SlowKneserNey(documents, 9)
    text = documents[0][:12] + documents[1][200:203]
    fast = 2 ** model.log2_prob(text)
    for i in (0, 3, 11, 12, 14):
        assert fast[i] == pytest.approx(slow.prob(text[i], slow.log_context(text[:i])), rel=1e-9)
    assert model.sample(2, 50) == model.sample(2, 50)


@pytest.mark.parametrize("order", [2, 3])
def test_words_are_those_of_nltk(order: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # NLTK's Kneser-Ney has one discount for all counts and orders, and none for the unigrams; with such discounts ours is the same model.
    from nltk.lm import KneserNeyInterpolated
    from nltk.util import everygrams

    of_orders = iter([[0.0] * 4, *[[0.0, 0.3, 0.3, 0.3]] * (order - 1)])
    monkeypatch.setattr(kneser_ney, "discounts", lambda counts: np.array(next(of_orders)))
    model = NGram(order=order, unit="word").fit(DOCUMENTS)
    sentences = [[BEGIN, *tokenize(text), END] for text in DOCUMENTS]
    theirs = KneserNeyInterpolated(order, discount=0.3)
    theirs.fit([everygrams(s, max_len=order) for s in sentences], vocabulary_text=[t for s in sentences for t in s])
    n_compared = 0
    for text in (*DOCUMENTS, "It rang the mere, and yet they knew the bell", "They rung at noon that lay never twice again again"):
        tokens = tokenize(text)
        ours = model.model.probs_along(np.append(model.codec.encode(text), model.end))
        # Contexts with the beginning of a document have no counts of left neighbours for NLTK.
        for i in range(order - 1, len(tokens) + 1):
            word = [*tokens, END][i]
            assert ours[i] == pytest.approx(theirs.score(word, tokens[i - order + 1 : i]), rel=1e-9, abs=1e-15), (i, word)
            n_compared += 1
    assert n_compared > 90
