"""Ranks and letters."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from evalkit.inference.ranking import rank

NAMES = ["p", "q", "r", "s", "t"]
PAIRS = st.sets(st.sampled_from(list(combinations(NAMES, 2))))


@given(better=PAIRS)
def test_sharing_a_letter_means_not_differing(better):
    letters = rank(NAMES, better).letters
    for a, b in combinations(NAMES, 2):
        assert bool(set(letters[a]) & set(letters[b])) == ((a, b) not in better)


@given(better=PAIRS)
def test_rank_counts_the_better_ones(better):
    ranks = rank(NAMES, better).ranks
    assert list(ranks) == sorted(ranks, key=lambda name: (ranks[name], NAMES.index(name)))
    for name in NAMES:
        assert ranks[name] == 1 + sum((other, name) in better for other in NAMES)


def test_ties_need_not_be_transitive():
    # Piepho (2004): a middle one that differs from neither end carries both letters.
    found = rank(["best", "middle", "worst"], {("best", "worst")})
    assert found.letters == {"best": "a", "middle": "ab", "worst": "b"}
    assert found.ranks == {"best": 1, "middle": 1, "worst": 2}


def test_nobody_beats_anybody():
    assert set(rank(NAMES, set()).letters.values()) == {"a"}
