from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.text.tokenize import TOKENIZER, normalize, words


def test_the_name_is_part_of_results_and_changes_with_the_values():
    assert TOKENIZER == "word-v1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("42 -- 7_8 ...", []),
        ("Don't, DON\u2019T, don\u2018t, don\u02bct, don\uff07t", ["don't"] * 5),
        ("rock-'n'-roll", ["rock", "n", "roll"]),
        ("o''clock", ["o", "clock"]),
        ("'tis the sailors' 'tale'", ["tis", "the", "sailors", "tale"]),
        ("snake_case x2y", ["snake", "case", "x", "y"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("cafe\u0301 café", ["café", "café"]),
        ("Ωμέγα 東京 ночь", ["ωμέγα", "東京", "ночь"]),
        ("well-known\nlamp\tlit", ["well", "known", "lamp", "lit"]),
    ],
)
def test_words(text: str, expected: list[str]):
    assert words(text) == expected


@given(st.text())
def test_words_are_the_pattern_over_nfc(text: str):
    apostrophes = dict.fromkeys(map(ord, "\u2019\u2018\u201b\u02bc\uff07"), "'")
    normal = unicodedata.normalize("NFC", text).translate(apostrophes)
    assert words(text) == [word.casefold() for word in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", normal)]


@given(st.text())
def test_normalizing_twice_changes_nothing(text: str):
    assert normalize(normalize(text)) == normalize(text)


@given(st.text(), st.text())
def test_words_of_parts_add_up(a: str, b: str):
    assert words(f"{a}\n{b}") == words(a) + words(b)
