"""The repository's address is set in one place, and whatever names a repository follows it; without one nothing leads to a false place."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from types import ModuleType

import pytest

from evalkit import __version__
from tests.support.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ADDRESS = PROJECT["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
NAMED = re.compile(r"(?:https://github\.com/|uses: |git\+https://github\.com/)([\w.-]+/evalkit)(?:@v([\w.]+))?")


@pytest.fixture
def hook(monkeypatch):
    """hatch_build.py, which runs where its only import is installed."""
    interface = ModuleType("interface")
    interface.MetadataHookInterface = object
    monkeypatch.setitem(sys.modules, "hatchling.metadata.plugin.interface", interface)
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("address", ["", "https://forge.example/me/evalkit/"])
def test_what_a_build_says_of_the_repository(hook, address):
    builds = hook.RepositoryMetadata()
    builds.root, builds.config, metadata = str(ROOT), {"repository": address}, {}
    builds.update(metadata)
    links = LINK.findall(metadata["readme"]["text"])
    elsewhere = [link for link in LINK.findall(README) if link.startswith(("http", "#"))]
    if not address:
        assert (metadata["urls"], links) == ({}, elsewhere)
        return
    assert metadata["urls"]["Repository"] == "https://forge.example/me/evalkit"
    assert all(url.startswith("https://forge.example/me/evalkit") for url in metadata["urls"].values())
    paths = [link.partition("/main/")[2] for link in links if link.startswith("https://forge.example/me/evalkit/")]
    assert len(paths) == len(LINK.findall(README)) - len(elsewhere) > 20
    assert [path for path in paths if not (ROOT / path.partition("#")[0]).exists()] == []
    assert (
        "![The verdict, the ranking and the heat map of the example report](https://forge.example/me/evalkit/raw/main/docs/"
        in (metadata["readme"]["text"])
    )


def test_every_recipe_names_the_same_repository():
    """While there is none, OWNER stands in recipes for whoever holds a copy, and each page that has it says so."""
    owner = "/".join(ADDRESS.rstrip("/").split("/")[-2:]) if ADDRESS else "OWNER/evalkit"
    listed = subprocess.run(["git", "ls-files", "-z", "*.md", "*.yml"], capture_output=True, text=True, cwd=ROOT, check=True)
    found = {name: NAMED.findall((ROOT / name).read_text(encoding="utf-8")) for name in filter(None, listed.stdout.split("\0"))}
    assert sum(map(len, found.values())) >= 5
    assert {repository for uses in found.values() for repository, _ in uses} == {owner}
    assert {version for uses in found.values() for _, version in uses if version} == {__version__}
    if not ADDRESS:
        pages = [name for name, uses in found.items() if uses]
        assert [
            name for name in pages if "OWNER is the account" not in " ".join((ROOT / name).read_text(encoding="utf-8").split())
        ] == []
