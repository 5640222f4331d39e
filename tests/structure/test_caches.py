"""What a module remembers for the life of a process is keyed by content, and a comment says why that is safe."""

from __future__ import annotations

import ast

import pytest

from tests.support.paths import ROOT

PATHS = {"str", "Path", "str | Path", "Spec"}
"""Annotations of arguments that may name a file, whose content changes while its name stays."""


def remembered():
    """Every function with a cache: its file, its definition and the line of the decorator."""
    for package in ("evalkit", "generators"):
        for path in sorted((ROOT / package).rglob("*.py")):
            lines = path.read_text(encoding="utf-8").splitlines()
            for node in ast.walk(ast.parse("\n".join(lines))):
                if isinstance(node, ast.FunctionDef):
                    for decorator in node.decorator_list:
                        name = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)
                        if name.removeprefix("functools.") in {"cache", "lru_cache"}:
                            yield pytest.param(node, lines, decorator.lineno, id=f"{path.relative_to(ROOT)}:{node.name}")


CACHES = list(remembered())


def test_there_are_few():
    assert 5 < len(CACHES) <= 18


@pytest.mark.parametrize(("function", "lines", "line"), CACHES)
def test_a_comment_says_why_it_is_safe(function, lines, line):
    assert "  # " in lines[line - 1] or lines[line - 2].startswith("#")


@pytest.mark.parametrize(("function", "lines", "line"), CACHES)
def test_no_key_is_the_name_of_a_file(function, lines, line):
    arguments = {argument.arg: ast.unparse(argument.annotation) for argument in function.args.args}
    named = {name for name, annotation in arguments.items() if annotation in PATHS}
    assert named <= {"group", "package", "problem"}, named  # of entry points and of warnings
