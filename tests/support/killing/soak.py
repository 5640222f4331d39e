"""Lets several programs deliver equal runs into one folder at the same moment (`soaked`), and says what was lost (`lost`)."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

from evalkit.cli import output
from evalkit.evaluation.compare import Outcome
from evalkit.results import read
from evalkit.text.passages import Passage
from tests.support.results import FAIR, results

NAME = "compare-now"


def delivered(root: Path, more: dict[str, str] | None = None) -> str:
    """Delivers a run under the one name that all have, and renews the list of runs, as every command does; the name of its folder."""
    output._run_name = lambda results: NAME
    outcome = Outcome(results({"ngram": FAIR}), {"ngram": (Passage("the lamp and the boat", "0"),)})
    name = output.write_run(outcome, root, more=more)[0].name
    output.renew_index(root)
    return name


def soaked(root: Path, *, programs: int, runs: int, seconds: float = 120.0, pages: bool = True) -> list[str]:
    """The names of the folders that several programs made.

    Args:
        root: the folder of all runs.
        programs: that start together.
        runs: of each of them.
        seconds: to wait for each.
        pages: whether the page of each run is drawn, which takes most of the time; else a word stands in its place.

    Raises:
        AssertionError: when a program fails.
    """
    context = multiprocessing.get_context("spawn")
    barrier, written = context.Barrier(programs), context.Queue()
    started = [context.Process(target=_deliver, args=(root, runs, pages, barrier, written)) for _ in range(programs)]
    for program in started:
        program.start()
    names = [name for _ in started for name in written.get(timeout=seconds)]
    for program in started:
        program.join(60)
    assert [program.exitcode for program in started] == [0] * programs
    return names


def _deliver(root: Path, runs: int, pages: bool, barrier: Any, written: Any) -> None:
    if not pages:
        output.write_files = lambda paths, *_: [Path(path).write_text("page", "utf-8") for path in paths]
    barrier.wait()
    written.put([delivered(root) for _ in range(runs)])


def lost(root: Path, names: list[str]) -> list[str]:
    """What is wrong with the runs of these names, and with the list of them; empty where nothing is."""
    expected = {NAME, *(f"{NAME}-{n}" for n in range(2, len(names) + 1))}
    found = [f"{name} was given twice" for name in {name for name in names if names.count(name) > 1}]
    found += [f"{name} is not there" for name in expected - {path.name for path in root.iterdir() if path.is_dir()}]
    found += [f"{path.name} is left over" for path in root.iterdir() if path.name.startswith(".") and path.is_dir()]
    index = (root / "index.html").read_text(encoding="utf-8")
    for name in sorted(expected):
        if f"{name}/index.html" not in index:
            found.append(f"{name} is not in the list")
        elif read(root / name).kind != "compare" or not (root / name / "samples" / "00-ngram.jsonl").exists():
            found.append(f"{name} is not whole")
    return found
