from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit._util.escape import visible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain, café, 東京, 🙂", "plain, café, 東京, 🙂"),
        ("a\0b", "a␀b"),
        ("\x1b[2J", "␛[2J"),
        ("one\ntwo\r\t", "one␊two␍␉"),
        ("\x7f\x9b", "␡<U+009B>"),
        ("gpj.\u202eexe", "gpj.<U+202E>exe"),
        ("\u2066\u200f\u061c", "<U+2066><U+200F><U+061C>"),
        ("\ufeffx\u200by\u00ad", "<U+FEFF>x<U+200B>y<U+00AD>"),
        ("\u2028\u2029", "<U+2028><U+2029>"),
        ("\ud800", "<U+D800>"),
        ("\U000e0041", "<U+E0041>"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_visible(text: str, expected: str):
    assert visible(text) == expected


def test_chosen_characters_stay():
    assert visible("one\ntwo\x07", keep="\n") == "one\ntwo␇"


@given(st.text(st.characters(exclude_categories=[])))
def test_nothing_that_steers_a_terminal_is_left(text: str):
    shown = visible(text)
    shown.encode()
    left = {unicodedata.category(char) for char in shown if char not in "\u200c\u200d"}
    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(st.characters(exclude_categories=[])))
def test_showing_twice_changes_nothing(text: str):
    assert visible(visible(text)) == visible(text)
