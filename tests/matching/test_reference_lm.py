"""N-grams get the numbers that sorting would give them, and characters that the corpus does not have cost bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import scan_documents
from evalkit.matching import reference_lm
from evalkit.matching.corpus_index import CorpusIndex


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30))
@pytest.mark.parametrize("n_values", [41, 10**9], ids=["table", "sorted"])
def test_distinct_values_are_ranked_as_numpy_ranks_them(n_values, values):
    found, ranks = reference_lm._distinct(np.array(values), n_values)
    expected, expected_ranks = np.unique(values, return_inverse=True)
    assert found.tolist() == expected.tolist()
    assert ranks.tolist() == expected_ranks.tolist()
    assert ranks.dtype == np.int64


TALES = [
    "The keeper went up the stair. " * 20,
    "The lamp was lit, and the wind rose. " * 20,
    "Nobody came over the mere. \u03b1 " * 20,
]
PASSAGE = "The wind went over the mere, and the lamp was lit. "


@pytest.mark.parametrize("odd", list("\u2603\u0436\u5b57\u00df\u00e6\u20ac\U0001f514"))
def test_an_odd_character_costs_bits_whichever_it_is(odd):
    training = CorpusIndex(scan_documents(TALES)).training(range(3))

    def bits(text):
        return training.bit_counts(Scan([text]))[0, 0] / 1000

    cost = bits(PASSAGE + odd + PASSAGE) - bits(PASSAGE + PASSAGE)
    # Every context that holds it is new, so the base is left with A / (n + A) of its share; the five characters after it lose their contexts.
    model = training.model
    own = np.log2((model.n_chars + reference_lm.CONCENTRATION) / reference_lm.CONCENTRATION * model.n_symbols)
    assert own < cost < 6 * own
    assert cost == pytest.approx(bits(PASSAGE + "\u2603" + PASSAGE) - bits(PASSAGE + PASSAGE))


def test_it_costs_as_much_as_a_character_of_the_judged_document_alone():
    index = CorpusIndex(scan_documents(TALES))
    own = index.ngrams.leave_one_out_bits(np.ones(3, bool))[(index.ngrams.document == 2)]
    alpha = TALES[2].index("\u03b1")
    other = index.training(range(2)).model.bits(index.char_codes.encode(TALES[2].replace("\u03b1", "\u2603")))
    assert own[alpha] == pytest.approx(other[alpha], abs=1e-9)
