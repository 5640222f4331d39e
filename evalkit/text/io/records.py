"""Reads records of JSON Lines, CSV, TSV and Parquet files, one at a time."""

from __future__ import annotations

import csv
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from evalkit.errors import MissingExtraError, one_of
from evalkit.text.io.options import ReadOptions
from evalkit.text.io.streams import Source, open_bytes, open_text, open_unpacked

TEXT_FIELDS = ("text", "sample", "output", "completion", "content", "generated")
"""Fields that hold a record's text, in the order in which they are looked for."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_PARQUET_ROWS = 256


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file.

    Args:
        row: its number among the records, from 1.
        where: how messages call it.
        text: its text, line ends as newlines.
        document: value of the document field, if one was asked for.
        passage: value of the passage field, if one was asked for.
    """

    row: int
    where: str
    text: str
    document: str | None = None
    passage: str | None = None


def read_records(source: Source, options: ReadOptions) -> Iterator[Record]:
    """The records of one file, in order.

    Raises:
        InputError: the file has none, or one of them is damaged or lacks a field.
    """
    fields: _Fields | None = None
    row = 0
    for row, (where, values) in enumerate(source.format.records()(source, options), start=1):
        # Decided once: a field that is text in one record and missing in the next is an error, not another choice.
        fields = fields or _Fields(source, options, values)
        yield fields.record(row, where, values)
    if row == 0:
        raise source.error("holds no records.", remedy="Give a file with at least one.")


class _Fields:
    """Which fields of a file hold the text and the ids; decided at its first record."""

    def __init__(self, source: Source, options: ReadOptions, first: Mapping[str, Any]) -> None:
        self._source, self._options = source, options
        for name in (options.text_field, options.document_field, options.passage_field):
            if name is not None and name not in first:
                raise source.error(f'there is no field "{name}".', remedy=one_of(name, first))
        self.text = options.text_field or self._find_text(first)

    def _find_text(self, first: Mapping[str, Any]) -> str:
        for name in TEXT_FIELDS:
            if name in first:
                return name
        ids = (self._options.document_field, self._options.passage_field)
        texts = [name for name, value in first.items() if isinstance(value, str) and name not in ids]
        if len(texts) == 1:
            return texts[0]
        fields = ", ".join(first) or "none"
        raise self._source.error(
            f"it is not clear which field holds the text (fields: {fields}).", remedy="Name it with --text-field."
        )

    def record(self, row: int, where: str, values: Mapping[str, Any]) -> Record:
        text = self._value(self.text, where, values)
        if not isinstance(text, str):
            raise self._source.error(
                f'{where}: the field "{self.text}" is {_kind(text)}, not text.',
                remedy="Name the field that holds the text with --text-field.",
            )
        return Record(
            row,
            where,
            self._clean(text, where),
            self._id(self._options.document_field, where, values),
            self._id(self._options.passage_field, where, values),
        )

    def _value(self, name: str, where: str, values: Mapping[str, Any]) -> Any:
        if name not in values:
            raise self._source.error(
                f'{where}: the field "{name}" is missing.', remedy="Every record needs it; correct or remove this one."
            )
        return values[name]

    def _id(self, name: str | None, where: str, values: Mapping[str, Any]) -> str | None:
        if name is None:
            return None
        value = self._value(name, where, values)
        # In Python true is a whole number, but in a table it names nothing. A number such as 1.0 may be written in several ways.
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise self._source.error(
                f'{where}: the field "{name}" is {_kind(value)}; an id is text or a whole number.',
                remedy="Correct the record, or name another field.",
            )
        # JSON may escape half a pair, which can be neither hashed nor written as UTF-8.
        return _SURROGATE.sub("\ufffd", str(value))

    def _clean(self, text: str, where: str) -> str:
        if len(text) > self._options.max_text_chars:
            raise self._source.error(
                f"{where}: the text has more than {self._options.max_text_chars:,} characters.", remedy="Split the record."
            )
        # The first test is quick and true of most English text.
        if not text.isascii() and _SURROGATE.search(text):
            if self._options.errors == "strict":
                raise self._source.error(
                    f"{where}: the text holds half a surrogate pair.", remedy="Correct it, or read around it with --errors replace."
                )
            text = _SURROGATE.sub("\ufffd" if self._options.errors == "replace" else "", text)
        return text.replace("\r\n", "\n").replace("\r", "\n")


def _kind(value: object) -> str:
    names = {
        str: "text" if value else "empty",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
        type(None): "null",
    }
    return names.get(type(value), type(value).__name__)


