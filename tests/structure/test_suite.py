"""The test suite itself: what several test modules share lies in tests/support, so that each can be moved, split or run alone."""

from __future__ import annotations

import ast

from tests.support.paths import ROOT


def imported(path):
    """Full names of all modules that a file imports, inside functions too, and of what it imports from them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_test_module_imports_another():
    for path in sorted((ROOT / "tests").rglob("*.py")):
        others = {name for name in imported(path) if any(part.startswith("test_") for part in name.split("."))}
        assert not others, f"move what {path.relative_to(ROOT)} shares into tests/support: {sorted(others)}"
