"""Short names of candidates: whatever they are called, each has a name of its own, and none is longer than it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evalkit._util.formatting import labels

LONGEST = 16
NAMES = st.lists(
    st.one_of(
        st.text(min_size=1, max_size=40),
        st.from_regex(r"(ngram|lstm):[a-z]{1,9}=[0-9a-z]{1,9}(,[a-z]{1,9}=[0-9]{1,3}){0,3}", fullmatch=True),
        st.from_regex(r"(a|runs/)[a-b]{8,12}[/\\]?[0-9]{1,12}(\.txt)?", fullmatch=True),
    ),
    min_size=1,
    max_size=8,
    unique=True,
)


@given(NAMES)
def test_no_two_are_alike_and_short_ones_stay(names):
    short = labels(names)
    assert list(short) == names
    assert len(set(short.values())) == len(names)
    # Nobody may take a short name for another candidate's full one.
    assert [name for name in names if short[name] != name and short[name] in names] == []
    assert [name for name in names if len(name) <= LONGEST and short[name] != name] == []
    assert all(len(short[name]) <= len(name) for name in names)


def test_names_that_begin_and_end_alike_have_numbers():
    names = [f"a-model-with-{middle}-attention-1" for middle in ("much", "some", "less")]
    assert list(labels(names).values()) == ["a-model-\u2026 (1)", "a-model-\u2026 (2)", "a-model-\u2026 (3)"]
