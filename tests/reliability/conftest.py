"""What the tests of reliability share."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time

import pytest

from evalkit._util.lock import exclusive
from tests.support.paths import ROOT


@pytest.fixture(scope="session")
def recorded(cache, tmp_path_factory):
    """Every command by its name, run in a process of its own, which is dead by now: its drafts are those of a killed program.

    The workers of the tests share what the first of them records.
    """
    place = cache.parent / "killed"
    while not (place / "recorded").exists():
        with exclusive(place) as ours:
            if ours and not (place / "recorded").exists():
                os.replace(_record(tmp_path_factory.mktemp("killed")), place / "recorded")
        time.sleep(0.1)
    return {one.name: one for one in pickle.loads((place / "recorded").read_bytes())}


def _record(folder):
    code = "import sys; from tests.support.killing.commands_killed import main; main(*sys.argv[1:])"
    command = [sys.executable, "-c", code, str(folder / "root"), str(folder / "kept")]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "kept"
