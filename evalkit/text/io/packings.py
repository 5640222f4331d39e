"""Decompresses streams, `unpacked`: gzip and zstandard files, and what web servers compress on the way."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from typing import IO, Any, Protocol, cast

MAGIC = {"gz": b"\x1f\x8b", "zst": b"\x28\xb5\x2f\xfd"}
"""The first bytes of everything that is packed in each way."""

_ZSTD_CHUNK = 1 << 11  # four bytes of zstd can stand for 128 KiB, so this unpacks to 64 MiB at worst
_CHUNK = 1 << 16


class Readable(Protocol):
    """Gives bytes one after another."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; empty at the end."""
        ...


class DamagedError(Exception):
    """What was compressed is damaged or ends too early; the message says as what and why."""


def unpacked(raw: Readable, packing: str) -> Readable:
    """A stream without its compression.

    Args:
        raw: gives the compressed bytes.
        packing: "gz", "zst", "deflate", or "" for none.
    """
    if packing == "gz":
        return _GzipReader(raw)
    if packing == "zst":
        return _ZstdReader(raw)
    return _DeflateReader(raw) if packing == "deflate" else raw


class _GzipReader:
    """Decompresses gzip members, one after another."""

    def __init__(self, raw: Readable) -> None:
        self._inner = gzip.GzipFile(fileobj=cast("IO[bytes]", raw), mode="rb")

    def read(self, size: int, /) -> bytes:
        try:
            return bytes(self._inner.read(size))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DamagedError(f"is a damaged or truncated gzip file ({error})") from error


class _ZstdReader:
    """Decompresses zstandard frames; unlike the library's own reader it notices a truncated one."""

    def __init__(self, raw: Readable) -> None:
        import zstandard

        self._new_frame: Callable[[], Any] = zstandard.ZstdDecompressor().decompressobj
        self._failure = zstandard.ZstdError
        self._raw = raw
        self._frame: Any = None
        self._packed = b""
        self._buffer = memoryview(b"")

    def read(self, size: int, /) -> bytes:
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

    def _damaged(self, why: str) -> DamagedError:
        return DamagedError(f"is a damaged or truncated zstandard file ({why})")


class _DeflateReader:
    """Decompresses what HTTP calls deflate: a zlib stream, or from some servers the bare deflate stream inside it."""

    def __init__(self, raw: Readable) -> None:
        self._raw = raw
        self._inner: Any = None
        self._packed = b""

    def read(self, size: int, /) -> bytes:
        while True:
            self._packed = self._packed or self._raw.read(_CHUNK)
            self._inner = self._inner or self._begin()
            ended = not self._packed
            try:
                piece: bytes = self._inner.decompress(self._packed, size)
            except zlib.error as error:
                raise DamagedError(f"is damaged deflate data ({error})") from error
            self._packed = self._inner.unconsumed_tail
            if piece or self._inner.eof:
                return piece
            if ended:
                raise DamagedError("is truncated deflate data")

    def _begin(self) -> Any:
        while len(self._packed) < 2 and (more := self._raw.read(_CHUNK)):
            self._packed += more
        # The two bytes of a zlib header (RFC 1950): the method is 8, and both together are a multiple of 31.
        is_zlib = len(self._packed) > 1 and self._packed[0] & 15 == 8 and int.from_bytes(self._packed[:2]) % 31 == 0
        return zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
