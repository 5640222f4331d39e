"""Reads text from files, folders, globs, tables and URLs, one at a time: `read_documents` of a corpus, `read_passages` of samples.

A text file (`.txt`, `.md`, or no extension) is one document or one passage, and so is every record of a file of records.
Markdown is read as plain text. `evalkit.text.io.formats` lists what can be read. Line ends become newlines, a byte order mark
is dropped, and nothing else is changed.

Limits, all in `ReadOptions`: one text has at most 2^30 characters, and one compressed file unpacks to at most 64 GiB. Reading is
streamed: memory holds one text at a time, and for Parquet a batch of 256 rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from evalkit.text.documents import Document
from evalkit.text.io.formats import PLAIN
from evalkit.text.io.locate import Spec, locate
from evalkit.text.io.options import DEFAULTS, ReadOptions
from evalkit.text.io.records import Record, read_records
from evalkit.text.io.streams import Source, open_text
from evalkit.text.passages import Passage

__all__ = ["Document", "ReadOptions", "Spec", "read_documents", "read_passages"]

_PARAGRAPH = "\n\n"


def read_documents(spec: Spec, *, options: ReadOptions = DEFAULTS) -> Iterator[Document]:
    """The documents that a specification means, one at a time.

    With a document field, neighbouring records of the same document are joined by an empty line.

    Args:
        spec: a file, a folder (searched through, in name order), a glob, a URL (http, https, and what fsspec knows), or several
            of them.
        options: encoding, fields and limits.

    Raises:
        InputError: something is missing, empty, damaged, binary or not decodable; the message names file and place.
    """
    for source in locate(spec, options):
        if source.format is PLAIN:
            yield Document(source.name, _read_text(source, options))
        else:
            yield from _documents(source, options)


def read_passages(spec: Spec, *, options: ReadOptions = DEFAULTS) -> Iterator[Passage]:
    """The passages of samples on disk, one at a time: one a text file, one a record.

    An empty text in a record is kept: a generator that says nothing has said so. An empty file is an error.

    Args:
        spec: as for `read_documents`.
        options: as for `read_documents`; the passage field names passages, the document field says which belong together.

    Raises:
        InputError: as for `read_documents`; also where two records of a file have the same passage id.
    """
    for source in locate(spec, options):
        if source.format is PLAIN:
            yield Passage(_read_text(source, options), source.name)
        else:
            yield from _passages(source, options)


def _read_text(source: Source, options: ReadOptions) -> str:
    with open_text(source, options) as stream:
        text = "".join(stream.pieces())
    if not text.strip():
        raise source.error(
            "is empty." if not text else "holds nothing but white space.", remedy="Remove the file, or give one with text."
        )
    return text


def _passages(source: Source, options: ReadOptions) -> Iterator[Passage]:
    seen: set[str] = set()
    for record in read_records(source, options):
        if record.passage is not None:
            if record.passage in seen:
                raise source.error(
                    f'{record.where}: the passage "{record.passage}" occurs twice.', remedy="Give every passage an id of its own."
                )
            seen.add(record.passage)
        yield Passage(record.text, f"{source.name}:{record.passage or record.row}", record.document)


def _documents(source: Source, options: ReadOptions) -> Iterator[Document]:
    seen: set[str] = set()
    for name, records in itertools.groupby(read_records(source, options), key=lambda record: record.document or str(record.row)):
        # To join them would need the whole file in memory.
        if name in seen:
            raise source.error(
                f'the records of the document "{name}" are not next to each other.',
                remedy=f"Sort the file by {options.document_field}.",
            )
        if options.document_field is not None:
            seen.add(name)
        yield Document(f"{source.name}:{name}", _joined(source, options, records))


def _joined(source: Source, options: ReadOptions, records: Iterator[Record]) -> str:
    texts: list[str] = []
    n_chars = 0
    for record in records:
        n_chars += len(record.text)
        if n_chars > options.max_text_chars:
            raise source.error(
                f"{record.where}: the document has more than {options.max_text_chars:,} characters.", remedy="Split the document."
            )
        if not record.text.strip():
            raise source.error(f"{record.where}: the text is empty.", remedy="Remove the record.")
        texts.append(record.text)
    return _PARAGRAPH.join(texts)
