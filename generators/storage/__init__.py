"""Saves fitted generators as folders that load without executing anything, and keeps them between runs in a `ModelCache`.

- `arrays` writes and reads arrays of numbers in one file.
- `models` writes and reads the folder of a model.
- `cache` keeps fitted models, under the `cache_key` of everything that decides what fitting gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from generators.storage.cache import ModelCache
    from generators.storage.models import load, read_meta, save

__all__ = ["ModelCache", "load", "read_meta", "save"]

__getattr__ = lazy_names(
    __name__,
    {
        "ModelCache": "generators.storage.cache",
        "load": "generators.storage.models",
        "read_meta": "generators.storage.models",
        "save": "generators.storage.models",
    },
)
