"""Hashes everything that decides what fitting a generator gives, `key_of`: the key of a fitted model in the cache."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import json
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

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
        "documents": _hash_of(documents),
        "held_out": _hash_of(held_out),
        "code": _code_hash(type(generator)),
        "packages": _versions(),
        "machine": platform.machine(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _hash_of(texts: Sequence[str]) -> str:
    """sha256 of texts in their order; each is led by its length, so that no two lists are alike."""
    digest = hashlib.sha256()
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(content))
        digest.update(content)
    return digest.hexdigest()


@functools.cache  # a process runs the code that it loaded, whatever is written to the files later
def _code_hash(cls: type[Generator]) -> str:
    """sha256 of the sources that a generator is made of: a change of code must never bring back what older code fitted.

    These are all files below `generators`, however deep, and those of the package that the class comes from. A class of a
    module without a package has that file alone: beside it may lie everything that is installed.
    """
    home = Path(inspect.getfile(cls))
    sources = set(Path(__file__).parents[1].rglob("*.py"))
    sources |= set(home.parent.rglob("*.py")) if "." in cls.__module__ else {home}
    return _hash_of([path.read_text(encoding="utf-8", errors="replace") for path in sorted(sources)])


@functools.cache  # likewise of packages
def _versions() -> dict[str, str]:
    versions = {}
    for package in _PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            versions[package] = version(package)
    return versions
