"""What is handed out: all that README names is in it, and the licences of what it needs are listed."""

from __future__ import annotations

import fnmatch
import json
import subprocess
import sys
import tomllib

import pytest

from tests.support.distribution import vulnerabilities
from tests.support.distribution.licences import PAGE, licence, listed, needed
from tests.support.distribution.package import named_in_readme
from tests.support.paths import ROOT

INCLUDED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]["sdist"][
    "include"
]
PINNED_FOR = (3, 11)
FREE = ("MIT", "BSD", "0BSD", "Apache", "PSF", "ISC", "MPL", "Zlib", "CC0", "Unlicense", "CNRI")
"""How the licences begin that let anyone use, change and hand on; MPL asks for the source of changed files of its own."""


@pytest.mark.parametrize("name", named_in_readme())
def test_what_readme_names_is_there_and_handed_out(name):
    assert (ROOT / name).exists()
    ways = [f"/{name}", *(f"/{part.as_posix()}" for part in (ROOT / name).relative_to(ROOT).parents)]
    assert name == "LICENSE" or any(fnmatch.fnmatchcase(way, pattern) for way in ways for pattern in INCLUDED), name


def test_every_package_that_comes_along_is_listed_with_its_licence():
    """Packages that are installed here; those of another system or extra stay as they were written."""
    pages, found = listed(), {name: licence(name) for name in needed()}
    assert len(found) > 20
    assert found.keys() - pages.keys() == set(), f"python -m tests.support.distribution.licences writes {PAGE.name}"
    if sys.version_info[:2] == PINNED_FOR:  # later Pythons have later pins, and packages change what they declare
        assert {name: text for name, text in found.items() if pages[name] != text} == {}


def test_no_licence_restricts_use():
    strange = {
        name: text for name, text in listed().items() if not any(part.strip("( ").startswith(FREE) for part in text.split(" AND "))
    }
    assert set(strange) <= {"namex"}  # its repository says Apache-2.0, and its metadata nothing


def answers(monkeypatch, *said):
    """pip-audit says this, in turn, with the exit codes that it has."""
    done = [subprocess.CompletedProcess([], code, json.dumps({"dependencies": packages}), "") for code, packages in said]
    monkeypatch.setattr(vulnerabilities.subprocess, "run", lambda *_, **__: done.pop(0))


KNOWN = {"name": "jinja2", "version": "2.4.1", "vulns": [{"id": "CVE-2014-1402", "fix_versions": ["2.7.2"]}]}
UNKNOWN = {"name": "jinja2", "skip_reason": "Dependency not found on PyPI"}
SOUND = {"name": "numpy", "version": "2.0.0", "vulns": []}


@pytest.mark.parametrize(
    ("said", "code", "line"),
    [
        ([(0, [UNKNOWN])], 0, "Skipped: no index of vulnerabilities can be asked"),  # which pip-audit calls a success
        ([(0, [])], 0, "Skipped"),
        ([(1, [KNOWN]), (0, [SOUND])], 0, "1 packages, 0 troubles."),
        ([(1, [KNOWN]), (1, [SOUND, KNOWN])], 1, "jinja2 2.4.1: CVE-2014-1402, mended in 2.7.2"),
        ([(1, [KNOWN]), (0, [SOUND, UNKNOWN])], 1, "jinja2: Dependency not found"),
    ],
)
def test_vulnerabilities_are_looked_up_where_some_are_known(monkeypatch, capsys, said, code, line):
    answers(monkeypatch, *said)
    assert vulnerabilities.main() == code
    assert line in capsys.readouterr().out
