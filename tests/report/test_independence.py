"""A report is a function of results: no module of it reaches what computes them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

COMPUTING = (
    "generators",
    *(
        f"evalkit.{name}"
        for name in ("calibration", "counts", "evaluation", "explain", "gating", "inference", "matching", "metrics")
    ),
)
TERMINAL = ("rich", "typer", "evalkit.cli")
IMPORT_ALL = """
import importlib, pkgutil, sys
import evalkit.report
for module in pkgutil.walk_packages(evalkit.report.__path__, "evalkit.report."):
    if {condition}:
        importlib.import_module(module.name)
"""
RENDER_ALL = """
from pathlib import Path
from evalkit.report import FORMATS
from evalkit.report.export.samples import stored_samples
from evalkit.results import read
run = Path({run!r})
results = read(run)
samples = stored_samples(results, run)
assert [form.render(results, samples) for form in FORMATS if results.kind in form.kinds and form.renderer]
results._repr_html_()
"""
EXAMPLE = Path(__file__).parents[2] / "reports" / "example"


def loaded(code: str, packages: tuple[str, ...]) -> set[str]:
    """The modules of some packages that a process of its own has loaded after some code."""
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    ).stdout
    return {name for name in shown.split() if name.startswith(tuple(f"{package}." for package in packages)) or name in packages}


def test_no_module_of_the_report_loads_what_computes_results():
    code = IMPORT_ALL.format(condition="True")
    assert loaded(code, ("evalkit.report.terminal",)) >= {"evalkit.report.terminal.scores", "evalkit.report.terminal.gate"}
    assert loaded(code, COMPUTING) == set()


def test_rendering_stored_results_loads_nothing_that_computes_results():
    assert loaded(f"import sys{RENDER_ALL.format(run=str(EXAMPLE))}", COMPUTING) == set()


def test_only_the_terminal_loads_what_draws_on_terminals():
    code = IMPORT_ALL.format(condition="'terminal' not in module.name")
    assert "evalkit.report.html.page" in loaded(code, ("evalkit.report.html",))
    assert loaded(code, TERMINAL) == set()
