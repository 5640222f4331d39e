"""Whatever a file holds, reading it ends in texts or in one clear error.

CI reads five hundred files. More, and new ones every time:

    EVALKIT_FUZZ=50000 python -m pytest -q -p no:randomly --hypothesis-profile=explore tests/text/io/test_fuzz.py
"""

from __future__ import annotations

import gzip
import io
import json
import os
import unicodedata
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import EvalkitError, InputError
from evalkit.text.io.field_names import ANSWERS, CHATS, TEXT_FIELDS, WRAPPERS
from evalkit.text.io.formats import FORMATS
from evalkit.text.io.readers import Reader, ReadOptions

EXAMPLES = int(os.environ.get("EVALKIT_FUZZ", "500")) // 7
"""Of each of the seven tests below."""
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
OPTIONS = st.one_of(
    st.just({}),
    st.just({}),
    st.fixed_dictionaries(
        {},
        optional={
            "text_field": PATHS,
            "document_field": PATHS,
            "passage_field": PATHS,
            "encoding": st.sampled_from(["latin-1", "utf-16"]),
            "errors": st.sampled_from(["strict", "replace", "ignore"]),
        },
    ),
)
CELLS = st.sampled_from(["1", "2", "The lamp, lit.", "The lamp", '"', '""', '"a', 'a"', "\n", "\r", "\0", "\ufeff"]) | st.text(
    max_size=6
)
HEADERS = st.sampled_from(
    [["text"], ["id", "text"], ["text", "id"], ["id", "text", "error"], ["story"], ["text", "output"], [], ["sep=;"]]
)

# The forms that records have in the wild, each made of one text.
SHAPES = (
    lambda text: {"text": text},
    lambda text: {"id": 1, "prompt": "Go.", "completion": text},
    lambda text: {"messages": [{"role": "user", "content": "Go."}, {"role": "assistant", "content": text}]},
    lambda text: {"conversations": [{"from": "human", "value": "Go."}, {"from": "gpt", "value": text}]},
    lambda text: {"response": {"body": {"choices": [{"message": {"role": "assistant", "content": text}}]}}, "error": None},
    lambda text: {"prompt": "Go.", "outputs": [{"text": text}]},
    lambda text: {"target": "gold", "resps": [[text]], "filtered_resps": [text]},
    lambda text: {"generated_text": [{"role": "assistant", "content": [{"type": "text", "text": text}]}]},
    lambda text: {"text": text, "error": "timeout"},
    lambda text: text,
)


@st.composite
def records(draw: st.DrawFn) -> list[object]:
    """Records of one form with any texts, among which another record may stand."""
    shape = draw(st.sampled_from(SHAPES))
    found = [shape(text) for text in draw(st.lists(TEXTS | st.just("The lamp was lit."), min_size=1, max_size=5))]
    if draw(st.integers(0, 3)) == 0:
        found.insert(draw(st.integers(0, len(found))), draw(RECORDS))
    return found


@st.composite
def tables(draw: st.DrawFn, delimiters: str) -> bytes:
    """Rows below a header, most of them as long, quoted as it happens."""
    header, delimiter, end = draw(HEADERS), draw(st.sampled_from(delimiters)), draw(st.sampled_from(["\n", "\r\n"]))
    rows = [
        header,
        *draw(st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header) + draw(st.integers(0, 1))), max_size=5)),
    ]
    quoted = draw(st.booleans())
    lines = [delimiter.join('"' + cell.replace('"', '""') + '"' if quoted else cell for cell in row) for row in rows]
    return as_utf8(end.join(lines) + end)


def as_utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def as_lines(values: list[object], between: str) -> bytes:
    return between.join(json.dumps(value) for value in values).encode()


def around(values: list[object], name: str, more: dict[str, object], *, first: bool) -> bytes:
    """An object around a list of records, with other fields behind it or before."""
    whole = {name: values} | more if first else more | {name: values}
    return json.dumps(whole).encode()


