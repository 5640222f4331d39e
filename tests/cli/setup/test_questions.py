"""In a terminal `evalkit init` asks three questions; what is typed is used, a mistake is said with the near match, and leaving writes nothing."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.paths import ROOT


class Terminal(io.StringIO):
    """What somebody types."""

    def isatty(self):
        return True


@pytest.fixture
def asked(evalkit, monkeypatch):
    """Runs `init` in a terminal in which lines are typed."""

    def run(*lines, options=()):
        monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{line}\n" for line in lines)))
        return evalkit("init", "--no-baseline", *options)

    return run


def configuration():
    return tomllib.loads(Path("evalkit.toml").read_text(encoding="utf-8"))


def test_return_takes_what_was_found(asked):
    code, _, err = asked("", "", "")
    assert code == 0
    assert [
        question in err for question in ("Corpus of human text [embedded]", "Candidate", "CI (github, gitlab, none) [none]")
    ] == [True] * 3
    assert (configuration()["reference"], configuration()["candidates"]) == ("embedded", [{"spec": "ngram:order=8"}])


def test_answers_are_used(asked, workspace):
    (workspace / "book.txt").write_text("The lamp was lit at dusk. " * 40, encoding="utf-8")
    code, _, _ = asked("book.txt", "unigram", "gitlab")
    assert (code, configuration()["reference"], configuration()["candidates"]) == (0, "book.txt", [{"spec": "unigram"}])
    assert (workspace / ".gitlab-ci.yml").is_file()


def test_what_was_given_is_not_asked(asked):
    code, _, err = asked("none", options=("--reference", "embedded", "--candidate", "unigram"))
    assert (code, "Corpus" in err, "CI (" in err) == (0, False, True)
    assert asked(options=("--force", "--yes"))[0] == 0


def test_an_unknown_server_is_asked_for_again(asked):
    code, _, err = asked("", "", "gitub", "github")
    assert (code, "'gitub' is not one of" in err) == (0, True)
    assert Path(".github/workflows/evalkit.yml").is_file()


def test_a_mistake_is_said_and_writes_nothing(asked, workspace):
    code, _, err = asked("", "unigrm", "")
    assert (code, "unigram" in err.partition("Error:")[2], list(workspace.iterdir())) == (2, True, [])


def test_the_end_of_the_input_writes_nothing(asked, workspace):
    assert asked("")[0] == 130
    assert list(workspace.iterdir()) == []


def test_in_a_real_terminal(workspace):
    ours, theirs = pty.openpty()
    try:
        os.write(ours, b"\nunigram\nnone\n")
        words = [sys.executable, "-m", "evalkit", "init", "--no-baseline"]
        done = subprocess.run(words, stdin=theirs, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (done.returncode, configuration()["candidates"]) == (0, [{"spec": "unigram"}]), done.stderr
