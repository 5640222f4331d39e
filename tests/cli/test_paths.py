"""Every path that a command takes may be one that cannot be looked at: exit 2 or 3 with a clear message, and never an internal error."""

from __future__ import annotations

import contextlib
import os
import threading

import pytest

from evalkit.cli.run import exit_code
from tests.support.rights import ordinary_rights

SMALL = ("--passages", "4", "--chars", "40", "-m", "letters.jsd", "-q")

ENTRIES = {
    "candidate": ("evalkit", "compare", "{}.txt", *SMALL),
    "folder of samples": ("evalkit", "score", "{}", *SMALL),
    "glob": ("evalkit", "score", "{}/*.txt", *SMALL),
    "named candidate": ("evalkit", "compare", "a={}.txt", *SMALL),
    "bare name": ("evalkit", "compare", "{}", *SMALL),
    "reference": ("evalkit", "compare", "unigram", "--reference", "{}.txt", *SMALL),
    "saved model": ("evalkit", "compare", "model:{}", *SMALL),
    "swept model": ("evalkit", "sweep", "model:{}", *SMALL),
    "language": ("evalkit", "compare", "unigram", "--language", "{}.toml", *SMALL),
    "file of a command": ("evalkit", "compare", "command:file={}.toml", *SMALL),
    "output": ("evalkit", "compare", "unigram", *SMALL, "-o", "{}.html"),
    "output in a folder": ("evalkit", "compare", "unigram", *SMALL, "-o", "{}/out.html"),
    "audit": ("evalkit", "audit", "{}.txt"),
    "output of an audit": ("evalkit", "audit", "good.txt", "-o", "{}.json"),
    "gated": ("evalkit", "gate", "{}.txt", "--baseline", "main"),
    "baseline": ("evalkit", "gate", "unigram", "--baseline", "{}.json"),
    "policy": ("evalkit", "gate", "unigram", "--baseline", "main", "--policy", "{}.toml"),
    "output of a gate": ("evalkit", "gate", "unigram", "--baseline", "main", "-o", "{}.junit.xml"),
    "baseline to save": ("evalkit", "baseline", "save", "main", "{}.txt"),
    "accepted run": ("evalkit", "baseline", "accept", "main", "{}"),
    "baseline to show": ("evalkit", "baseline", "show", "{}.json"),
    "calibrated": ("evalkit", "calibrate", "{}.txt", "--runs", "10"),
    "policy of a calibration": ("evalkit", "calibrate", "good.txt", "--runs", "10", "--policy", "{}.toml"),
    "policy to write": ("evalkit", "calibrate", "good.txt", "--runs", "10", "-o", "{}.toml"),
    "planned": ("evalkit", "plan", "--baseline", "{}.json"),
    "results": ("evalkit", "report", "{}"),
    "two results": ("evalkit", "report", "{}", "{}"),
    "history": ("evalkit", "history", "{}"),
    "output of a history": ("evalkit", "history", ".", "-o", "{}.html"),
    "corpus": ("evalkit", "corpus", "info", "{}"),
    "mirror": ("evalkit", "corpus", "fetch", "lovecraft", "--mirror", "{}"),
    "configuration": ("evalkit", "validate", "{}.toml"),
    "model to train": ("generators", "train", "unigram", "-o", "{}"),
    "training text": ("generators", "train", "unigram", "-o", "model", "--reference", "{}.txt"),
    "model to sample": ("generators", "sample", "model:{}", "--passages", "1"),
    "passages": ("generators", "sample", "unigram", "--passages", "1", "--chars", "20", "-o", "{}.jsonl"),
    "text to score": ("generators", "score", "unigram", "{}.txt"),
    "model to score": ("generators", "score", "model:{}", "good.txt"),
}

TROUBLES = {
    "no right": "locked/inner",
    "long name": "n" * 300,
    "long path": "n/" * 2500 + "n",
    "loop of links": "loop/inner",
    "NUL": "a\0b",
    "below a file": "good.txt/inner",
    "no right to read": "secret",
    "a pipe": "pipe",
    "a device": "device",
    "no UTF-8": os.fsdecode(b"caf\xe9"),
}
"""What makes a path one that cannot be looked at. A NUL comes from a configuration or from Python, never from a shell."""


EXTENSIONS = ("", ".txt", ".toml", ".json")
REPLACED = {"no right to read", "a pipe", "a device", "no UTF-8"}
"""Troubles of reading: a file in such a place is replaced by whoever may write into its folder."""


