"""Importing is cheap, and what is public is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files

import pytest

from tests.support.paths import ROOT

HEAVY = ("tensorflow", "keras", "matplotlib", "seaborn", "pandas", "dask", "numba", "sklearn", "nltk", "pyarrow", "scipy.stats")


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


def test_commands_without_figures_and_sentences_load_nothing_heavy(tmp_path):
    """An audit of a file too: all in one process, since each new one costs a second."""
    samples = [{"text": f"The keeper counted {i} strokes of the bell. Then the lamp went out, and nobody came."} for i in range(8)]
    (tmp_path / "samples.jsonl").write_text("\n".join(map(json.dumps, samples)))
    commands = [
        "metrics list",
        "metrics show sentence.mean",
        "corpus list",
        "baseline list",
        "validate",
        "audit samples.jsonl --no-progress",
    ]
    code = (
        "import contextlib, io, sys\nfrom evalkit.cli import app\n"
        f"for command in {commands}:\n"
        "    with contextlib.redirect_stdout(io.StringIO()) as said:\n"
        "        app(command.split(), standalone_mode=False)\n"
        "    assert said.getvalue(), command\n"
        f"    print(command, *[name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.splitlines() == commands, done.stderr


def test_scoring_a_file_loads_neither_gates_nor_generators_nor_formats_nor_packages_that_it_does_not_use(tmp_path):
    lines = [f'{{"text": "The keeper counted {i} strokes of the bell before the lamp went out."}}\n' for i in range(8)]
    (tmp_path / "samples.jsonl").write_text("".join(lines))
    code = (
        "import sys\nfrom evalkit.cli import app\n"
        "app(['score', 'samples.jsonl', '-m', 'letters.jsd', '-f', 'json', '-q', '--no-progress'], standalone_mode=False)\n"
        f"heavy = {HEAVY}\n"
        "print(*[name for name in sys.modules if name.startswith(('evalkit', 'generators')) or name in heavy])"
    )
    # A variable that might be an option is checked against all commands, which loads them.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVALKIT_")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    loaded = done.stdout.split()
    unused = (
        "evalkit.gating", "evalkit.calibration", "evalkit.report.markdown", "evalkit.report.terminal", "evalkit.report.figures.drawings.frontier",
        "evalkit.report.figures.drawings.learning", "evalkit.report.figures.drawings.forest", "evalkit.report.figures.drawings.history",
        "evalkit.report.figures.checkpoints", "evalkit.report.view.gate_rows", "evalkit.inference.comparisons",
        "evalkit.inference.permutation", "evalkit.evaluation.checkpoints", "evalkit.gating.sweep", "generators.external",
        "generators.lstm", "generators.ngram", "generators.storage",
    )  # fmt: skip
    assert [name for name in loaded if name.startswith(unused)] == []
    # The page has figures, which seaborn draws (and it loads scipy.stats), and passages to read are aligned with the corpus.
    assert set(loaded) & set(HEAVY) <= {"matplotlib", "seaborn", "pandas", "pyarrow", "numba", "scipy.stats"}
    loaded = [name for name in loaded if name not in HEAVY]
    # Of these 27 came with the audit, independent units, groups and long texts, and 15 with the measures of order, variety, form and course and
    # the classifier, which every run has, and 8 with scales, families, the test of all measures and the wording of faults.
    # Three read files from elsewhere, compare the parts of results and ask for memory. Two keep the counts of the reference between runs.
    # The page's sections and its figures, one module each, are 23 more.
    assert len(loaded) < 229
