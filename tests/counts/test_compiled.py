"""The compiled scan finds what the slow, obvious one finds, in any text."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evalkit.counts import matrix
from evalkit.counts.compiled import kernel, scanner
from evalkit.text.canonical import canonical, clusters, matched
from tests.support.paths import ROOT
from tests.support.texts import TRICKY, slow_words

WORDS = st.text(st.sampled_from("aB'\u2019 19\u00e9\u00dfЖ中\u0301"), max_size=40)
TEXTS = st.lists(st.one_of(TRICKY, WORDS), max_size=6)


def slow_scan(texts):
    """The distinct characters and words in the order of their appearance, counts a text, and the words in order."""
    chars = [clusters(text) for text in texts]
    words = [slow_words(text) for text in texts]
    return [
        [list(dict.fromkeys(x for one in found for x in one)), [Counter(one) for one in found]] for found in (chars, words)
    ], words


def read(scanned):
    """What a scan found, without numbers."""
    found = []
    for part in (scanned.chars, scanned.words):
        rows = zip(part.starts[:-1], part.starts[1:], strict=True)
        counts = [
            Counter({part.names[c]: int(n) for c, n in zip(part.columns[low:high], part.counts[low:high], strict=True)})
            for low, high in rows
        ]
        found.append([list(part.names), counts])
    return found, [[scanned.words.names[i] for i in ids] for ids in np.split(scanned.word_ids, scanned.word_starts[1:-1])]


def prepared(texts):
    return [matched(canonical(text)) for text in texts]


@settings(deadline=None)
@given(TEXTS)
@example(
    [
        "1'a 12b a1 a'1 1''a",
        "",
        "a\r\nb'c''d",
        "\U0001d400\U00010400 x\u0302y",
        "\u0390 \u0130 \ufb01 \u1e9e stra\u00dfe",
        "\ud800 \udfff",
    ]
)
@example(["abcdefghijklmnop", "abcdefghijklmnopq", "bcdefghijklmnopq", "\u00fe" * 16, "\u00fe" * 17, "\u0436" * 3, "e" * 40_000])
def test_it_equals_the_slow_scan(texts):
    texts = prepared(texts)
    expected = slow_scan(texts)
    assert read(matrix.plain_scan(texts)) == (expected if texts else (expected[0], [[]]))
    assert read(scanner.scan(texts)) == read(matrix.plain_scan(texts))


def test_every_character_is_what_it_is_without_compiled_code():
    every = [
        f"x{char}y A{char}{char} 1{char}b '{char}'n"
        for point in range(0, 0x3400, 3)
        if not 0xD800 <= point < 0xE000
        for char in [chr(point)]
    ]
    rare = [f"x{chr(point)}y {chr(point)}" for point in range(0xA000, 0x20000, 97) if not 0xD800 <= point < 0xE000]
    texts = prepared([" ".join(every), " ".join(rare)])
    assert read(scanner.scan(texts)) == read(matrix.plain_scan(texts))


def test_tables_that_grow_blocks_and_threads_change_nothing(monkeypatch):
    texts = prepared(
        [
            " ".join(f"w{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}{chr(97 + i // 676)}{'é' * (i % 3)}" for i in range(k, k + 900))
            for k in range(0, 9000, 450)
        ]
    )
    expected = read(matrix.plain_scan(texts))
    assert read(scanner.scan(texts)) == expected
    monkeypatch.setattr(scanner, "BLOCK_CHARS", 5000)
    monkeypatch.setattr(scanner, "CHARS_A_PROCESSOR", 1000)
    monkeypatch.setattr(scanner, "n_processors", lambda: 3)
    assert read(scanner.scan(texts)) == expected


def test_words_of_one_hash_are_told_apart(monkeypatch):
    monkeypatch.setattr(kernel, "_hash_of", lambda *_: np.uint64(7))
    monkeypatch.setattr(scanner, "number_words", kernel.number_words.py_func)
    with np.errstate(over="ignore"):
        assert read(scanner.scan(["ночь лампа ночь свет лампа"])) == read(matrix.plain_scan(["ночь лампа ночь свет лампа"]))


def test_short_texts_do_not_wait_for_compiled_code():
    code = "from evalkit.counts.matrix import scanned; scanned(['the lamp'] * 1000); import sys; print('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize("chars", [matrix.FEWEST_LOADED // 2, matrix.FEWEST_LOADED])
def test_both_scans_give_equal_results_around_the_length_where_they_change(chars):
    texts = prepared(["The keeper\u2019s lamp wasn't lit. "] * (chars // 31 + 1))
    assert read(matrix.scanned(texts)) == read(matrix.plain_scan(texts))


def test_all_compiled_code_does():
    """What asks numba for a cache by itself cannot be imported from a folder that cannot be written, by a user without a home."""
    asking = [
        path.relative_to(ROOT).as_posix()
        for package in ("evalkit", "generators")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"\bcache=True\b", path.read_text(encoding="utf-8"))
    ]
    assert asking == ["evalkit/_util/threads.py"]
