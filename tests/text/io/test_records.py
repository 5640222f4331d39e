"""Records and streams: sound files in every format, and every way in which one can be broken."""

from __future__ import annotations

import gzip
import io
import json
import random
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import InputError, UsageError
from evalkit.text.io.readers import ReadOptions, read_documents, read_passages
from evalkit.text.passages import Passage

pa = pytest.importorskip("pyarrow", reason="the optional package for Parquet is not installed")
pq = pytest.importorskip("pyarrow.parquet")

TEXT = "The well was dry.\n\nNo one had drawn from it since the wedding.\n"
WRITABLE = st.characters(codec="utf-8", exclude_characters="\0")
PACK = {"": lambda data: data, ".gz": gzip.compress, ".zst": zstandard.compress}


def parquet(rows: list[dict[str, object]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def arrow(rows: list[dict[str, object]], *, rows_a_batch: int = 1000, new: object = pa.ipc.new_stream, **options: object) -> bytes:
    """A table as `datasets` writes it, or with another writer."""
    sink, table = io.BytesIO(), pa.Table.from_pylist(rows)
    with new(sink, table.schema, **options) as writer:
        writer.write_table(table, max_chunksize=rows_a_batch)
    return sink.getvalue()


def jsonl(*rows: object) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


ROWS = [{"id": "p1", "story": "well", "text": 'one,\n"two"'}, {"id": "p2", "story": "bell", "text": "three\tfour é"}]
TABLES = {
    ".jsonl": jsonl(*ROWS),
    ".ndjson": jsonl(*ROWS),
    ".json": json.dumps(ROWS).encode(),
    ".csv": 'id,story,text\np1,well,"one,\n""two"""\np2,bell,three\tfour é\n'.encode(),
    ".parquet": parquet(ROWS),
    ".arrow": arrow(ROWS),
}


@pytest.fixture
def write(tmp_path: Path):
    def write(name: str, content: bytes | str) -> Path:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write


@pytest.mark.parametrize("packing", PACK)
class TestEveryPacking:
    @pytest.mark.parametrize("name", ["a.txt", "a.md", "a"])
    def test_text(self, write, documents, packing: str, name: str):
        (document,) = documents(write(name + packing, PACK[packing](TEXT.encode())))
        assert (document.id, document.text) == ("a", TEXT)

    @pytest.mark.parametrize("extension", TABLES)
    def test_tables(self, write, documents, packing: str, extension: str):
        file = write(f"runs{extension}{packing}", PACK[packing](TABLES[extension]))
        assert [(d.id, d.text) for d in documents(file)] == [("runs:1", ROWS[0]["text"]), ("runs:2", ROWS[1]["text"])]
        assert [d.id for d in documents(file, document_field="story")] == ["runs:well", "runs:bell"]
        options = ReadOptions(passage_field="id", document_field="story")
        assert list(read_passages(file, options=options)) == [
            Passage(ROWS[0]["text"], "runs:p1", "well"),
            Passage(ROWS[1]["text"], "runs:p2", "bell"),
        ]


class TestText:
    @pytest.mark.parametrize(
        ("data", "options"),
        [
            (b"\xef\xbb\xbfna\xc3\xafve\r\nline", {}),
            ("na\u00efve\r\nline".encode("utf-16"), {"encoding": "utf-16"}),
            (b"na\xefve\rline", {"encoding": "latin-1"}),
            (b"na\xffve\r\nline", {"errors": "replace"}),
            (b"na\xffve\r\nline", {"errors": "ignore"}),
        ],
    )
    def test_encodings_marks_and_line_ends(self, write, documents, data: bytes, options: dict[str, str]):
        vowel = {"replace": "\ufffd", "ignore": ""}.get(options.get("errors", ""), "\u00ef")
        assert documents(write("a.txt", data), **options)[0].text == f"na{vowel}ve\nline"

    @pytest.mark.parametrize("where", [0, 1, 65_534, 65_535, 65_536, 65_537, 200_000])
    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    @pytest.mark.parametrize("extension", ["txt", "txt.gz"])
    def test_the_place_of_an_undecodable_byte_is_exact(self, write, refused, where: int, mark: bytes, extension: str):
        data = mark + "é".encode() * (where // 2) + b"x" * (where % 2) + b"\xff" + b"tail" * 9
        error = refused(write(f"a.{extension}", gzip.compress(data) if extension.endswith("gz") else data))
        assert f"byte {len(mark) + where} (0xff) is not utf-8 text" in error.problem
        assert "--encoding" in error.remedy
        assert "--errors" in error.remedy

    def test_a_character_cut_off_at_the_end(self, write, refused):
        assert "byte 3 (0xc3)" in refused(write("a.txt", b"caf\xc3")).problem

    @pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
    def test_utf_16_is_recognised(self, write, refused, order: str):
        error = refused(write("a.txt", "\ufefftext".encode(order)))
        assert "UTF-16" in error.problem
        assert "--encoding utf-16" in error.remedy

    @pytest.mark.parametrize(
        "data",
        [
            b"text\0text",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"\x7fELF" + bytes(40),
            b"x" * 100_000 + b"\0",
            b"a\x01b\x02c\x03",
            b"\x1b",
        ],
    )
    @pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
    def test_binary_files(self, write, refused, data: bytes, encoding: str):
        assert "looks like a binary file" in refused(write("a.txt", data), encoding=encoding).problem

    def test_a_few_controls_are_still_text(self, write, documents):
        text = "page one\fpage two\x1b[0m and so on and on"
        assert documents(write("a.txt", text))[0].text == text

    @pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf"])
    def test_an_empty_file(self, write, refused, data: bytes):
        assert "a.txt: is empty." in refused(write("a.txt", data)).problem

    def test_nothing_but_white_space(self, write, refused):
        assert "white space" in refused(write("a.txt", " \n\t\r\n\u3000")).problem

    def test_a_text_beyond_the_limit(self, write, refused, documents):
        file = write("a.txt", "x" * 100_001)
        assert "more than 100,000 characters" in refused(file, max_text_chars=100_000).problem
        assert documents(file, max_text_chars=100_001)

    @pytest.mark.skipif(not Path("/dev/zero").exists(), reason="the system has no such device")
    def test_an_endless_device_ends(self, refused):
        assert "binary" in refused("/dev/zero").problem

    @given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])), mark=st.sampled_from(["", "\ufeff"]))
    def test_any_text_comes_back_as_it_was(self, tmp_path_factory: pytest.TempPathFactory, text: str, mark: str):
        file = tmp_path_factory.getbasetemp() / "any.txt"
        file.write_bytes(f"{mark}a{text}".encode())
        (document,) = read_documents(file)
        assert document.text == f"a{text}"

    @given(
        data=st.binary(max_size=300),
        name=st.sampled_from(["x.txt", "x.gz", "x.zst", "x.jsonl", "x.json", "x.csv", "x.tsv", "x.parquet", "x.arrow"]),
    )
    def test_any_bytes_are_read_or_refused_and_never_crash(self, tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str):
        file = tmp_path_factory.getbasetemp() / name
        file.write_bytes(data)
        try:
            for document in read_documents(file):
                document.text.encode()
        except InputError as error:
            assert name in error.problem  # noqa: PT017 - refusing is allowed, not required


