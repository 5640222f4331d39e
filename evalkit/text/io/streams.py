"""Decodes files into text, one bounded piece at a time, with errors that name the file, the place and the remedy.

Nothing here holds a whole file: a decompression bomb or an endless device ends at a limit, not at the end of memory.
"""

from __future__ import annotations

import codecs
import gzip
import io
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, cast

from evalkit._util.escape import visible
from evalkit._util.urls import without_keys
from evalkit.errors import InputError
from evalkit.text.io.formats import FORMATS, InputFormat
from evalkit.text.io.options import ReadOptions

_CHUNK = 1 << 16
_ZSTD_CHUNK = 1 << 11  # four bytes of zstd can stand for 128 KiB, so this unpacks to 64 MiB at worst
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
    """

    name: str
    label: str
    format: InputFormat
    packing: str
    opener: Callable[[], BinaryIO]
    remote: bool = False

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
    except source.failures as error:
        raise source.error(f"cannot be opened ({_reason(error)}).", remedy=_remedy(source)) from error
    with stream:
        yield stream


@contextmanager
def open_unpacked(source: Source, options: ReadOptions) -> Iterator[BoundedBytes]:
    """The bytes of a file, decompressed, bounded and counted."""
    with open_bytes(source) as raw:
        # Only what is compressed can be much larger than it looks.
        limit = options.max_unpacked_bytes if source.packing else None
        yield BoundedBytes(_unpack(raw, source), source, limit)


@contextmanager
def open_text(source: Source, options: ReadOptions) -> Iterator[TextPieces]:
    """The text of a file."""
    with open_unpacked(source, options) as stream:
        yield TextPieces(stream, source, options)


class BoundedBytes(io.BufferedIOBase):
    """Reads a stream, counts its bytes, stops at a limit, and turns every failure into an InputError."""

    def __init__(self, inner: Any, source: Source, limit: int | None) -> None:
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
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise self._source.error(
                f"is a damaged or truncated gzip file ({error}).", remedy="Copy or compress it again."
            ) from error
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
        decoder = codecs.getincrementaldecoder(self._options.codec)(self._options.errors)
        # It keeps a "\r" at the end of a piece until it has seen whether a "\n" follows.
        newlines = io.IncrementalNewlineDecoder(decoder, translate=True)
        n_chars = 0
        for data in iter(partial(self._stream.read, _CHUNK), b""):
            piece = self._call(partial(newlines.decode, data))
            if n_chars == 0:  # the beginning suffices, and looking through everything would cost as much as reading it
                _check_controls(piece, self._source)
            n_chars += len(piece)
            self._check(piece, n_chars)
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
        for line in iter(partial(self._call, partial(text.readline, self._options.max_text_chars + 1)), ""):
            self._check(line, len(line))
            yield line

    def _check(self, piece: str, n_chars: int) -> None:
        if "\0" in piece:
            raise _binary(self._source)
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
        return self._source.error(
            f"byte {offset} (0x{value:02x}) is not {self._options.encoding} text ({error.reason}).",
            remedy="Give the file's encoding (--encoding cp1252, say), or read around such bytes with --errors replace.",
        )


def _check_controls(piece: str, source: Source) -> None:
    """Refuses the beginning of a text that is control characters to more than a tenth.

    Raises:
        InputError: it looks like a binary file.
    """
    n_controls = sum(piece.count(char) for char in set(piece) if unicodedata.category(char) == "Cc" and char not in _TEXT_CONTROLS)
    if n_controls > _MAX_CONTROL_SHARE * len(piece):
        raise _binary(source)


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


def _unpack(raw: BinaryIO, source: Source) -> Any:
    if source.packing == "gz":
        return gzip.GzipFile(fileobj=raw, mode="rb")
    if source.packing == "zst":
        return _ZstdReader(raw, source)
    return raw


class _ZstdReader:
    """Decompresses zstandard frames; unlike the library's own reader it notices a truncated one."""

    def __init__(self, raw: BinaryIO, source: Source) -> None:
        import zstandard

        self._new_frame: Callable[[], Any] = zstandard.ZstdDecompressor().decompressobj
        self._failure = zstandard.ZstdError
        self._raw, self._source = raw, source
        self._frame: Any = None
        self._packed = b""
        self._buffer = memoryview(b"")

    def read(self, size: int) -> bytes:
        while not self._buffer:
            if not self._packed and not (packed := self._raw.read(_ZSTD_CHUNK)):
                return self._finish()
            self._packed = self._packed or packed
            self._decompress()
        piece, self._buffer = bytes(self._buffer[:size]), self._buffer[size:]
        return piece

    def _decompress(self) -> None:
        self._frame = self._frame or self._new_frame()
        try:
            self._buffer = memoryview(self._frame.decompress(self._packed))
        except self._failure as error:
            raise self._damaged(str(error)) from error
        self._packed = b""
        if self._frame.eof:  # a file may be several frames, one after another
            self._packed, self._frame = self._frame.unused_data, None

    def _finish(self) -> bytes:
        if self._frame is not None:
            raise self._damaged("it ends within a frame")
        return b""

    def _damaged(self, why: str) -> InputError:
        return self._source.error(f"is a damaged or truncated zstandard file ({why}).", remedy="Copy or compress it again.")
