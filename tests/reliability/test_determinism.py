"""The same command gives the same bytes whatever the hash seed, locale, time zone, number of threads, number of processes and folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support.killing.commands_killed import prepare
from tests.support.paths import ROOT

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
MACHINES = {
    "one": {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC", **dict.fromkeys(THREADS, "1")},
    "other": {
        "PYTHONHASHSEED": "4711",
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "TZ": "Pacific/Kiritimati",
        **dict.fromkeys(THREADS, "2"),
    },
}
MEASURES = ("letters.jsd", "wordlen.w1", "vocab.hit", "order.bigrams", "novelty.words_3", "repeat.2")
COMMAND = (
    "compare", "ngram:order=3", "unigram", "human", "--passages", "10", "--chars", "120", "--reference", "ref",
    *(word for measure in MEASURES for word in ("-m", measure)), "-o", "out.json", "-o", "out.csv", "-q",
)  # fmt: skip


def run(folder, words, environment):
    """What a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "evalkit", *words, "--no-progress"],
        cwd=folder,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def timeless(text):
    """Results without what a run is: its time, its machine and its commit."""
    return {key: value for key, value in json.loads(text).items() if key != "run"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two folders with one reference, whose names differ."""
    made = {name: tmp_path_factory.mktemp(f"machine-{name}") for name in MACHINES}
    for folder in made.values():
        prepare(folder)
    return made


def test_results_are_the_same_to_the_bit(folders):
    found = {}
    for name, folder in folders.items():
        run(folder, COMMAND, MACHINES[name])
        samples = {path.name: path.read_bytes() for path in folder.glob("reports/*/samples/*")}
        found[name] = timeless((folder / "out.json").read_bytes()), (folder / "out.csv").read_bytes(), samples
    one, other = found.values()
    assert one[0] == other[0]
    assert one[1:] == other[1:]
    assert len(one[2]) == 3
