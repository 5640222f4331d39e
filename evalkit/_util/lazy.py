"""Gives packages a public face whose names are imported when they are first used (PEP 562): `lazy_names`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def lazy_names(package: str, modules: Mapping[str, str]) -> Callable[[str], object]:
    """The `__getattr__` of a package that exports names of its modules.

    Args:
        package: `__name__` of the package.
        modules: the module of each name.
    """

    def get(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(modules[name]), name)
        # Stored, so that Python finds the name itself from now on.
        setattr(sys.modules[package], name, value)
        return value

    return get
