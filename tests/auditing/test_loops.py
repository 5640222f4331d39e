"""Loops: every period, cut anywhere, from the last fifth on; and nothing that only repeats itself a little."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.auditing.loops import SHORTEST, loop_of

LETTERS = st.text(alphabet="abcdefgh ", min_size=1, max_size=40).filter(lambda text: text.strip() and not text[0].isspace())


def varied(n):
    """Text of n characters that repeats nothing."""
    return "".join(chr(0x4E00 + i) for i in range(n))


@pytest.mark.parametrize("period", [1, 2, 3, 7, 24, 60, 100, 200, 333, 499, 500])
@pytest.mark.parametrize("share", [0.21, 0.5, 0.9])
def test_every_period_up_to_half_of_the_text(period, share):
    n = 1000
    length = max(int(share * n), 2 * period)
    if length > n:
        pytest.skip("the turns have no room")
    start, unit = varied(n - length), varied(3000)[2000 : 2000 + period]
    text = (start + unit * (length // period + 1))[:n]
    loop = loop_of(text)
    assert loop is not None
    assert (loop.start, loop.end, loop.period) == (len(start), n, period)


@given(LETTERS, st.integers(3, 30), st.integers(0, 39), st.integers(0, 60))
def test_a_loop_may_end_in_the_middle_of_a_turn(unit, turns, cut, n_before):
    text = (varied(n_before) + unit * turns + unit[: cut % len(unit)]).rstrip()
    loop = loop_of(text)
    assert (loop is not None) or len(text) - n_before < max(SHORTEST, 0.2 * len(text), 2 * len(unit))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a",
        "ha ha ha ha",
        "no, no, no, no",
        "It rang, and rang, and was still.",
        varied(2000),
        varied(900) + "the sea, " * 10 + "x",
    ],
)
def test_what_is_none(text):
    assert loop_of(text) is None


def test_a_refrain_at_the_end_is_none():
    """Verses that come back at a distance make up less than the last fifth."""
    refrain = "Ring the bell for the drowned, ring the bell for the sea. "
    assert loop_of(varied(300) + refrain + varied(2000)[1000:1300] + refrain) is None


def test_an_end_that_stands_before_is_one_from_a_fifth_on():
    piece = varied(3000)[2000:2250]
    assert loop_of(varied(250) + piece + varied(2000)[1000:1250] + piece) is not None


@pytest.mark.parametrize("n", [12, 150])
def test_turns_may_differ_a_little(n):
    text = varied(300) + "".join(f"{i}. The keeper went down to the water and came back.\n" for i in range(n))
    loop = loop_of(text)
    assert loop is not None
    assert loop.period == 0


@given(st.text(max_size=400))
def test_any_text(text):
    loop = loop_of(text)
    if loop is not None:
        assert 0 <= loop.start < loop.end <= len(text)
        assert not text[loop.end :].strip()
        assert loop.end - loop.start >= SHORTEST - 1