def json_lines(source: Source, options: ReadOptions) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a JSON Lines file."""
    with open_text(source, options) as text:
        # Only "\n" ends a line here: JSON may hold a bare "\r" or a line separator between tokens.
        for number, line in enumerate(text.lines("\n"), start=1):
            if line.strip(" \t\r\n"):
                yield f"line {number}", _json_object(source, number, line)


def _json_object(source: Source, number: int, line: str) -> dict[str, Any]:
    remedy = 'Write one JSON object a line, such as {"text": "..."}.'
    try:
        value = json.loads(line)
    except RecursionError as error:
        raise source.error(f"line {number} is nested too deeply.", remedy=remedy) from error
    except ValueError as error:
        raise source.error(f"line {number} is not JSON ({error}).", remedy=remedy) from error
    if not isinstance(value, dict):
        raise source.error(f"line {number} is {_kind(value)}, not an object.", remedy=remedy)
    return value


def comma_separated(source: Source, options: ReadOptions) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a CSV file below its header."""
    return _separated(source, options, ",")


def tab_separated(source: Source, options: ReadOptions) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a TSV file below its header."""
    return _separated(source, options, "\t")


def _separated(source: Source, options: ReadOptions, delimiter: str) -> Iterator[tuple[str, dict[str, Any]]]:
    # The limit belongs to the whole process; it is raised where the default of 131,072 would refuse a document, and never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), options.max_text_chars))
    with open_text(source, options) as text:
        # Line ends are left as they are, since a quoted field may hold some.
        reader = csv.reader(text.lines(""), delimiter=delimiter, strict=True)
        rows = _csv_rows(source, reader)
        header = next(rows, ("", []))[1]
        repeated = sorted({name for name in header if header.count(name) > 1})
        if repeated:
            raise source.error(f"the header names {', '.join(repeated)} more than once.", remedy="Rename the columns.")
        for where, row in rows:
            if len(row) != len(header):
                raise source.error(
                    f"{where}: {len(row)} fields where the header has {len(header)}.",
                    remedy="Quote fields that hold separators or line ends.",
                )
            yield where, dict(zip(header, row, strict=True))


def _csv_rows(source: Source, reader: Any) -> Iterator[tuple[str, list[str]]]:
    while True:
        # Taken before the record is read, which may run over several lines: messages name the first.
        first_line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise source.error(
                f"the record at line {first_line} is not sound CSV ({error}).", remedy="Quote fields that hold quotes or line ends."
            ) from error
        if row:
            yield f"line {first_line}", row


def parquet(source: Source, options: ReadOptions) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a Parquet file."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("Reading Parquet files", extra="parquet") from error
    row = 0
    with _seekable(source, options) as stream:
        try:
            file = pq.ParquetFile(stream, page_checksum_verification=True)
            columns = _parquet_columns(source, options, file)
            for batch in file.iter_batches(batch_size=_PARQUET_ROWS, columns=columns):
                for values in batch.to_pylist():
                    row += 1
                    yield f"row {row}", values
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise source.error(f"is not a sound Parquet file ({str(error).splitlines()[0]}).", remedy="Write it again.") from error


def _parquet_columns(source: Source, options: ReadOptions, file: Any) -> list[str] | None:
    """The columns to read: those that are asked for, and those that may be the text; refuses row groups beyond the limit."""
    limit = options.max_unpacked_bytes
    if any(file.metadata.row_group(i).total_byte_size > limit for i in range(file.metadata.num_row_groups)):
        raise source.error(f"has a row group of more than {limit:,} bytes.", remedy="Write it again with smaller row groups.")
    schema = file.schema_arrow
    wanted = {options.text_field, options.document_field, options.passage_field}
    texts = {field.name for field in schema if "string" in str(field.type)}
    usual = next((name for name in TEXT_FIELDS if name in schema.names), None)
    if options.text_field is None:
        wanted |= {usual} if usual else texts
    keep = [name for name in schema.names if name in wanted]
    # Where a name is wrong or missing, the error lists every field there is.
    return keep if keep and wanted - {None} <= set(schema.names) else None


@contextmanager
def _seekable(source: Source, options: ReadOptions) -> Iterator[IO[bytes]]:
    if not source.packing:
        with open_bytes(source) as raw:
            yield raw
        return
    # Parquet keeps its table of contents at the end, so what can only be read forwards is unpacked to the disk, not to memory.
    with tempfile.TemporaryFile() as copy:
        with open_unpacked(source, options) as stream:
            while piece := stream.read(1 << 20):
                copy.write(piece)
        copy.seek(0)
        yield copy
