"""Equal runs that end at the same moment keep their work, all of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from evalkit.cli import output
from tests.support.killing.kills import every_kill
from tests.support.killing.soak import delivered, lost, soaked

PROGRAMS, RUNS = 4, 3


@pytest.fixture(autouse=True)
def _names(monkeypatch):
    monkeypatch.setattr(output, "_run_name", output._run_name)


def test_no_run_loses_its_work(tmp_path):
    """A thousand of them: `python -m benchmarks soak`."""
    root = tmp_path / "reports"
    names = soaked(root, programs=PROGRAMS, runs=RUNS)
    assert len(names) == PROGRAMS * RUNS
    assert lost(root, names) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_kill_at_any_step_leaves_a_whole_run_or_none(tmp_path, monkeypatch):
    """A gate is never there without the baseline that its candidate would make."""
    root = tmp_path / "reports"
    monkeypatch.setattr("evalkit.report.html.runs.write_index", lambda root: None)
    monkeypatch.setattr(output, "write_files", lambda paths, *args: [Path(path).write_text("page") for path in paths])
    delivered(root, {"successor": "x"})  # what is imported and compiled at first use
    n = 0
    for n in every_kill(lambda: delivered(root, {"successor": "x"}), prepare=lambda: shutil.rmtree(root, ignore_errors=True)):  # noqa: B007
        for run in root.glob("[!.]*"):
            files = {path.name for path in run.rglob("*") if path.is_file()}
            assert files == {"index.html", "results.json", "successor", "00-ngram.jsonl"}
        delivered(root)
        assert [path.name for path in root.iterdir() if path.name.startswith(".")] == []
    assert n > 10