@pytest.mark.parametrize("packing", [".gz", ".zst"])
class TestPackings:
    def test_truncated_anywhere(self, write, refused, packing: str):
        noise = random.Random(0).randbytes(3000).hex()
        data = PACK[packing](noise.encode())
        for length in (1, 3, 5, len(data) // 2, len(data) - 1):
            assert "damaged or truncated" in refused(write(f"a.txt{packing}", data[:length])).problem

    def test_not_compressed_at_all(self, write, refused, packing: str):
        assert "damaged or truncated" in refused(write(f"a.txt{packing}", TEXT)).problem

    def test_a_flipped_bit(self, write, refused, packing: str):
        data = bytearray(
            zstandard.ZstdCompressor(write_checksum=True).compress(TEXT.encode())
            if packing == ".zst"
            else PACK[packing](TEXT.encode())
        )
        data[-5] ^= 1
        assert "damaged" in refused(write(f"a.txt{packing}", bytes(data))).problem

    def test_nothing_inside(self, write, refused, packing: str):
        assert "is empty" in refused(write(f"a.txt{packing}", PACK[packing](b""))).problem

    def test_several_members_are_one_text(self, write, documents, packing: str):
        assert documents(write(f"a.txt{packing}", PACK[packing](b"one ") + PACK[packing](b"two")))[0].text == "one two"

    @pytest.mark.parametrize("extension", ["txt", "jsonl", "csv", "parquet"])
    def test_a_bomb_ends_at_the_limit(self, write, refused, packing: str, extension: str):
        bomb = PACK[packing](b" " * 20_000_000)
        assert len(bomb) < 30_000
        error = refused(write(f"a.{extension}{packing}", bomb), max_unpacked_bytes=1_000_000)
        assert "unpacks to more than 1,000,000 bytes" in error.problem


class TestJsonLines:
    def test_blank_lines_and_windows_ends_are_passed_over(self, write, documents):
        (one, two) = documents(write("a.jsonl", b'\r\n{"text": "one\\r\\ntwo\\rthree"}\r\n\n  \n{"text": "four"}'))
        assert (one.text, two.text) == ("one\ntwo\nthree", "four")
        assert (one.id, two.id) == ("a:1", "a:2")

    @pytest.mark.parametrize(
        ("line", "problem"),
        [
            (b"[1, 2]", "line 2 is a list, not an object or a text"),
            (b'"text"', "line 2 is text, not an object, unlike the records before it"),
            (b"7", "line 2 is a number, not an object or a text"),
            (b"null", "line 2 is null, not an object or a text"),
            (b"{'text': 1}", "line 2 is not JSON"),
            (b'{"text": "cut', "line 2 is not JSON"),
            (b'{"other": "x"}', 'line 2: the field "text" is missing'),
            (b'{"text": 7}', 'line 2: the field "text" is a number, not text'),
            (b'{"text": null}', "line 2: its text is null"),
            (b'{"text": ["a"]}', 'line 2: the field "text" is a list of another form, unlike the records before it'),
            (b'{"text": "", "error": "timeout"}', "line 2: its error field says: timeout"),
            (b'{"text": "\\ud800"}', "line 2: the text holds half a surrogate pair"),
            (b'{"text": "  "}', "line 2: the text is empty"),
            (b"[" * 100_000, "line 2 is nested too deeply"),
            (b'{"text": ' + b"9" * 5000 + b"}", "line 2 is not JSON"),
            (b'{"text": "\xff"}', "is not utf-8 text"),
            (b'{"text": "a\0"}', "line 2, character 12 is a NUL (U+0000), so it looks like a binary file"),
            (b'{"text": "a\\u0000"}', "line 2: the text holds a NUL (U+0000)"),
        ],
    )
    def test_a_broken_line(self, write, refused, line: bytes, problem: str):
        assert problem in refused(write("a.jsonl", b'{"text": "fine"}\n' + line + b"\n")).problem

    def test_half_a_surrogate_can_be_read_around(self, write, documents):
        assert documents(write("a.jsonl", b'{"text": "a\\ud800"}'), errors="replace")[0].text == "a\ufffd"

    @pytest.mark.parametrize("data", [b"", b"\n\n"])
    def test_no_records(self, write, refused, data: bytes):
        assert "holds no records" in refused(write("a.jsonl", data)).problem

    def test_an_endless_line(self, write, refused):
        assert "more than 1,000 characters" in refused(write("a.jsonl", b'{"text": "' + b"x" * 2000), max_text_chars=1000).problem

    @given(st.lists(st.text(WRITABLE, min_size=1), min_size=1).filter(lambda texts: any(text.strip() for text in texts)))
    def test_records_come_back(self, tmp_path_factory: pytest.TempPathFactory, texts: list[str]):
        file = tmp_path_factory.getbasetemp() / "records.jsonl"
        file.write_text(
            "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts), encoding="utf-8", newline=""
        )
        read = [passage.text for passage in read_passages(file)]
        assert read == [text.replace("\r\n", "\n").replace("\r", "\n") for text in texts]


class TestFields:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"output": "o", "prompt": "p"}, "o"),
            ({"id": 7, "story": "s"}, "s"),
            ({"sample": 4, "text": "t"}, "t"),
        ],
    )
    def test_the_text_field_is_found(self, write, documents, fields: dict[str, object], expected: str):
        assert documents(write("a.jsonl", jsonl(fields)))[0].text == expected

    def test_a_field_that_names_documents_is_not_the_text(self, write, documents):
        assert documents(write("a.jsonl", jsonl({"story": "s", "body": "b"})), document_field="story")[0].text == "b"

    @pytest.mark.parametrize("extension", ["jsonl", "parquet", "csv"])
    def test_prompts_and_gold_answers_are_never_the_text(self, write, refused, documents, extension: str):
        rows = [{"prompt": "p", "answer": "a"}]
        data = {"jsonl": jsonl(*rows), "parquet": parquet(rows), "csv": b"prompt,answer\np,a\n"}[extension]
        file = write(f"a.{extension}", data)
        error = refused(file)
        assert "no field is known to hold a model's text (fields: prompt, answer)" in error.problem
        assert "--text-field" in error.remedy
        assert documents(file, text_field="answer")[0].text == "a"

    @pytest.mark.parametrize("extension", ["jsonl", "json", "parquet", "csv", "tsv"])
    def test_two_known_fields_are_a_question(self, write, refused, documents, extension: str):
        rows = [{"text": "PROMPT: go on", "completion": "The lamp was lit."}] * 2
        data = {
            "jsonl": jsonl(*rows),
            "json": json.dumps(rows).encode(),
            "parquet": parquet(rows),
            "csv": b"text,completion\nPROMPT: go on,The lamp was lit.\n",
            "tsv": b"text\tcompletion\nPROMPT: go on\tThe lamp was lit.\n",
        }[extension]
        file = write(f"a.{extension}", data)
        error = refused(file)
        assert 'the text may be in "text" or "completion".' in error.problem
        assert "--text-field completion" in error.remedy
        assert documents(file, text_field="completion")[0].text == "The lamp was lit."

    @pytest.mark.parametrize("option", ["text_field", "document_field", "passage_field"])
    @pytest.mark.parametrize("extension", [".jsonl", ".csv", ".parquet"])
    def test_an_unknown_field_names_the_near_one(self, write, refused, option: str, extension: str):
        error = refused(write(f"a{extension}", TABLES[extension]), **{option: "txt" if option == "text_field" else "stori"})
        assert "there is no field" in error.problem
        assert 'Did you mean "' in error.remedy
        assert "id, story, text" in error.remedy

    @pytest.mark.parametrize("value", [None, True, 1.5, [], ""])
    def test_ids_are_text_or_whole_numbers(self, write, refused, value: object):
        assert (
            "an id is text or a whole number"
            in refused(write("a.jsonl", jsonl({"text": "t", "id": value})), document_field="id").problem
        )

    def test_neighbouring_records_of_a_document_are_joined(self, write, documents):
        rows = [{"story": 1, "text": "a"}, {"story": 1, "text": "b"}, {"story": 2, "text": "c"}]
        assert [(d.id, d.text) for d in documents(write("a.jsonl", jsonl(*rows)), document_field="story")] == [
            ("a:1", "a\n\nb"),
            ("a:2", "c"),
        ]

    def test_scattered_records_of_a_document_are_refused(self, write, refused):
        rows = [{"story": story, "text": "t"} for story in "aba"]
        error = refused(write("a.jsonl", jsonl(*rows)), document_field="story")
        assert 'document "a" are not next to each other' in error.problem
        assert "Sort the file by story" in error.remedy

    def test_a_joined_document_has_a_limit_too(self, write, refused):
        rows = [{"story": 1, "text": "x" * 60}] * 2
        assert (
            "more than 100 characters"
            in refused(write("a.jsonl", jsonl(*rows)), document_field="story", max_text_chars=100).problem
        )

    def test_passages_need_ids_of_their_own(self, write):
        with pytest.raises(InputError, match='line 2: the passage "p" occurs twice'):
            list(
                read_passages(
                    write("a.jsonl", jsonl({"id": "p", "text": "t"}, {"id": "p", "text": "u"})),
                    options=ReadOptions(passage_field="id"),
                )
            )

    def test_an_empty_passage_is_kept(self, write):
        assert [p.text for p in read_passages(write("a.jsonl", jsonl({"text": ""}, {"text": "t"})))] == ["", "t"]

    def test_text_files_are_passages_that_stand_alone(self, write, tmp_path: Path):
        write("b.txt", "two")
        write("a.txt", "one")
        assert list(read_passages(tmp_path)) == [Passage("one", "a"), Passage("two", "b")]


