"""Measures whole processes: from a cold start up to a comparison, and what a reference costs the first time and after."""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.ratio import Ratio

CANDIDATES = ("uniform", "unigram", "ngram:order=3", "ngram:order=8", "ngram:unit=word,order=3", "human")
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import evalkit": ["-c", "import evalkit"],
    "evalkit --help": ["-m", "evalkit", "--help"],
    "evalkit compare, no lstm": ["-m", "evalkit", "compare", *CANDIDATES, "-q"],
}
_IMPORTS = "import evalkit.evaluation.compare, evalkit.matching.hamming, evalkit.report.figures.canvas, jinja2, seaborn, simplemma"
"""What a comparison and its page load, which depends neither on the reference nor on candidates."""


@dataclass(frozen=True)
class Cost:
    """What a process took: wall time and processor time, in seconds, and its exit code."""

    wall: float
    processor: float
    code: int


def main(arguments: Sequence[str] = ()) -> None:
    """Prints seconds of each process, or with a reference what it costs to read it the first time and after."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks wall_time", description=__doc__)
    parser.add_argument(
        "--repeats", type=int, default=5, help="runs of each command; the median counts, or with --reference the best"
    )
    parser.add_argument("--reference", help='a corpus to compare two files of n-grams with, such as "embedded" or a folder')
    parser.add_argument("--held-out", help="its documents to hold out, as for evalkit compare")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        if options.reference:
            once(options.reference, options.held_out, Path(folder), options.repeats)
            return
        for name, command in COMMANDS.items():
            seconds = [_cost(command, folder).wall for _ in range(options.repeats)]
            print(f"{name:28} {statistics.median(seconds):6.2f} s  (min {min(seconds):.2f}, max {max(seconds):.2f})")


def ratios() -> Iterator[Ratio]:
    """Starts of the command line beside the import of numpy."""
    with tempfile.TemporaryDirectory() as folder:
        ours, numpy = (
            statistics.median(_cost(command, folder).wall for _ in range(5))
            for command in (COMMANDS["evalkit --help"], ["-c", "import numpy"])
        )
    yield Ratio("start of `evalkit --help`", "starts/s", 1 / ours, "`python -c 'import numpy'`", 1 / numpy)


def once(reference: str, held_out: str | None, folder: Path, repeats: int) -> None:
    """Prints the processor time of commands without and with what earlier runs kept of a reference.

    Args:
        reference: as for evalkit compare.
        held_out: as for evalkit compare.
        folder: for samples, reports and caches.
        repeats: runs of each command that finds everything kept, of which the quickest counts.
    """
    corpus = ["--reference", str(Path(reference).absolute()) if Path(reference).exists() else reference]
    corpus += ["--held-out", held_out] if held_out else []
    for order in (5, 8):
        _cost(["-m", "generators", "train", f"ngram:order={order}", "-o", f"model{order}", *corpus], folder)
        _cost(
            ["-m", "generators", "sample", f"model:model{order}", "--passages", "80", "--chars", "1000", "-o", f"n{order}.jsonl"],
            folder,
        )
    compare = ["-m", "evalkit", "compare", "n5.jsonl", "n8.jsonl", *corpus, "-q"]
    gate = ["-m", "evalkit", "gate", "n8.jsonl", "--baseline", "base", "-q"]
    kept = {"EVALKIT_CACHE": str(folder / "kept")}
    # The first of all loads and perhaps compiles what later ones find, with another reference than this one.
    _cost(["-m", "evalkit", "compare", "n5.jsonl", "n8.jsonl", "-q"], folder, EVALKIT_CACHE=str(folder / "other"))
    costs = {
        "imports alone": _best(["-c", _IMPORTS], folder, repeats),
        "compare, nothing kept (--no-cache)": _cost([*compare, "--no-cache"], folder),
        "compare, the first time": _cost(compare, folder, **kept),
        "compare, after": _best(compare, folder, repeats, **kept),
    }
    _cost(["-m", "evalkit", "baseline", "save", "base", "n5.jsonl", *corpus, "-q"], folder, **kept)
    costs["gate, the first time"] = _cost(gate, folder, allowed=(0, 1, 3), **kept)
    costs["gate, after"] = _best(gate, folder, repeats, allowed=(0, 1, 3), **kept)
    base = costs["imports alone"].processor
    print("| | processor, s | wall, s | of the imports |\n|---|---|---|---|")
    for name, cost in costs.items():
        print(f"| {name} | {cost.processor:.1f} | {cost.wall:.1f} | {cost.processor / base:.1f} |")
    n_bytes = sum(path.stat().st_size for path in (folder / "kept").rglob("*") if path.is_file())
    print(f"\n{len(list((folder / 'kept' / 'counts').iterdir()))} entries are kept, {n_bytes / 1e6:.0f} MB.")


def _best(command: Sequence[str], folder: Path, repeats: int, *, allowed: Sequence[int] = (0,), **variables: str) -> Cost:
    return min((_cost(command, folder, allowed=allowed, **variables) for _ in range(repeats)), key=lambda cost: cost.processor)


def _cost(command: Sequence[str], folder: Path | str, *, allowed: Sequence[int] = (0,), **variables: str) -> Cost:
    """Runs Python with arguments.

    Raises:
        RuntimeError: when it ends with another exit code than those that are allowed.
    """
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | variables
    done = subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, env=environment, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in allowed:
        raise RuntimeError(f"{' '.join(command)} ended in {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, processor, done.returncode)
