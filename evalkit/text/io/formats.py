"""Lists the formats that text is read from, `FORMATS`, and the ways in which a file may be compressed, `PACKINGS`.

To add a format, write its function of records, `(source, options) -> (place, record)`, and add a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from evalkit.text.io.options import ReadOptions
    from evalkit.text.io.streams import Source

RecordsOf = Callable[["Source", "ReadOptions"], Iterator[tuple[str, Any]]]
"""Reads a file of records, one at a time: where each stands, and its fields by name, or the text that is all of it."""


@dataclass(frozen=True)
class InputFormat:
    """One format of files.

    Args:
        name: as `ReadOptions.format` takes it.
        title: for people.
        extensions: of its files, in lower case.
        function: module and function that read its records; None where a file is one text.
        passed_over: pattern of the names that are passed over in folders, since such files are made from others beside them.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    function: str | None = None
    passed_over: str = ""

    def records(self) -> RecordsOf:
        """The function that reads its records, imported when it is first needed."""
        assert self.function is not None
        module, _, name = self.function.partition(":")
        records: RecordsOf = getattr(import_module(module), name)
        return records


FORMATS = {
    each.name: each
    for each in (
        InputFormat("text", "plain text", (".txt", ".md")),
        InputFormat("jsonl", "JSON Lines", (".jsonl", ".ndjson"), "evalkit.text.io.json_records:json_lines"),
        InputFormat("json", "JSON", (".json",), "evalkit.text.io.json_records:json_values"),
        InputFormat("csv", "CSV", (".csv",), "evalkit.text.io.separated:comma_separated"),
        InputFormat("tsv", "TSV", (".tsv",), "evalkit.text.io.separated:tab_separated"),
        InputFormat("parquet", "Parquet", (".parquet",), "evalkit.text.io.parquet:parquet"),
        # What `datasets` computes from a data set, it keeps in the same folder.
        InputFormat("arrow", "Arrow", (".arrow",), "evalkit.text.io.arrow:arrow", passed_over="cache-*.arrow"),
    )
}
PLAIN = FORMATS["text"]

BESIDE = ("json",)
"""Formats whose files are passed over in a folder that holds others: there they describe them more often than they hold text."""

PACKINGS = {".gz": "gz", ".zst": "zst"}
"""Extension -> how the file is compressed, after the extension of its format."""

MAGIC = {"gz": b"\x1f\x8b", "zst": b"\x28\xb5\x2f\xfd"}
"""The first bytes of everything that is compressed in each way."""


class Readable(Protocol):
    """Gives bytes one after another."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; empty at the end."""
        ...


class DamagedError(Exception):
    """What was compressed is damaged or ends too early; the message says as what and why."""


def format_of(extension: str) -> InputFormat | None:
    """The format of files with an extension; None where it is of no format.

    >>> format_of(".ndjson").name
    'jsonl'
    """
    return next((each for each in FORMATS.values() if extension in each.extensions), None)


def supported() -> str:
    """What can be read, for messages.

    >>> supported()
    '.txt, .md, .jsonl, .ndjson, .json, .csv, .tsv, .parquet, .arrow, each also as .gz or .zst'
    """
    extensions = [extension for each in FORMATS.values() for extension in each.extensions]
    return f"{', '.join(extensions)}, each also as {' or '.join(PACKINGS)}"
