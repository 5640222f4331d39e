"""Lets programs deliver runs into one folder at the same moment, and counts what was lost."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> None:
    """Prints how many runs were delivered and lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, help="of all programs together (1,000)")
    parser.add_argument("--programs", type=int, default=4, help="that deliver at once (4)")
    parser.add_argument("--pages", action="store_true", help="draw the page of every run, which takes most of the time")
    options = parser.parse_args(arguments)
    from tests.support.killing.soak import lost, soaked

    each = -(-options.runs // options.programs)
    with tempfile.TemporaryDirectory() as folder:
        root, started = Path(folder) / "reports", time.monotonic()
        names = soaked(root, programs=options.programs, runs=each, seconds=36_000, pages=options.pages)
        seconds, found = time.monotonic() - started, lost(root, names)
    print("| programs | runs | lost | seconds |\n|---|---|---|---|")
    print(f"| {options.programs} | {len(names):,} | {len(found):,} | {seconds:,.0f} |")
    if found:
        print(*found, sep="\n", file=sys.stderr)
        sys.exit(1)
