"""What the helper says of paths that are there, are not, cannot be, and may not be looked at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evalkit._util.paths import exists, expanded, impossible, is_file, is_folder, is_link, names_in, resolved, status_of
from evalkit.errors import InputError
from tests.support.rights import ordinary_rights

ABSENT = ("none", "none/below", "file/below", "loop", "loop/below", "n" * 300, "n/" * 3000, "a\0b", "\ud800")


@pytest.fixture
def folder(workspace):
    (workspace / "file").write_text("x")
    (workspace / "folder").mkdir()
    (workspace / "to_file").symlink_to("file")
    (workspace / "to_folder").symlink_to("folder")
    (workspace / "to_nothing").symlink_to("nothing")
    (workspace / "loop").symlink_to("loop")
    (workspace / "locked").mkdir(mode=0)
    yield workspace
    (workspace / "locked").chmod(0o700)


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("file", (True, True, False, False)),
        ("folder", (True, False, True, False)),
        ("to_file", (True, True, False, True)),
        ("to_folder", (True, False, True, True)),
        ("to_nothing", (False, False, False, True)),
        ("loop", (False, False, False, True)),
        *((name, (False, False, False, False)) for name in ABSENT if name != "loop"),
    ],
)
def test_what_is_there(folder, name, facts):
    assert (exists(name), is_file(name), is_folder(name), is_link(name)) == facts


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_no_file(folder):
    os.mkfifo("pipe")
    assert (exists("pipe"), is_file("pipe"), is_folder("pipe")) == (True, False, False)


def test_what_may_not_be_looked_at_is_said(folder):
    with ordinary_rights():
        for look in (exists, is_file, is_folder, is_link, status_of, names_in):
            with pytest.raises(InputError, match=r"locked/x.*Permission denied"):
                look("locked/x")
        with pytest.raises(InputError, match="Permission denied"):
            names_in("locked")
        assert is_folder("locked")


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_not_there_holds_nothing(folder, name):
    assert names_in(name) == []


def test_names_are_sorted(folder):
    assert names_in(".") == sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", [name for name in ABSENT if "\0" not in name and "\ud800" not in name])
def test_any_path_can_be_resolved(folder, name):
    assert resolved(name).is_absolute()


def test_what_is_no_path_is_not_resolved(folder):
    with pytest.raises(InputError, match="null"):
        resolved("a\0b")


def test_a_removed_working_folder_is_said(folder, monkeypatch):
    (folder / "gone").mkdir()
    monkeypatch.chdir("gone")
    (folder / "gone").rmdir()
    with pytest.raises(InputError, match="No such file"):
        resolved("x")


@pytest.mark.parametrize(
    ("name", "can_be"), [("none", True), ("none/x", True), ("none/" + "n" * 300 + "/x", False), ("a\0b", False)]
)
def test_names_that_nothing_can_have(folder, name, can_be):
    assert (impossible(name) is None) == can_be


def test_a_home_that_is_not_there_stays_a_word():
    assert str(expanded("~no-such-user/x")) == "~no-such-user/x"
    assert expanded("~/x") == Path.home() / "x"
