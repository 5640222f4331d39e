"""A disk that becomes full at any step, or cannot be written at all, ends in one clear error: exit 2, no draft, and nothing cut short.

The quick commands are tried at each step, the others at a part of them; `EVALKIT_KILLS=all` takes all.
"""

from __future__ import annotations

import errno
import os

import pytest

from tests.support.killing.commands_killed import COMMANDS, ran
from tests.support.killing.steps import full_disk, restore

ALL = os.environ.get("EVALKIT_KILLS") == "all"
STEPS = {"save a baseline": 5, "replace a baseline": 5, "gate": 13, "gate again": 17, "compare": 13}
"""Of how many steps one is tried."""
EVERY_CALL = frozenset({"mkdir", "rename", "replace", "link", "fsync", "open", "os.open", "write", "unlink", "rmdir", "remove"})
GOES_ON = {"a model of the cache"}
"""The run continues without what it cannot keep."""


def failed(name, state, root, monkeypatch, **options):
    """The exit code of a command on such a disk, and the calls that failed."""
    monkeypatch.chdir(root.parent)
    restore(state, root)
    monkeypatch.chdir(root)
    with full_disk(root, **options) as disk:
        code = ran(COMMANDS[name])
    return code, disk.failed


@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_that_becomes_full(recorded, name, tmp_path, monkeypatch, capsys):
    root, room, step = tmp_path / "root", 0, 1 if ALL else STEPS.get(name, 1)
    while True:
        code, calls = failed(name, recorded[name].before, root, monkeypatch, room=room, number=errno.ENOSPC)
        error = capsys.readouterr().err
        if not calls:
            break
        assert "Internal error" not in error
        assert "Traceback" not in error
        if code == 2:
            assert error.count("Error: ") == 1, error
            assert os.strerror(errno.ENOSPC) in error
        else:  # what the command is for was done by then
            assert code in {0, 1, 3}, (room, code, error)
        assert [path.name for path in root.rglob(".*.evalkit-*")] == [], room
        room += step
    assert room > 0 or name == "remove"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_that_cannot_be_written(recorded, name, tmp_path, monkeypatch, capsys):
    code, calls = failed(
        name, recorded[name].before, tmp_path / "root", monkeypatch, room=0, number=errno.EROFS, failing=EVERY_CALL
    )
    error = capsys.readouterr().err
    assert "Internal error" not in error
    assert calls
    assert code == (0 if name in GOES_ON else 2), error
    assert name in GOES_ON or os.strerror(errno.EROFS) in error
