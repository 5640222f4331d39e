"""Reads records that a program gives, `GivenReader`: a list of mappings, or whatever yields them one at a time, such as a streamed data set."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from evalkit.text.io.formats import InputFormat, RecordsOf
from evalkit.text.io.options import DEFAULTS, ReadOptions
from evalkit.text.io.readers import Reader
from evalkit.text.io.streams import Source


@dataclass(frozen=True)
class _Given(InputFormat):
    """The format of records that are in memory already.

    Args:
        items: texts, or mappings from names of fields to values.
    """

    items: Iterable[Any] = ()

    def records(self) -> RecordsOf:
        return self._numbered

    def _numbered(self, source: Source, options: ReadOptions) -> Iterator[tuple[str, Any]]:
        return ((f"record {row:,}", item) for row, item in enumerate(self.items, start=1))


class GivenReader(Reader):
    """Reads records as those of a file are read: the same fields, the same errors.

    Args:
        name: of what is given, for ids and messages.
        items: mappings from names of fields to values; taken once, to their end.
        options: the fields, and what groups documents.

    >>> reader = GivenReader("mine", [{"prompt": "Go on.", "completion": "It rained."}])
    >>> [passage.text for passage in reader.passages()], reader.reports[0].field
    (['It rained.'], 'completion')
    """

    def __init__(self, name: str, items: Iterable[Any], *, options: ReadOptions = DEFAULTS) -> None:
        super().__init__((), options=options)
        self._source = Source(name, name, _Given("given", "records of a program", (), items=items), "", io.BytesIO)

    def sources(self) -> list[Source]:
        return [self._source]
