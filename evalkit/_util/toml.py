"""Reads TOML files that a user wrote, `read_toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from evalkit._util.escape import visible
from evalkit._util.foreign import check_numbers, read_text
from evalkit.errors import ConfigError

_MOST_BYTES = 1 << 20


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file.

    Raises:
        ConfigError: when it is missing, no regular file, too large or not TOML.
    """
    try:
        # The parser takes many times the memory of its file.
        table = tomllib.loads(read_text(path, most_bytes=_MOST_BYTES))
        check_numbers(table)
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise ConfigError(
            f"{visible(str(path))} cannot be read: {visible(str(error))}", remedy="Give a TOML file of less than 1 MB."
        ) from error
    return table
