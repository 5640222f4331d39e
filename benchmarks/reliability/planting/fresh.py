"""Plants faults in what runs when a module is imported, in a process that has loaded nothing of the project: `judged`."""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from benchmarks.reliability.planting.faults import ROOT, Fault, dotted, planted
from benchmarks.reliability.planting.warm import ENDLESS, FOUND, MISSED, forked

OPTIONS = (
    "-q", "-s", "-W", "ignore::pytest.PytestAssertRewriteWarning",
    *(word for plugin in ("xdist", "randomly", "cacheprovider") for word in ("-p", f"no:{plugin}")),
)  # fmt: skip
"""Of pytest. What is loaded before it has plain assertions, which fail all the same."""


class Quick:
    """A plugin of pytest: a failing example is not made smaller, since nobody reads it."""

    @pytest.hookimpl
    def pytest_collection(self) -> None:
        """Before the first test is declared."""
        from hypothesis import Phase, settings

        settings.register_profile(
            "faults", settings.get_profile("repeatable"), phases=(Phase.explicit, Phase.generate), report_multiple_bugs=False
        )
        settings.load_profile("faults")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives Python the module with the fault in place of the one on the disk."""

    def __init__(self, fault: Fault, *, sentences: bool) -> None:
        self.fault, self.sentences = fault, sentences
        self.name = dotted(fault.path)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The module with the fault."""
        if name != self.name:
            return None
        file = str(ROOT / self.fault.path)
        packages = [str((ROOT / self.fault.path).parent)] if file.endswith("__init__.py") else None
        return importlib.util.spec_from_file_location(name, file, loader=self, submodule_search_locations=packages)

    def create_module(self, spec: Any) -> None:
        """As any module."""

    def exec_module(self, module: Any) -> None:
        """Runs the code with the fault."""
        code = compile(planted(self.fault, sentences=self.sentences), str(ROOT / self.fault.path), "exec", dont_inherit=True)
        exec(code, module.__dict__)


def judged(fault: Fault | None, tests: Sequence[str], *, seconds: int, sentences: bool = False) -> str:
    """Whether the tests find a fault.

    Args:
        fault: None plants none.
        tests: files and folders; the first test that fails ends the run.
        seconds: of processor time.
        sentences: as `faults.places`.
    """
    code = forked(lambda: _code_of_tests(fault, tests, sentences=sentences), seconds=seconds)
    return ENDLESS if code == ENDLESS else MISSED if code == 0 else FOUND


def _code_of_tests(fault: Fault | None, tests: Sequence[str], *, sentences: bool) -> int:
    if fault is not None:
        finder = _Finder(fault, sentences=sentences)
        sys.meta_path.insert(0, finder)
        try:
            module = importlib.import_module(finder.name)  # now, before pytest finds modules in its own way
        except Exception:  # noqa: BLE001 - a fault that no import survives is found by any test
            return 1
        assert module.__loader__ is finder
    return int(pytest.main([*OPTIONS, "-x", *tests], plugins=[Quick()]))
