"""Finds the data that comes with the package, `data_path`."""

from __future__ import annotations

from pathlib import Path

from evalkit._util.paths import exists, is_folder
from evalkit.errors import EvalkitError, reinstall_remedy

_PACKAGE = Path(__file__).parents[1]


def data_path(*parts: str) -> Path:
    """A file or folder of the data that comes with the package: `data_path("tales")`.

    An installed package has it as `evalkit/_data`, a checkout as `data` beside the package.

    Raises:
        EvalkitError: it is not there, so the installation is incomplete.
    """
    installed = _PACKAGE / "_data"
    root = installed if is_folder(installed) else _PACKAGE.parent / "data"
    path = root.joinpath(*parts)
    if not exists(path):
        raise EvalkitError(f'The package data "{"/".join(parts)}" is missing from {root}.', remedy=reinstall_remedy())
    return path
