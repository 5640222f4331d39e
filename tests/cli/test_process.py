"""The program as a process: who reads its output, where it writes, and what is left when it is stopped."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from evalkit._util.atomic import write_atomically
from evalkit.cli import stderr
from evalkit.cli.output import check_writable
from evalkit.errors import OutputError

PROGRAMS = (["evalkit", "corpus", "info"], ["evalkit", "--help"], ["generators", "list"])


def start(*args, **options):
    return subprocess.Popen([sys.executable, "-m", *args], stderr=subprocess.PIPE, text=True, **options)


@pytest.mark.parametrize("command", PROGRAMS)
def test_a_reader_that_leaves_is_no_regression(command):
    """Exit 1 means a confirmed regression and nothing else; Typer's own answer to a broken pipe is 1."""
    reader, writer = os.pipe()
    os.close(reader)
    process = start(*command, stdout=writer)
    os.close(writer)
    assert (process.communicate()[1], process.returncode) == ("", 141)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("command", PROGRAMS)
def test_output_without_room_is_said(command):
    with Path("/dev/full").open("w") as full:
        process = start(*command, stdout=full)
        error = process.communicate()[1]
    assert (process.returncode, "No space left" in error, "Traceback" in error) == (2, True, False)


@pytest.mark.skipif(os.name != "posix", reason="this needs a POSIX shell")
@pytest.mark.parametrize(("command", "code"), [("corpus list", 0), ("compare ngrm", 2)])
def test_no_output_at_all(command, code):
    done = subprocess.run(["sh", "-c", f"{sys.executable} -m evalkit {command} >&- 2>&-"], check=False)
    assert done.returncode == code


