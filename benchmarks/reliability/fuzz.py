"""Reads and shows damaged documents of every kind, and lists what ends in anything but one of evalkit's own errors."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evalkit._util.workers import mapped

SHARES = {"results": 0.4, "baseline": 0.2, "model": 0.2, "policy": 0.19, "configuration": 0.01}
"""Of all documents."""
_CHUNK = 400


@dataclass(frozen=True)
class Chunk:
    """Documents of one kind with consecutive numbers."""

    kind: str
    first: int
    n: int
    every_form: bool


@dataclass(frozen=True)
class Found:
    """What came of a chunk."""

    kind: str
    n: int
    n_read: int
    seconds: float
    faults: Sequence[str]


def tried(chunk: Chunk) -> Found:
    """Tries the documents of a chunk; a fault does not end it."""
    from tests.support.fuzz.subjects import Fuzz

    warnings.simplefilter("error")  # as the tests run
    started, n_read, faults = time.process_time(), 0, []
    with tempfile.TemporaryDirectory() as folder:
        fuzz = Fuzz(chunk.kind, Path(folder))
        for number in range(chunk.first, chunk.first + chunk.n):
            try:
                n_read += fuzz.tried(number, every_form=chunk.every_form)
            except AssertionError as error:
                faults.append(str(error))
    return Found(chunk.kind, chunk.n, n_read, time.process_time() - started, faults)


def chunks(documents: int, first: int, *, every_form: bool) -> list[Chunk]:
    """The chunks of all kinds, those of one kind after those of the other."""
    made = []
    for kind, share in SHARES.items():
        n = max(1, round(documents * share))
        made += [Chunk(kind, first + start, min(_CHUNK, n - start), every_form) for start in range(0, n, _CHUNK)]
    return made


def main(arguments: Sequence[str]) -> None:
    """Prints a line a kind, and every fault."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fuzz", description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000, help="of all kinds together (20,000)")
    parser.add_argument("--first", type=int, default=0, help="number of the first document of each kind (0)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (1)")
    parser.add_argument("--every-form", action="store_true", help="show what is read in every form, not in one by chance")
    options = parser.parse_args(arguments)
    todo = chunks(options.documents, options.first, every_form=options.every_form)
    found = mapped(tried, todo, jobs=options.jobs)
    print(f"| {'kind':13} | documents | read and shown | faults | processor seconds |\n|---|---|---|---|---|")
    for kind in SHARES:
        of_kind = [part for part in found if part.kind == kind]
        n, n_read, n_faults = (sum(counts) for counts in zip(*((p.n, p.n_read, len(p.faults)) for p in of_kind), strict=True))
        print(f"| {kind:13} | {n:,} | {n_read:,} | {n_faults:,} | {sum(part.seconds for part in of_kind):,.0f} |")
    faults = [fault for part in found for fault in part.faults]
    if faults:
        print(*faults, sep="\n", file=sys.stderr)
        sys.exit(1)
