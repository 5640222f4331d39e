"""Plants faults in the code, one at a time, and counts those that the tests concerned do not find.

A fault is another comparison, arithmetic operator, connective, number or truth value, a condition that is turned round, or a piece of a
sentence that is spoilt. A tool for any project would start Python anew for each, or plant none in declarations; here each takes a second or
two: in a process that is forked when all is loaded, the tests that execute the line run, the quickest first, until one fails.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pickle
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reliability.planting.faults import ROOT, Fault, faults_of
from benchmarks.reliability.planting.warm import ENDLESS, FOUND, MISSED, Warm, all_forked


@dataclass(frozen=True)
class Part:
    """Code and the tests that are to find its faults; the whole suite finds more.

    Args:
        code: files and folders.
        tests: files and folders.
        sentences: whether pieces of sentences are spoilt too.
    """

    code: Sequence[str]
    tests: Sequence[str]
    sentences: bool = False

    def faults(self) -> list[Fault]:
        """All that can be planted."""
        return [fault for file in self.files() for fault in faults_of(ROOT / file, sentences=self.sentences)]

    def files(self) -> list[str]:
        """The files of the code."""
        paths = [
            path
            for name in self.code
            for path in (sorted((ROOT / name).rglob("*.py")) if (ROOT / name).is_dir() else [ROOT / name])
        ]
        return [path.relative_to(ROOT).as_posix() for path in paths]


_VIEWS = (
    "conclusion",
    "decisions",
    "certainty",
    "explanations",
    "readings",
    "ranking",
    "judging/marks",
    "judging/faults",
    "judging/wording",
)
PARTS = {
    "metrics": Part(["evalkit/metrics"], ["tests/metrics"]),
    "inference": Part(["evalkit/inference"], ["tests/inference"]),
    "gating": Part(["evalkit/gating"], ["tests/gating"]),
    "judgment": Part(["evalkit/judgment"], ["tests/judgment", "tests/report/view"]),
    "sentences": Part(
        [f"evalkit/report/view/{name}.py" for name in _VIEWS],
        ["tests/report/view", "tests/report/terminal", "tests/report/markdown", "tests/report/test_gate_outputs.py"],
        sentences=True,
    ),
}
_LOADED = ("numpy", "scipy.stats", "scipy.sparse", "hypothesis.extra.numpy", "numba", "pandas", "_pytest.assertion.rewrite")


def planted_in(part: Part, faults: Sequence[Fault], *, seconds: int, jobs: int, a_file: int) -> dict[Fault, str]:
    """What became of each fault.

    Args:
        part: the code.
        faults: to plant.
        seconds: of processor time for the tests of one that is planted at import.
        jobs: processes.
        a_file: seconds of processor time for the tests of one file.
    """
    from benchmarks.reliability.planting.fresh import judged

    became = _warm(part, faults, jobs=jobs, a_file=a_file)
    left = [fault for fault in faults if fault not in became]
    for number, result in all_forked(
        [
            (lambda fault=fault: judged(fault, part.tests, seconds=seconds, sentences=part.sentences), 10 * seconds)
            for fault in left
        ],
        jobs=jobs,
    ):
        became[left[number]] = result
        _say(left[number], result)
    return became


def _warm(part: Part, faults: Sequence[Fault], *, jobs: int, a_file: int) -> dict[Fault, str]:
    """What became of the faults of functions. All is loaded in a process of its own, so that this one has loaded nothing."""
    import pytest

    from benchmarks.reliability.planting.fresh import OPTIONS, Quick

    def work(warm: Warm) -> None:
        reached = warm.reached(jobs=jobs, seconds=a_file)
        print(
            f"{len(warm.items)} tests, {sum(reached.seconds.values()):.0f} s; left out: {reached.failed}",
            file=sys.stderr,
            flush=True,
        )
        became = {}
        for fault, result in warm.verdicts(faults, reached, sentences=part.sentences, jobs=jobs):
            became[fault] = result
            _say(fault, result)
        kept.write_bytes(pickle.dumps(became))

    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "became"
        pid = os.fork()
        if pid == 0:
            try:
                pytest.main([*OPTIONS, "--basetemp", f"{folder}/tests", *part.tests], plugins=[Quick(), Warm(part.files(), work)])
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        assert kept.exists(), "the tests could not be started"
        became: dict[Fault, str] = pickle.loads(kept.read_bytes())
        return became


def _say(fault: Fault, became: str) -> None:
    print(f"{became}: {fault}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> None:
    """Prints what became of each fault, and a line for each part of the code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks mutants", description=__doc__)
    parser.add_argument("--of", action="append", choices=list(PARTS), help="part of the code, repeatable (all)")
    parser.add_argument("--sample", type=int, default=100, help="faults planted in each part (100)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (0)")
    parser.add_argument("--seconds", type=int, default=600, help="of processor time for the tests of a fault at import (600)")
    parser.add_argument(
        "--a-file", type=int, default=120, help="seconds for the tests of one file, of which the others are left out (120)"
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    parser.add_argument("--at", nargs="*", default=[], help="only those of these lines, FILE:LINE, all of them")
    options = parser.parse_args(arguments)
    for name in _LOADED:
        importlib.import_module(name)
    os.chdir(ROOT)
    rows = []
    for name in options.of or PARTS:
        part = PARTS[name]
        everything, started = part.faults(), time.monotonic()
        here = [fault for fault in everything if f"{fault.path}:{fault.line}" in options.at]
        sample = here if options.at else random.Random(options.seed).sample(everything, min(options.sample, len(everything)))
        counts = Counter(planted_in(part, sample, seconds=options.seconds, jobs=options.jobs, a_file=options.a_file).values())
        n_found = counts[FOUND] + counts[ENDLESS]
        rows.append((name, len(everything), len(sample), n_found, counts[MISSED], time.monotonic() - started))
    _print(rows)


def _print(rows: Sequence[tuple[str, int, int, int, int, float]]) -> None:
    from evalkit.inference.proportions import Rate, wilson

    print(
        "| code | possible faults | planted | found | missed | share found (95 % interval) | seconds |\n|---|---|---|---|---|---|---|"
    )
    for name, n_possible, n, n_found, n_missed, seconds in rows:
        low, high = wilson(Rate(n_found, n)) if n else (0.0, 1.0)
        share = f"{n_found / max(n, 1):.1%} ({low:.1%} to {high:.1%})"
        print(f"| {name} | {n_possible:,} | {n} | {n_found} | {n_missed} | {share} | {seconds:,.0f} |")
