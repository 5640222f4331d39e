"""Reads files that may come from strangers: `read_bytes`, `read_text` and `read_json`.

Whatever stands at the path, the answer is its content or one of two errors: nothing blocks, nothing is read without end, and no memory is
taken that the size of the file does not warrant.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

DEEPEST = 64
"""Levels of a JSON document. What reads it recurses in several ways, each with a limit of its own."""
_MOST_DIGITS = 20
"""Digits of a whole number: no count, seed or size has more, and thousands of them are slow to convert."""
_LARGEST = 1e100
"""Larger numbers measure nothing, and their squares and products overflow."""


class UnreadableError(ValueError):
    """A file that is not read, or content that is not what it should be; the message says why, without the path."""


def read_bytes(path: str | Path, *, most_bytes: int) -> bytes:
    """The content of a regular file.

    Args:
        path: of the file, or a link to it.
        most_bytes: that it may have.

    Raises:
        OSError: when it is not there or cannot be read.
        UnreadableError: for a folder, pipe or device, or a file that is larger.
    """
    # Without O_NONBLOCK, opening a pipe that nobody writes to would wait forever.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        _check_regular(Path(path).stat(), most_bytes)  # before it is opened, which has effects on some devices
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - a path cannot be opened with flags
            size = _check_regular(os.fstat(file.fileno()), most_bytes)  # again: another file may have taken its place
            content = file.read(size + 1)
    except UnreadableError:
        raise
    except (ValueError, MemoryError) as error:  # a null character in the path; a file that memory does not hold
        raise UnreadableError(str(error) or "memory does not hold it") from error
    if len(content) > size:
        raise UnreadableError("it grew while it was read")
    return content


def _check_regular(status: os.stat_result, most_bytes: int) -> int:
    """The size of a regular file."""
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError("it is not a regular file")
    if status.st_size > most_bytes:
        raise UnreadableError(f"it is too large, {status.st_size:,} bytes where {most_bytes:,} are allowed")
    return status.st_size


def read_text(path: str | Path, *, most_bytes: int) -> str:
    """The content of a regular file in UTF-8.

    Raises:
        OSError, UnreadableError: as `read_bytes`, and when it is not UTF-8.
    """
    return _decoded(read_bytes(path, most_bytes=most_bytes))


def read_json(path: str | Path, *, most_bytes: int) -> Any:
    """The value of a JSON file.

    Raises:
        OSError, UnreadableError: as `read_bytes` and `parse_json`.
    """
    return parse_json(read_bytes(path, most_bytes=most_bytes))


def parse_json(content: str | bytes) -> Any:
    """The value of a JSON text whose numbers can be computed with.

    Strings may hold lone surrogates, which names of files have where they are not UTF-8; `evalkit._util.escape.encodable` makes them fit
    to be written.

    Raises:
        UnreadableError: when it is not UTF-8 or not JSON, is nested more than `DEEPEST` levels, or holds NaN, infinity or a number beyond all
            measure.
    """
    text = content if isinstance(content, str) else _decoded(content)
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_number, parse_int=_whole_number)
        _check_depth(value)
    except RecursionError as error:
        raise UnreadableError(_TOO_DEEP) from error
    except MemoryError as error:
        raise UnreadableError("memory does not hold it") from error
    except UnreadableError:
        raise
    except ValueError as error:
        raise UnreadableError(f"it is not JSON ({error})") from error
    return value


_TOO_DEEP = f"it is nested more than {DEEPEST} levels deep"


def check_numbers(value: object) -> None:
    """Refuses numbers that cannot be computed with, wherever they stand in lists and tables.

    Raises:
        UnreadableError: for NaN, infinity and numbers beyond all measure.
    """
    waiting: list[Any] = [value]
    while waiting:
        node = waiting.pop()
        waiting.extend(_children(node))
        if isinstance(node, int | float) and not -_LARGEST <= node <= _LARGEST:  # which NaN is not either
            raise UnreadableError(f"the number {str(node)[:40]} is too large")


def _decoded(content: bytes) -> str:
    try:
        return content.decode()
    except (UnicodeDecodeError, MemoryError) as error:
        raise UnreadableError("it is not UTF-8" if isinstance(error, UnicodeDecodeError) else "memory does not hold it") from error


def _check_depth(value: object) -> None:
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [child for node in level for child in _children(node) if isinstance(child, dict | list)]
        if not level:
            return
    raise UnreadableError(_TOO_DEEP)


def _children(node: object) -> Iterable[Any]:
    return node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()


def _refuse(constant: str) -> None:
    raise UnreadableError(f"{constant} is not JSON")


def _number(text: str) -> float:
    value = float(text)
    if not math.fabs(value) <= _LARGEST:
        raise UnreadableError(f"the number {text[:40]} is too large")
    return value


def _whole_number(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise UnreadableError(f"the number {text[:40]} is too large")
    return int(text)
