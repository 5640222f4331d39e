"""The table of all benchmarks that have a peer: what stands in it, what is left out, and what moved."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import asdict

import pytest

from benchmarks.speed import all as of_all
from benchmarks.speed.all import HEAD, beside_peers, main, moved, row
from benchmarks.speed.ratio import Ratio, fastest, processor_seconds, wall_seconds
from tests.support.paths import ROOT

FIT = Ratio("fit a model", "tokens/s", 1_234_567.0, "NLTK", 100_000.0)
START = Ratio("start", "starts/s", 0.5, "numpy", 2.0)


def test_rows_have_three_digits_and_the_ratio():
    assert row(FIT) == "| fit a model | 1,234,567 | tokens/s | NLTK | 100,000 | 12.3 |"
    assert row(START) == "| start | 0.500 | starts/s | numpy | 2.00 | 0.250 |"


def table(folder, *rows):
    path = folder / "speed.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEAD, *rows])
    return path


def test_what_moved_is_named_in_both_directions_and_nothing_else(tmp_path):
    before = table(
        tmp_path,
        ("fit a model", "1", "tokens/s", "NLTK", "1", "4.10"),
        ("start", "1", "starts/s", "numpy", "1", "1,000"),
        ("sample", "1", "words/s", "NLTK", "1", "3"),
    )
    same = Ratio("sample", "words/s", 8.0, "NLTK", 2.0)
    new = Ratio("something new", "MB/s", 8.0, "wc", 2.0)
    assert list(moved([FIT, START, same, new], before, 1.5)) == [
        f"moved by more than a factor of 1.5 since {before}:",
        "- fit a model: 12.3 times as fast as NLTK, was 4.10",
        "- start: 0.250 times as fast as numpy, was 1,000",
    ]
    assert list(moved([same], before, 1.5)) == [f"moved by more than a factor of 1.5 since {before}: nothing"]


def test_the_kept_table_can_be_compared_with():
    with (ROOT / "docs" / "data" / "speed.csv").open(newline="") as file:
        kept = list(csv.DictReader(file))
    assert tuple(kept[0]) == HEAD
    assert len(list(moved([], ROOT / "docs" / "data" / "speed.csv", 1.5))) == 1
    for line in kept:
        ours, theirs, times = (float(line[name].replace(",", "")) for name in ("evalkit", "its rate", "times as fast"))
        assert times == pytest.approx(ours / theirs, rel=0.02)


def test_one_that_cannot_run_says_why_and_the_others_go_on(monkeypatch, capsys):
    def run(command, **_):
        if command[-1] == "lstm":
            return subprocess.CompletedProcess(command, 1, "", "Traceback\nImportError: no tensorflow\n")
        return subprocess.CompletedProcess(command, 0, f"a warning\n{json.dumps(asdict(FIT))}\n", "")

    monkeypatch.setattr(of_all.subprocess, "run", run)
    main(["--only", "lstm", "ngram"])
    printed = capsys.readouterr()
    assert row(FIT) in printed.out
    assert printed.err == "lstm was left out: ImportError: no tensorflow\n"
    assert "Python" in printed.out.splitlines()[-1]


def test_one_that_has_peers_runs_in_a_process_of_its_own():
    assert {"lstm", "matching", "ngram", "resampling", "scan", "wall_time"} <= set(beside_peers())
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "all", "--only", "wall_time"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    head, _, line, *_ = done.stdout.splitlines()
    assert head == "| " + " | ".join(HEAD) + " |"
    assert line.startswith("| start of `evalkit --help` | ")


def test_clocks():
    assert processor_seconds(lambda: sum(range(10**6))) > 0
    assert 0 <= fastest(lambda: None) < 0.1
    assert wall_seconds(lambda: None) < 0.1
