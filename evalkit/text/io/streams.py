"""Decodes files into text, one bounded piece at a time, with errors that name the file, the place and the remedy.

Nothing here holds a whole file: a decompression bomb or an endless device ends at a limit, not at the end of memory.
"""

from __future__ import annotations

import codecs
import io
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, cast

from evalkit._util.escape import visible
from evalkit._util.urls import without_keys
from evalkit.errors import InputError
from evalkit.text.io.formats import FORMATS, InputFormat
from evalkit.text.io.options import ReadOptions, is_text_encoding
from evalkit.text.io.packings import MAGIC, DamagedError, Readable, unpacked
from evalkit.text.io.web import WebFile

_CHUNK = 1 << 16
_BOMS_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TEXT_CONTROLS = "\t\n\r\f\v"
_MAX_CONTROL_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read, wherever it lies.

    Args:
        name: unique among the files read together; the beginning of every id.
        label: how messages call it.
        format: how its content is laid out.
        packing: how its content is compressed, a value of `PACKINGS`; "" where it is not.
        opener: opens the raw bytes.
        remote: whether reading may raise what a network library likes.
        is_stream: whether it can only be read from its beginning to its end.
        learned: what reading it has shown, for reports and messages: the "delimiter" of a table; of a file on a web server the "sha256"
            of its bytes and the "charset" that the server names.
    """

    name: str
    label: str
    format: InputFormat
    packing: str
    opener: Callable[[], BinaryIO]
    remote: bool = False
    is_stream: bool = False
    learned: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def failures(self) -> type[Exception]:
        """What opening and reading may raise: every remote file system has exceptions of its own."""
        return Exception if self.remote else OSError

    def error(self, problem: str, *, remedy: str = "") -> InputError:
        """An error that begins with the file's name, made safe to print."""
        return InputError(f"{visible(self.label)}: {visible(problem)}", remedy=remedy)


@contextmanager
def open_bytes(source: Source) -> Iterator[BinaryIO]:
    """The raw bytes of a file, still compressed."""
    try:
        stream = source.opener()
    except InputError:
        raise
    except DamagedError as error:
        raise _damaged(source, error) from error
    except source.failures as error:
        raise source.error(f"cannot be opened ({_reason(error)}).", remedy=_remedy(source)) from error
    with stream:
        if not isinstance(stream, WebFile):
            yield stream
            return
        source.learned["charset"] = stream.charset
        yield stream
        source.learned["sha256"] = stream.sha256


@contextmanager
def open_unpacked(source: Source, options: ReadOptions) -> Iterator[BoundedBytes]:
    """The bytes of a file, decompressed, bounded and counted."""
    with open_bytes(source) as raw:
        is_decoded = isinstance(raw, WebFile) and raw.is_decoded
        # Only what is compressed can be much larger than it looks.
        limit = options.max_unpacked_bytes if source.packing or is_decoded else None
        packing = source.packing
        # Servers announce a .gz file as compressed on the way, and then it is unpacked already.
        if isinstance(raw, WebFile) and is_decoded and packing and not raw.peek(4).startswith(MAGIC[packing]):
            packing = ""
        yield BoundedBytes(unpacked(raw, packing), source, limit)


@contextmanager
def open_text(source: Source, options: ReadOptions) -> Iterator[TextPieces]:
    """The text of a file."""
    with open_unpacked(source, options) as stream:
        yield TextPieces(stream, source, options)


