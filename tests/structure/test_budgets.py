"""The house rules that can be counted: files a folder, public faces, private names, docstrings, plain English."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.paths import ROOT

MOST_FILES = 20
LONGEST_SENTENCE = 25
PACKAGES = ("evalkit", "generators")
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    ).stdout.split("\0")
    if name and (ROOT / name).is_file()
]
MODULES = {
    path: ast.parse(path.read_text(encoding="utf-8"))
    for path in TRACKED
    if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in (*PACKAGES, "benchmarks", "docs")
}
OURS = {path: tree for path, tree in MODULES.items() if path.relative_to(ROOT).parts[0] in PACKAGES}


def dotted(path: Path) -> str:
    """The name of a module or package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


PUBLIC = {
    dotted(path): tree
    for path, tree in OURS.items()
    if path.name == "__init__.py" and not any(map(is_private, dotted(path).split(".")))
}


def test_a_folder_holds_at_most_twenty_files():
    """Folders of code and of documentation, beside the `__init__` of a package; texts and examples are data."""
    files = [path.parent.relative_to(ROOT) for path in TRACKED if path.name != "__init__.py"]
    counts = Counter(folder.as_posix() for folder in files if folder.parts[:1] not in (("data",), ("reports",)))
    assert {folder: n for folder, n in counts.items() if n > MOST_FILES} == {}


@pytest.mark.parametrize("package", PUBLIC)
def test_a_public_package_lists_its_names(package):
    """`__all__` holds each name once; every one can be imported, also where the face is lazy, and none is a module's of the same package."""
    module = import_module(package)
    names = list(module.__all__)
    assert [name for name, n in Counter(names).items() if n > 1] == []
    assert [name for name in names if not hasattr(module, name)] == []
    # Importing the module would put it in the place of what the package exports under that name.
    modules = {path.stem for path in OURS if dotted(path).rpartition(".")[0] == package}
    assert modules & set(names) == set()
    namespace: dict[str, object] = {}
    exec(f"from {package} import *", namespace)
    assert set(names) <= set(namespace)


@pytest.mark.parametrize(("package", "tree"), PUBLIC.items(), ids=PUBLIC)
def test_a_public_package_lists_all_that_it_gives(package, tree):
    """What its `__init__` defines, or imports for type checkers to see its lazy face, is in `__all__`, or else has a private name."""
    given = set()
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            imports = [inner for inner in node.body if isinstance(inner, ast.ImportFrom) and inner.module.startswith(f"{package}.")]
            given |= {alias.asname or alias.name for inner in imports for alias in inner.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            given.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            given |= {target.id for target in targets if isinstance(target, ast.Name)}
    public = {name for name in given if not name.startswith("_")}
    assert public - set(import_module(package).__all__) == set()


def private_imports(path: Path, tree: ast.Module) -> list[str]:
    """The private names of other folders that a module imports, or reads of a module that it imports."""
    folder = dotted(path.with_name("__init__.py"))
    foreign: list[str] = []
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    ours = {local: full for local, full in modules.items() if full.partition(".")[0] in PACKAGES}
    for full in ours.values():
        home, _, name = full.rpartition(".")
        # A folder `_util` is private to the two packages together.
        parts = [part for part in home.split(".") if is_private(part) and part != "_util"]
        if ((is_private(name) and name != "_util") or parts) and home != folder and home.rpartition(".")[0] != folder:
            foreign.append(full)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and is_private(node.attr) and node.value.id in ours:
            full = ours[node.value.id]
            if (ROOT / (full.replace(".", "/") + ".py")).exists() and full.rpartition(".")[0] != folder:
                foreign.append(f"{full}.{node.attr}")
    return foreign


def test_no_private_name_of_another_folder_is_used():
    foreign = {dotted(path): names for path, tree in MODULES.items() if (names := private_imports(path, tree))}
    assert foreign == {}


def first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", " ".join(text.split()))[0]


def test_docstrings_of_modules_and_folders_name_the_thing():
    """The first sentence has a verb or a noun, not a question, and is no longer than a sentence should be."""
    wrong = {}
    for path, tree in MODULES.items():
        docstring = ast.get_docstring(tree) or ""
        sentence = first_sentence(docstring)
        if re.match(r"(What|How|Where|Which|Why|Who|When)\b", docstring) or not 3 <= len(sentence.split()) <= LONGEST_SENTENCE:
            wrong[dotted(path)] = sentence
    assert wrong == {}


PHRASES = (
    "beyond doubt",
    "beyond any doubt",
    "cry wolf",
    "cries wolf",
    "cried wolf",
    "gone on with",
    "goes on with",
    "going on with",
    "held against",
    "is told at once",
    "nobody can tell",
    "not so ordered",
    "see to it that",
    "sees to it that",
    "so that one",
    "what stands there",
)
"""Phrases for which the field, or plain English, has others: significantly, false alarm, continued, compared with, too little evidence."""
# A phrase may be broken over lines, of prose or of a comment.
ODD = re.compile(r"\b(?:" + "|".join(phrase.replace(" ", r"[\s#]+") for phrase in PHRASES) + r")\b", re.IGNORECASE)


def test_plain_english():
    odd = [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for path in TRACKED
        if path.suffix in {".py", ".md", ".j2", ".toml", ".yml"}
        and path != Path(__file__)
        and path.relative_to(ROOT).parts[0] != "data"
        for text in [path.read_text(encoding="utf-8")]
        for match in ODD.finditer(text)
    ]
    assert odd == []
