"""Reads tables: `comma_separated` with quotes and any usual delimiter, `tab_separated` without quotes.

A table without a header, and a row that an unclosed quote has swallowed, look like sound tables to a parser. Both are refused.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Any

from evalkit._util.escape import visible
from evalkit._util.formatting import count
from evalkit.errors import InputError
from evalkit.text.io.field_names import is_known, listed
from evalkit.text.io.options import ReadOptions
from evalkit.text.io.streams import Source, TextPieces, open_text

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
"""Those that are looked for, the commonest first, and their names."""

_OTHER_MARKS = ":^~#\x01\x1f"
"""Delimiters that are not looked for, and have to be stated."""
_SEP = re.compile(r'"?sep=([^\w"\r\n])"?\r?\n?')
_SAMPLE_LINES = 50
_SAMPLE_CHARS = 1 << 16
_NUMBER = re.compile(r"\s*[-+]?[\d.,]*\d\s*")
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\u0964][\"'\u201d\u2019)]*\s*$")
_LONGEST_NAME = 50
_MOST_WORDS = 4
_MOST_COLUMNS = 100
"""Fields of a row that are looked through for swallowed rows; each is compared with all others."""
_NO_QUOTES = "A .tsv has no quotes. Call the file .csv, which has, and in which the tab is found; or write it without quotes."
_QUOTES = "Quote fields that hold quotes or line ends, and write quotes inside them twice."

Row = tuple[int, list[str]]
"""The number of a record's first line, and its fields."""


def comma_separated(source: Source, options: ReadOptions) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a CSV file below its header; the delimiter is a comma, semicolon, tab or pipe, or what a line `sep=` says."""
    # The limit belongs to the whole process; it is raised where the default of 131,072 would refuse a document, and never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), options.max_text_chars))
    with open_text(source, options) as text:
        lines, sample, n_before = _begin(text)
        if sample and (stated := _SEP.fullmatch(sample[0])):
            delimiter, n_before, sample = stated[1], n_before + 1, sample[1:]
            next(lines)
        else:
            delimiter = _delimiter(sample)
        source.learned["delimiter"] = DELIMITERS.get(delimiter, delimiter)
        rows = _csv_rows(source, csv.reader(lines, delimiter=delimiter, strict=True), n_before)
        yield from _below_header(source, options, _unmerged(source, rows, delimiter), list(_fields(sample, delimiter)))


def tab_separated(source: Source, options: ReadOptions) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a TSV file below its header: fields are parted by tabs, and a quote is a character like any other."""
    with open_text(source, options) as text:
        lines, sample, n_before = _begin(text)
        source.learned["delimiter"] = "tab"
        rows = ((number, line.rstrip("\r\n").split("\t")) for number, line in enumerate(lines, start=n_before + 1))
        yield from _below_header(
            source, options, _without_quotes(source, rows), [line.rstrip("\r\n").split("\t") for line in sample]
        )


def _begin(text: TextPieces) -> tuple[Iterator[str], list[str], int]:
    """The lines of a table from its first that is not blank, the first of them as a sample, and how many blank ones were before."""
    # Line ends are left as they are, since a quoted field may hold some.
    lines = text.lines("")
    sample: list[str] = []
    n_before = n_chars = 0
    for line in lines:
        if not sample and not line.strip():
            n_before += 1
            continue
        sample.append(line)
        n_chars += len(line)
        if len(sample) >= _SAMPLE_LINES or n_chars >= _SAMPLE_CHARS:
            break
    return itertools.chain(sample[:], lines), sample, n_before


def _delimiter(sample: Sequence[str]) -> str:
    """The delimiter of a table's first lines: of those in its header the one by which most rows have as many fields as the header."""
    tables = {delimiter: list(_fields(sample, delimiter)) for delimiter in DELIMITERS}
    possible = {delimiter: rows for delimiter, rows in tables.items() if rows and len(rows[0]) > 1}

    def fit(delimiter: str) -> tuple[float, int]:
        header, *rows = possible[delimiter]
        n_alike = sum(len(row) == len(header) for row in rows)
        return n_alike / max(len(rows), 1), sum(map(is_known, header))

    return max(possible, key=fit, default=",")


