"""`python -m benchmarks [NAME ...]`: runs the named benchmarks, or lists them."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks


def main(names: list[str]) -> int:
    """Runs benchmarks by name; each is a module with a `main()`."""
    known = {info.name for info in pkgutil.iter_modules(benchmarks.__path__) if not info.name.startswith("_")}
    known = {name for name in known if hasattr(importlib.import_module(f"benchmarks.{name}"), "main")}
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
