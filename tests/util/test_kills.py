"""A program that is killed at any step leaves what was there or what was to be, and the next one clears away the rest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import evalkit._util.atomic as atomic
import evalkit._util.drafts as drafts
from evalkit._util.atomic import await_replacement, draft_folder, put_in_place, put_new, write_atomically, write_new
from evalkit._util.drafts import aside_beside, draft_beside, sweep
from tests.support.killing.kills import every_kill

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
LONG = "a model with a very long name " * 6


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def content_of(folder):
    """The one content of the folder's two files."""
    (content,) = {(folder / name).read_text() for name in ("a", "b")}
    return content


def replace(target, content):
    with draft_folder(target) as draft:
        for name in ("a", "b"):
            write_atomically(draft / name, content)
        put_in_place(draft, target)


def emptied(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


@pytest.mark.parametrize("name", ["model", LONG])
@pytest.mark.parametrize("at_once", [True, False], ids=["in one step", "aside"])
def test_a_folder_that_is_replaced_is_never_gone_from_its_name(tmp_path, monkeypatch, at_once, name):
    if not at_once:
        monkeypatch.setattr(atomic, "_exchanged", lambda one, other: False)
    target = tmp_path / "models" / name
    seen = []
    for _ in every_kill(lambda: replace(target, "new"), prepare=lambda: replace(emptied(target.parent) / name, "old")):
        if at_once:
            assert target.exists()
        await_replacement(target)  # as every reader does
        seen.append(content_of(target))
        replace(target, "newer")
        assert (content_of(target), names(target.parent)) == ("newer", [name])
    assert (seen[0], seen[-1], len(seen) > 12) == ("old", "new", True)
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("write", [write_atomically, write_new])
def test_a_file_is_the_old_or_the_new(tmp_path, write):
    path = tmp_path / "folder" / "file"
    for _ in every_kill(lambda: write(path, "new"), prepare=lambda: emptied(path.parent)):
        assert not path.exists() or path.read_text() == "new"
        write_atomically(path, "newer")
        assert (path.read_text(), names(path.parent)) == ("newer", ["file"])


def test_a_new_folder_is_whole_or_not_there(tmp_path):
    def run(name):
        with draft_folder(tmp_path / "reports" / name) as draft:
            for file in ("a", "b"):
                write_atomically(draft / file, "x")
            assert put_new(draft, tmp_path / "reports" / name)

    for _ in every_kill(lambda: run("one"), prepare=lambda: emptied(tmp_path / "reports")):
        assert [content_of(folder) for folder in (tmp_path / "reports").glob("[!.]*")] in ([], ["x"])
        run("two")
        assert set(names(tmp_path / "reports")) <= {"one", "two"}


class TestSweeping:
    def test_drafts_of_those_who_live_stay(self, tmp_path):
        draft_beside(tmp_path / "x").write_text("")
        aside_beside(tmp_path / "y").mkdir()
        before = names(tmp_path)
        sweep(tmp_path)
        assert names(tmp_path) == before

    def test_drafts_of_the_dead_go(self, tmp_path):
        code = f"import sys; from pathlib import Path; from evalkit._util.drafts import *; draft_beside(Path({str(tmp_path / 'x')!r})).mkdir()"
        subprocess.run([sys.executable, "-c", code], check=True)
        assert len(names(tmp_path)) == 1
        write_atomically(tmp_path / "other", "")
        assert names(tmp_path) == ["other"]

    def test_a_number_that_was_given_again_does_not_protect(self, tmp_path, monkeypatch):
        with monkeypatch.context() as earlier:
            earlier.setattr(drafts, "_began", lambda pid: 1)
            draft_beside(tmp_path / "x").write_text("")
        if drafts._began(os.getpid()) is None:
            pytest.skip("this system does not tell when a process began")
        sweep(tmp_path)
        assert names(tmp_path) == []

    def test_drafts_of_another_machine_wait_for_a_day(self, tmp_path, monkeypatch):
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(drafts, "_machine", lambda: "0" * 6)
            draft_beside(tmp_path / "x").write_text("")
            aside_beside(tmp_path / "model").mkdir()
        sweep(tmp_path)
        assert len(names(tmp_path)) == 2
        now = time.time()
        monkeypatch.setattr(drafts.time, "time", lambda: now + 100)
        sweep(tmp_path)
        assert [name for name in names(tmp_path) if not name.startswith(".")] == ["model"]
        monkeypatch.setattr(drafts.time, "time", lambda: now + 100_000)
        sweep(tmp_path)
        assert names(tmp_path) == ["model"]

    @pytest.mark.parametrize(
        "name", [".x.0123456789abcdef", ".evalkit-", ".a.evalkit-b", "x.evalkit-000000-1-1-00000000", ".hidden"]
    )
    def test_other_hidden_files_are_not_touched(self, tmp_path, name):
        (tmp_path / name).write_text("")
        sweep(tmp_path)
        assert names(tmp_path) == [name]

    def test_what_is_not_there_is_not_swept(self, tmp_path):
        for folder in (tmp_path / "none", Path("n" * 300), Path("a\0b")):
            sweep(folder)

    def test_names_stay_within_the_limit(self, tmp_path):
        for name in ("x", "n" * 255, "\N{GRINNING FACE}" * 60):
            assert len(os.fsencode(aside_beside(tmp_path / name).name)) <= 255
