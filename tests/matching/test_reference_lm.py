"""N-grams get the numbers that sorting would give them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.matching import reference_lm


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30))
@pytest.mark.parametrize("n_values", [41, 10**9], ids=["table", "sorted"])
def test_distinct_values_are_ranked_as_numpy_ranks_them(n_values, values):
    found, ranks = reference_lm._distinct(np.array(values), n_values)
    expected, expected_ranks = np.unique(values, return_inverse=True)
    assert found.tolist() == expected.tolist()
    assert ranks.tolist() == expected_ranks.tolist()
    assert ranks.dtype == np.int64
