"""Measures the wall time of whole processes from a cold start, up to a comparison of all generators but the LSTM."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

CANDIDATES = ("uniform", "unigram", "ngram:order=3", "ngram:order=8", "ngram:unit=word,order=3", "human")
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import evalkit": ["-c", "import evalkit"],
    "evalkit --help": ["-m", "evalkit", "--help"],
    "evalkit compare, no lstm": ["-m", "evalkit", "compare", *CANDIDATES, "-q"],
}


def main(arguments: Sequence[str] = ()) -> None:
    """Prints seconds of each process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks wall_time", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="runs of each command, of which the median counts (default: 5)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        for name, command in COMMANDS.items():
            seconds = [_seconds([sys.executable, *command], folder) for _ in range(options.repeats)]
            print(f"{name:28} {statistics.median(seconds):6.2f} s  (min {min(seconds):.2f}, max {max(seconds):.2f})")


def _seconds(command: list[str], folder: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, cwd=folder, capture_output=True)
    return time.perf_counter() - start
