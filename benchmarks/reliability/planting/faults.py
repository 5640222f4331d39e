"""Lists the faults that can be planted in a module, `faults_of`, and gives the module with one of them, `planted`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
_COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_COMPUTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult}
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}
_GUARDS = frozenset({"frozen", "slots", "strict", "kw_only"})
"""Keywords that change nothing in a program that is right."""

PROBE = "_probe_of_planting"
"""The name of the function that is told which line runs."""

Place = tuple[ast.AST, str, Callable[[], None]]
"""A node, what would change, and what plants it."""


@dataclass(frozen=True)
class Fault:
    """A fault: its file, which of the places there, the lines of its statement or lambda, and what changes."""

    path: str
    place: int
    line: int
    first: int
    last: int
    said: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.said}"


def places(tree: ast.Module, *, sentences: bool = False) -> Iterator[Place]:
    """The places of a module where a fault can be planted.

    Args:
        tree: the module.
        sentences: whether pieces of sentences are changed too.
    """
    for node in _code(tree):
        yield from _operators(node)
        yield from _conditions(node)
        yield from _values(node, sentences=sentences)


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """What is computed: without annotations, docstrings and keywords that only guard against mistakes."""
    yield node
    for name, field in ast.iter_fields(node):
        if name in {"annotation", "returns"} or (isinstance(node, ast.keyword) and node.arg in _GUARDS):
            continue
        for child in field if isinstance(field, list) else [field]:
            is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if isinstance(child, ast.AST) and not is_docstring:
                yield from _code(child)


def _operators(node: ast.AST) -> Iterator[Place]:
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            if other := _COMPARED.get(type(operator)):
                yield node, f"{type(operator).__name__} -> {other.__name__}", _setter(node.ops, i, other())
    elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        other = _COMPUTED[type(node.op)]
        yield node, f"{type(node.op).__name__} -> {other.__name__}", _setter(node, "op", other())
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield node, f"-> {other.__name__}", _setter(node, "op", other())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node, "minus left out", _setter(node, "op", ast.UAdd())
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLED:
        other_name = _CALLED[node.func.id]
        yield node, f"{node.func.id} -> {other_name}", _setter(node.func, "id", other_name)


def _conditions(node: ast.AST) -> Iterator[Place]:
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        yield node.test, "condition turned round", _setter(node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.comprehension):
        for i, test in enumerate(node.ifs):
            yield test, "condition turned round", _setter(node.ifs, i, ast.UnaryOp(ast.Not(), test))


def _values(node: ast.AST, *, sentences: bool) -> Iterator[Place]:
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield node, f"{value} -> {not value}", _setter(node, "value", not value)
    elif isinstance(value, int | float):
        other = value + 1 if isinstance(value, int) else value * 1.5 + 0.01
        yield node, f"{value} -> {other:g}", _setter(node, "value", other)
    elif sentences and isinstance(value, str) and " " in value and any(map(str.isalpha, value)):
        yield node, f"{value!r} spoilt", _setter(node, "value", f"{value[:-1]}XX{value[-1]}")


def _setter(holder: object, key: str | int, value: object) -> Callable[[], None]:
    if isinstance(key, int):
        return lambda: holder.__setitem__(key, value)  # type: ignore[attr-defined]
    return lambda: setattr(holder, key, value)


def faults_of(path: Path, *, sentences: bool = False) -> list[Fault]:
    """All faults that can be planted in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spans = sorted(_spans(tree), key=lambda span: (span[0], -span[1]))
    name, made = path.relative_to(ROOT).as_posix(), []
    for i, (node, said, _) in enumerate(places(tree, sentences=sentences)):
        line = getattr(node, "lineno", 0)
        first, last = max((span for span in spans if span[0] <= line <= span[1]), key=lambda span: (span[0], -span[1]))
        made.append(Fault(name, i, line, first, last, said))
    return made


def _spans(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """First and last line of each statement, without the body of one that has a body, and of each lambda."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.Lambda) and (body := getattr(node, "body", None)) is not None and isinstance(body, list):
            first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
            yield first, max(node.lineno, body[0].lineno - 1)
        elif isinstance(node, ast.stmt | ast.Lambda):
            yield node.lineno, node.end_lineno or node.lineno


def planted(fault: Fault, *, sentences: bool = False) -> ast.Module:
    """The module with the fault."""
    tree = ast.parse((ROOT / fault.path).read_text(encoding="utf-8"))
    for i, (_, _, plant) in enumerate(places(tree, sentences=sentences)):
        if i == fault.place:
            plant()
            break
    return ast.fix_missing_locations(tree)


def dotted(path: str) -> str:
    """The module of a file."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def with_probes(source: str) -> ast.Module:
    """A module whose functions and lambdas say before each statement that its line runs."""
    return ast.fix_missing_locations(_Probing().visit(ast.parse(source)))


class _Probing(ast.NodeTransformer):
    """Puts probes before the statements of functions, and into lambdas."""

    depth = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function, with those in it."""
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        """A lambda, whose value is the second of two."""
        self.generic_visit(node)
        both = ast.Tuple([_probe(node.lineno), node.body], ast.Load())
        node.body = ast.Subscript(both, ast.Constant(1), ast.Load())
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Anything else."""
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(node, name, None)
            if self.depth and isinstance(statements, list) and not isinstance(node, ast.ClassDef):
                setattr(node, name, [part for statement in statements for part in self._probed(statement)])
        return node

    def _probed(self, statement: ast.stmt) -> list[ast.stmt]:
        is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        return [statement] if is_docstring else [ast.Expr(_probe(statement.lineno)), statement]


def _probe(line: int) -> ast.expr:
    return ast.Call(ast.Name(PROBE, ast.Load()), [ast.Constant(line)], [])
