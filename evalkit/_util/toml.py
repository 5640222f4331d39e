"""Reads TOML files that a user wrote, `read_toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from evalkit.errors import ConfigError

_MOST_BYTES = 1 << 20


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file.

    Raises:
        ConfigError: when it is missing, too large or not TOML.
    """
    try:
        # The parser takes many times the memory of its file, and a device or a log named by mistake has no end.
        if path.stat().st_size > _MOST_BYTES:
            raise ConfigError(f"{path} is larger than a configuration can be.", remedy="Give a TOML file of less than 1 MB.")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", remedy="Give a TOML file.") from error