@contextlib.contextmanager
def ended_pipes(paths):
    """Whoever reads one of these pipes, which may wait for text, finds that its writer has nothing and leaves."""
    done = threading.Event()

    def write():
        while not done.wait(0.01):
            for path in paths:
                with contextlib.suppress(OSError):  # nobody reads it
                    os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        done.set()
        writer.join()


@pytest.fixture
def troubled(workspace, monkeypatch):
    """A working folder with every trouble in it, and the rights of someone whom locks keep out."""
    (workspace / "good.txt").write_text("The keeper of the lamp walked down to the water and counted the boats. " * 60)
    (workspace / "locked").mkdir(mode=0)
    (workspace / "loop").symlink_to("loop")
    pipes = [workspace / f"pipe{extension}" for extension in EXTENSIONS]
    for extension in EXTENSIONS:
        (workspace / f"secret{extension}").touch(mode=0)
        (workspace / f"device{extension}").symlink_to("/dev/zero")
        os.mkfifo(workspace / f"pipe{extension}")
    with ordinary_rights(), ended_pipes(pipes):
        yield workspace
    (workspace / "locked").chmod(0o700)


def run(capsys, program, *words):
    from evalkit.cli import app, generators_app

    chosen = app if program == "evalkit" else generators_app
    code = exit_code(lambda: chosen(args=list(words), prog_name=program, standalone_mode=False))
    return code, capsys.readouterr().err


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("entry", ENTRIES)
def test_a_path_that_cannot_be_looked_at_is_said(troubled, capsys, entry, trouble):
    if trouble in REPLACED and "-o" in ENTRIES[entry]:
        pytest.skip("a file is replaced by whoever may write into its folder")
    program, *words = (word.replace("{}", TROUBLES[trouble]) for word in ENTRIES[entry])
    code, error = run(capsys, program, *words)
    assert (code in {2, 3}, "Internal error" in error, "Traceback" in error) == (True, False, False), (code, error)
    assert error.startswith(("Error: ", "Usage: ")), error


@pytest.mark.parametrize(
    "words", [("list",), ("show", "main"), ("save", "main", "good.txt"), ("remove", "main"), ("accept", "main")]
)
def test_a_store_that_cannot_be_read_says_so(troubled, capsys, words):
    (troubled / ".evalkit").mkdir()
    (troubled / ".evalkit").chmod(0)
    try:
        code, error = run(capsys, "evalkit", "baseline", *words)
    finally:
        (troubled / ".evalkit").chmod(0o700)
    assert (code, "Permission denied" in error) == (2, True), error
    (troubled / ".evalkit").rmdir()
    (troubled / ".evalkit").symlink_to(".evalkit")
    code, error = run(capsys, "evalkit", "baseline", *words)
    assert code in {0, 2, 3}, error


@pytest.mark.parametrize("name", ["EVALKIT_CONFIG", "EVALKIT_CACHE", "GITHUB_STEP_SUMMARY"])
@pytest.mark.parametrize("trouble", [name for name in TROUBLES if name != "NUL"])
def test_a_variable_that_names_such_a_path(troubled, capsys, monkeypatch, name, trouble):
    monkeypatch.setenv(name, TROUBLES[trouble])
    words = ("gate", "unigram", "--baseline", "main", "--github-summary") if "SUMMARY" in name else ("compare", "lovecraft", *SMALL)
    code, error = run(capsys, "evalkit", *words)
    assert (code in {2, 3}, "Internal error" in error) == (True, False), (code, error)


@pytest.mark.parametrize("words", [("corpus", "list"), ("corpus", "fetch", "lovecraft", "--mirror", "~no-such-user/mirror")])
def test_the_home_of_nobody(troubled, capsys, monkeypatch, words):
    monkeypatch.setenv("EVALKIT_CACHE", "~no-such-user/cache")
    code, error = run(capsys, "evalkit", *words)
    assert (code in {0, 2}, "Internal error" in error) == (True, False), (code, error)


@pytest.mark.parametrize("words", [("compare", "unigram", *SMALL), ("corpus", "list"), ("baseline", "list"), ("history", ".")])
def test_a_working_folder_that_was_removed(troubled, capsys, monkeypatch, words):
    (troubled / "gone").mkdir()
    monkeypatch.chdir(troubled / "gone")
    (troubled / "gone").rmdir()
    code, error = run(capsys, "evalkit", *words)
    assert (code in {0, 2}, "Internal error" in error) == (True, False), (code, error)