def damaged(data: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Data as they are, or with a piece cut out, or with other bytes in its place."""

    def damage(data: bytes, start: float, length: int, other: bytes) -> bytes:
        at = int(start * len(data))
        return data[:at] + other + data[at + length :]

    return data | st.builds(damage, data, st.floats(0, 1), st.integers(0, 9), st.binary(max_size=4))


ARRAYS = st.builds(lambda values, indent: json.dumps(values, indent=indent).encode(), records(), st.sampled_from([None, 1]))
LINES = st.builds(as_lines, records(), st.sampled_from(["\n", "\n", "\r\n", "\n\n"]))
OBJECTS = st.builds(
    around,
    records(),
    st.sampled_from(["data", "rows", "mine", "text"]),
    st.dictionaries(st.sampled_from(["n", "about", "data", "text", "error"]), VALUES, max_size=2),
    first=st.booleans(),
)
WILD = RECORDS.map(lambda record: json.dumps(record).encode())
CONTENTS = {
    "text": st.text(max_size=60).map(as_utf8),
    "jsonl": st.one_of(LINES, LINES, LINES, ARRAYS, WILD),
    "json": st.one_of(ARRAYS, ARRAYS, LINES, OBJECTS, WILD),
    "csv": tables(",;\t|"),
    "tsv": tables("\t\t\t,"),
}
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
            text.text.encode()
            text.id.encode()
            assert not (getattr(text, "missing", None) and text.text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize("format_", CONTENTS)
@settings(max_examples=EXAMPLES)
@given(data=st.data(), packing=st.sampled_from(["", "", "", *PACKINGS]), options=OPTIONS, cut=st.integers(0, 9))
def test_files(folder: Path, format_: str, data: st.DataObject, packing: str, options: dict[str, object], cut: int):
    packed = PACKINGS[packing](data.draw(damaged(CONTENTS[format_])))
    file = folder / f"any{FORMATS[format_].extensions[0]}{packing}"
    file.write_bytes(packed[: len(packed) // 2] if cut == 0 else packed)
    check(file, options)


@settings(max_examples=EXAMPLES)
@given(
    format_=st.sampled_from(sorted(FORMATS)),
    content=st.binary(max_size=200),
    packing=st.sampled_from(sorted(PACKINGS)),
    options=OPTIONS,
)
def test_bytes(folder: Path, format_: str, content: bytes, packing: str, options: dict[str, object]):
    file = folder / f"any{FORMATS[format_].extensions[0]}{packing}"
    file.write_bytes(content)
    check(file, options)


@settings(max_examples=EXAMPLES)
@given(records(), OPTIONS, st.integers(0, 3))
def test_parquet_files(folder: Path, rows: list[object], options: dict[str, object], damage: int):
    pa = pytest.importorskip("pyarrow", reason="the optional package for Parquet is not installed")
    pq = pytest.importorskip("pyarrow.parquet")
    sink = io.BytesIO()
    try:
        pq.write_table(pa.Table.from_pylist([row for row in rows if isinstance(row, dict)]), sink)
    except (pa.ArrowException, UnicodeError, ValueError, TypeError):
        return  # not all that JSON can say fits into columns
    data = sink.getvalue()
    (folder / "any.parquet").write_bytes(data if damage else data[:40] + data[44:])
    check(folder / "any.parquet", options)


@settings(max_examples=EXAMPLES)
@given(records(), OPTIONS, st.integers(0, 2_000), st.binary(max_size=8))
def test_arrow_files(folder: Path, rows: list[object], options: dict[str, object], place: int, damage: bytes):
    pa = pytest.importorskip("pyarrow", reason="the optional package for Arrow is not installed")
    sink = io.BytesIO()
    try:
        table = pa.Table.from_pylist([row for row in rows if isinstance(row, dict)])
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    except (pa.ArrowException, UnicodeError, ValueError, TypeError):
        return  # not all that JSON can say fits into columns
    data = bytearray(sink.getvalue())
    start = place % len(data)
    data[start : start + len(damage)] = damage
    (folder / "any.arrow").write_bytes(data)
    check(folder / "any.arrow", options)
