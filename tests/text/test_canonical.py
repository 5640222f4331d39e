from __future__ import annotations

import re
import unicodedata

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from evalkit.text.canonical import (
    PARAGRAPH,
    Changes,
    canonical,
    changes,
    clusters,
    fold,
    has_marks,
    matched,
    matched_positions,
    on_lines,
    on_one_line,
    readable,
)
from tests.support.texts import INVISIBLE, SPACES, TRICKY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" \n ", ""),
        ("a\r\nb\rc\x85d\u2028e", "a\nb\nc\nd\ne"),
        ("a\n\n  b \r\n\t\r\n c\u2029d", f"a{PARAGRAPH}b{PARAGRAPH}c{PARAGRAPH}d"),
        ("a  b\u00a0\u2003c\td", "a  b  c d"),
        ("\ufeffThe \u200blamp\u00ad", "The lamp"),
        ("A\u0327\u0301 \u212b e\u0301", "\u00c1\u0327 \u00c5 \u00e9"),
        ("sea\u2019s \u2018x\u2019", "sea's 'x'"),
        ("5\u2032 don\u2032t `x` a`b", "5\u2032 don't `x` a'b"),
        ("\ud800x", "\ufffdx"),
        ("bell\x07\x00", "bell"),
    ],
)
def test_known_answers(text: str, expected: str):
    assert canonical(text) == unicodedata.normalize("NFC", expected)


_IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]")
ASCII = st.text(st.sampled_from("aB.'` \n\r\t\x1c\x00\x7f"), max_size=30)


def slow_canonical(text: str) -> str:
    """The definition, step by step over the whole text."""
    text = "".join("\ufffd" if unicodedata.category(char) == "Cs" else char for char in text)
    text = "".join(c for c in text if not _IGNORABLE.match(c) and (unicodedata.category(c) != "Cc" or c.isspace()))
    text = "".join("'" if char in "\u2019\u2018\u201b\u02bc\uff07" else char for char in unicodedata.normalize("NFC", text))
    kinds = [unicodedata.category(char)[0] for char in f"\n{text}\n"]
    text = "".join(
        "'" if char in "`\u00b4\u02b9\u02ca\u02cb\u2032\u2035\u055a\uff40" and kinds[i] in "LM" and kinds[i + 2] == "L" else char
        for i, char in enumerate(text)
    )
    return re.sub(r"\s+", slow_space, text).strip()


def slow_space(run: re.Match[str]) -> str:
    ends = len(re.findall("\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028]", run[0]))
    return PARAGRAPH if PARAGRAPH in run[0] or ends > 1 else "\n" if ends else " " * len(run[0])


@given(st.one_of(TRICKY, ASCII, st.text(st.sampled_from(f"a' \n{SPACES}"), max_size=12)))
@example("a\u00ad\n\n\n\u2029 b \n\n c\r\n\nd")
@example(" ")
def test_it_equals_the_slow_definition(text: str):
    assert canonical(text) == slow_canonical(text)


@given(TRICKY)
@example("a\u00ad\u0301")
@example("a\u0301\u00b4b")
def test_it_is_its_own_canonical_form(text: str):
    once = canonical(text)
    assert canonical(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert canonical(unicodedata.normalize("NFD", text)) == once
    assert fold(fold(text)) == fold(text)


@given(TRICKY, st.lists(st.tuples(st.integers(0, 40), st.sampled_from(INVISIBLE)), max_size=8))
def test_invisible_characters_change_nothing(text: str, inserted: list[tuple[int, str]]):
    longer = text
    for place, char in inserted:
        longer = longer[:place] + char + longer[place:]
    assert canonical(longer) == canonical(text)


@given(TRICKY, st.data())
def test_wrapping_lines_changes_nothing_that_is_matched(text: str, data: st.DataObject):
    wrapped = "".join(data.draw(st.sampled_from([" ", "\n", "\r\n", "\n\t"])) if char == " " else char for char in canonical(text))
    assert matched(on_one_line(canonical(wrapped))) == matched(on_one_line(canonical(text)))


def test_what_is_removed_is_what_unicode_calls_ignorable_and_controls():
    ignorable = regex.compile(r"\p{Default_Ignorable_Code_Point}")
    every = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    gone = {char for char in every if not canonical(f"x{char}x").strip("x") and not char.isspace() and char != "x"}
    expected = {
        char
        for char in every
        if ignorable.match(char) or (unicodedata.category(char) == "Cc" and not char.isspace()) or "\ufff9" <= char <= "\ufffb"
    }
    assert gone == expected
    # Of the format characters only those stay that are seen: number signs that enclose digits, and the joiners of hieroglyphs.
    stay = {unicodedata.name(char) for char in every if unicodedata.category(char) == "Cf"} - {
        unicodedata.name(char) for char in gone if unicodedata.category(char) == "Cf"
    }
    assert all(any(word in name for word in ("SIGN", "MARK", "HIEROGLYPH", "END OF AYAH")) for name in stay), stay


class TestChanges:
    def test_known_answer(self):
        text = "Don\u2019t re\u00admem\u00adber\u200b the\u00a0cafe\u0301, it\u00b4s\r\n\r\nlost \ud800."
        assert changes(text).as_json() == {
            "invisible": {"U+00AD": 2, "U+200B": 1},
            "apostrophes": {"U+2019": 1, "U+00B4": 1},
            "composed": 1,
            "spaces": 5,
            "surrogates": 1,
        }
        assert changes(text).n_chars == 12

    @given(TRICKY)
    def test_there_are_some_wherever_the_text_changes_within(self, text: str):
        # White space at the ends is not counted: that a file ends with a line end is no change that anybody asks for.
        assert (changes(text).n_chars > 0) == (canonical(text) != text.strip())

    @given(TRICKY, TRICKY)
    def test_they_add_up(self, a: str, b: str):
        assert (changes(a) + changes(b)).n_chars == changes(a).n_chars + changes(b).n_chars
        assert changes(a) + Changes() == changes(a)


@given(TRICKY)
def test_no_character_moves(text: str):
    text = canonical(text)
    assert len(on_lines(text)) == len(on_one_line(text)) == len(text)
    assert PARAGRAPH not in readable(text) and canonical(readable(text)) == text
    assert "".join(text[place] for place in matched_positions(text)) == matched(text)
    assert "".join(clusters(text)) == text
    assert has_marks(text) == any(unicodedata.category(char)[0] == "M" for char in text)
