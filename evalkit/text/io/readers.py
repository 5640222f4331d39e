"""Reads text from files, folders, globs, tables and URLs, one at a time: `read_documents` of a corpus, `read_passages` of samples.

A `Reader` does the same and says what it read. A text file (`.txt`, `.md`, or no extension) is one document or one passage, and so
is every record of a file of records. Markdown is read as plain text. `evalkit.text.io.formats` lists what can be read. Line ends
become newlines, a byte order mark is dropped, and nothing else is changed.

Limits, all in `ReadOptions`: one text has at most 2^30 characters, and one compressed file unpacks to at most 64 GiB. Reading is
streamed: memory holds one text at a time, and for Parquet a batch of 256 rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from evalkit._util.escape import visible
from evalkit.text.documents import Document
from evalkit.text.io.formats import PLAIN
from evalkit.text.io.locate import Spec, locate
from evalkit.text.io.options import DEFAULTS, ReadOptions
from evalkit.text.io.records import Record, RecordReader
from evalkit.text.io.reports import ReadReport, Tally
from evalkit.text.io.streams import Source, open_text
from evalkit.text.passages import Passage

__all__ = ["Document", "ReadOptions", "Reader", "Spec", "read_documents", "read_passages"]

_PARAGRAPH = "\n\n"


def read_documents(spec: Spec, *, options: ReadOptions = DEFAULTS) -> Iterator[Document]:
    """The documents that a specification means, one at a time; see `Reader.documents`."""
    return Reader(spec, options=options).documents()


def read_passages(spec: Spec, *, options: ReadOptions = DEFAULTS) -> Iterator[Passage]:
    """The passages of samples on disk, one at a time: one a text file, one a record; see `Reader.passages`."""
    return Reader(spec, options=options).passages()


class Reader:
    """Reads what a specification means, and says what it read.

    Args:
        spec: a file, a folder (searched through, in name order), a glob, a URL (http, https, and what fsspec knows), or several
            of them.
        options: encoding, fields and limits.

    Attributes:
        reports: one for each file that was read to its end so far.

    >>> from evalkit._util.resources import data_path
    >>> reader = Reader(data_path("tales"))
    >>> len(list(reader.documents())), reader.reports[0].format
    (18, 'plain text')
    """

    def __init__(self, spec: Spec, *, options: ReadOptions = DEFAULTS) -> None:
        self.spec, self.options = spec, options
        self.reports: list[ReadReport] = []

    def sources(self) -> list[Source]:
        """What is read, in its order."""
        return locate(self.spec, self.options)

    def documents(self) -> Iterator[Document]:
        """The documents, one at a time.

        With a document field, neighbouring records of the same document are joined by an empty line.

        Raises:
            InputError: something is missing, empty, damaged, binary or not decodable; the message names file and place.
        """
        for source in self.sources():
            if source.format is PLAIN:
                yield Document(source.name, self._text(source))
            else:
                yield from self._documents(source)

    def passages(self) -> Iterator[Passage]:
        """The passages, one at a time: one a text file, one a record.

        An empty text in a record is kept: a generator that says nothing has said so. Where a record has none, since it is null or an
        error stands in its place, its passage is empty and says why (`Passage.missing`). An empty file is an error, and so is one in
        which no record has text.

        Raises:
            InputError: as for `documents`; also where two records of a file have the same passage id.
        """
        for source in self.sources():
            if source.format is PLAIN:
                yield Passage(self._text(source), source.name)
            else:
                yield from self._passages(source)

    def _text(self, source: Source) -> str:
        with open_text(source, self.options) as stream:
            text = "".join(stream.pieces())
        if not text.strip():
            raise source.error(
                "is empty." if not text else "holds nothing but white space.", remedy="Remove the file, or give one with text."
            )
        tally = Tally(source)
        tally.add(text)
        self.reports.append(tally.report(n_records=1))
        return text

    def _passages(self, source: Source) -> Iterator[Passage]:
        seen: set[str] = set()
        records, tally = RecordReader(source, self.options, needs_group=False), Tally(source)
        for record in records:
            if record.passage is not None:
                if record.passage in seen:
                    raise source.error(
                        f'{record.where}: the passage "{visible(record.passage)}" occurs twice.',
                        remedy="Give every passage an id of its own.",
                    )
                seen.add(record.passage)
            tally.add(record.text, is_missing=record.missing is not None)
            yield Passage(
                record.text, f"{source.name}:{record.passage or record.row}", record.document, record.missing, record.group
            )
        self.reports.append(tally.report(n_records=records.n_records, place=records.place))

    def _documents(self, source: Source) -> Iterator[Document]:
        seen: set[str] = set()
        records, tally = RecordReader(source, self.options), Tally(source)
        for name, parts in itertools.groupby(records, key=lambda record: record.document or str(record.row)):
            # To join them would need the whole file in memory.
            if name in seen:
                raise source.error(
                    f'the records of the document "{visible(name)}" are not next to each other.',
                    remedy=f"Sort the file by {self.options.document_field}.",
                )
            if self.options.document_field is not None:
                seen.add(name)
            text, group = _joined(source, self.options, parts)
            tally.add(text)
            yield Document(f"{source.name}:{name}", text, group)
        self.reports.append(tally.report(n_records=records.n_records, place=records.place))


def _joined(source: Source, options: ReadOptions, records: Iterator[Record]) -> tuple[str, str | None]:
    """The text of the records of one document, and its group."""
    texts: list[str] = []
    groups: list[str | None] = []
    n_chars = 0
    for record in records:
        n_chars += len(record.text)
        if n_chars > options.max_text_chars:
            raise source.error(
                f"{record.where}: the document has more than {options.max_text_chars:,} characters.", remedy="Split the document."
            )
        if not record.text.strip():
            raise source.error(f"{record.where}: {record.missing or 'the text is empty'}.", remedy="Remove the record.")
        if record.group not in groups[:1] and groups:
            raise source.error(
                f'{record.where}: the document has two groups, "{visible(str(groups[0]))}" and "{visible(str(record.group))}".',
                remedy="Give all records of a document one group.",
            )
        groups.append(record.group)
        texts.append(record.text)
    return _PARAGRAPH.join(texts), groups[0]
