"""Cutting texts: pieces keep every character, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.text.passages import pieces

TEXTS = st.text(alphabet="ab \n\t\u00a0.\u0301\u200d\u5929\U0001f600", max_size=400) | st.text(max_size=300)


@given(text=TEXTS, n_chars=st.integers(1, 120))
def test_pieces_joined_are_the_text(text, n_chars):
    assert "".join(pieces(text, n_chars)) == text


@given(text=TEXTS, n_chars=st.integers(1, 120))
def test_pieces_are_of_about_one_length(text, n_chars):
    cut = pieces(text, n_chars)
    assert len(cut) == max(1, (2 * len(text) + n_chars) // (2 * n_chars))
    if len(cut) > 1:
        size = len(text) / len(cut)
        assert all(size / 2 - 1 <= len(piece) <= 1.5 * size + 1 for piece in cut)


@pytest.mark.parametrize(("n", "n_pieces"), [(0, 1), (1, 1), (1000, 1), (1499, 1), (1500, 2), (2000, 2), (2499, 2), (2500, 3)])
def test_a_text_is_cut_where_that_brings_its_pieces_nearer(n, n_pieces):
    assert len(pieces("word " * (n // 5) + "x" * (n % 5), 1000)) == n_pieces


def test_no_word_is_cut_where_there_are_spaces():
    text = "every seventh wave is taller than the rest \n\n" * 60
    words = text.split()
    assert [word for piece in pieces(text, 90) for word in piece.split()] == words


def test_a_text_without_spaces_is_cut_between_characters_and_their_marks():
    text = "e\u0301" * 500  # every other place would part an acute accent from its letter
    cut = pieces(text, 101)
    assert len(cut) == 10
    assert all(piece.startswith("e") for piece in cut)


def test_a_long_text_takes_no_longer_than_it_is_long():
    import time

    start = time.process_time()
    assert sum(map(len, pieces("the bell " * 300_000, 1000))) == 2_700_000
    assert sum(map(len, pieces("x" * 3_000_000, 1000))) == 3_000_000
    assert time.process_time() - start < 5
