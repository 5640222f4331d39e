"""Paths are looked at through `evalkit._util.paths` alone, since pathlib raises and os.path is silent where there is no right to look."""

from __future__ import annotations

import ast

import pytest

from tests.support.paths import ROOT

OF_PATHS = {
    "exists", "is_file", "is_dir", "is_symlink", "is_mount", "is_socket", "is_fifo", "is_block_device", "is_char_device",
    "is_junction", "samefile", "expanduser", "resolve",
}  # fmt: skip
OF_OS_PATH = {
    "exists",
    "lexists",
    "isfile",
    "isdir",
    "islink",
    "ismount",
    "samefile",
    "expanduser",
    "realpath",
    "getsize",
    "getmtime",
}
# Shadow runs before anything of ours may be imported, and asks about names of modules in the working folder.
EXEMPT = {"evalkit/_util/paths.py": "the one that may", "evalkit/_util/shadow.py": "pathlib may be shadowed itself"}
REMOTE = "system"
"""What the file system of a URL is called, whose methods have the same names."""


def looks(source: str) -> list[str]:
    """The calls in a source that look at a path without the helper."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = ast.unparse(node.func.value)
            banned = OF_OS_PATH if of == "os.path" else OF_PATHS if of != REMOTE else set()
            if node.func.attr in banned:
                found.append(f"{node.lineno}: {of}.{node.func.attr}")
        elif isinstance(node, ast.ImportFrom) and node.module in {"os.path", "posixpath"}:
            found.append(f"{node.lineno}: from {node.module}")
    return found


FILES = [path for package in ("evalkit", "generators") for path in sorted((ROOT / package).rglob("*.py"))]


def test_paths_are_looked_at_in_one_place():
    assert len(FILES) > 100
    names = {path.relative_to(ROOT).as_posix(): path for path in FILES}
    bare = {name: calls for name, path in names.items() if name not in EXEMPT and (calls := looks(path.read_text("utf-8")))}
    # The package's own folder is known to be there.
    bare.pop("generators/__init__.py", None)
    assert bare == {}
    assert set(EXEMPT) <= set(names)


@pytest.mark.parametrize(
    ("line", "n"),
    [
        ("Path('a').exists()", 1),
        ("(folder / 'b').is_file()", 1),
        ("os.path.isdir(x)", 1),
        ("from os.path import isfile", 1),
        ("Path('~').expanduser()", 1),
        ("exists(path)", 0),
        ("system.exists(url)", 0),
        ("os.path.join(a, b)", 0),
    ],
)
def test_the_bare_calls_are_seen(line, n):
    assert len(looks(line)) == n
