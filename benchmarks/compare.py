"""Wall time of the main job without the LSTM, step by step, from a cold start."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

CANDIDATES = ("uniform", "unigram", "ngram:order=3", "ngram:order=8", "ngram:unit=word,order=3", "human")


def main() -> None:
    """Prints seconds of whole processes, the median of five."""
    rows = [
        ("python -c pass", [sys.executable, "-c", "pass"]),
        ("import evalkit", [sys.executable, "-c", "import evalkit"]),
        ("evalkit --help", [sys.executable, "-m", "evalkit", "--help"]),
        ("evalkit compare, no lstm", [sys.executable, "-m", "evalkit", "compare", *CANDIDATES, "-q"]),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name, command in rows:
            seconds = sorted(_seconds(command, folder) for _ in range(5))
            print(f"{name:28} {seconds[2]:6.2f} s  (min {seconds[0]:.2f}, max {seconds[-1]:.2f})")


def _seconds(command: list[str], folder: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, cwd=folder, capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
