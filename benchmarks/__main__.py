"""`python -m benchmarks [NAME ...]`: runs the named benchmarks, or lists them."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import benchmarks


def main(names: list[str]) -> int:
    """Runs benchmarks by name; each is a module with a `main()`."""
    # Beside the benchmarks lie modules that they import, one of them for a peer that need not be installed: only its name is looked at.
    folder = Path(benchmarks.__path__[0])
    known = {path.stem for path in folder.glob("[!_]*.py") if "def main(" in path.read_text(encoding="utf-8")}
    unknown = set(names) - known
    if unknown:
        print(f"no benchmark called {', '.join(sorted(unknown))}; there are: {', '.join(sorted(known))}", file=sys.stderr)
        return 2
    if not names:
        for name in sorted(known):
            module = importlib.import_module(f"benchmarks.{name}")
            print(f"{name:12} {(module.__doc__ or '').strip().splitlines()[0]}")
    for name in names:
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
