"""Reads records of JSON Lines, `json_lines`, and of JSON files, `json_values`: an array, records one after another, or one object.

A JSON file may be larger than memory: its records are decoded one at a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from evalkit._util.escape import visible
from evalkit.errors import InputError
from evalkit.text.io.fields import error_of, holds_text, is_chat, is_never_text, leads, listed
from evalkit.text.io.options import ReadOptions
from evalkit.text.io.streams import Source, open_text

RECORD_LISTS = (
    "data", "records", "rows", "samples", "examples", "items", "results", "instances", "passages", "predictions", "documents", "texts",
)  # fmt: skip
"""Fields of an object around all records; such a list is read one record at a time, however long it is."""

_LINES = 'Write one JSON object a line, such as {"text": "..."}.'
_VALUES = 'Write an array of objects, such as [{"text": "..."}], or one object a line.'
_SPACE = " \t\r\n"
_SPACES = re.compile(f"[{_SPACE}]*")
_CHUNK = 1 << 16
_LONGEST_LITERAL = 12
"""Characters before the end of what was read in which an error may only mean that the rest is still to come: -Infinity, a \\u escape."""


def json_lines(source: Source, options: ReadOptions) -> Iterator[tuple[str, Any]]:
    """The records of a JSON Lines file: objects or texts."""
    with open_text(source, options) as text:
        # Only "\n" ends a line here: JSON may hold a bare "\r" or a line separator between tokens.
        for number, line in enumerate(text.lines("\n"), start=1):
            if line.strip(_SPACE):
                yield from _records(source, f"line {number}", _line(source, number, line), _LINES)


def _line(source: Source, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except (RecursionError, ValueError) as error:
        # A file of one object over several lines is JSON, whatever it is called.
        more = " If one record stands on several lines, call the file .json." if line.strip() in {"{", "["} else ""
        raise _not_json(source, f"line {number}", error, remedy=_LINES + more) from error


def _not_json(source: Source, where: str, error: Exception, *, remedy: str) -> InputError:
    if isinstance(error, RecursionError):
        return source.error(f"{where} is nested too deeply.", remedy=remedy)
    said = f"{error.msg}, at character {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
    return source.error(f"{where} is not JSON ({said}).", remedy=remedy)


def _records(source: Source, where: str, value: Any, remedy: str) -> Iterator[tuple[str, Any]]:
    """The records that one value stands for: itself, or those of a list of objects, as pipelines write for several texts a prompt."""
    if isinstance(value, Mapping | str):
        yield where, value
    elif is_chat(value):
        yield where, {"messages": value}
    elif isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        yield from ((f"{where}, item {number}", each) for number, each in enumerate(value, start=1))
    else:
        raise source.error(f"{where} is {kind_of(value)}, not an object or a text.", remedy=remedy)


def kind_of(value: object) -> str:
    """What a value of JSON is, for messages."""
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


def json_values(source: Source, options: ReadOptions) -> Iterator[tuple[str, Any]]:
    """The records of a JSON file: of an array, of an object around one list, or one after another as in JSON Lines."""
    with open_text(source, options) as text:
        scanner = _Scanner(text.endless(), source, options)
        for number, value in enumerate(_values(scanner, source, options), start=1):
            yield from _records(source, f"record {number:,}", value, _VALUES)


def _values(scanner: _Scanner, source: Source, options: ReadOptions) -> Iterator[Any]:
    if not (first := scanner.peek()):
        return
    if first == "[":
        yield from scanner.array()
        if scanner.peek():
            raise scanner.error("something follows the array")
        return
    if first != "{":
        yield from scanner.rest()
        return
    read: dict[str, Any] = {}
    for name in scanner.names():
        if name in RECORD_LISTS and scanner.peek() == "[" and not holds_text(read):
            yield from scanner.array()
            _only(scanner, source, name)
            return
        read[name] = scanner.value()
    if scanner.peek():
        yield read
        yield from scanner.rest()
        return
    yield from _of_one(read, source, options)


def _only(scanner: _Scanner, source: Source, listed_in: str) -> None:
    """Reads an object from behind its list of records to its end; what follows may hold records as well, or show that it is one itself."""
    read: dict[str, Any] = {}
    for name in scanner.more_names():
        read[name] = scanner.value()
        if (name in RECORD_LISTS and isinstance(read[name], list)) or holds_text(read):
            raise source.error(
                f'it is not clear whether the list "{visible(listed_in)}" or "{visible(name)}" beside it holds the text.',
                remedy="Write an array of the records that are meant.",
            )
    if scanner.peek():
        raise scanner.error("something follows the object around the records")


def _of_one(read: Mapping[str, Any], source: Source, options: ReadOptions) -> Iterator[Any]:
    """The records of a file that is one object: it is one, or it holds one list of them."""
    lists = [name for name, value in read.items() if _may_be_records(name, value)]
    plain = [name for name, value in read.items() if isinstance(value, str) and not is_never_text(name)]
    named = options.text_field is not None and leads(read, options.text_field)
    if named or holds_text(read) or error_of(read) or not lists:
        if read and not named and all(isinstance(value, Mapping) for value in read.values()):
            raise source.error(
                f"it is one object of objects ({listed(read)}), not a list of records.",
                remedy='Write an array of records; pandas does so with orient="records".',
            )
        yield read
        return
    if len(lists) > 1 or plain:
        raise source.error(
            f"it is not clear which field holds the records ({listed([*lists, *plain])}).",
            remedy='Write an array of the records that are meant; pandas does so with orient="records".',
        )
    yield from read[lists[0]]


def _may_be_records(name: str, value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping | str) and not is_never_text(name)


class _Scanner:
    """Decodes a text of JSON value by value, and keeps no more of it than the value that it stands at."""

    def __init__(self, pieces: Iterator[str], source: Source, options: ReadOptions) -> None:
        self._pieces, self._source, self._options = pieces, source, options
        self._buffer, self._at, self._lines = "", 0, 0
        self._decoder = json.JSONDecoder()

    def peek(self) -> str:
        """The next character that is no white space; "" at the end."""
        while True:
            if (spaces := _SPACES.match(self._buffer, self._at)) is not None:
                self._at = spaces.end()
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._grow(1):
                return ""

    def value(self) -> Any:
        """The next value."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
            except RecursionError as error:
                raise self._not_json(error) from error
            except json.JSONDecodeError as error:
                is_final = error.pos + _LONGEST_LITERAL < len(self._buffer) and not error.msg.startswith("Unterminated string")
                # Twice as much each time, so that a long value is not decoded again for every piece of it.
                if is_final or not self._grow(max(_CHUNK, len(self._buffer) - self._at)):
                    raise self._not_json(error) from error
            except ValueError as error:  # a number of too many digits
                raise self._not_json(error) from error
            else:
                # A number at the end of what was read may go on.
                if end < len(self._buffer) or isinstance(value, str | list | dict) or not self._grow(_CHUNK):
                    self._at = end
                    return value

    def array(self) -> Iterator[Any]:
        """The elements of the array that comes next."""
        self._take("[")
        if self.peek() == "]":
            self._take("]")
            return
        while True:
            yield self.value()
            if self.peek() != ",":
                self._take("]")
                return
            self._take(",")

    def names(self) -> Iterator[str]:
        """The names in the object that comes next; the caller reads each one's value before it asks for the next."""
        self._take("{")
        if self.peek() == "}":
            self._take("}")
            return
        yield self._name()
        yield from self.more_names()

    def more_names(self) -> Iterator[str]:
        """The names that follow in an object, after a value."""
        while self.peek() == ",":
            self._take(",")
            yield self._name()
        self._take("}")

    def rest(self) -> Iterator[Any]:
        """All values up to the end of the file."""
        while self.peek():
            yield self.value()

    def error(self, why: str) -> InputError:
        """An error at the place reached."""
        return self._source.error(f"line {self._line(self._at):,} is not JSON ({why}).", remedy=_VALUES)

    def _name(self) -> str:
        if self.peek() != '"':
            raise self.error("a name in double quotes is expected")
        name: str = self.value()
        self._take(":")
        return name

    def _take(self, char: str) -> None:
        if (found := self.peek()) != char:
            raise self.error(f'"{char}" is expected, not "{found}"' if found else f'the file ends where "{char}" is expected')
        self._at += 1

    def _grow(self, n_chars: int) -> bool:
        """Reads at least so much more; whether there was any."""
        pieces = []
        while n_chars > 0 and (piece := next(self._pieces, None)) is not None:
            pieces.append(piece)
            n_chars -= len(piece)
        if not any(pieces):
            return False
        self._lines += self._buffer.count("\n", 0, self._at)
        self._buffer, self._at = self._buffer[self._at :] + "".join(pieces), 0
        if len(self._buffer) > (limit := self._options.max_text_chars) + _CHUNK:
            raise self._source.error(
                f"line {self._line(0):,}: a record has more than {limit:,} characters.", remedy="Split it into several records."
            )
        return True

    def _line(self, place: int) -> int:
        return self._lines + self._buffer.count("\n", 0, place) + 1

    def _not_json(self, error: Exception) -> InputError:
        place = error.pos if isinstance(error, json.JSONDecodeError) else self._at
        said = error.msg if isinstance(error, json.JSONDecodeError) else error
        if isinstance(error, RecursionError):
            return self._source.error(f"line {self._line(place):,} is nested too deeply.", remedy=_VALUES)
        return self._source.error(f"line {self._line(place):,} is not JSON ({said}).", remedy=_VALUES)
