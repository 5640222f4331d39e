"""Builds the distributions, installs the wheel into an empty environment and runs it: `python -m tests.support.distribution.package [PYTHON ...]`.

It needs `uv` and an index, or a cache that holds all packages, and sees that every supported Python finds wheels. Without arguments it takes Python 3.11 and the newest of 3.12 and 3.13
that is installed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from tests.support.paths import ROOT

_SUPPORTED = ("3.11", "3.12", "3.13")
NAMED = re.compile(r"\]\((?!https?:|#)([^)#]+)")
_RUN = (
    "compare",
    "ngram:order=3",
    "unigram",
    "--passages",
    "10",
    "--chars",
    "300",
    "--no-progress",
    "-q",
    "-o",
    "out.json",
    "-o",
    "out.html",
)


def named_in_readme() -> list[str]:
    """The files and folders that README links to."""
    return sorted(set(NAMED.findall((ROOT / "README.md").read_text(encoding="utf-8"))))


def built(folder: Path) -> tuple[Path, Path]:
    """The source distribution and the wheel, the second built from the first."""
    _run("uv", "build", "--quiet", "--out-dir", str(folder), str(ROOT))
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


def check_contents(sdist: Path, wheel: Path) -> None:
    """Refuses distributions that lack what README names or what runs.

    Raises:
        SystemExit: naming what is missing.
    """
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    missing = [name for name in named_in_readme() if not any(held == name or held.startswith(f"{name}/") for held in names)]
    held = set(zipfile.ZipFile(wheel).namelist())
    missing += [
        name for name in ("evalkit/results/results.schema.json", "evalkit/py.typed", "evalkit/_data/LICENSE") if name not in held
    ]
    if missing:
        sys.exit(f"The distributions lack {', '.join(missing)}.")


def check_running(wheel: Path, python: str, folder: Path) -> None:
    """Installs the wheel into an empty environment and runs a comparison in an empty folder."""
    environment, work = (folder / f"{name}-{Path(python).name}" for name in ("environment", "work"))
    work.mkdir()
    _run("uv", "venv", "--quiet", "--python", python, str(environment))
    scripts = environment / ("Scripts" if sys.platform == "win32" else "bin")
    pins = str(ROOT / "requirements.lock")
    _run("uv", "pip", "install", "--quiet", "--python", str(scripts / "python"), "--constraints", pins, str(wheel))
    for command in (
        ("evalkit", "--version"),
        ("evalkit", *_RUN),
        ("python", "-m", "generators", "list"),
        ("evalkit", "report", "out.json", "-o", "o.md"),
    ):
        _run(str(scripts / command[0]), *command[1:], cwd=work)
    assert len(json.loads((work / "out.json").read_text(encoding="utf-8"))["candidates"]) == 2
    place = _run(str(scripts / "python"), "-I", "-c", "import evalkit; print(evalkit.__file__)", cwd=work)
    assert Path(place.strip()).is_relative_to(environment), place


def check_wheels(python: str) -> None:
    """Refuses pins that a Python would have to build from source: the user may have no compiler. One of the tests alone is given as source."""
    options = ("--quiet", "--no-deps", "--only-binary", ":all:", "--no-binary", "lexicalrichness", "--python-version", python)
    _run("uv", "pip", "compile", str(ROOT / "requirements.lock"), *options)


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=_environment())
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended in {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout


def _environment() -> dict[str, str]:
    """Without this project on Python's path: it must run from where it is installed."""
    import os

    return {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}


def _installed_pythons() -> list[str]:
    found = [
        version
        for version in ("3.13", "3.12")
        if subprocess.run(("uv", "python", "find", version), capture_output=True).returncode == 0
    ]
    return ["3.11", *found[:1]]


def main(pythons: list[str]) -> None:
    """Builds, looks into and runs the distributions."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sdist, wheel = built(folder / "dist")
        check_contents(sdist, wheel)
        for python in _SUPPORTED:
            check_wheels(python)
            print(f"All pinned packages have wheels for Python {python}.")
        for python in pythons or _installed_pythons():
            check_running(wheel, python, folder)
            print(f"{wheel.name} runs on Python {python}.")


if __name__ == "__main__":
    main(sys.argv[1:])
