"""A signal that asks the program to end takes the path of Ctrl-C, and no program that was started outlives it, whatever ended it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evalkit._util.signals import Ending
from evalkit.cli.run import exit_code
from evalkit.errors import Interrupted

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGKILL")
FAMILY = """
import os, subprocess, sys, time
below = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"])
draft = sys.argv[1] + ".draft"
with open(draft, "w") as file:
    file.write(f"{os.getpid()} {below.pid}")
os.rename(draft, sys.argv[1])
time.sleep(60)
"""
"""A program that starts another one and sleeps; it writes down both processes."""


def until(happens, *, seconds=60.0):
    """Waits until something is so."""
    deadline = time.monotonic() + seconds
    while not (seen := happens()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return seen


@pytest.fixture(autouse=True)
def _as_a_terminal_starts_programs():
    """Programs inherit which signals are ignored, and a run of the tests under nohup ignores the end of its terminal."""
    kept = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGHUP, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def lives(pid):
    """Whether a process runs; one that has ended and was not yet reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def pids_in(file):
    return [int(pid) for pid in file.read_text().split()] if file.exists() else []


def test_nothing_that_was_started_outlives_the_program(workspace):
    (workspace / "family.py").write_text(FAMILY)
    running = {}
    for name in SIGNALS:
        argv = shlex.join([sys.executable, "-I", "-S", "family.py", f"{name}.pids"])
        words = ["generators", "sample", f"command:argv={argv},seeded=false", "--passages", "1", "-o", f"{name}.jsonl"]
        running[name] = subprocess.Popen([sys.executable, "-m", *words], stderr=subprocess.PIPE, text=True)
    families = {name: until(lambda name=name: pids_in(workspace / f"{name}.pids")) for name in SIGNALS}
    assert all(lives(pid) for pids in families.values() for pid in pids)
    for name, program in running.items():
        program.send_signal(signal.Signals[name])
    for name, program in running.items():
        error = program.communicate()[1]
        number = signal.Signals[name]
        assert program.returncode == (-number if name == "SIGKILL" else 128 + number), error
        assert "Traceback" not in error
        if name in {"SIGTERM", "SIGHUP"}:
            assert error.startswith(f"Error: Interrupted by {name}.\n")
    until(lambda: not any(lives(pid) for pids in families.values() for pid in pids), seconds=10)
    assert list(workspace.glob("*.jsonl")) == []


WORKERS = """
import os, sys, time
from evalkit._util.workers import mapped

def work(number):
    with open(f"{sys.argv[1]}.{number}", "w") as file:
        file.write(str(os.getpid()))
    if number != 2:
        time.sleep(60)
    return number

if __name__ == "__main__":
    from evalkit._util.signals import Ending
    Ending().install()
    mapped(work, [0, 1, 2], jobs=3)
"""


def test_no_worker_outlives_the_program(workspace):
    (workspace / "workers.py").write_text(WORKERS)
    numbers = (signal.SIGTERM, signal.SIGKILL)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    running = {
        number: subprocess.Popen([sys.executable, "workers.py", number.name], stderr=subprocess.DEVNULL, env=environment)
        for number in numbers
    }
    files = [workspace / f"{number.name}.{i}" for number in numbers for i in range(3)]
    pids = [pid for file in files for pid in until(lambda file=file: pids_in(file))]
    for number, program in running.items():
        program.send_signal(number)
        assert program.wait(20) != 0
    until(lambda: not any(map(lives, pids)), seconds=10)


@pytest.fixture
def handlers():
    """Puts back what handled signals."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_the_exit_code_names_the_signal(handlers, capsys, name):
    ending = Ending()
    ending.install()
    number = signal.Signals[name]
    assert exit_code(lambda: os.kill(os.getpid(), number) or time.sleep(5), ending=ending) == 128 + number
    assert capsys.readouterr().err.startswith(f"Error: Interrupted by {name}.\n")
    os.kill(os.getpid(), number)  # a second one does not come in the middle of tidying up


def test_a_signal_that_is_ignored_stays_so(handlers):
    """`nohup evalkit ...` goes on when its terminal closes."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    Ending().install()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL


def test_a_training_that_kept_its_state_ends_in_the_code_of_its_signal():
    def interrupted():
        raise Interrupted("resume", exit_code=143)

    assert (exit_code(interrupted), Interrupted("resume").exit_code) == (143, 130)
