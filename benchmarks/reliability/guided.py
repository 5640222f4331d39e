"""Fuzzes readers, the tokenizer, the compiled scan and specifications with bytes, guided by the code that runs; needs atheris."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
TARGETS = ("results", "baseline", "model", "policy", "tokenizer", "scan", "specifications")
_COMPILED = ("evalkit.counts.compiled.kernel", "evalkit.matching.hamming", "generators.lstm.layer")
"""Becomes machine code, from bytecode that must be as Python made it."""
_FOUND = 77
"""The exit code of libFuzzer for a fault."""


def main(arguments: Sequence[str]) -> None:
    """Prints a line a target, and where the bytes of a fault are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks guided", description=__doc__)
    parser.add_argument("--of", action="append", choices=TARGETS, help="target, repeatable (all)")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (60)")
    parser.add_argument("--kept", type=Path, help="folder of inputs that reached new code, to go on from (none is kept)")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.inside:
        _fuzz(options.inside, options.kept, options.seconds)
    with tempfile.TemporaryDirectory() as folder:
        kept = options.kept or Path(folder)
        print(f"| {'target':14} | executions | edges | faults | processor seconds |\n|---|---|---|---|---|")
        codes = [_run(name, kept / name, options.seconds) for name in options.of or TARGETS]
    sys.exit(1 if any(codes) else 0)


def _run(name: str, kept: Path, seconds: int) -> int:
    """Fuzzes a target in a process of its own, which a fault ends; its exit code."""
    kept.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        "guided",
        "--inside",
        name,
        "--kept",
        str(kept.absolute()),
        "--seconds",
        str(seconds),
    ]
    started, environment = os.times(), {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    with tempfile.TemporaryDirectory() as folder:  # specifications name no file of the project
        done = subprocess.run(
            command,
            check=False,
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    ended = os.times()
    spent = ended.children_user + ended.children_system - started.children_user - started.children_system
    runs = re.findall(r"^stat::number_of_executed_units: (\d+)|^#(\d+)", done.stderr, re.MULTILINE)
    edges = re.findall(r" cov: (\d+)", done.stderr) or ["0"]
    n_runs = max((int(one or other) for one, other in runs), default=0)
    print(f"| {name:14} | {n_runs:,} | {int(edges[-1]):,} | {int(done.returncode != 0)} | {spent:,.0f} |", flush=True)
    if done.returncode:
        print(done.stderr[-4000:] if done.returncode == _FOUND else done.stderr, file=sys.stderr)
    return done.returncode


def _fuzz(name: str, kept: Path, seconds: int) -> None:
    """Begins with the seeds and what was kept; it never returns."""
    import atheris

    with atheris.instrument_imports(include=["evalkit", "generators"], exclude=list(_COMPILED)):
        from tests.support.fuzz.guided import TARGETS as KNOWN
    target, folder = KNOWN[name], Path.cwd()
    for i, seed in enumerate(target.seeds(folder)):
        (kept / f"seed-{i}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        "-print_final_stats=1",
        "-timeout=600",
        "-rss_limit_mb=4096",
        f"-artifact_prefix={kept}/fault-",
    ]
    atheris.Setup([sys.argv[0], *options, str(kept)], lambda data: target.one(data, folder))
    atheris.Fuzz()
