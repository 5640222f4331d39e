"""Lists the benchmarks, or runs one: `python -m benchmarks [NAME [OPTION ...]]`."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

import benchmarks

_USAGE = "usage: python -m benchmarks NAME [OPTION ...]; python -m benchmarks NAME --help lists the options"


def available() -> dict[str, str]:
    """The first line of each benchmark's docstring, by the benchmark's name."""
    # Parsed and not imported: a benchmark may need a peer that is not installed, and a list should not take seconds.
    lines = {}
    folder = Path(benchmarks.__path__[0])
    modules = {path.stem: path for path in folder.glob("[!_]*.py")} | {
        path.parent.name: path for path in folder.glob("*/__init__.py")
    }
    for name, path in sorted(modules.items()):
        module = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in module.body):
            lines[name] = (ast.get_docstring(module) or "").partition("\n")[0]
    return lines


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
    importlib.import_module(f"benchmarks.{name}").main(options)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
