"""JSON files: arrays, objects around a list, and records one after another, decoded one at a time."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.text.io.readers import Reader

WRITABLE = st.characters(codec="utf-8", exclude_characters="\0")


@pytest.fixture
def read(tmp_path: Path):
    def read(content: str, name: str = "a.json") -> list[str]:
        (tmp_path / name).write_text(content, encoding="utf-8", newline="")
        return [passage.text for passage in Reader(tmp_path / name).passages()]

    return read


@pytest.fixture
def error(refused, tmp_path: Path):
    def error(content: str, **options: object):
        (tmp_path / "a.json").write_text(content, encoding="utf-8")
        return refused(tmp_path / "a.json", **options)

    return error


@pytest.mark.parametrize(
    "content",
    [
        '["one", "two"]',
        ' \n["one"\n,\t"two"] \n',
        '[{"text": "one"}, {"text": "two"}]',
        '{"data": [{"text": "one"}, {"text": "two"}]}',
        '{"version": "1.0", "description": "My samples", "samples": ["one", "two"], "n": 2}',
        '{"version": 2, "mine": ["one", "two"], "scores": [1, 2]}',
        '{"mine": [{"text": "one"}, {"text": "two"}], "empty": []}',
        '{"text": "one"}\n{"text": "two"}\n',
        '{"text": "one"}{"text": "two"}',
        '"one" "two"',
        '{"rows": [{"row_idx": 0, "text": "one"}, {"row_idx": 1, "text": "two"}], "num_rows_total": 2}',
    ],
)
def test_records_are_found(read, content: str):
    assert read(content) == ["one", "two"]


@pytest.mark.parametrize(
    "content", ['{"text": "one"}', '"one"', '["one"]', '{"text": "one", "samples": ["a", "b"], "tags": ["x"]}']
)
def test_one_record(read, content: str):
    assert read(content) == ["one"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "holds no records"),
        ("[]", "holds no records"),
        ('{"data": []}', "holds no records"),
        ("{}", "record 1: no field holds text (fields: none)"),
        ("7", "record 1 is a number, not an object or a text"),
        ("[1, 2]", "record 1 is a number"),
        ('[["a", "b"]]', "record 1 is a list"),
        ('["one", "two"', 'line 1 is not JSON (the file ends where "]" is expected)'),
        ('["one" "two"]', 'line 1 is not JSON ("]" is expected'),
        ('[\n"one",\n]', "line 3 is not JSON (Expecting value)"),
        ('["one"] ["two"]', "line 1 is not JSON (something follows the array)"),
        ('[\n\n{"text": "one",}]', "line 3 is not JSON"),
        ('{"data": ["one"]} {"data": ["two"]}', "something follows the object"),
        ('{"data": ["one"], "samples": ["two"]}', 'whether the list "data" or "samples" beside it holds the text'),
        ('{"data": ["one"], "text": "two"}', 'whether the list "data" or "text" beside it holds the text'),
        ('{"mine": ["one"], "yours": ["two"]}', "not clear which field holds the records (mine, yours)"),
        ('{"story": "one", "yours": ["two"]}', "not clear which field holds the records (yours, story)"),
        ('{"text": {"0": "one"}, "id": {"0": 1}}', "it is one object of objects (text, id)"),
        ('{"one": 1', "the file ends where"),
        ("{1: 2}", "a name in double quotes is expected"),
        ('{"a" 1}', '":" is expected'),
        ('["a\\u0000"]', "record 1: the text holds a NUL"),
        ('["' + "9" * 10, "Unterminated string"),
        ('[{"n": ' + "9" * 5000 + "}]", "is not JSON"),
        ("[" + '{"a":' * 100_000, "nested too deeply"),
        ("[" * 100_000, "nested too deeply"),
        ("[tru", "line 1 is not JSON (Expecting value)"),
    ],
)
def test_what_is_none_is_refused(error, content: str, problem: str):
    assert problem in error(content).problem


def test_a_file_of_lines_that_is_called_jsonl_but_is_json(refused, tmp_path: Path):
    (tmp_path / "a.jsonl").write_text('{\n  "text": "one"\n}\n')
    assert "call the file .json" in refused(tmp_path / "a.jsonl").remedy


def test_a_record_beyond_the_limit(error):
    assert "a record has more than 100,000 characters" in error('["' + "x" * 400_000 + '"]', max_text_chars=100_000).problem


@given(
    st.lists(st.text(WRITABLE, min_size=1).filter(str.strip), min_size=1),
    st.sampled_from([None, 1]),
    st.booleans(),
    st.integers(min_value=0, max_value=70_000),
)
def test_records_come_back(tmp_path_factory, texts: list[str], indent: int | None, ascii_: bool, before: int):
    """Wherever the pieces of the file end: white space before them shifts each of them."""
    file = tmp_path_factory.getbasetemp() / "records.json"
    records = [{"text": text, "n": [1.5, None, {"deep": True}]} for text in texts]
    file.write_text(" " * before + json.dumps(records, indent=indent, ensure_ascii=ascii_), encoding="utf-8", newline="")
    read = [passage.text for passage in Reader(file).passages()]
    assert read == [text.replace("\r\n", "\n").replace("\r", "\n") for text in texts]


@pytest.mark.parametrize("around", ['{{"data": [{}]}}', "[{}]"])
def test_memory_is_that_of_a_record(tmp_path: Path, around: str):
    """A file of 24 MB of records of 60 kB."""
    file = tmp_path / "a.json"
    record = json.dumps({"text": "The lamp was lit. " * 3500})
    file.write_text(around.format(", ".join([record] * 400)))
    tracemalloc.start()
    n = sum(1 for _ in Reader(file).passages())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (n, peak < 3_000_000) == (400, True)
