"""Writes arrays into one file, `pack`, and reads them, `unpack`.

Reading executes nothing in the file, and takes no more memory than the file has bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import UsageError

_MEMBER = re.compile(r"[A-Za-z0-9_.-]+\.npy")
_KINDS_OF_NUMBERS_AND_TEXT = "buifUS"
_UNREADABLE = (
    OSError,
    ValueError,
    EOFError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    KeyError,
    SyntaxError,
    MemoryError,
)


class DamagedError(ValueError):
    """Bytes that `pack` did not write."""


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays as an uncompressed npz file.

    Raises:
        UsageError: for arrays that could not be loaded again.
    """
    if wrong := [
        name for name, a in arrays.items() if a.dtype.kind not in _KINDS_OF_NUMBERS_AND_TEXT or not _MEMBER.fullmatch(name + ".npy")
    ]:
        raise UsageError(f"{', '.join(wrong)} cannot be saved: arrays hold numbers or fixed-width text, and have plain names.")
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(content: bytes) -> dict[str, NDArray[Any]]:
    """The arrays that `pack` wrote, each no larger than its part of the file, and read-only.

    Raises:
        DamagedError: for anything else.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            # A zip file can declare far more than it holds; numpy would believe it and take the memory.
            if sum(member.file_size for member in members) > len(content):
                raise ValueError("its arrays are declared larger than the file")
            if len({member.filename for member in members}) < len(members):
                raise ValueError("two arrays of one name")
            return {member.filename.removesuffix(".npy"): _read_member(archive, member) for member in members}
    except _UNREADABLE as error:
        raise DamagedError(str(error)) from error


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    """One array of numbers or text; its declared shape must fill its bytes exactly before any memory is taken for it."""
    if not _MEMBER.fullmatch(member.filename):
        raise ValueError(f"a member called {member.filename!r}")
    if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
        raise ValueError(f"{member.filename} is compressed")
    content = archive.read(member)
    stream = io.BytesIO(content)
    # numpy's own reader takes memory for the declared shape before it looks whether the file has that many bytes, so the header
    # is read alone.
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    shape, fortran, dtype = read_header[np.lib.format.read_magic(stream)](stream)
    if dtype.hasobject or dtype.kind not in _KINDS_OF_NUMBERS_AND_TEXT or dtype.itemsize == 0:
        raise ValueError(f"{member.filename} holds {dtype}, not numbers or text")
    n_values = 1
    for length in shape:
        n_values *= length
    if any(length < 0 for length in shape) or n_values * dtype.itemsize != len(content) - stream.tell():
        raise ValueError(f"the shape {shape} of {member.filename} does not fit its {len(content) - stream.tell():,} bytes")
    values = np.frombuffer(content, dtype, offset=stream.tell())
    return values.reshape(shape, order="F" if fortran else "C")