@pytest.mark.parametrize(
    ("settings", "strip"),
    [
        ({"PYTHONIOENCODING": "cp1252"}, "????????"),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "────────"),
    ],
)
def test_any_encoding_of_the_output_will_do(workspace, settings, strip):
    command = [
        sys.executable,
        "-m",
        "evalkit",
        "compare",
        "unigram",
        "-m",
        "letters.jsd,vocab.hit",
        "--passages",
        "6",
        "--chars",
        "300",
    ]
    done = subprocess.run(command, capture_output=True, env={**os.environ, **settings}, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert strip in done.stdout.decode(settings.get("PYTHONIOENCODING", "utf-8"))


@pytest.mark.skipif(os.name != "posix", reason="this sends a signal")
@pytest.mark.parametrize(
    # Python itself ends by the signal where Ctrl-C came in the middle of some imports; the shell sees 130 then too.
    ("number", "codes"),
    [(signal.SIGINT, (130, -signal.SIGINT)), (signal.SIGKILL, (-signal.SIGKILL,))],
)
def test_a_run_that_is_stopped_leaves_no_run_behind(workspace, number, codes):
    environment = {**os.environ, "EVALKIT_LOG": "info"}
    process = start("evalkit", "compare", "ngram:order=3", "--passages", "4000", stdout=subprocess.PIPE, env=environment)
    logged = ""
    while "fitting ngram" not in logged:  # in the midst of the work, however long the start took
        line = process.stderr.readline()
        assert line, logged
        logged += line
    process.send_signal(number)
    out, error = process.communicate()
    assert process.returncode in codes
    assert (out, "Traceback" in error) == ("", False)
    assert list(workspace.glob("reports/[!.]*")) == []


def test_ctrl_c_is_said(evalkit, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("evalkit.evaluation.compare.compare", interrupt)
    code, out, error = evalkit("compare", "unigram")
    assert (code, out) == (130, "")
    assert error.startswith("Error: Interrupted.\n")


class TestWriting:
    def test_a_run_that_cannot_be_written_whole_is_not_there_at_all(self, workspace, evalkit, monkeypatch):
        def full(path, content):
            if path.name == "results.json":
                raise OutputError("no room")
            write_atomically(path, content)

        monkeypatch.setattr("evalkit.cli.output.write_atomically", full)
        assert evalkit("compare", "unigram", "-m", "letters", "--passages", 6)[0] == 2
        assert list((workspace / "reports").iterdir()) == []

    @pytest.mark.parametrize("command", [["compare"], ["score"], ["sweep"], ["gate", "--baseline", "main"]])
    def test_a_file_in_the_place_of_the_folder_is_known_before_anything_is_fitted(self, workspace, evalkit, monkeypatch, command):
        monkeypatch.setattr("generators.noise.independent.Unigram.fit", lambda *args, **kwargs: pytest.fail("it was fitted"))
        (workspace / "reports").write_text("")
        code, out, error = evalkit(*command, "unigram")
        assert (code, out) == (2, "")
        assert error.startswith('Error: No results can be written to "reports". "reports" is not a folder.')
        (workspace / "reports").unlink()
        (workspace / "taken").write_text("")
        code, _, error = evalkit(*command, "unigram", "-o", "taken/new/out.html")
        assert (code, 'written to "taken/new"' in error) == (2, True)

    def test_a_folder_without_the_right_to_write(self, workspace, monkeypatch):
        monkeypatch.setattr("os.access", lambda path, mode: False)
        with pytest.raises(OutputError, match="Nothing can be written into"):
            check_writable(Path("reports"))

    def test_a_file_that_cannot_be_written_is_one_clear_error(self, workspace):
        (workspace / "taken").write_text("")
        with pytest.raises(OutputError, match="cannot be written"):
            write_atomically(Path("taken/out.json"), "{}")
        (workspace / "folder").mkdir()
        with pytest.raises(OutputError, match="cannot be written"):
            write_atomically(Path("folder"), "{}")
        assert sorted(path.name for path in workspace.iterdir()) == ["folder", "taken"]


def test_libraries_without_a_place_for_their_caches_say_nothing(workspace):
    environment = {**os.environ, "MPLCONFIGDIR": "/dev/null/nowhere"}
    command = [sys.executable, "-m", "evalkit", "compare", "unigram", "-m", "letters.jsd", "--passages", "6", "--chars", "300"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert done.stderr == ""


def test_steps_are_logged_where_that_was_asked_for(workspace):
    environment = {**os.environ, "EVALKIT_LOG": "info", "EVALKIT_LOG_FORMAT": "json"}
    command = [sys.executable, "-m", "evalkit", "compare", "unigram", "-m", "letters.jsd", "--passages", "6", "--chars", "300"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["message"] for line in lines][:2] == ["reading the reference", "fitting unigram"]
    seconds = [line["seconds"] for line in lines]
    assert seconds == sorted(seconds)
    assert len(seconds) == len({line["message"] for line in lines})


def test_log_lines_for_people_and_machines(workspace):
    """What goes wrong inside is on stderr in full when asked for, one JSON object a line for machines."""
    code = "import evalkit.evaluation.compare, evalkit.__main__ as m; evalkit.evaluation.compare.compare = lambda *a, **k: 1 / 0; m.main()"
    command = [sys.executable, "-c", code, "compare", "unigram"]
    environment = {**os.environ, "EVALKIT_LOG": "debug"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout) == (4, ""), done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback" in done.stderr
    done = subprocess.run(command, capture_output=True, text=True, env={**environment, "EVALKIT_LOG_FORMAT": "json"}, check=False)
    assert (done.returncode, done.stdout) == (4, ""), done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("{")]
    assert "ZeroDivisionError" in json.loads(lines[-1])["traceback"], done.stderr


def test_log_lines_go_to_the_stderr_of_the_moment(monkeypatch):
    """A thread that outlives a command logs to the stream that there is now, and not to one that was closed since."""
    monkeypatch.setenv("EVALKIT_LOG", "info")
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    stderr.configure()
    monkeypatch.setattr(sys, "stderr", second)
    first.close()
    thread = threading.Thread(target=lambda: logging.getLogger("generators").info("still at work"))
    thread.start()
    thread.join()
    assert second.getvalue() == "info: still at work\n"
