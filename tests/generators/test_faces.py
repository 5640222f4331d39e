"""The packages of the generators have a public face that loads nothing before a name is used."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest

import generators
from evalkit._util.lazy import lazy_names

PACKAGES = ["generators", *(f"generators.{module.name}" for module in iter_modules(generators.__path__) if module.ispkg)]


def test_importing_the_packages_loads_neither_numpy_nor_tensorflow():
    light = [name for name in PACKAGES if name != "generators.cli"]
    code = f"import sys, {', '.join(light)}; print(*[name for name in ('numpy', 'numba', 'tensorflow') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == []


@pytest.mark.parametrize("name", [name for name in PACKAGES if name != "generators.cli"])
def test_every_exported_name_is_there(name):
    package = import_module(name)
    assert package.__doc__
    assert package.__all__
    for exported in package.__all__:
        assert getattr(package, exported) is not None
    with pytest.raises(AttributeError, match="has no attribute"):
        _ = package.nothing_of_this_name


def test_a_lazy_name_is_looked_up_once():
    get = lazy_names("tests", {"join": "os.path"})
    try:
        assert get("join") is import_module("os.path").join
        assert vars(sys.modules["tests"])["join"] is get("join")
    finally:
        del sys.modules["tests"].join
