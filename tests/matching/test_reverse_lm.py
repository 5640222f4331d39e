"""What samples teach of held-out text, against the formula, and what is left out of it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.evaluation.reference import scan_documents
from evalkit.matching import reverse_lm
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.matching.reference_lm import CONCENTRATION
from evalkit.matching.reverse_lm import ORDER, QUOTED, amount, cut, human, judge
from evalkit.text.corpus import read_corpus
from evalkit.text.passages import slices

WORDS = ("the lamp", "a keeper", "went", "down", "up", "and", "came,", "was lit.")
TEXT = st.lists(st.sampled_from(WORDS), min_size=20, max_size=50).map(" ".join)
PIECE = 40


def by_hand(samples, n_chars, held_out, n_symbols):
    """Mean bits of the held-out characters that have a context in their stretch and lie in no stretch of 20 that a sample has, and their number."""
    counts, fitted = Counter(), cut(samples, n_chars)
    for text in ("\0" * ORDER + text for text in fitted):
        counts.update(text[i - n : i] for i in range(ORDER + 1, len(text) + 1) for n in range(1, ORDER + 1))
    bits = []
    for piece in (held_out[start : start + PIECE] for start in range(0, len(held_out), PIECE)):
        starts = [i for i in range(len(piece) - QUOTED + 1) if any(piece[i : i + QUOTED] in text for text in samples)]
        quoted = {place for start in starts for place in range(start, start + QUOTED)}
        for i in set(range(ORDER - 1, len(piece))) - quoted:
            p, before = 1 / n_symbols, sum(len(text) + ORDER for text in fitted)
            for n in range(1, ORDER + 1):
                p = (counts[piece[i - n + 1 : i + 1]] + CONCENTRATION * p) / (before + CONCENTRATION)
                before = counts[piece[i - n : i]]
            bits.append(-np.log2(p))
    return np.mean(bits) if bits else np.nan, len(bits)


@settings(max_examples=30)
@given(st.lists(TEXT, min_size=1, max_size=3), TEXT)
def test_by_the_formula(samples, held_out):
    with pytest.MonkeyPatch.context() as patch:
        # Amounts that a loop in Python can check.
        for name, small in {"STEP": 50, "FEWEST_CHARS": 100, "FEWEST_JUDGED": 1, "_PIECE": PIECE}.items():
            patch.setattr(reverse_lm, name, small)
        training = CorpusIndex(scan_documents([" ".join(WORDS), held_out])).training([0])
        n_chars = amount(samples)
        found = judge(samples, training, n_chars)
    n_symbols = len({*" ".join(WORDS), *held_out}) + 3  # one for all others, the border, and one that stands for nothing
    expected, n = by_hand(samples, n_chars, held_out, n_symbols)
    assert (found.bits, found.n_judged) == (pytest.approx(expected, nan_ok=True), n)
    assert bool(found.reason) == np.isnan(found.bits)


@given(st.lists(st.text("abc", max_size=30), max_size=6), st.data())
def test_every_passage_gives_the_same_share(texts, data):
    total = sum(map(len, texts))
    n_chars = data.draw(st.integers(0, total))
    pieces = cut(texts, n_chars)
    assert sum(map(len, pieces)) == n_chars
    assert pieces == cut(texts[::-1], n_chars)
    for piece, text in zip(pieces, sorted(texts), strict=True):
        assert text.startswith(piece) and abs(len(piece) - len(text) * n_chars / max(1, total)) <= 1


@pytest.mark.parametrize(("n", "expected"), [(0, 0), (19_999, 0), (20_000, 20_000), (199_400, 195_000), (1_000_000, 200_000)])
def test_amounts_are_of_one_grid(n, expected):
    assert amount(["a" * n]) == expected


@pytest.fixture(scope="module")
def tales():
    """Some tales to learn from, and two that are held out."""
    documents = [document.text for document in read_corpus().documents]
    return CorpusIndex(scan_documents(documents)).training(range(len(documents) - 2)), documents


def test_human_text_noise_and_repetition(tales):
    training, documents = tales
    values = human(training, 40, 40_000, n_draws=4, seed=0)
    letters = list("".join(documents))
    noise = ["".join(np.random.default_rng(0).choice(letters, 40_000))]
    passages = [piece for text in documents[:8] for piece in slices(text, 1_000)][:40]
    repeated = judge([passages[i // 4] for i in range(40)], training, 40_000 - 5_000).bits
    assert max(values) + 2 * (max(values) - min(values)) < repeated < judge(noise, training, 40_000).bits
    assert human(training, 40, 40_000, n_draws=4, seed=0) == values != human(training, 40, 40_000, n_draws=4, seed=1)


def test_order_does_not_matter(tales):
    training, documents = tales
    passages = list(slices("".join(documents[:4]), 900))
    assert judge(passages, training, 20_000) == judge(passages[::-1], training, 20_000)


def test_what_has_no_value_says_why(tales):
    training, documents = tales
    assert judge(["a b"], training, amount(["a b"])).reason == "3 of the 20,000 characters that it needs"
    assert "nearly all of the held-out text" in judge(documents[-2:] * 2, training, 20_000).reason
    none = CorpusIndex(scan_documents(documents[:3])).training(range(3))
    assert judge(documents, none, 20_000).reason == "it needs 5,000 characters of held-out text"
    assert human(none, 10, 100_000, n_draws=3, seed=0) == []
