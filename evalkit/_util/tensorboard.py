"""Writes curves and texts for TensorBoard, `Scalars`, into files that it reads; neither TensorFlow nor TensorBoard is needed."""

from __future__ import annotations

import os
import re
import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path

from evalkit._util.atomic import cannot_write
from evalkit._util.paths import status_of

_VERSION = b"brain.Event:2"
_STARTED = int(time.time())
"""When this process began: all that it writes into one folder is one file, and files sort by their time, as TensorBoard reads them."""
_DT_STRING = 7
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
"""How values are laid out in protocol buffers."""
_CASTAGNOLI = 0x82F63B78
"""The polynomial of CRC-32C, its bits reversed."""


class Scalars:
    """Curves of numbers over steps, and texts.

    The format is that of TensorFlow's record files (tensorflow/core/lib/io/record_writer.h) of Event messages (tensorflow/core/util/event.proto).
    Both have been the same since 2015, and take fewer lines to write than either library takes seconds to load.

    Args:
        log_dir: where TensorBoard looks; made when something is written.
    """

    def __init__(self, log_dir: str | os.PathLike[str]) -> None:
        host = re.sub(r"[^\w.-]", "_", socket.gethostname())
        self._path = Path(log_dir, f"events.out.tfevents.{_STARTED:010d}.{host}.{os.getpid()}.evalkit")

    def write(self, values: Mapping[str, float], step: int) -> None:
        """Adds a point to each curve.

        Raises:
            OutputError: when the file cannot be written.
        """
        self._append(step, [_field(1, name) + _field(2, float(value)) for name, value in values.items()])

    def write_texts(self, texts: Mapping[str, str], step: int) -> None:
        """Adds texts, which TensorBoard shows as Markdown.

        Raises:
            OutputError: when the file cannot be written.
        """
        plugin = _field(1, _field(1, "text"))
        self._append(
            step,
            [
                _field(1, name) + _field(9, plugin) + _field(8, _field(1, _DT_STRING) + _field(8, text))
                for name, text in texts.items()
            ],
        )

    def _append(self, step: int, values: list[bytes]) -> None:
        """Adds an event with some values, each a Summary.Value, in one piece."""
        event = _field(1, time.time()) + _field(2, step) + _field(5, b"".join(_field(1, value) for value in values))
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            is_new = status_of(self._path) is None
            with self._path.open("ab") as file:
                file.write((_record(_field(1, time.time()) + _field(3, _VERSION)) if is_new else b"") + _record(event))
        except OSError as error:
            raise cannot_write(self._path, error) from error


def _field(number: int, value: bytes | str | int | float) -> bytes:
    """A field of a protocol buffer: bytes and texts with their length, whole numbers of at least 0, doubles as field 1 and floats as field 2."""
    if isinstance(value, float):
        kind, packed = (_EIGHT_BYTES, struct.pack("<d", value)) if number == 1 else (_FOUR_BYTES, struct.pack("<f", value))
    elif isinstance(value, int):
        kind, packed = _VARINT, _varint(value)
    else:
        content = value.encode("utf-8", "replace") if isinstance(value, str) else value
        kind, packed = _BYTES, _varint(len(content)) + content
    return _varint(number << 3 | kind) + packed


def _varint(value: int) -> bytes:
    """A whole number of at least 0, seven bits a byte, the lowest first."""
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def _record(content: bytes) -> bytes:
    """A record: its length and its content, each with its checksum."""
    length = struct.pack("<Q", len(content))
    return length + _masked_crc(length) + content + _masked_crc(content)


def _masked_crc(content: bytes) -> bytes:
    """CRC-32C of bytes, masked as the format asks, since a checksum of data with checksums in it is weak."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _remainder(byte: int) -> int:
    """What one byte adds to the checksum."""
    for _ in range(8):
        byte = byte >> 1 ^ _CASTAGNOLI if byte & 1 else byte >> 1
    return byte


_TABLE = tuple(map(_remainder, range(256)))
