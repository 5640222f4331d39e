"""Fitted generators on disk: saved models (`save`, `load`), and the cache of those that are slow to fit (`ModelCache`).

- `models` writes and reads the folder of a saved model; `arrays` is the file of its arrays, which loads without running anything.
- `cache` keeps fitted generators between runs; `cache_key` hashes everything that decides what fitting gives.
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
