"""Runs whole commands one after another in a folder, and keeps what was on the disk at each step: `main`."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from evalkit.cli import app, generators_app
from evalkit.cli.run import exit_code
from evalkit.report.figures import catalogue, history
from generators import create
from generators.storage import ModelCache
from tests.support.killing.steps import State, state_of, watched

SHAPE = ("--passages", "10", "--chars", "60", "-m", "letters.jsd", "--reference", "ref", "--no-progress", "-q")
GATE = ("gate", "unigram", "--baseline", "main", "--no-progress", "-q")
COMMANDS: dict[str, tuple[str, ...]] = {
    "train": ("generators", "train", "unigram", "-o", "models/m", "--reference", "ref", "--no-progress"),
    "train in place of a model": ("generators", "train", "ngram:order=2", "-o", "models/m", "--reference", "ref", "--no-progress"),
    "a model of the cache": ("cache",),
    "sample": ("generators", "sample", "model:models/m", "--passages", "3", "--chars", "40", "-o", "drawn.jsonl", "--no-progress"),
    "save a baseline": ("evalkit", "baseline", "save", "main", "unigram", *SHAPE),
    "replace a baseline": ("evalkit", "baseline", "save", "main", "unigram", *SHAPE, "--seed", "7", "--replace"),
    "gate": ("evalkit", *GATE, "-o", "gate.json", "-o", "gate.junit.xml"),
    "gate again": ("evalkit", *GATE, "-o", "gate.json", "-o", "gate.junit.xml"),
    "accept": ("evalkit", "baseline", "accept", "main", "--any-verdict", "--anchor"),
    "compare": ("evalkit", "compare", "unigram", "uniform", *SHAPE, "-o", "out.csv", "-o", "out.html"),
    "report": ("evalkit", "report", "gate.json", "-o", "again.html", "-o", "again.md"),
    "history": ("evalkit", "history", "reports", "-o", "history.html"),
    "remove": ("evalkit", "baseline", "remove", "main"),
}


@dataclass
class Recorded:
    """A command and what was on the disk.

    Args:
        name: of the command.
        before, after: the states around it.
        states: the different states at its steps, in the order of time.
        n_points: how many moments there were.
        calls: how often each call was made.
        unsynced, unwatched: as `Steps`.
    """

    name: str
    before: State
    after: State
    states: list[State]
    n_points: int
    calls: dict[str, int]
    unsynced: list[str]
    unwatched: list[str]


def ran(words: tuple[str, ...]) -> int:
    """Runs a command in this process; its exit code."""
    program, *rest = words
    if program == "cache":
        ModelCache(Path("cache")).fit(create("unigram"), ["The lamp and the boat. "])
        return 0
    chosen = app if program == "evalkit" else generators_app
    with contextlib.redirect_stdout(io.StringIO()), _figures_not_drawn():
        return exit_code(lambda: chosen(args=list(rest), prog_name=program, standalone_mode=False))


@contextlib.contextmanager
def _figures_not_drawn() -> Iterator[None]:
    """Something as long stands in place of each figure: drawing takes a third of the time, and no step on the file system."""

    def svg_of_plan(plan: object, *, id_: str, width: float) -> str:
        return f'<svg id="{id_}" width="{width}">{"<path/>" * 1200}</svg>'

    with mock.patch.object(catalogue, "svg_of_plan", svg_of_plan), mock.patch.object(history, "svg_of_plan", svg_of_plan):
        yield


def prepare(root: Path) -> None:
    """Makes a folder with a reference to work in."""
    (root / "ref").mkdir(parents=True)
    for i in range(6):
        text = f"The keeper of lamp {i} walked down to the water and counted the boats. "
        (root / "ref" / f"{i}.txt").write_text(text * (12 + i), "utf-8")


def main(root: str, kept: str) -> None:
    """Runs the commands in a folder and writes what was recorded."""
    _record(Path(root), Path(kept))


def _record(root: Path, kept: Path) -> None:
    prepare(root)
    os.chdir(root)
    recorded = []
    for name, words in COMMANDS.items():
        before = state_of(root)
        with watched(root) as steps:
            code = ran(words)
        assert code in {0, 1, 3}, (name, code)
        recorded.append(
            Recorded(
                name,
                before,
                state_of(root),
                list(steps.states.values()),
                steps.n_points,
                steps.calls,
                steps.unsynced,
                steps.unwatched,
            )
        )
    kept.write_bytes(pickle.dumps(recorded))
    print(json.dumps({one.name: [one.n_points, len(one.states)] for one in recorded}))
