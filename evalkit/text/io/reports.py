"""Declares `ReadReport`, what a reader says of a file that it read, and joins those of many files of one kind, `joined`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from evalkit.text.io.fields import TextPlace
from evalkit.text.io.streams import Source

BEGINNING = 60
"""Characters of the first text that a report holds."""


@dataclass(frozen=True, kw_only=True)
class ReadReport:
    """What was read from a file, so that a wrong field or a wrong delimiter is seen at once.

    Args:
        file: its path or URL without keys; of several files of one kind the first.
        n_files: how many files it stands for.
        format: title of the format.
        delimiter: name of a table's delimiter.
        field: the path of the text in a record; None where a file or record is one text.
        shape: what stands at that place, in words, where it is not plain text.
        n_records: records, or files of plain text.
        n_texts: passages or documents.
        n_missing: those of them without text, because it is null or an error stands beside it.
        n_chars: characters of all texts together.
        beginning: the first 60 characters of the first text that has any.
        sha256: of a web server's file, in hexadecimal: its bytes without the compression of the way.
    """

    file: str
    n_files: int = 1
    format: str
    delimiter: str | None = None
    field: str | None = None
    shape: str | None = None
    n_records: int
    n_texts: int
    n_missing: int = 0
    n_chars: int
    beginning: str
    sha256: str | None = None


class Tally:
    """Counts the texts of one file while they are read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._n_texts = self._n_missing = self._n_chars = 0
        self._beginning = ""

    def add(self, text: str, *, is_missing: bool = False) -> None:
        """Counts a text."""
        self._n_texts += 1
        self._n_missing += is_missing
        self._n_chars += len(text)
        self._beginning = self._beginning or text[: 4 * BEGINNING].lstrip()[:BEGINNING]

    def report(self, *, n_records: int, place: TextPlace | None = None) -> ReadReport:
        """What is said of the file."""
        learned = self._source.learned
        return ReadReport(
            file=self._source.label,
            format=self._source.format.title,
            delimiter=learned.get("delimiter"),
            field=place.path or None if place else None,
            shape=place.shape or None if place else None,
            n_records=n_records,
            n_texts=self._n_texts,
            n_missing=self._n_missing,
            n_chars=self._n_chars,
            beginning=self._beginning,
            sha256=learned.get("sha256"),
        )


def joined(reports: Iterable[ReadReport]) -> Iterator[ReadReport]:
    """Reports with those of one kind made one: thousands of files that were read alike are one line; files of the web stay apart.

    >>> one = ReadReport(file="a.txt", format="plain text", n_records=1, n_texts=1, n_chars=5, beginning="It is")
    >>> [(report.file, report.n_files, report.n_chars) for report in joined([one, one, one])]
    [('a.txt', 3, 15)]
    """
    kinds: dict[tuple[object, ...], ReadReport] = {}
    for number, report in enumerate(reports):
        apart = number if report.sha256 is not None else None
        kind = (report.format, report.delimiter, report.field, report.shape, apart)
        kinds[kind] = _sum(kinds[kind], report) if kind in kinds else report
    yield from kinds.values()


def _sum(one: ReadReport, other: ReadReport) -> ReadReport:
    return replace(
        one,
        n_files=one.n_files + other.n_files,
        n_records=one.n_records + other.n_records,
        n_texts=one.n_texts + other.n_texts,
        n_missing=one.n_missing + other.n_missing,
        n_chars=one.n_chars + other.n_chars,
        beginning=one.beginning or other.beginning,
    )
