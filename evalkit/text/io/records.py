"""Reads the records of a file one at a time, `read_records`, each with its text, its ids and, where it has no text, the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit._util.escape import visible
from evalkit.errors import InputError, one_of
from evalkit.text.io.fields import (
    WHOLE,
    AbsentFieldError,
    Taken,
    TextPlace,
    UnclearTextError,
    choose,
    error_of,
    leads,
    listed,
    resolve,
    take,
)
from evalkit.text.io.json_records import kind_of
from evalkit.text.io.options import ReadOptions
from evalkit.text.io.streams import Source

_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_FORMS = 64
"""How many forms of records, each a set of fields, are remembered as looked at."""
_MOST_NAMES = 50


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file.

    Args:
        row: its number among the records, from 1.
        where: how messages call it.
        text: its text, line ends as newlines; "" where it has none.
        document: value of the document field, if one was asked for.
        passage: value of the passage field, if one was asked for.
        group: value of the group field, if one was asked for.
        missing: why it has no text, in words; None where it has one, which may be empty.
    """

    row: int
    where: str
    text: str
    document: str | None = None
    passage: str | None = None
    missing: str | None = None
    group: str | None = None


class RecordReader:
    """Reads the records of one file.

    Args:
        source: the file.
        options: encoding, fields and limits.
        needs_group: whether a file without the group field is refused; otherwise its records have no groups.

    Attributes:
        place: where their text stands; None before it is found.
        n_records: how many were read so far.
    """

    def __init__(self, source: Source, options: ReadOptions, *, needs_group: bool = True) -> None:
        self._source, self._options = source, options
        self._needs_group, self._group_field = needs_group, options.group_field
        self._forms: set[frozenset[str]] = set()
        self._kind = ""
        self.place: TextPlace | None = None
        self.n_records = 0

    def __iter__(self) -> Iterator[Record]:
        """The records of the file, in order.

        Raises:
            InputError: the file has none, one of them is damaged or lacks a field, or none has text.
        """
        said_by_first, has_text = "", False
        for row, (where, values) in enumerate(self._source.format.records()(self._source, self._options), start=1):
            record = self._record(row, where, values)
            self.n_records = row
            said_by_first = said_by_first or record.missing or "its text is empty"
            has_text = has_text or bool(record.text.strip())
            yield record
        if self.n_records == 0:
            raise self._source.error("holds no records.", remedy="Give a file with at least one.")
        if not has_text:
            raise self._source.error(
                f"none of its {self.n_records:,} records has text (the first: {said_by_first}).",
                remedy="Give a file in which some have, or another field with --text-field."
                if self._options.text_field is not None
                else "Give a file in which some have.",
            )

    def _record(self, row: int, where: str, values: Any) -> Record:
        if row == 1:
            self._check_named(where, values)
        taken = self._take(where, values)
        text = self._clean(taken.text or "", where)
        missing = taken.missing or None
        if not text.strip() and isinstance(values, Mapping):
            missing = error_of(values) or missing
        return Record(
            row,
            where,
            "" if missing else text,
            self._id(self._options.document_field, where, values),
            self._id(self._options.passage_field, where, values),
            missing,
            self._id(self._group_field, where, values),
        )

    def _check_named(self, where: str, first: Any) -> None:
        """Refuses names of fields that the first record does not have, unless it is an error's."""
        if not self._needs_group and self._group_field and not (isinstance(first, Mapping) and leads(first, self._group_field)):
            self._group_field = None
        named = [name for name in (*_named(self._options), self._group_field) if name is not None]
        if not isinstance(first, Mapping):
            if named:
                raise self._source.error(
                    f'{where} is text, without a field "{visible(named[0])}".', remedy="Name no fields: the text is all there is."
                )
            return
        for name in named:
            if not leads(first, name) and not (name == self._options.text_field and error_of(first)):
                raise self._source.error(f'there is no field "{visible(name)}".', remedy=self._near(name, first))

    @staticmethod
    def _near(name: str, first: Mapping[str, Any]) -> str:
        if len(first) > _MOST_NAMES:
            return f"Known: {listed(first)}."
        return one_of(visible(name), [visible(each) for each in first])

    def _take(self, where: str, values: Any) -> Taken:
        """What stands at the text's place, which the first record that has text decides."""
        place = self.place or self._choose(where, values)
        if place is None:
            return Taken(None, missing=error_of(values))
        if isinstance(values, str):
            if place is not WHOLE:
                raise self._other(where, "text, not an object")
            taken = Taken(values, "text")
        elif place is WHOLE:
            raise self._other(where, "an object, not text")
        else:
            self._check_form(where, values, place)
            taken = self._at_place(where, values, place)
        if taken.text is not None:
            if self.place is not None and self._kind and taken.kind != self._kind:
                kind = kind_of(resolve(values, place.path)) if place.path else "text"
                raise self._other(f'{where}: the field "{visible(place.path)}"', f"{kind} of another form")
            self.place, self._kind = place, taken.kind
        return taken

    def _choose(self, where: str, values: Any) -> TextPlace | None:
        """The text's place by one record; None where that only holds an error."""
        if isinstance(values, str):
            return WHOLE
        if self._options.text_field is not None:
            return TextPlace(self._options.text_field)
        try:
            return choose(values, others=self._ids)
        except UnclearTextError as unclear:
            if error_of(values) and not unclear.several:
                return None
            raise self._source.error(f"{where}: {unclear.problem}", remedy=unclear.remedy) from unclear

    @property
    def _ids(self) -> list[str]:
        ids = (self._options.document_field, self._options.passage_field, self._group_field)
        return [name for name in ids if name is not None]

    def _check_form(self, where: str, values: Mapping[str, Any], decided: TextPlace) -> None:
        """Refuses a record whose other fields make another choice than those before it."""
        form = frozenset(values)
        if self._options.text_field is not None or form in self._forms:
            return
        if len(self._forms) < _MOST_FORMS:
            self._forms.add(form)
        try:
            place = choose(values, others=self._ids)
        except UnclearTextError as unclear:
            if not unclear.several:
                return  # it lacks the text, which is said with its own reason
            raise self._source.error(f"{where}: {unclear.problem}", remedy=unclear.remedy) from unclear
        if place.path != decided.path and not leads(values, decided.path) and not error_of(values):
            raise self._source.error(
                f'{where}: the field "{visible(decided.path)}" is missing; there is "{visible(place.path)}".',
                remedy="Write all records in one form, or into several files.",
            )

    def _at_place(self, where: str, values: Mapping[str, Any], place: TextPlace) -> Taken:
        try:
            return take(values, place.path)
        except AbsentFieldError as error:
            if said := error_of(values):
                return Taken(None, missing=said)
            raise self._source.error(
                f'{where}: the field "{visible(place.path)}" is missing.',
                remedy="Every record needs it; correct or remove this one.",
            ) from error
        except TypeError as error:
            raise self._no_text(where, values, place) from error

    def _no_text(self, where: str, values: Mapping[str, Any], place: TextPlace) -> InputError:
        value = resolve(values, place.path)
        inner = f" Its own fields are named with a dot, such as {visible(place.path)}.text." if isinstance(value, Mapping) else ""
        return self._source.error(
            f'{where}: the field "{visible(place.path)}" is {kind_of(value)}, not text.',
            remedy=f"Correct or remove the record, or name the field that holds the text with --text-field.{inner}",
        )

    def _other(self, where: str, kind: str) -> InputError:
        return self._source.error(f"{where} is {kind}, unlike the records before it.", remedy="Write all records in one form.")

    def _id(self, name: str | None, where: str, values: Any) -> str | None:
        if name is None:
            return None
        try:
            value = resolve(values, name)
        except AbsentFieldError as error:
            raise self._source.error(
                f'{where}: the field "{visible(name)}" is missing.', remedy="Every record needs it; correct or remove this one."
            ) from error
        # In Python true is a whole number, but in a table it names nothing. A number such as 1.0 may be written in several ways.
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise self._source.error(
                f'{where}: the field "{visible(name)}" is {kind_of(value)}; an id is text or a whole number.',
                remedy="Correct the record, or name another field.",
            )
        if "\0" in (text := str(value)):
            raise self._nul(where, "id")
        # JSON may escape half a pair, which can be neither hashed nor written as UTF-8.
        return _SURROGATE.sub("\ufffd", text)

    def _clean(self, text: str, where: str) -> str:
        if len(text) > self._options.max_text_chars:
            raise self._source.error(
                f"{where}: the text has more than {self._options.max_text_chars:,} characters.", remedy="Split the record."
            )
        if "\0" in text:
            raise self._nul(where, "text")
        # The first test is quick and true of most English text.
        if not text.isascii() and _SURROGATE.search(text):
            if self._options.errors == "strict":
                raise self._source.error(
                    f"{where}: the text holds half a surrogate pair.", remedy="Correct it, or read around it with --errors replace."
                )
            text = _SURROGATE.sub("\ufffd" if self._options.errors == "replace" else "", text)
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def _nul(self, where: str, what: str) -> InputError:
        return self._source.error(
            f"{where}: the {what} holds a NUL (U+0000), which no text does.",
            remedy="Remove the NULs from the record, or the record.",
        )


def _named(options: ReadOptions) -> tuple[str | None, ...]:
    return options.text_field, options.document_field, options.passage_field
