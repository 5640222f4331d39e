"""Declares `ReadOptions`: encoding, fields of records, and the limits that keep hostile files harmless."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from evalkit.errors import UsageError
from evalkit.text.groups import field_of
from evalkit.text.io.formats import FORMATS

_ERRORS = ("strict", "replace", "ignore")


def is_text_encoding(name: str) -> bool:
    """Whether Python can decode text by that name."""
    try:
        # This refuses codecs from bytes to bytes, such as "hex", too. Python does not look at the codec of an empty string,
        # hence the letters.
        b"abcd".decode(name, "replace")
    except (LookupError, ValueError):
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How files are read.

    Args:
        encoding: of text, JSON, JSON Lines, CSV and TSV; UTF-8 may begin with a byte order mark.
        errors: what to do with bytes that are no text in that encoding: "strict" refuses the file, "replace" writes U+FFFD for
            them, "ignore" drops them.
        format: name of the format of every file (see `evalkit.text.io.formats.FORMATS`); None decides by each file's extension.
        text_field: the field of a record that holds its text, or a path such as `choices.0.message.content` or `messages.-1.content`
            (negative numbers count from the end of a list; a field whose name holds dots wins); None finds it by the names of fields
            (see `evalkit.text.io.fields`) and refuses a file in which it is not clear.
        document_field: the field, or path, that names the document a record belongs to; None where every record stands alone.
        passage_field: the field, or path, that names a passage; None numbers the records.
        group: what groups documents that belong together, as `evalkit.text.groups.grouped` takes it: a field, a pattern over ids, "auto" or
            "none". A corpus must have the field; samples may.
        max_text_chars: the longest text of one file or record.
        max_unpacked_bytes: the most that one compressed file may unpack to.

    >>> ReadOptions(text_field="completion", encoding="latin-1").codec
    'iso8859-1'
    """

    encoding: str = "utf-8"
    errors: str = "strict"
    format: str | None = None
    text_field: str | None = None
    document_field: str | None = None
    passage_field: str | None = None
    group: str | None = None
    max_text_chars: int = 1 << 30
    max_unpacked_bytes: int = 64 << 30

    def __post_init__(self) -> None:
        problems = []
        if not is_text_encoding(self.encoding):
            problems.append(f'encoding "{self.encoding}" is not known; common ones are utf-8, utf-16, cp1252 and latin-1')
        if self.errors not in _ERRORS:
            problems.append(f'errors must be one of {", ".join(_ERRORS)}, not "{self.errors}"')
        if self.format is not None and self.format not in FORMATS:
            problems.append(f'format must be one of {", ".join(FORMATS)}, not "{self.format}"')
        if self.max_text_chars < 1 or self.max_unpacked_bytes < 1:
            problems.append("limits must be at least 1")
        if problems:
            raise UsageError("; ".join(problems) + ".")

    @property
    def group_field(self) -> str | None:
        """The field, or path, that names the group of a record; None where groups are found otherwise, or not at all."""
        return field_of(self.group)

    @property
    def codec(self) -> str:
        """The codec to decode with; for UTF-8 the one that drops a byte order mark."""
        name = codecs.lookup(self.encoding).name
        return "utf-8-sig" if name == "utf-8" else name


DEFAULTS = ReadOptions()
