"""Whatever a file holds, reading it ends in texts or in one clear error.

CI runs a few hundred files a reader. More, and new ones every time:

    EVALKIT_FUZZ=50000 python -m pytest -q -p no:randomly --hypothesis-profile=explore tests/text/io/test_fuzz.py
"""

from __future__ import annotations

import gzip
import io
import json
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import EvalkitError, InputError
from evalkit.text.io.field_names import ANSWERS, CHATS, TEXT_FIELDS, WRAPPERS
from evalkit.text.io.formats import FORMATS
from evalkit.text.io.readers import Reader, ReadOptions

EXAMPLES = int(os.environ.get("EVALKIT_FUZZ", "500"))
LIMITS = {"max_text_chars": 20_000, "max_unpacked_bytes": 200_000}

# Names and values that mean something to the readers come often, anything else now and then.
NAMES = st.sampled_from(
    [
        *TEXT_FIELDS[:6],
        *CHATS,
        *ANSWERS,
        *WRAPPERS,
        "id",
        "target",
        "prompt",
        "error",
        "role",
        "from",
        "value",
        "type",
        "parts",
        "resps",
        "a.b",
    ]
) | st.text(max_size=4)
TEXTS = st.sampled_from(
    ["", " ", "The lamp was lit.", "assistant", "user", "gpt", "text", "\0", "\ud800", "1,2", "a\nb", '"']
) | st.text(max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12)
RECORDS = st.dictionaries(NAMES, VALUES, max_size=4) | VALUES
PATHS = st.none() | NAMES | st.lists(NAMES | st.sampled_from(["0", "-1", "7"]), min_size=1, max_size=4).map(".".join)
OPTIONS = st.fixed_dictionaries(
    {
        "text_field": st.one_of(st.none(), st.none(), PATHS),
        "document_field": st.one_of(st.none(), st.none(), st.none(), PATHS),
        "passage_field": st.one_of(st.none(), st.none(), st.none(), PATHS),
        "encoding": st.sampled_from(["utf-8", "utf-8", "utf-8", "latin-1", "utf-16"]),
        "errors": st.sampled_from(["strict", "replace", "ignore"]),
    }
)
CELLS = st.sampled_from(
    ["id", "text", "story", "The lamp, lit.", '"', '""', '"a', 'a"', "1", "2", "sep=;", "\n", "\r", "\0", "\ufeff"]
) | st.text(max_size=6)
MARKS = st.sampled_from([",", ";", "\t", "|", "\n", "\n", "\r\n", '",', '"\n', "sep=;\n"])


def as_json(values: Iterable[object], between: str) -> bytes:
    return between.join(json.dumps(value) for value in values).encode()


def as_utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def damaged(data: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Data as they are, or with a piece cut out, or with other bytes in its place."""

    def damage(data: bytes, start: float, length: int, other: bytes) -> bytes:
        at = int(start * len(data))
        return data[:at] + other + data[at + length :]

    places = st.floats(0, 1)
    return data | st.builds(damage, data, places, st.integers(0, 9), st.binary(max_size=4))


LINES = st.builds(as_json, st.lists(RECORDS, max_size=5), st.sampled_from(["\n", "\n", "\r\n", "\n\n", " "]))
ARRAYS = st.lists(RECORDS, max_size=5).map(lambda records: json.dumps(records).encode())
AROUND = st.dictionaries(
    st.sampled_from(["data", "rows", "text", "mine", "error"]), st.lists(RECORDS, max_size=3) | VALUES, max_size=3
)
TABLES = st.lists(st.tuples(CELLS, MARKS), max_size=30).map(lambda pairs: as_utf8("".join(cell + mark for cell, mark in pairs)))
OBJECTS = AROUND.map(lambda record: json.dumps(record).encode())
TEXT_FILES = st.text(max_size=60).map(as_utf8)
STRUCTURED = damaged(st.one_of(LINES, ARRAYS, OBJECTS, TABLES, TEXT_FILES))
CONTENTS = st.one_of(st.binary(max_size=200), STRUCTURED, STRUCTURED, STRUCTURED)
PACKINGS = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}


def check_error(error: InputError) -> None:
    """It is one sentence with a remedy, safe to print."""
    assert error.problem.endswith(".")
    assert "\n" not in error.problem
    assert error.remedy
    assert not {char for char in str(error) if char != "\n" and unicodedata.category(char) in {"Cc", "Cs"}}


def check(file: Path, options: dict[str, object]) -> None:
    """Reads a file as passages and as documents: texts that can be stored, with a report that counts them, or an error with a remedy."""
    try:
        settings_ = ReadOptions(**options, **LIMITS)
    except EvalkitError:
        return
    for kind in ("passages", "documents"):
        reader = Reader(file, options=settings_)
        try:
            texts = list(getattr(reader, kind)())
        except InputError as error:
            check_error(error)
            continue
        assert any(text.text.strip() for text in texts)
        assert sum(report.n_texts for report in reader.reports) == len(texts)
        assert sum(report.n_chars for report in reader.reports) == sum(len(text.text) for text in texts)
        for text in texts:
            assert "\0" not in text.text
            assert "\r" not in text.text
            assert text.text.encode()
            assert text.id.encode()
            assert not (getattr(text, "missing", None) and text.text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@settings(max_examples=EXAMPLES)
@given(
    st.sampled_from(sorted(FORMATS)),
    damaged(CONTENTS),
    st.sampled_from(sorted(PACKINGS)),
    OPTIONS,
    st.sampled_from(["", "", "damaged"]),
)
def test_files(folder: Path, format_: str, content: bytes, packing: str, options: dict[str, object], state: str):
    packed = PACKINGS[packing](content)
    file = folder / f"any{FORMATS[format_].extensions[0]}{packing}"
    file.write_bytes(packed[: len(packed) // 2] if state else packed)
    check(file, options)


@settings(max_examples=EXAMPLES)
@given(st.lists(RECORDS.filter(lambda record: isinstance(record, dict) and record), min_size=1, max_size=4), OPTIONS, st.booleans())
def test_parquet_files(folder: Path, rows: list[dict[str, object]], options: dict[str, object], whole: bool):
    pa = pytest.importorskip("pyarrow", reason="the optional package for Parquet is not installed")
    pq = pytest.importorskip("pyarrow.parquet")
    sink = io.BytesIO()
    try:
        pq.write_table(pa.Table.from_pylist(rows), sink)
    except (pa.ArrowException, UnicodeError, ValueError, TypeError):
        return  # not all that JSON can say fits into columns
    data = sink.getvalue()
    (folder / "any.parquet").write_bytes(data if whole else data[:40] + data[44:])
    check(folder / "any.parquet", options)
