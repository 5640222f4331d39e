"""Every package of the report says what it exports, and imports it only when it is asked for."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import evalkit.report

PACKAGES = [
    "evalkit.report",
    *(module.name for module in pkgutil.iter_modules(evalkit.report.__path__, "evalkit.report.") if module.ispkg),
]


@pytest.mark.parametrize("name", PACKAGES)
def test_every_exported_name_is_there_and_has_a_docstring(name):
    package = importlib.import_module(name)
    assert len(package.__doc__.split()) > 5
    assert len(set(package.__all__)) == len(package.__all__)
    for exported in package.__all__:
        value = getattr(package, exported)
        assert not callable(value) or value.__doc__, exported
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        package.nothing  # noqa: B018 - it is the access that must fail


@pytest.mark.parametrize("name", PACKAGES)
def test_importing_a_package_imports_no_module_that_draws_or_computes(name):
    code = f"import sys, {name}\nprint(*sys.modules)"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert name in loaded
    assert not loaded & {"numpy", "pandas", "matplotlib", "seaborn", "jinja2", "rich", "typer"}