class TestCsv:
    @pytest.mark.parametrize(
        ("data", "problem"),
        [
            ("id,text\n1,a\n2,b,c\n", "line 3: 3 fields where the header has 2"),
            ("id,text\n1\n", "line 2: 1 field where the header has 2"),
            ('id,text\n1,"a\nb\n', "the record at line 2 is not sound CSV"),
            ('id,text\n1,"a"b\n', "the record at line 2 is not sound CSV"),
            ("text,text\na,b\n", "the header names text more than once"),
            ("id,text\n", "holds no records"),
            ("id,text\n1,\n", "line 2: the text is empty"),
            ("", "holds no records"),
            ("text\na\0b\n", "line 2, character 2 is a NUL"),
        ],
    )
    def test_broken_tables(self, write, refused, data: str, problem: str):
        assert problem in refused(write("a.csv", data)).problem

    def test_fields_may_be_longer_than_the_module_allows(self, write, documents):
        assert len(documents(write("a.csv", "text\n" + "x" * 300_000 + "\n"))[0].text) == 300_000

    def test_a_mark_and_blank_lines(self, write, documents):
        assert [d.text for d in documents(write("a.csv", "\ufeffid,text\r\n\r\n1,a\r\n\r\n2,b\r\n"))] == ["a", "b"]


