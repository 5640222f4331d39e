"""Modules of the working folder that are in the way of `python -m`: they are named, exit 2, and the command is not affected."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

COMMAND = f"import sys; sys.path[0] = {str(Path(sys.executable).parent)!r}; from evalkit.__main__ import main; main()"
"""What the installed script `evalkit` does: its own folder is in front of the path, not the working folder."""
HELP = {"evalkit": ["metrics", "list"], "generators": ["list"]}
FITS = ["compare", "unigram", "-m", "letters.jsd", "--passages", "6", "--chars", "200", "--no-progress"]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def run(folder, *words):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def write(folder, name):
    """A module that would be noticed if it were run."""
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("open('it-was-run', 'w').close()\n")
    return file


@pytest.mark.parametrize(
    "name", ["generators.py", "generators/__init__.py", "numpy.py", "random.py", "typing.py", "scipy/__init__.py"]
)
def test_a_file_in_the_way_is_named(folder, name):
    file = write(folder, name)
    done = run(folder, "-m", "evalkit", *FITS)
    module = name.partition(".")[0].partition("/")[0]
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: {file} is in the way: `python -m evalkit` looks for modules in the working folder first")
    assert f"for the module `{module}`" in done.stderr
    assert "use the command `evalkit`, which does not look there" in done.stderr
    assert [path.name for path in folder.iterdir()] == [name.partition("/")[0]]


def test_the_command_is_not_affected(folder):
    for name in ("generators.py", "numpy.py", "random.py", "typing.py"):
        write(folder, name)
    done = run(folder, "-c", COMMAND, *FITS)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (folder / "it-was-run").exists()


@pytest.mark.parametrize("name", ["random.py", "typing.py", "typer/__init__.py"])
def test_a_file_in_the_way_of_generators(folder, name):
    file = write(folder, name)
    done = run(folder, "-m", "generators", "list")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: {file} is in the way: `python -m generators`")
    assert not (folder / "it-was-run").exists()
    assert run(folder, "-P", "-m", "generators", "list").returncode == 0


@pytest.mark.parametrize("name", ["evalkit.py", "evalkit/__init__.py"])
def test_generators_finds_the_evalkit_beside_it(folder, name):
    write(folder, name)
    assert run(folder, "-m", "generators", "list").returncode == 0
    assert not (folder / "it-was-run").exists()


@pytest.mark.parametrize("program", HELP)
def test_what_is_in_nobodys_way_is_left_alone(folder, program):
    """Modules of other names, built-in ones, those that nothing imports, and folders that are no packages: all of them at once."""
    for name in ("corpus.py", "this_is_mine.py", "sys.py", "turtle.py", "generators/readme.txt", "numpy/notes.txt"):
        write(folder, name)
    done = run(folder, "-m", program, *HELP[program])
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("program", HELP)
def test_the_checkout_itself_is_not_in_the_way(program):
    done = run(ROOT, "-m", program, *HELP[program])
    assert (done.returncode, done.stderr) == (0, "")
