"""Reads records of Arrow files, `arrow`, a batch of rows at a time; folders that `datasets.save_to_disk` wrote consist of them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from evalkit.errors import MissingExtraError
from evalkit.text.io.options import ReadOptions
from evalkit.text.io.parquet import columns_to_read, seekable
from evalkit.text.io.streams import Source

_ROWS = 256
_MAGIC = b"ARROW1\0\0"
"""The first bytes of a file of the second kind, in which a stream follows; a table of contents at its end is not needed here."""
_HEADER, _COMPRESSION = 2, 3
"""Numbers of fields in Message and RecordBatch (format/Message.fbs of Apache Arrow)."""


def arrow(source: Source, options: ReadOptions) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of an Arrow file: a stream of batches, as `datasets` writes it, or the file format (Feather 2) without compression."""
    try:
        import pyarrow as pa
    except ImportError as error:
        raise MissingExtraError("Reading Arrow files", extra="parquet") from error
    row = 0
    with seekable(source, options) as stream:
        stream.seek(len(_MAGIC) if stream.read(len(_MAGIC)) == _MAGIC else 0)
        try:
            for batch in _batches(pa, source, options, stream):
                # Whatever the file says of itself is checked before a value is taken.
                batch.validate(full=True)
                for start in range(0, batch.num_rows, _ROWS):
                    for values in batch.slice(start, _ROWS).to_pylist():
                        row += 1
                        yield f"row {row:,}", values
        except (pa.ArrowException, OSError, UnicodeDecodeError, struct.error, OverflowError, MemoryError) as error:
            why = (str(error).splitlines() or ["it is too large"])[0]
            raise source.error(f"is not a sound Arrow file ({why}).", remedy="Write it again.") from error


def _batches(pa: Any, source: Source, options: ReadOptions, stream: Any) -> Iterator[Any]:
    """The batches of rows, each with the columns that are needed."""
    messages = pa.ipc.MessageReader.open_stream(stream)
    schema: Any = None
    columns: list[str] | None = None
    for message in messages:
        if schema is None:
            schema = pa.ipc.read_schema(message)
            columns = columns_to_read(schema, options)
        elif message.type == "dictionary":
            raise source.error("has columns with dictionaries.", remedy="Write it with datasets' save_to_disk, or as Parquet.")
        elif _is_compressed(message.metadata.to_pybytes()):
            # How large a batch will be is not known before it is unpacked, so that a small file could fill all memory.
            raise source.error("is compressed inside.", remedy="Write it with datasets' save_to_disk, or as Parquet.")
        else:
            batch = pa.ipc.read_record_batch(message, schema)
            yield batch if columns is None else batch.select(columns)
    if schema is None:
        raise pa.ArrowInvalid("it holds no schema")


def _is_compressed(metadata: bytes) -> bool:
    """Whether the batch that a message describes says how its buffers are compressed."""
    (message,) = struct.unpack_from("<I", metadata, 0)
    place = _place_of(metadata, message, _HEADER)
    if place is None:
        return False
    (offset,) = struct.unpack_from("<I", metadata, place)
    return _place_of(metadata, place + offset, _COMPRESSION) is not None


def _place_of(metadata: bytes, table: int, number: int) -> int | None:
    """Where a field of a FlatBuffers table stands; None where the table does not have it."""
    (back,) = struct.unpack_from("<i", metadata, table)
    fields = table - back
    (size,) = struct.unpack_from("<H", metadata, fields)
    if 4 + 2 * number >= size:
        return None
    (offset,) = struct.unpack_from("<H", metadata, fields + 4 + 2 * number)
    return table + offset if offset else None