class TestParquet:
    def test_many_batches_in_order(self, write, documents):
        texts = [f"text {i}" for i in range(1000)]
        assert [d.text for d in documents(write("a.parquet", parquet([{"text": text} for text in texts])))] == texts

    def test_dictionary_and_large_strings(self, tmp_path: Path, documents):
        column = pa.array(["a", "b", "a"]).dictionary_encode()
        pq.write_table(pa.table({"n": [1, 2, 3], "story": column}), tmp_path / "a.parquet")
        pq.write_table(pa.table({"n": [1], "story": pa.array(["c"], pa.large_string())}), tmp_path / "b.parquet")
        assert [d.text for d in documents(tmp_path)] == ["a", "b", "a", "c"]

    def test_a_null_names_its_row(self, write, refused):
        assert "row 2: its text is null" in refused(write("a.parquet", parquet([{"text": "a"}, {"text": None}]))).problem

    def test_a_nul_is_no_text_in_any_format(self, write, refused):
        assert "row 1: the text holds a NUL" in refused(write("a.parquet", parquet([{"text": "a\0b"}]))).problem

    def test_no_rows(self, tmp_path: Path, refused):
        pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "a.parquet")
        assert "holds no records" in refused(tmp_path / "a.parquet").problem

    @pytest.mark.parametrize("cut", [0, 3, 50, -1])
    def test_a_truncated_file(self, write, refused, cut: int):
        assert "not a sound Parquet file" in refused(write("a.parquet", TABLES[".parquet"][:cut])).problem

    def test_a_changed_byte_is_noticed_where_pages_have_checksums(self, tmp_path: Path, refused):
        path = tmp_path / "a.parquet"
        table = pa.table({"text": [f"The keeper of lamp number {i}" for i in range(200)]})
        pq.write_table(table, path, write_page_checksum=True, compression="none", use_dictionary=False)
        data = bytearray(path.read_bytes())
        data[data.index(b"number 100")] ^= 1
        path.write_bytes(bytes(data))
        assert "not a sound Parquet file" in refused(path).problem

    def test_a_row_group_beyond_the_limit(self, write, refused):
        data = parquet([{"text": "x" * 100_000}])
        assert "row group of more than 1,000 bytes" in refused(write("a.parquet", data), max_unpacked_bytes=1000).problem

    def test_a_value_beyond_the_limit(self, write, refused):
        assert (
            "row 1: the text has more than 10 characters"
            in refused(write("a.parquet", parquet([{"text": "x" * 11}])), max_text_chars=10).problem
        )


