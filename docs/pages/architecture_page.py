"""Fills in the generated part of docs/architecture.md: every folder and module, with the first sentence of its docstring.

Folders come in the order of the layers in pyproject.toml, from the command line down to errors.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from generators_page import filled

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("evalkit", "generators")
_SENTENCE = re.compile(r"^(.+?[.!?])(?=\s|$)", re.DOTALL)


def architecture_page() -> str:
    """docs/architecture.md with its map of the tree renewed."""
    return filled(PAGE.read_text(encoding="utf-8"), "tree", "\n".join(tree()))


def tree() -> Iterator[str]:
    """One section a folder: what it is for, and a row for each of its modules.

    Raises:
        LookupError: when a module has no docstring.
    """
    for folder in folders():
        modules = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
        yield f"### {folder.relative_to(ROOT)}\n\n{first_sentence(folder / '__init__.py')}\n"
        if modules:
            yield "| module | what it does |\n|---|---|"
            yield "\n".join(f"| `{path.name}` | {first_sentence(path)} |" for path in modules) + "\n"


def folders() -> list[Path]:
    """Every package of the tree, layers from the top down, subfolders below their folder."""
    found = {init.parent for package in PACKAGES for init in (ROOT / package).rglob("__init__.py")}
    order = [ROOT / layer.replace(".", "/") for layer in layers()]

    def place(folder: Path) -> tuple[int, str]:
        top = next((i for i, layer in enumerate(order) if folder == layer or layer in folder.parents), -1)
        return top, folder.as_posix()

    return sorted(found, key=place)


def layers() -> list[str]:
    """The modules of the layers' contract, from the top down."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    contract = next(contract for contract in settings["contracts"] if contract["type"] == "layers")
    return [module.strip() for layer in contract["layers"] for module in layer.split("|")]


def first_sentence(path: Path) -> str:
    """What a module's docstring says first.

    Raises:
        LookupError: when it has none.
    """
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    found = _SENTENCE.match(docstring or "")
    if not found:
        raise LookupError(f"{path.relative_to(ROOT)} has no docstring that begins with a sentence.")
    return " ".join(found[1].split()).replace("|", "\\|")
