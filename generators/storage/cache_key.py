"""Hashes everything that decides what fitting a generator gives, `key_of`: the key of a fitted model in the cache."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import platform
from collections.abc import Sequence
from pathlib import Path

from evalkit._util.entries import hash_of_code, hash_of_texts, versions_of
from generators.base import Generator

_KEY_FORMAT = 1
_PACKAGES = ("keras", "numba", "numpy", "tensorflow", "tensorflow-cpu")
"""Whose versions may change what fitting gives."""


def key_of(generator: Generator, documents: Sequence[str], *, held_out: Sequence[str], seed: int) -> str:
    """A sha256 over everything that decides what fitting gives."""
    parts = {
        "format": _KEY_FORMAT,
        "generator": generator.name,
        "version": generator.version,
        "options": generator.learning_options(),
        "seed": seed,
        "documents": hash_of_texts(documents),
        "held_out": hash_of_texts(held_out),
        "code": _code_hash(type(generator)),
        "packages": _versions(),
        "machine": platform.machine(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@functools.cache  # a process runs the code that it loaded, whatever is written to the files later
def _code_hash(cls: type[Generator]) -> str:
    """sha256 of the sources that a generator is made of: a change of code must never bring back what older code fitted.

    These are all files below `generators`, however deep, and those of the package that the class comes from. A class of a
    module without a package has that file alone: beside it may lie everything that is installed.
    """
    home = Path(inspect.getfile(cls))
    sources = set(Path(__file__).parents[1].rglob("*.py"))
    sources |= set(home.parent.rglob("*.py")) if "." in cls.__module__ else {home}
    return hash_of_code(sources)


def _versions() -> dict[str, str]:
    return versions_of(*_PACKAGES)