def test_all_problems_of_options_at_once():
    with pytest.raises(UsageError) as caught:
        ReadOptions(encoding="hex", errors="maybe", format="xml", max_text_chars=0)
    for part in ('encoding "hex" is not known', 'not "maybe"', 'not "xml"', "limits"):
        assert part in str(caught.value)


def test_reading_is_lazy(write, tmp_path: Path):
    write("a.txt", "one")
    write("b.txt", b"\xff")
    reader = read_documents(tmp_path)
    assert next(reader).text == "one"
    with pytest.raises(InputError, match="byte 0 "):
        next(reader)


class TestArrow:
    def test_many_batches_in_order(self, write, documents):
        texts = [f"text {i}" for i in range(1000)]
        data = arrow([{"text": text, "n": 1} for text in texts], rows_a_batch=300)
        assert [d.text for d in documents(write("a.arrow", data))] == texts

    def test_the_file_format(self, write, documents):
        data = arrow(ROWS, new=pa.ipc.new_file)
        assert [d.text for d in documents(write("a.arrow", data))] == [row["text"] for row in ROWS]

    @pytest.mark.parametrize("new", [pa.ipc.new_stream, pa.ipc.new_file])
    @pytest.mark.parametrize("codec", ["lz4", "zstd"])
    def test_what_is_compressed_inside_may_be_a_bomb(self, write, refused, new, codec):
        data = arrow([{"text": "x" * 1_000_000}], new=new, options=pa.ipc.IpcWriteOptions(compression=codec))
        assert "compressed inside" in refused(write("a.arrow", data)).problem

    def test_dictionaries_are_refused(self, write, refused):
        sink, table = io.BytesIO(), pa.table({"text": pa.array(["a", "b", "a"]).dictionary_encode()})
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        assert "dictionaries" in refused(write("a.arrow", sink.getvalue())).problem

    @pytest.mark.parametrize("cut", [0, 3, 50, 300, -20])
    def test_a_truncated_file(self, write, refused, cut: int):
        assert "not a sound Arrow file" in refused(write("a.arrow", TABLES[".arrow"][:cut])).problem

    def test_bytes_that_are_no_text(self, write, refused):
        data = arrow([{"text": "lamp"}])
        assert "not a sound Arrow file" in refused(write("a.arrow", data.replace(b"lamp", b"l\xff\xffp"))).problem


def test_a_folder_that_datasets_wrote(tmp_path: Path, documents):
    """All splits of it, or one; the results of earlier computations beside them are no texts."""
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    split = {name: datasets.Dataset.from_list([{**row, "label": 1} for row in ROWS]) for name in ("train", "test")}
    datasets.DatasetDict(split).save_to_disk(tmp_path / "saved")
    saved = datasets.load_from_disk(tmp_path / "saved" / "train")
    saved.map(lambda row: {"text": "another"}, new_fingerprint="0" * 16)
    texts = [row["text"] for row in ROWS]
    assert list((tmp_path / "saved" / "train").glob("cache-*.arrow"))
    assert [d.text for d in documents(tmp_path / "saved" / "train")] == texts
    assert [d.text for d in documents(tmp_path / "saved")] == texts * 2
    assert [d.text for d in documents(tmp_path / "saved", text_field="story")] == ["well", "bell"] * 2
