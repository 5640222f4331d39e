"""Spans that stand in several passages, by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.matching.shared_spans import SharedSpans

PASSAGES = st.lists(st.text("ab ", max_size=14), min_size=1, max_size=6)


def by_hand(texts, n):
    """Spans of each passage that another one has, and all its spans."""
    spans = [[text[i : i + n] for i in range(len(text) - n + 1)] for text in texts]
    others = [{span for j, other in enumerate(spans) if j != i for span in other} for i in range(len(texts))]
    return [sum(span in elsewhere for span in own) for own, elsewhere in zip(spans, others, strict=True)], list(map(len, spans))


def share(texts, n):
    shared, every = by_hand(texts, n)
    return sum(shared) / sum(every) if sum(every) else np.nan


@given(PASSAGES, st.integers(1, 5))
def test_every_span_by_trying(texts, n):
    found = SharedSpans.of(texts, n)
    assert (found.by_passage.tolist(), found.n_spans.tolist()) == by_hand(texts, n)
    assert found.share == share(texts, n) or np.isnan([found.share, share(texts, n)]).all()


@given(PASSAGES, st.integers(1, 4), st.data())
def test_without_each_unit_is_measuring_again(texts, n, data):
    k = data.draw(st.integers(1, len(texts)))
    units = [*range(k), *(data.draw(st.integers(0, k - 1)) for _ in texts[k:])]
    found = SharedSpans.of(texts, n).shares_without(np.array(units))
    expected = [share([text for text, unit in zip(texts, units, strict=True) if unit != left_out], n) for left_out in range(k)]
    assert found.tolist() == pytest.approx(expected, nan_ok=True, abs=1e-15)


def test_nothing_is_shared_with_nothing():
    empty = SharedSpans.of([], 20)
    assert np.isnan(empty.share) and not len(empty.shares_without(np.empty(0, np.int64)))
    assert SharedSpans.of(["a short one", "a short one"], 20).by_passage.tolist() == [0, 0]


def test_a_span_that_stands_twice_in_one_passage_only_is_its_own():
    assert SharedSpans.of(["abab", "cdcd"], 2).share == 0


def test_white_space_and_quotation_marks_of_any_kind_are_the_same():
    assert SharedSpans.of(["the \u201csea\u201d\nlay", 'the "sea" lay'], 13).share == 1
