"""Builds the documentation into a site with search: `python docs/pages/site.py FOLDER`. Every warning is an error.

The pages stay as they are read in the repository. They are copied beside each other, their links are changed to the copies, and the tables of
index.md become the contents. Notebooks become pages. A page of the Python API is made from docstrings.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BESIDE = {
    "README.md": "readme.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}
"""Page of the repository's root -> its page of the site."""
OTHERS = "files"
"""Folder of the site for files that pages lead to and that are no pages."""
_LINK = re.compile(r"(\[[^\]]*\])\(([^)\s]+)\)")
"""A link or a picture."""
_CODE = re.compile(r"(```.*?```)", re.DOTALL)

CONF = """
project = "evalkit"
html_title = "evalkit"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
myst_heading_anchors = 4
myst_enable_extensions = ["html_image"]
autodoc_typehints = "none"
autodoc_member_order = "bysource"
default_role = "code"
highlight_language = "none"
html_show_sphinx = False
html_copy_source = False
"""
API = (
    ("evalkit", "Functions and results. Everything is loaded where it is used, so that `import evalkit` is quick."),
    ("evalkit.metrics", "What metrics are declared with."),
    ("generators", "Generators behind one interface."),
)
"""Packages whose public names make up the page of the API, and a sentence on each."""


def pages() -> dict[Path, str]:
    """Page of the repository -> its place in the site."""
    found = {ROOT / name: place for name, place in BESIDE.items() if (ROOT / name).exists()}
    docs = ROOT / "docs"
    found |= {page: page.relative_to(docs).as_posix() for page in sorted(docs.rglob("*.md"))}
    return found | {book: book.relative_to(docs).with_suffix(".md").as_posix() for book in sorted(docs.rglob("*.ipynb"))}


def stage(folder: Path) -> None:
    """Writes the sources of the site into an empty folder."""
    places = pages()
    for page, place in places.items():
        text = _linked(page, place, places, folder)
        if place == "index.md":
            text += _contents(text)
        _write(folder / place, text)
    _write(folder / "reference" / "api.md", _api())
    _write(folder / "conf.py", CONF)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _linked(page: Path, place: str, places: dict[Path, str], folder: Path) -> str:
    """The text of a page with links that hold in the site; code is left alone."""

    def moved(match: re.Match[str]) -> str:
        target = _target(match[2], page, place, places, folder)
        return f"{match[1]}({target})"

    blocks = _CODE.split(notebook_text(page) if page.suffix == ".ipynb" else page.read_text(encoding="utf-8"))
    return "".join(block if i % 2 else _LINK.sub(moved, block) for i, block in enumerate(blocks))


def notebook_text(path: Path) -> str:
    """A notebook as a page: its prose, and its code without outputs, which a test runs."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = (
        "".join(cell["source"]) if cell["cell_type"] == "markdown" else f"```python\n{''.join(cell['source'])}\n```"
        for cell in cells
    )
    repository = f"docs/notebooks/{path.name}"
    return "\n\n".join([*parts, f"This page is the notebook `{repository}` of the repository; run it to see its figures.\n"])


def _target(link: str, page: Path, place: str, places: dict[Path, str], folder: Path) -> str:
    if re.match(r"[a-z]+:|#", link):
        return link
    path, _, fragment = link.partition("#")
    target = (page.parent / path).resolve()
    if target.is_dir():  # only index.md lists what is in a folder
        target, fragment = ROOT / "docs" / "index.md", ""
    if target in places:
        to = places[target]
    else:
        to = f"{OTHERS}/{target.relative_to(ROOT).as_posix()}"
        (folder / to).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(target, folder / to)
    near = os.path.relpath(to, Path(place).parent)
    return f"{near}#{fragment}" if fragment else near


def _contents(index: str) -> str:
    """The tables of the index as the contents of the site: a list of pages for each heading."""
    parts = re.split(r"^## (.*)$", index, flags=re.MULTILINE)[1:]
    text = ""
    for heading, body in zip(parts[::2], parts[1::2], strict=True):
        listed = re.findall(r"^\| \[[^\]]*\]\(([^)#\s]+)\.(?:md|ipynb)\)", body, re.MULTILINE)
        extra = ["reference/api"] if heading == "Reference" else []
        names = "\n".join([*listed, *extra])
        text += f"\n```{{toctree}}\n:hidden:\n:caption: {heading}\n\n{names}\n```\n"
    return text


def _api() -> str:
    """The page of the Python API: every public name with its docstring."""
    import importlib
    import inspect

    text, shown = (
        "# Python API\n\nEvery public name, from its docstring. [howto/python.md](../howto/python.md) shows how they are used.\n",
        [],
    )
    for package, sentence in API:
        module = importlib.import_module(package)
        text += f"\n## {package}\n\n{sentence}\n"
        for name in sorted(module.__all__):
            thing = getattr(module, name)
            if not (inspect.isclass(thing) or inspect.isroutine(thing)) or thing in shown:
                continue  # a constant, or something that another package shows too
            shown.append(thing)
            kind = "autoclass" if inspect.isclass(thing) else "autofunction"
            text += f"\n```{{eval-rst}}\n.. {kind}:: {package}.{name}\n```\n"
    return text


def build(folder: Path) -> int:
    """Builds the site into a folder; the exit status of the builder."""
    with tempfile.TemporaryDirectory() as sources:
        stage(Path(sources))
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", sources, str(folder)]
        return subprocess.run(command, check=False).returncode  # noqa: S603 - our own command


def main() -> int:
    """Builds the site; 0 where nothing is amiss."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the site is built")
    return build(parser.parse_args().folder)


if __name__ == "__main__":
    sys.exit(main())