class BoundedBytes(io.BufferedIOBase):
    """Reads a stream, counts its bytes, stops at a limit, and turns every failure into an InputError."""

    def __init__(self, inner: Readable, source: Source, limit: int | None) -> None:
        self._inner, self._source, self._limit = inner, source, limit
        self.n_read = 0

    def readable(self) -> bool:
        """True, as io asks."""
        return True

    def read1(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; empty at the end."""
        return self.read(min(size, _CHUNK) if size > 0 else _CHUNK)

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes, and never the whole stream in one piece; empty at the end."""
        piece = self._read(size if size is not None and size > 0 else _CHUNK)
        self.n_read += len(piece)
        if self._limit is not None and self.n_read > self._limit:
            raise self._source.error(
                f"unpacks to more than {self._limit:,} bytes, the limit for one file.",
                remedy="Unpack it yourself and look at it; if it is what you want, give evalkit the unpacked file.",
            )
        return piece

    def _read(self, size: int) -> bytes:
        try:
            return bytes(self._inner.read(size))
        except InputError:
            raise
        except DamagedError as error:
            raise _damaged(self._source, error) from error
        except self._source.failures as error:
            raise self._source.error(f"cannot be read ({_reason(error)}).", remedy=_remedy(self._source)) from error


class TextPieces:
    """The text of one file: `pieces()` of any text, or `lines()` of records. Refuses binary content."""

    def __init__(self, stream: BoundedBytes, source: Source, options: ReadOptions) -> None:
        self._stream, self._source, self._options = stream, source, options

    def pieces(self) -> Iterator[str]:
        """The text in pieces of bounded size, every line end a newline.

        Raises:
            InputError: it is longer than the limit, is not text, or cannot be read.
        """
        n_chars = 0
        for piece in self.endless():
            n_chars += len(piece)
            self._check_length(n_chars)
            yield piece

    def endless(self) -> Iterator[str]:
        """The same, however long all pieces are together; for files of many records.

        Raises:
            InputError: it is not text, or cannot be read.
        """
        decoder = codecs.getincrementaldecoder(self._options.codec)(self._options.errors)
        # It keeps a "\r" at the end of a piece until it has seen whether a "\n" follows.
        newlines = io.IncrementalNewlineDecoder(decoder, translate=True)
        n_chars = 0
        for data in iter(partial(self._stream.read, _CHUNK), b""):
            piece = self._call(partial(newlines.decode, data))
            # The beginning suffices, and looking through everything would cost as much as reading it.
            if n_chars == 0 and _n_controls(piece) > _MAX_CONTROL_SHARE * len(piece):
                raise _binary(self._source)
            if (place := piece.find("\0")) >= 0:
                raise _nul(self._source, f"character {n_chars + place + 1:,}")
            n_chars += len(piece)
            yield piece
        yield self._call(partial(newlines.decode, b"", final=True))

    def lines(self, newline: str) -> Iterator[str]:
        """The text in lines, each with its end; `newline` as for `open`.

        Raises:
            InputError: one is longer than the limit, holds a NUL, or cannot be read.
        """
        text = io.TextIOWrapper(
            cast("BinaryIO", self._stream), encoding=self._options.codec, errors=self._options.errors, newline=newline
        )
        # One character more than is allowed, so that a file of one endless line is not read to its end.
        lines = iter(partial(self._call, partial(text.readline, self._options.max_text_chars + 1)), "")
        for number, line in enumerate(lines, start=1):
            if (place := line.find("\0")) >= 0:
                raise _nul(self._source, f"line {number:,}, character {place + 1:,}")
            self._check_length(len(line))
            yield line

    def _check_length(self, n_chars: int) -> None:
        if n_chars > (limit := self._options.max_text_chars):
            raise self._source.error(
                f"holds a text of more than {limit:,} characters, the limit for one document or record.",
                remedy="Split it into several files, or into records of a JSON Lines file.",
            )

    def _call(self, read: Callable[[], str]) -> str:
        try:
            return read()
        except UnicodeError as error:
            raise self._undecodable(error) from error

    def _undecodable(self, error: UnicodeError) -> InputError:
        if not isinstance(error, UnicodeDecodeError):
            return self._source.error(
                f"cannot be read as {self._options.encoding} ({error}).", remedy="Give its encoding with --encoding."
            )
        # The decoder held the end of what was read, so the offset in the file is counted back from there.
        offset = self._stream.n_read - len(error.object) + error.start
        if offset == 0 and error.object[:2] in _BOMS_UTF16:
            return self._source.error("is UTF-16 text.", remedy="Read it with --encoding utf-16.")
        if b"\0" in error.object:
            return _binary(self._source)
        value = error.object[error.start]
        named = self._source.learned.get("charset", "")
        encoding = named if named and named != "utf-8" and is_text_encoding(named) else ""
        server = f" (the server names {encoding}: --encoding {encoding})" if encoding else " (--encoding cp1252, say)"
        return self._source.error(
            f"byte {offset} (0x{value:02x}) is not {self._options.encoding} text ({error.reason}).",
            remedy=f"Give the file's encoding{server}, or read around such bytes with --errors replace.",
        )


def _n_controls(piece: str) -> int:
    """How many characters are control characters that no text holds."""
    return sum(piece.count(char) for char in set(piece) if unicodedata.category(char) == "Cc" and char not in _TEXT_CONTROLS)


def _nul(source: Source, place: str) -> InputError:
    """One rule for every format: no text holds a NUL, written as it is or as an escape of JSON."""
    return source.error(
        f"{place} is a NUL (U+0000), so it looks like a binary file, not text.",
        remedy="Remove the NULs if it is text. If it is UTF-16, read it with --encoding utf-16.",
    )


def _damaged(source: Source, error: DamagedError) -> InputError:
    return source.error(f"{error}.", remedy="Copy or compress it again.")


def _binary(source: Source) -> InputError:
    titles = [each.title for each in FORMATS.values()]
    return source.error("looks like a binary file, not text.", remedy=f"Give {', '.join(titles[:-1])} or {titles[-1]}.")


def _reason(error: BaseException) -> str:
    """Why, in words: file systems of the web hide what happened behind a FileNotFoundError that names the URL once more."""
    cause = error.__cause__ if isinstance(error, FileNotFoundError) else None
    if isinstance(error, FileNotFoundError) and cause is None and not error.strerror:
        return "there is no such file"
    shown = cause or error
    return without_keys(getattr(shown, "strerror", None) or str(shown) or type(shown).__name__).strip()


def _remedy(source: Source) -> str:
    return "Check the URL and the connection." if source.remote else "Check the path and your right to read it."
