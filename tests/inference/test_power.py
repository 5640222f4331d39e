"""Power: known answers and the agreement of both functions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.inference import minimum_detectable_effect, passages_needed


def test_known_effect():
    # z(.975) + z(.8) = 1.960 + .842; a two-sided test at .05 of two groups of 64 sees half a standard deviation with 80 % power
    # (Cohen 1988, table 2.4.1): the standard error is sqrt(2 / 64) = .1768, and .1768 x 2.8 = .4987.
    assert minimum_detectable_effect((2 / 64) ** 0.5, 126) == pytest.approx(0.5, abs=0.005)


def test_known_number():
    assert passages_needed(0.5, standard_error=(2 / 10) ** 0.5, n_passages=10) == pytest.approx(64, abs=1)


@given(effect=st.floats(0.01, 10), error=st.floats(0.01, 10), n=st.integers(5, 500))
def test_as_many_as_needed_and_not_one_more(effect, error, n):
    found = passages_needed(effect, standard_error=error, n_passages=n)
    if found is None:
        return
    per_passage = error * n**0.5
    assert minimum_detectable_effect(per_passage / found**0.5, 2 * (found - 1)) <= effect
    if found > 2:
        assert minimum_detectable_effect(per_passage / (found - 1) ** 0.5, 2 * (found - 2)) > effect


@pytest.mark.parametrize("effect", [0.0, -1.0, float("nan"), 1e-9])
def test_no_number_of_passages_shows_nothing(effect):
    assert passages_needed(effect, standard_error=1.0, n_passages=40) is None
