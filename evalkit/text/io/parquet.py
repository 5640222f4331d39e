"""Reads records of Parquet files, `parquet`, a batch of rows at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from evalkit.errors import MissingExtraError
from evalkit.text.io.options import ReadOptions
from evalkit.text.io.streams import Source, open_bytes, open_unpacked

_ROWS = 256


def parquet(source: Source, options: ReadOptions) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a Parquet file."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("Reading Parquet files", extra="parquet") from error
    row = 0
    with seekable(source, options) as stream:
        try:
            file = pq.ParquetFile(stream, page_checksum_verification=True)
            _check_size(source, options, file)
            columns = columns_to_read(file.schema_arrow, options)
            for batch in file.iter_batches(batch_size=_ROWS, columns=columns):
                for values in batch.to_pylist():
                    row += 1
                    yield f"row {row:,}", values
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise source.error(f"is not a sound Parquet file ({str(error).splitlines()[0]}).", remedy="Write it again.") from error


def _check_size(source: Source, options: ReadOptions, file: Any) -> None:
    """Refuses row groups beyond the limit."""
    limit = options.max_unpacked_bytes
    if any(file.metadata.row_group(i).total_byte_size > limit for i in range(file.metadata.num_row_groups)):
        raise source.error(f"has a row group of more than {limit:,} bytes.", remedy="Write it again with smaller row groups.")


def columns_to_read(schema: Any, options: ReadOptions) -> list[str] | None:
    """The columns of a table to read, None for all.

    Where no text field is named, these are all that hold text anywhere: whether two of them may be the model's text is only seen
    where both are read. Where one is named, it is read with the ids and with what may say why a text is missing.
    """
    ids = (options.document_field, options.passage_field, options.group_field)
    named = [name for name in (options.text_field, *ids) if name is not None]
    keep = [
        field.name
        for field in schema
        if any(name == field.name or name.startswith(f"{field.name}.") for name in named)
        or ("error" in field.name.lower() if options.text_field is not None else _may_hold_text(str(field.type)))
    ]
    # Where a name is wrong or missing, the error lists every field there is.
    is_there = all(any(name == kept or name.startswith(f"{kept}.") for kept in keep) for name in named)
    return keep if keep and is_there else None


def _may_hold_text(type_: str) -> bool:
    return "string" in type_ or type_ == "null"


@contextmanager
def seekable(source: Source, options: ReadOptions) -> Iterator[IO[bytes]]:
    """The bytes of a file without its packing, in which any place can be gone to."""
    if not source.packing and not source.of_web:
        with open_bytes(source) as raw:
            yield raw
        return
    # Parquet keeps its table of contents at the end, so what can only be read forwards is unpacked to the disk, not to memory.
    with tempfile.TemporaryFile() as copy:
        with open_unpacked(source, options) as stream:
            while piece := stream.read(1 << 20):
                copy.write(piece)
        copy.seek(0)
        yield copy
