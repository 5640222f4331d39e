"""Compiled code works whatever becomes of the folder where it is kept, and says once that it cannot be kept."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest

from evalkit._util.threads import _CacheOfCode, compiled
from tests.support.killing.steps import full_disk


def twice(number):
    return number + number


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where numba keeps what is compiled in this test."""
    from numba.core import config

    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(_CacheOfCode, "has_complained", False)
    return tmp_path


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def was_kept():
    """Whether a program that starts now finds the code."""
    machine = compiled(twice)
    assert machine(np.int64(21)) == 42
    return sum(machine.stats.cache_hits.values()) == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_becomes_full(folder, number, caplog, monkeypatch):
    """At every step of keeping the code; what was written by then harms no later run."""
    room = 0
    while True:
        monkeypatch.setattr(_CacheOfCode, "has_complained", False)
        caplog.clear()
        machines = [compiled(twice), compiled(twice)]
        with full_disk(folder, room=room, number=number) as disk:
            assert [machine(np.int64(21)) for machine in machines] == [42, 42]
        assert not [path for path in files(folder) if ".tmp." in path.name]
        if not disk.failed:
            break
        assert [record.message.count(os.strerror(number)) for record in caplog.records] == [1]
        room += 1
    assert room > 2
    assert was_kept()


def test_a_folder_that_cannot_be_made(monkeypatch, caplog):
    from numba.core.caching import CacheImpl

    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    monkeypatch.setattr(_CacheOfCode, "has_complained", False)
    assert [compiled(twice)(np.int64(21)) for _ in range(2)] == [42, 42]
    assert ["NUMBA_CACHE_DIR" in record.message for record in caplog.records] == [True]


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
@pytest.mark.parametrize("content", [b"", b"\x80\x05", b"no pickle", b"\x80\x05\x8c\x04none\x94."])
def test_a_damaged_file_is_made_again(folder, ending, content, caplog):
    assert not was_kept()
    for path in files(folder):
        if path.suffix == ending:
            path.write_bytes(content)
    assert not was_kept()
    assert was_kept()
    assert caplog.records == []
