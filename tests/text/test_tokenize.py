from __future__ import annotations

import re

import pytest
from hypothesis import example, given

from evalkit.text.tokenize import TOKENIZER, words
from tests.support.texts import TRICKY, slow_words


def test_the_name_is_part_of_results_and_changes_with_the_values():
    assert TOKENIZER == "word-v2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("42 -- 7_8 ...", []),
        ("Don't, DON\u2019T, don\u2018t, don\u02bct, don\uff07t", ["don't"] * 5),
        ("don\u00b4t don`t don\u2032t can\u00b4t it\u00b4s", ["don't", "don't", "don't", "can't", "it's"]),
        ("`quoted\u00b4 and 5\u2032 tall", ["quoted", "and", "tall"]),
        ("rock-'n'-roll", ["rock", "n", "roll"]),
        ("o''clock", ["o", "clock"]),
        ("'tis the sailors' 'tale'", ["tis", "the", "sailors", "tale"]),
        ("snake_case x2y", ["snake", "case", "x", "2y"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("cafe\u0301 café", ["café", "café"]),
        ("Ωμέγα 東京 ночь", ["ωμέγα", "東京", "ночь"]),
        ("well-known\nlamp\tlit", ["well", "known", "lamp", "lit"]),
        (
            "The 3rd of May, the 1890s, the '90s, 1890's, 10th; in 1926.",
            ["the", "3rd", "of", "may", "the", "1890s", "the", "90s", "1890's", "10th", "in"],
        ),
        (
            "keeper\u00b9 lit\u00b2, half\u00b3; \u00bd an hour, 2\u00bd miles, \u2460 first, Henry \u2167",
            ["keeper", "lit", "half", "an", "hour", "miles", "first", "henry"],
        ),
        ("light\u00adhouse keep\u2060er re\ufeffmem\u200dber\u200ced", ["lighthouse", "keeper", "remembered"]),
        ("o\u0323\u0300ro\u0323\u0300 x\u0302y", ["\u1ecd\u0300r\u1ecd\u0300", "x\u0302y"]),
        ("हिन्दी שָׁלוֹם", ["हिन्दी", "שָׁלוֹם"]),
    ],
)
def test_words(text: str, expected: list[str]):
    assert words(text) == expected


@given(TRICKY)
def test_words_are_those_of_the_definition(text: str):
    assert words(text) == slow_words(text)


@given(TRICKY)
@example("\u0149 \u0130\u0307 \u01f0 \ufb03")
def test_the_words_of_the_words_are_the_words(text: str):
    assert words(" ".join(words(text))) == words(text)


@given(TRICKY, TRICKY)
def test_words_of_parts_add_up(a: str, b: str):
    assert words(f"{a}\n{b}") == words(a) + words(b)


@given(TRICKY)
def test_on_plain_prose_words_are_as_they_were(text: str):
    plain = "".join(char for char in text if char.isascii() and (char.isalpha() or char in " .,;'\n-"))
    assert words(plain) == re.findall(r"[a-z]+(?:'[a-z]+)*", plain.lower())
