"""Tables: the delimiter is found, and what only looks like a sound table is refused with its line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evalkit.text.io.readers import Reader
from evalkit.text.io.separated import DELIMITERS

WRITABLE = st.characters(codec="utf-8", exclude_characters="\0")


@pytest.fixture
def read(tmp_path: Path):
    """Reads a table: its texts and the name of its delimiter."""

    def read(content: str, name: str = "a.csv") -> tuple[list[str], str | None]:
        (tmp_path / name).write_bytes(content.encode())
        reader = Reader(tmp_path / name)
        texts = [passage.text for passage in reader.passages()]
        return texts, reader.reports[0].delimiter

    return read


@pytest.fixture
def error(refused, tmp_path: Path):
    def error(content: str, name: str = "a.csv", **options: str):
        (tmp_path / name).write_bytes(content.encode())
        return refused(tmp_path / name, **options)

    return error


class TestDelimiters:
    @pytest.mark.parametrize(
        ("content", "texts", "delimiter"),
        [
            ("id;text\n1;The lamp was lit, and he slept\n2;Nobody answered, ever\n", 2, "semicolon"),
            ("id\ttext\n1\tThe lamp; lit, at last\n", 1, "tab"),
            ("id|text\n1|a, b; c\n", 1, "pipe"),
            ("text\nlamp\n", 1, "comma"),
            ('text;note\n"a;b, c";x\n', 1, "semicolon"),
            # The header holds two kinds; the rows agree with one of them.
            ("id,text,with;semicolon\n1,a;b,c\n2,d;e,f\n", 2, "comma"),
            ("sep=;\nid;text\n1;a, b\n", 1, "semicolon"),
            ('"sep=|"\r\nid|text\r\n1|a, b\r\n', 1, "pipe"),
            ("sep=\t\nid\ttext\n1\ta\n", 1, "tab"),
            ("sep=^\nid^text\n1^a, b\n", 1, "^"),
            ("\ufeffsep=;\nid;text\n1;a\n", 1, "semicolon"),
        ],
    )
    def test_they_are_found(self, read, content: str, texts: int, delimiter: str):
        found, name = read(content)
        assert (len(found), name) == (texts, delimiter)
        assert not any(text.startswith("1") for text in found)

    @given(
        st.lists(st.tuples(st.integers(), st.text(WRITABLE, min_size=20).filter(str.strip)), min_size=1, max_size=5),
        st.sampled_from(sorted(DELIMITERS)),
        st.sampled_from(["\n", "\r\n"]),
    )
    def test_what_python_writes_is_read(self, tmp_path_factory, rows: list[tuple[int, str]], delimiter: str, end: str):
        sink = io.StringIO()
        # Without quotes around all texts it writes a lone "\r" as it is.
        writer = csv.writer(sink, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerows([("id", "text"), *((f"passage {number}", text) for number, text in rows)])
        file = tmp_path_factory.getbasetemp() / "written.csv"
        file.write_bytes(sink.getvalue().encode())
        # The module writes a lone quote as the standard says, and only a row that holds the like of itself is refused.
        assume("passage" not in "".join(text for _, text in rows))
        reader = Reader(file)
        read = [passage.text for passage in reader.passages()]
        assert read == [text.replace("\r\n", "\n").replace("\r", "\n") for _, text in rows]
        assert reader.reports[0].delimiter == DELIMITERS[delimiter]


class TestHeaders:
    @pytest.mark.parametrize(
        ("content", "shown"),
        [
            ("The lamp was lit before dusk\nThe keeper slept\nNobody came\n", "The lamp was lit before dusk"),
            ("It rained.\nThe lamp was lit before dusk and the keeper slept.\n", "It rained."),
            ("Lamp lit\nKeeper slept\n", "Lamp lit"),
            ("1,The lamp was lit\n2,The keeper slept\n", "The lamp was lit"),
            ('"The lamp, he said",1\n"It was not, she said",2\n', "The lamp, he said"),
            ("Nobody knew the answer\nThe answer came\n", "Nobody knew the answer"),
            ("x" * 60 + "\nThe lamp\n", "x" * 40),
        ],
    )
    @pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
    def test_a_table_without_one_is_refused(self, refused, tmp_path: Path, content: str, shown: str, name: str):
        import gzip

        (tmp_path / name).write_bytes(gzip.compress(content.encode()) if name.endswith("gz") else content.encode())
        problem = refused(tmp_path / name)
        assert "line 1: the header is missing" in problem.problem
        assert f'"{shown}' in problem.problem
        assert "Put a line with the names of the columns first" in problem.remedy

    def test_the_line_is_that_of_the_file(self, error):
        assert "line 3: the header is missing" in error("\n\nThe lamp was lit before dusk\nNobody came\n").problem

    def test_a_tsv_without_one(self, error):
        assert "line 1: the header is missing" in error("The lamp was lit\nNobody came\n", "a.tsv").problem

    @pytest.mark.parametrize(
        "content",
        [
            ",text\n0,The lamp\n",
            "Model,Output Text\nm,The lamp was lit\n",
            "Custom ID,My very own story of the lamp\n1,It was lit\n",
            "story\nThe lamp was lit before dusk and the keeper slept\n",
        ],
    )
    def test_headers_of_other_people(self, read, content: str):
        assert len(read(content)[0]) == 1

    def test_a_name_that_is_given_is_a_header(self, documents, tmp_path: Path):
        (tmp_path / "a.csv").write_text("What did he say?\nThe lamp\n")
        assert documents(tmp_path / "a.csv", text_field="What did he say?")[0].text == "The lamp"

    @pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
    def test_a_delimiter_that_is_not_looked_for(self, error, read, name: str):
        problem = error("id^text\n1^The lamp was lit before dusk\n", name)
        assert 'the header "id^text" has a delimiter that is not looked for' in problem.problem
        assert '"sep=^"' in problem.remedy
        assert read("sep=^\nid^text\n1^The lamp was lit before dusk\n")[0] == ["The lamp was lit before dusk"]

    def test_a_tsv_with_commas(self, error):
        problem = error("id,text\n1,lamp\n", "a.tsv")
        assert "its delimiter were a comma" in problem.problem
        assert problem.remedy == "Call the file .csv."


class TestRowsThatAQuoteSwallows:
    @pytest.mark.parametrize(
        ("content", "line"),
        [
            ('id,text\n1,"Come down, she said.\n2,He turned back to the lamp."\n3,The bell rang twice.\n', 2),
            ('id\ttext\n1\t"Come down, she said.\n2\tHe turned back to the lamp."\n', 2),
            ('id;text\n0;x\n1;"Come down, she said.\r\n2;He turned."\r\n', 3),
            ('text,id\n"Come down,1\nHe turned back to the lamp",2\nBell,3\n', 2),
            ('id,text\nreq-1,"Come down\nreq-2,He turned\nreq-3,He slept."\nreq-4,x\n', 2),
            ('id,text,score\n1,"Come down,0.5\n2,He turned back to the lamp",0.7\n3,x,0.2\n', 2),
            ('id,text\n8f14e45f-ea,"Come down\nc9f0f895-fb,He turned."\n', 2),
            ('name,text\nann,"Come down, she said.\nben,He turned."\ncat,Nobody came.\n', 2),
            ('id,title,text\n1,"Down,Come down, she said.\n2,Lamp",He turned.\n', 2),
        ],
    )
    def test_they_are_refused(self, error, content: str, line: int):
        problem = error(content, text_field="text")
        assert f"line {line}: a quote runs over the end of the row" in problem.problem
        assert "write the quote twice" in problem.remedy

    @pytest.mark.parametrize(
        "text",
        [
            "In the year\n1890, he left.\nAnd then",
            "He said,\nshe said, and\n3 men, came",
            "12 men\n12,345 men, he said\n2,000,000 lamps",
            "Yes, he said.\nNo, she said.\n\nPerhaps; who knows?",
            "1. The lamp\n2. The bell",
            "one,two\nthree,four",
            "x,y = y,x\nab,cd = f(x,y)",
            "She said,He did not.\nYes,No",
        ],
    )
    @pytest.mark.parametrize(
        "columns", [("id", "text"), ("text", "id"), ("id", "text", "score"), ("name", "text"), ("text", "name")]
    )
    def test_prose_in_lines_is_not_refused(self, read, text: str, columns: tuple[str, ...]):
        sink = io.StringIO()
        rows = [{"id": str(i), "text": text, "score": str(i / 10), "name": "lamp"} for i in range(11, 16)]
        csv.writer(sink).writerows([columns, *([row[column] for column in columns] for row in rows)])
        assert read(sink.getvalue())[0] == [text] * 5

    def test_a_quote_that_is_never_closed(self, error):
        problem = error('id,text\n1,x\n2,"Come down, she said.\n3,He turned.\n')
        assert "the record at line 3 is not sound CSV (a quote is opened and never closed)" in problem.problem

    def test_places_are_right_below_a_stated_delimiter(self, error):
        assert "line 4: 3 fields where the header has 2" in error("sep=;\n\nid;text\n1;a;b\n").problem


class TestTsv:
    def test_quotes_are_characters(self, read):
        found, delimiter = read(
            'id\ttext\n1\t"Come down to the water, she said.\n2\tHe turned back to the lamp."\n3\tBell\n', "a.tsv"
        )
        assert found == ['"Come down to the water, she said.', 'He turned back to the lamp."', "Bell"]
        assert delimiter == "tab"

    def test_what_a_program_for_csv_wrote_is_refused(self, error, read):
        content = 'id\ttext\n1\t"He said ""no"", and left"\n'
        problem = error(content, "a.tsv")
        assert "line 2: a field is quoted as in CSV" in problem.problem
        assert "Call the file .csv" in problem.remedy
        assert read(content, "a.csv")[0] == ['He said "no", and left']

    @pytest.mark.parametrize("row", ["1\ta\tb", "1"])
    def test_a_row_of_another_length(self, error, row: str):
        assert "line 2:" in error(f"id\ttext\n{row}\n", "a.tsv").problem

    def test_blank_lines_and_windows_ends(self, read):
        assert read("id\ttext\r\n\r\n1\ta\r\n\r\n2\tb\r\n", "a.tsv")[0] == ["a", "b"]
