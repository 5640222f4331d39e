"""The house rules that can be counted: files a folder, public faces, private names, docstrings, plain English, links between folders."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.paths import ROOT

MOST_FILES = 20
PACKAGES = ("evalkit", "generators")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
FOLDERS = sorted({path.parent for path in MODULES})
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
PUBLIC = [".".join(folder.relative_to(ROOT).parts) for folder in FOLDERS if not any(part.startswith("_") for part in folder.parts)]
ODD_ENGLISH = re.compile(
    r"beyond doubt|cr(?:y|ies|ied) wolf|gone? on with|goes on with|held against|nobody can tell|so that one|what stands there|is told at once"
    r"|sees? to it that|not so ordered",
    re.IGNORECASE,
)
"""Phrases for which the field, or plain English, has others."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def written_by_hand() -> list[Path]:
    """Every text file of the project but its data, its example report and this list of phrases."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name and not name.startswith(("data/", "reports/", "tests/golden/"))]
    return [
        path
        for path in paths
        if path.suffix in {".py", ".md", ".j2", ".toml", ".yml"} and path != Path(__file__) and path.is_file()
    ]


@pytest.mark.parametrize("folder", [*FOLDERS, *sorted({p.parent for p in (ROOT / "tests").rglob("*.py")})], ids=name_of)
def test_a_folder_holds_few_files(folder):
    files = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= MOST_FILES


@pytest.mark.parametrize("package", PUBLIC)
def test_a_public_package_lists_its_names(package):
    """`__all__` holds each name once, sorted out by what exists; a star import and `dir` give them."""
    module = import_module(package)
    assert module.__all__, f"{package} has an empty __all__"
    assert len(set(module.__all__)) == len(module.__all__)
    missing = [name for name in module.__all__ if not hasattr(module, name)]
    assert missing == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_private_name_of_another_folder_is_imported(path):
    """A folder's `_names` are its own. `evalkit._util` is a private folder of both packages, whose functions have public names."""
    folder = ".".join(path.parent.relative_to(ROOT).parts)
    foreign = []
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PACKAGES:
            private = [
                alias.name
                for alias in node.names
                if alias.name.startswith("_") and not alias.name.startswith("__") and alias.name != "_util"
            ]
            private += [part for part in node.module.split(".") if part.startswith("_") and part != "_util"]
            if private and node.module.rpartition(".")[0] != folder and node.module != folder:
                foreign += [f"{node.module}: {name}" for name in private]
    assert foreign == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_docstring_names_the_thing(path):
    docstring = ast.get_docstring(TREES[path])
    assert docstring, "no docstring"
    assert not re.match(r"(What|How|Where|Which|Why|Who|When)\b", docstring), docstring.splitlines()[0]
    assert len(docstring.split("\n\n")[0].split()) > 2, docstring


def test_plain_english():
    found = [
        f"{name_of(path)}:{number}: {match[0]}"
        for path in written_by_hand()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (match := ODD_ENGLISH.search(line))
    ]
    assert found == []


def test_importing_every_report_module_loads_nothing_that_computes():
    """A page can be rendered again where neither the corpus nor the generators are."""
    reports = [
        ".".join(path.with_suffix("").relative_to(ROOT).parts)
        for path in MODULES
        if "report" in path.parts and path.name != "__init__.py"
    ]
    code = (
        f"import sys, importlib\nfor name in {reports}: importlib.import_module(name)\n"
        "computing = ('evalkit.evaluation', 'evalkit.matching', 'evalkit.inference', 'generators')\n"
        "print(*[name for name in sys.modules if name.startswith(computing)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []
    assert len([name for name in reports if name.startswith("evalkit.report")]) > 30
