"""What an earlier run wrote is never taken for this one's: however a command ends, its outputs are of this run or not there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from evalkit.errors import NoVerdict, UsageError
from evalkit.report import formats

OLD = "of yesterday: PASS"
SMALL = ("--passages", "6", "-m", "letters.jsd")


def outputs_of(kinds):
    return [f"out{extension}" for extension in formats.extensions(kinds)]


GATE = outputs_of(formats.GATE)
COMMANDS = {
    "compare": (("compare", "unigram", *SMALL), outputs_of(formats.RUNS), "evalkit.evaluation.compare.compare"),
    "score": (("score", "unigram", *SMALL), outputs_of(formats.RUNS), "evalkit.evaluation.compare.compare"),
    "sweep": (("sweep", "unigram", *SMALL), outputs_of(formats.RUNS), "evalkit.gating.sweep.sweep"),
    "audit": (("audit", "s.txt"), outputs_of(formats.AUDIT), "evalkit.evaluation.audit.audit_samples"),
    "gate": (("gate", "unigram", "--baseline", "main"), GATE, "evalkit.gating.request.gate_request"),
    "report": (("report", "run"), outputs_of(formats.RESULTS), "evalkit.results.read"),
    "history": (("history", "run"), outputs_of(formats.HISTORY), "evalkit.report.html.runs.runs_in"),
    "calibrate": (("calibrate", "unigram"), outputs_of(formats.POLICY), "evalkit.calibration.request.calibration_request"),
}
ENDS = {
    "usage": (UsageError("wrong"), 2),
    "no verdict": (NoVerdict("nothing to compare with"), 3),
    "internal": (ZeroDivisionError("a bug"), 4),
    "memory": (MemoryError("too much"), 4),
    "interrupt": (KeyboardInterrupt(), 130),
}


@pytest.fixture
def old(workspace):
    """A folder with an output of every format from yesterday."""
    for name in {name for _, names, _ in COMMANDS.values() for name in names}:
        (workspace / name).write_text(OLD)
    (workspace / "s.txt").write_text("The keeper walked down to the water. " * 100)
    return workspace


def words_of(names):
    return [word for name in names for word in ("-o", name)]


def check(folder, names):
    """No output is yesterday's, and those that can say it say what happened."""
    for name in names:
        path = folder / name
        if name.endswith((".xml", ".md")) and set(names) == set(GATE):
            assert OLD not in path.read_text()
        else:
            assert not path.exists(), name


def junit(path):
    (case,) = ET.parse(path).getroot()[0]
    return case.find("error").get("type"), case.find("error").get("message")


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("command", COMMANDS)
def test_whatever_happens_in_the_work(old, evalkit, monkeypatch, command, end):
    words, names, place = COMMANDS[command]
    error, code = ENDS[end]

    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(place, fail)
    assert evalkit(*words, *words_of(names))[0] == code
    check(old, names)
    if command == "gate":
        state = "no verdict" if end == "no verdict" else "error"
        assert junit(old / "out.junit.xml")[0] == state
        assert f"### ? {state}: " in (old / "out.md").read_text()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("wrong", [("--no-such-option",), ("--seed", "x"), ("-f", "no-such-format")])
def test_a_command_line_that_cannot_be_read(old, evalkit, command, wrong):
    words, names, _ = COMMANDS[command]
    assert evalkit(*words, *wrong, *words_of(names))[0] == 2
    check(old, names)


@pytest.mark.parametrize("form", ["-oout.xml", "--output=out.xml", "-o out.xml", "--output out.xml"])
def test_every_way_to_name_an_output(old, evalkit, form):
    assert evalkit("gate", *form.split(), "--no-such-option")[0] == 2
    assert junit(old / "out.xml")[0] == "error"


def test_a_configuration_that_cannot_be_used(old, evalkit):
    (old / "evalkit.toml").write_text("[gate]\nno-such-option = 1\n")
    assert evalkit("gate", "unigram", "--baseline", "main", *words_of(GATE))[0] == 2
    check(old, GATE)
    assert "no-such-option" in junit(old / "out.junit.xml")[1]


def test_an_output_that_the_configuration_names(old, evalkit):
    (old / "evalkit.toml").write_text('[gate]\noutput = ["out.xml", "out.json"]\n')
    assert evalkit("gate", "unigram", "--baseline", "main")[0] == 3
    assert (junit(old / "out.xml")[0], (old / "out.json").exists()) == ("no verdict", False)


def test_the_summary_says_it_too(old, evalkit, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(old / "summary.md"))
    monkeypatch.setattr("evalkit.gating.request.gate_request", lambda *args, **kwargs: 1 / 0)
    assert evalkit("gate", "unigram", "--baseline", "main", "--github-summary")[0] == 4
    assert "? error: Internal error: ZeroDivisionError" in (old / "summary.md").read_text()


@pytest.mark.skipif(os.name != "posix", reason="this sends signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_a_signal_in_the_middle(old, name):
    environment = {**os.environ, "EVALKIT_LOG": "info"}
    command = [sys.executable, "-m", "evalkit", "compare", "ngram:order=3", "--passages", "4000", *words_of(["out.json", "out.md"])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    while "fitting" not in (line := process.stderr.readline()):
        assert line
    process.send_signal(signal.Signals[name])
    process.communicate()
    assert process.returncode == (143 if name == "SIGTERM" else -signal.SIGKILL)
    assert not {"out.json", "out.md"} & {path.name for path in old.iterdir()}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("score", "in.csv", "-m", "no.such", "-o", "in.csv"), "in.csv"),
        (("score", "a=in.csv", "-m", "no.such", "-o", "./in.csv"), "in.csv"),
        (("score", "i*.csv", "-m", "no.such", "-o", "in.csv"), "in.csv"),
        (("report", "run", "-o", "run/results.json"), "run/results.json"),
        (("calibrate", "unigram", "--policy", "evalkit.toml", "-m", "no.such", "-o", "evalkit.toml"), "evalkit.toml"),
        (("gate", "unigram", "--baseline", "main", "-o", ".evalkit/baselines/main.json"), ".evalkit/baselines/main.json"),
    ],
)
def test_what_a_command_reads_is_not_removed(workspace, evalkit, words, name):
    for folder in ("run", ".evalkit/baselines"):
        (workspace / folder).mkdir(parents=True)
    (workspace / name).write_text("")
    for more in ((), ("--no-such-option",)):
        assert evalkit(*words, *more)[0] == 2
        assert (workspace / name).exists()


def test_what_this_run_wrote_stays(workspace, evalkit, monkeypatch):
    """The second output cannot be written; the first is a result of this run."""
    from evalkit.cli import output
    from evalkit.errors import OutputError

    def write(path, content, real=output.write_atomically):
        if path.name == "b.md":
            raise OutputError("no room")
        real(path, content)

    for name in ("a.json", "b.md"):
        (workspace / name).write_text(OLD)
    monkeypatch.setattr(output, "write_atomically", write)
    assert evalkit("compare", "unigram", *SMALL, *words_of(["a.json", "b.md"]))[0] == 2
    assert json.loads((workspace / "a.json").read_text())["kind"] == "compare"
    assert not (workspace / "b.md").exists()


def test_help_removes_nothing(old, evalkit):
    assert evalkit("gate", "-o", "out.xml", "--help")[0] == 0
    assert (old / "out.xml").read_text() == OLD