def _fields(sample: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    """The rows of a sample; the last may have been cut, and errors come when the table itself is read."""
    try:
        rows = [row for row in csv.reader(sample, delimiter=delimiter) if row]
    except csv.Error:
        return
    yield from rows[:-1] if len(rows) > 2 else rows


def _csv_rows(source: Source, reader: Any, n_before: int) -> Iterator[Row]:
    while True:
        # Taken before the record is read, which may run over several lines: messages name the first.
        first_line = n_before + reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            why = "a quote is opened and never closed" if "unexpected end" in str(error) else str(error)
            raise source.error(f"the record at line {first_line:,} is not sound CSV ({why}).", remedy=_QUOTES) from error
        if row:
            yield first_line, row


def _without_quotes(source: Source, rows: Iterable[Row]) -> Iterator[Row]:
    for line, row in rows:
        if row == [""]:
            continue
        # A quote at both ends and doubled ones inside are no chance: a program for CSV wrote this.
        if any(len(field) > 3 and field[0] == field[-1] == '"' and _is_quoted(field[1:-1]) for field in row):
            raise source.error(f"line {line:,}: a field is quoted as in CSV.", remedy=_NO_QUOTES)
        yield line, row


def _is_quoted(inner: str) -> bool:
    return '""' in inner and '"' not in inner.replace('""', "")


def _below_header(
    source: Source, options: ReadOptions, rows: Iterator[Row], sample: Sequence[Sequence[str]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows as records, once the header is one and every row has its fields."""
    line, header = next(rows, (1, []))
    _check_header(source, options, line, header, sample)
    for line, row in rows:
        if len(row) != len(header):
            raise source.error(
                f"line {line:,}: {count(len(row), 'field')} where the header has {len(header)}.",
                remedy=_remedy_of_length(source, row),
            )
        yield f"line {line:,}", dict(zip(header, row, strict=True))


def _remedy_of_length(source: Source, row: Sequence[str]) -> str:
    if source.learned["delimiter"] != "tab" or source.format.name != "tsv":
        return "Quote fields that hold separators or line ends."
    return _NO_QUOTES if any(field.startswith('"') for field in row) else "A field of a .tsv holds neither tabs nor line ends."


def _check_header(source: Source, options: ReadOptions, line: int, header: Sequence[str], sample: Sequence[Sequence[str]]) -> None:
    """Refuses a first line that names a column twice, or that is no header.

    Raises:
        InputError: so that no text is taken for a name and lost.
    """
    repeated = sorted(name for name, n in Counter(header).items() if n > 1)
    wanted = {options.text_field, options.document_field, options.passage_field, options.group_field}
    if not header or wanted & set(header) or (any(map(is_known, header)) and not repeated):
        return
    if repeated and any(map(is_known, header)):
        raise source.error(f"the header names {listed(repeated)} more than once.", remedy="Rename the columns.")
    other = next((name for mark, name in DELIMITERS.items() if any(map(is_known, header[0].split(mark)[1:]))), "")
    if len(header) == 1 and other:
        raise source.error(
            f"line {line:,}: the header has no tab, and looks as if its delimiter were a {other}.", remedy="Call the file .csv."
        )
    if len(header) == 1 and any(any(map(is_known, header[0].split(mark)[1:])) for mark in _OTHER_MARKS):
        raise source.error(
            f'line {line:,}: the header "{visible(header[0][:40])}" has a delimiter that is not looked for.',
            remedy='Write it in a line of its own before the header, such as "sep=^", in a file called .csv.',
        )
    if any(_is_data(name) for name in header) or _rows_like(header, sample):
        raise _no_header(source, line, header)
    if repeated:
        raise source.error(f"the header names {listed(repeated)} more than once.", remedy="Rename the columns.")


def _no_header(source: Source, line: int, header: Sequence[str]) -> InputError:
    name = visible(max(header, key=len)[:40])
    return source.error(
        f'line {line:,}: the header is missing, or names no column that is known: "{name}" looks like text.',
        remedy='Put a line with the names of the columns first, such as "text"; or name the column with --text-field if it is one.',
    )


def _is_data(name: str) -> bool:
    """Whether a field of a first line is hardly the name of a column."""
    is_long = len(name) > _LONGEST_NAME or len(name.split()) >= _MOST_WORDS
    return is_long or _NUMBER.fullmatch(name) is not None or _SENTENCE_END.search(name) is not None


def _rows_like(header: Sequence[str], sample: Sequence[Sequence[str]]) -> bool:
    """Whether the fields of the longest column are hardly longer than what the first line has there, so that it may be a row itself."""
    rows = [row for row in sample[1:] if len(row) == len(header)]
    lengths = [median(len(row[i]) for row in rows) for i in range(len(header))] if rows else []
    longest = max(range(len(lengths)), key=lengths.__getitem__, default=None)
    return longest is not None and 0 < lengths[longest] <= 2 * len(header[longest])


def _unmerged(source: Source, rows: Iterable[Row], delimiter: str) -> Iterator[Row]:
    """The rows, up to one in which a quote has swallowed those that follow."""
    # Quick, and true of hardly any prose, which has a space behind a comma.
    tight = re.compile(re.escape(delimiter) + r"\S").search
    for line, row in rows:
        for place, field in enumerate(row[:_MOST_COLUMNS]):
            if ("\n" in field or "\r" in field) and tight(field) and (merged := _merged(row, place, delimiter)):
                raise source.error(
                    f'line {line:,}: a quote runs over the end of the row, into what looks like the next: "{visible(merged[:40])}".',
                    remedy="Put a field that holds a quote into quotes, and write the quote twice. If the text is meant so, write JSON Lines.",
                )
        yield line, row


def _merged(row: Sequence[str], place: int, delimiter: str) -> str:
    """The first line of a field that is the beginning of another row; "" where none is.

    A stray quote at the beginning of a field runs on to the next quote before a delimiter. Between them lie whole rows, whose other
    fields are like those of the row itself: its id and the ids that follow, say. Prose has a space behind a comma, a row has none.
    """
    lines = re.split(r"\r\n|\r|\n", row[place])
    before, after = row[:place], row[place + 1 :]
    for above, line in itertools.pairwise(lines):
        # At the end of each line but the last stand the fields behind this one, at its beginning those before it. Those behind may be
        # prose, in which nothing can be told.
        heads, tails = _cells(line, len(before), delimiter), _cells(above, len(after), delimiter, from_end=True)
        pairs = [*zip(before, heads, strict=False), *zip(after, tails, strict=False)]
        alike = [_alike(own, other, len(lines)) for own, other in pairs]
        if (heads or (tails and not before)) and False not in alike and (any(alike) or _begins_a_text(line, heads)):
            return line
    return ""


def _begins_a_text(line: str, heads: Sequence[str]) -> bool:
    """Whether fields without numbers, such as names, are followed by the capital of a sentence: two words of a text are not."""
    return bool(heads) and line[sum(map(len, heads)) + len(heads) :].lstrip("\"'\u201c\u2018")[:1].isupper()


def _cells(line: str, n: int, delimiter: str, *, from_end: bool = False) -> list[str]:
    """The first or last n fields of a line, if it is more than these and no prose; else none."""
    cells = line.rsplit(delimiter, n) if from_end else line.split(delimiter, n)
    is_number = delimiter == "," and re.match(r"\d{1,3},\d{3}\b(?!,)", line)
    if len(cells) <= n or is_number or any(cell[:1].isspace() for cell in cells[1:]):
        return []
    return cells[1:] if from_end else cells[:-1]


def _alike(own: str, other: str, n_lines: int) -> bool | None:
    """Whether two fields may be of one column: True for numbers and ids of one form, None for words of one form, False for others."""
    if own.isdecimal() and other.isdecimal():
        return abs(int(own[:18]) - int(other[:18])) <= n_lines or (len(own) == len(other) and len(own) >= 4)
    has_digit = any(map(str.isdecimal, own))
    if has_digit or any(map(str.isdecimal, other)):
        return _form(own) == _form(other)
    return (
        None
        if own and _form(own) == _form(other) and own.isupper() == other.isupper() and own.islower() == other.islower()
        else False
    )


def _form(field: str) -> str:
    """A field with its digits and letters made alike: "req-17" and "req-4" are of one form."""
    if re.fullmatch(r"[0-9a-f-]{8,}", field):
        return f"hex {len(field)}"
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", field))
