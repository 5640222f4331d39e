"""Equal runs that end at the same moment keep their work, all of them."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from pathlib import Path

import pytest

from evalkit.cli import output
from evalkit.evaluation.compare import Outcome
from evalkit.results import read
from evalkit.text.passages import Passage
from tests.support.kills import every_kill
from tests.support.results import FAIR, results

PROGRAMS, RUNS = 3, 4


def outcome(name="ngram"):
    return Outcome(results({name: FAIR}), {name: (Passage("the lamp and the boat", "0"),)})


def write(root, more=None):
    """A run under the one name that all have, and the list of runs, as every command delivers them."""
    output._run_name = lambda results: "compare-now"
    name = output.write_run(outcome(), root, more=more)[0].name
    output.renew_index(root)
    return name


def _write_many(root, number, barrier, written):
    barrier.wait()
    written.put((number, [write(root) for _ in range(RUNS)]))


@pytest.fixture(autouse=True)
def _names(monkeypatch):
    monkeypatch.setattr(output, "_run_name", output._run_name)


def test_no_run_loses_its_work(tmp_path):
    root = tmp_path / "reports"
    context = multiprocessing.get_context("spawn")
    barrier, written = context.Barrier(PROGRAMS), context.Queue()
    programs = [context.Process(target=_write_many, args=(root, number, barrier, written)) for number in range(PROGRAMS)]
    for program in programs:
        program.start()
    names = [name for _ in programs for name in written.get(timeout=120)[1]]
    for program in programs:
        program.join(60)
    assert [program.exitcode for program in programs] == [0] * PROGRAMS
    expected = {"compare-now", *(f"compare-now-{n}" for n in range(2, PROGRAMS * RUNS + 1))}
    assert (len(names), set(names)) == (PROGRAMS * RUNS, expected)
    assert {path.name for path in root.iterdir() if path.is_dir()} == expected
    index = (root / "index.html").read_text()
    for name in expected:
        assert read(root / name).kind == "compare"
        assert (root / name / "samples" / "00-ngram.jsonl").exists()
        assert f"{name}/index.html" in index


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_kill_at_any_step_leaves_a_whole_run_or_none(tmp_path, monkeypatch):
    """A gate is never there without the baseline that its candidate would make."""
    root = tmp_path / "reports"
    monkeypatch.setattr("evalkit.report.html.runs.write_index", lambda root: None)
    monkeypatch.setattr(output, "write_files", lambda paths, *args: [Path(path).write_text("page") for path in paths])
    write(root, {"successor": "x"})  # what is imported and compiled at first use
    n = 0
    for n in every_kill(lambda: write(root, {"successor": "x"}), prepare=lambda: shutil.rmtree(root, ignore_errors=True)):  # noqa: B007
        for run in root.glob("[!.]*"):
            files = {path.name for path in run.rglob("*") if path.is_file()}
            assert files == {"index.html", "results.json", "successor", "00-ngram.jsonl"}
        write(root)
        assert [path.name for path in root.iterdir() if path.name.startswith(".")] == []
    assert n > 10
