"""Lists the benchmarks, or runs one: `python -m benchmarks [NAME [OPTION ...]]`."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

import benchmarks

_FOLDER = Path(benchmarks.__path__[0])
_USAGE = "usage: python -m benchmarks NAME [OPTION ...]; python -m benchmarks NAME --help lists the options"


def available() -> dict[str, str]:
    """The first line of each benchmark's docstring, by the benchmark's name."""
    return {name: line for name, (_, line) in found().items()}


def found() -> dict[str, tuple[str, str]]:
    """Benchmark -> its module, and the first line of its docstring: modules and packages with a `main`, and those of packages without one."""
    found = {}
    paths = [path for pattern in ("[!_]*.py", "*/__init__.py") for path in _FOLDER.glob(pattern)]
    while paths:
        path = paths.pop()
        # Parsed and not imported: a benchmark may need a peer that is not installed, and a list should not take seconds.
        module = ast.parse(path.read_text(encoding="utf-8"))
        whole = path.parent if path.name == "__init__.py" else path.with_suffix("")
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in module.body):
            dotted = ".".join(("benchmarks", *whole.relative_to(_FOLDER).parts))
            found[whole.name] = dotted, (ast.get_docstring(module) or "").partition("\n")[0]
        elif path.name == "__init__.py":
            paths += path.parent.glob("[!_]*.py")
    return dict(sorted(found.items()))


def main(arguments: Sequence[str]) -> int:
    """Runs a benchmark with its options; without a name, or with --help, lists the benchmarks."""
    lines = available()
    name, *options = arguments or ["--help"]
    if name in ("-h", "--help"):
        print(_USAGE, *(f"  {name:18} {line}" for name, line in lines.items()), sep="\n")
        return 0
    if name not in lines:
        print(f"There is no benchmark called {name}. There are: {', '.join(lines)}.", file=sys.stderr)
        return 2
    importlib.import_module(found()[name][0]).main(options)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
