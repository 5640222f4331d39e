"""Importing is cheap, and what is public is there."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files

import pytest

from tests.support.paths import ROOT

HEAVY = ("tensorflow", "keras", "matplotlib", "seaborn", "pandas", "dask", "numba", "sklearn", "nltk", "pyarrow")


@pytest.mark.parametrize(
    "module", ["evalkit", "generators", "evalkit.cli", "generators.base", "evalkit.evaluation.compare", "evalkit.results"]
)
def test_import_loads_nothing_heavy(module):
    code = f"import sys, {module}; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_importing_the_package_does_not_even_load_numpy():
    code = "import sys, evalkit; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_the_command_line_answers_help_without_numpy():
    code = "import sys, evalkit.cli; print(*[name for name in ('numpy', 'scipy', 'jinja2', 'fsspec') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == []


@pytest.mark.parametrize("package", ["evalkit", "generators"])
def test_the_types_are_there_for_those_who_build_on_it(package):
    assert files(package).joinpath("py.typed").is_file()


@pytest.mark.parametrize("program", ["evalkit", "generators"])
def test_a_broken_installation_never_ends_in_1(program, tmp_path):
    """1 means a regression, and Python itself ends in 1 when an import fails."""
    (tmp_path / "typer.py").write_text("raise RuntimeError('broken')\n")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import runpy; runpy.run_module({program!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 4
    assert f"{program} cannot start: RuntimeError: broken" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_report_loads_nothing_that_computes_results():
    """Every module of the report, imported where it runs: a page can be rendered again where neither the corpus nor the generators are."""
    folder = ROOT / "evalkit" / "report"
    modules = [
        ".".join(path.with_suffix("").relative_to(ROOT).parts) for path in folder.rglob("*.py") if path.name != "__init__.py"
    ]
    assert len(modules) > 40
    code = (
        f"import sys\nfrom importlib import import_module\nfor name in {sorted(modules)}: import_module(name)\n"
        "computing = ('evalkit.evaluation', 'evalkit.matching', 'evalkit.inference', 'generators')\n"
        "print(*[name for name in sys.modules if name.startswith(computing)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []


def test_scoring_a_file_loads_neither_gates_nor_generators_nor_formats_that_it_does_not_use(tmp_path):
    lines = [f'{{"text": "The keeper counted {i} strokes of the bell before the lamp went out."}}\n' for i in range(8)]
    (tmp_path / "samples.jsonl").write_text("".join(lines))
    code = (
        "import sys\nfrom evalkit.cli import app\n"
        "app(['score', 'samples.jsonl', '-m', 'letters.jsd', '-f', 'json', '-q', '--no-progress'], standalone_mode=False)\n"
        "print(*[name for name in sys.modules if name.startswith(('evalkit', 'generators'))])"
    )
    # A variable that might be an option is checked against all commands, which loads them.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVALKIT_")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    loaded = done.stdout.split()
    unused = (
        "evalkit.gating", "evalkit.calibration", "evalkit.report.markdown", "evalkit.report.terminal", "evalkit.report.figures.sweep",
        "evalkit.report.figures.checkpoints", "evalkit.report.view.gate_rows", "evalkit.inference.comparisons",
        "evalkit.inference.permutation", "evalkit.evaluation.checkpoints", "evalkit.gating.sweep", "generators.external",
        "generators.lstm", "generators.ngram", "generators.storage",
    )  # fmt: skip
    assert [name for name in loaded if name.startswith(unused)] == []
    # Of these 27 came with the audit, independent units, groups and long texts, and 15 with the measures of order, variety, form and course and
    # the classifier, which every run has, and 8 with scales, families, the test of all measures and the wording of faults.
    # Three read files from elsewhere, compare the parts of results and ask for memory.
    assert len(loaded) < 204
