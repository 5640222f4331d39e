"""Where stderr is no terminal, a long run writes a line a minute, with the time that is left."""

from __future__ import annotations

import sys

import pytest

from evalkit.cli import stderr
from evalkit.cli.stderr import EveryMinute, TimeLeft, shown


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def written(capsys):
    """What is written to stderr, which is no terminal here."""

    def lines():
        return capsys.readouterr().err.splitlines()

    return lines


def run(progress, clock, *, seconds, n, message="sampling"):
    for done in range(n):
        clock.now = 1000.0 + seconds * done / n
        progress(message, done, n)


def test_a_short_run_writes_nothing(written):
    clock = Clock()
    run(EveryMinute(clock), clock, seconds=59, n=1000)
    assert written() == []


def test_a_long_run_writes_a_line_a_minute_with_the_time_left(written):
    clock = Clock()
    run(EveryMinute(clock), clock, seconds=600, n=6000)
    lines = written()
    assert len(lines) == 9
    assert lines[0] == "60 s: sampling (10 %), about 9 min left"
    assert lines[-1] == "9 min: sampling (90 %), about 60 s left"


def test_a_step_of_its_own_begins_anew(written):
    clock = Clock()
    progress = EveryMinute(clock)
    run(progress, clock, seconds=50, n=50)
    for message, done, at in (("fitting a", 0, 51.0), ("fitting a", 1, 200.0), ("fitting b", 0, 300.0)):
        clock.now = 1000.0 + at
        progress(message, done, 4)
    first, second = written()
    assert first.startswith("3 min: fitting a (25 %), about 7 min left")
    assert second == "5 min: fitting b"


def test_a_message_that_says_it_itself_is_left_as_it_is(written):
    clock = Clock()
    run(EveryMinute(clock), clock, seconds=120, n=12, message="training lstm: loss 2.1, 80 s left")
    assert written() == ["60 s: training lstm: loss 2.1, 80 s left (50 %)"]


def test_nothing_is_claimed_before_anything_is_done():
    assert TimeLeft(Clock()).told("reading", 0, 1) == ""
    assert TimeLeft(Clock()).told("reading", 1, 1) == ""


def test_control_characters_stay_out(written):
    clock = Clock()
    run(EveryMinute(clock), clock, seconds=70, n=70, message="fitting \x1b[31m")
    (line,) = written()
    assert "\x1b" not in line


@pytest.mark.parametrize(("options", "n"), [((), 1), (("-q",), 0), (("--no-progress",), 0)])
def test_a_command_writes_them_unless_told_not_to(evalkit, monkeypatch, options, n):
    monkeypatch.setattr(stderr, "_MINUTE", 0.0)
    code, _, err = evalkit("score", "unigram", "--passages", 6, "--chars", 300, "-m", "letters.jsd", *options)
    assert code == 0
    assert bool([line for line in err.splitlines() if "scoring unigram" in line]) == bool(n)


def test_closed_stderr_is_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    with shown() as progress:
        progress("reading", 0, 1)
