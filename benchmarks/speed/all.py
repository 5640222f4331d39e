"""Runs every benchmark that has a peer, at one small size, and prints a table of ratios and the machine.

Each has a process of its own; one that cannot run here says why and is left out. `--against FILE` also says which ratios are not what a table
printed before has. Nothing fails for being slow.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import json
import math
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from benchmarks.__main__ import found
from benchmarks.speed.ratio import Ratio

HEAD = ("work", "evalkit", "unit", "peer", "its rate", "times as fast")
_PACKAGES = ("numpy", "numba", "tensorflow")


def main(arguments: Sequence[str] = ()) -> None:
    """Prints the table, what was left out, and what moved."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks all", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=beside_peers(), metavar="NAME", help="these benchmarks (default: all with a peer)"
    )
    parser.add_argument("--against", type=Path, help="a table printed before, as CSV, such as docs/data/speed.csv")
    parser.add_argument("--factor", type=float, default=1.5, help="by which a ratio must differ to be named (default: 1.5)")
    parser.add_argument("--inside", choices=beside_peers(), help="run this one here and print its ratios as lines of JSON")
    options = parser.parse_args(arguments)
    if options.inside:
        for ratio in importlib.import_module(found()[options.inside][0]).ratios():
            print(json.dumps(asdict(ratio)), flush=True)
        return
    measured: list[Ratio] = []
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    for name in options.only or beside_peers():
        ratios, fault = _in_process(name)
        measured += ratios
        for ratio in ratios:
            print(row(ratio), flush=True)
        if fault:
            print(f"{name} was left out: {fault}", file=sys.stderr)
    print(f"\n{machine()}")
    if options.against:
        print(*moved(measured, options.against, options.factor), sep="\n")


def beside_peers() -> list[str]:
    """The benchmarks that have a peer: those with a function `ratios`."""
    modules = {name: dotted for name, (dotted, _) in found().items()}
    folder = Path(__file__).parents[2]
    paths = {name: folder.joinpath(*dotted.split(".")) for name, dotted in modules.items()}
    sources = {name: path / "__init__.py" if path.is_dir() else path.with_suffix(".py") for name, path in paths.items()}
    return [name for name, path in sources.items() if re.search(r"^def ratios\(", path.read_text(encoding="utf-8"), re.MULTILINE)]


def row(ratio: Ratio) -> str:
    """A line of the table."""
    cells = (ratio.work, _figure(ratio.ours), ratio.unit, ratio.peer, _figure(ratio.theirs), _figure(ratio.times))
    return "| " + " | ".join(cells) + " |"


def _figure(value: float) -> str:
    """Three significant digits, without an exponent."""
    decimals = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:,.{decimals}f}"


def machine() -> str:
    """What the figures are from: processor, cores, Python and the packages that do the work."""
    cpuinfo = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*: (.*)$", cpuinfo.read_text(encoding="utf-8"), re.MULTILINE) if cpuinfo.exists() else []
    units = " with AMX" if cpuinfo.exists() and "amx_bf16" in cpuinfo.read_text(encoding="utf-8") else ""
    packages = ", ".join(f"{package} {version(package)}" for package in _PACKAGES if find_spec(package))
    return f"{names[0] if names else platform.processor()}{units}, {os.cpu_count()} cores, Python {platform.python_version()}, {packages}"


def moved(ratios: Iterable[Ratio], before: Path, factor: float) -> Iterator[str]:
    """Says which ratios differ from those of a table by more than a factor.

    Args:
        ratios: measured now.
        before: the table, a CSV file with `HEAD`.
        factor: above 1.
    """
    with before.open(encoding="utf-8", newline="") as file:
        kept = {(line["work"], line["peer"]): float(line["times as fast"].replace(",", "")) for line in csv.DictReader(file)}
    lines = []
    for ratio in ratios:
        was = kept.get((ratio.work, ratio.peer))
        if was and not 1 / factor <= ratio.times / was <= factor:
            lines.append(f"- {ratio.work}: {_figure(ratio.times)} times as fast as {ratio.peer}, was {_figure(was)}")
    yield f"moved by more than a factor of {factor:g} since {before}: {'nothing' if not lines else ''}".rstrip()
    yield from lines


def _in_process(name: str) -> tuple[list[Ratio], str]:
    """The ratios of a benchmark, and what went wrong, or nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "all", "--inside", name], capture_output=True, text=True, check=False
    )
    ratios = [Ratio(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]
    said = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
    return ratios, "" if done.returncode == 0 and ratios else said[-1]
