"""Files and folders appear whole or not at all, whoever else is at work in the same place."""

from __future__ import annotations

import ast
import multiprocessing
import os
import threading
import time
from pathlib import Path

import pytest

import evalkit._util.atomic as atomic
from evalkit._util.atomic import discard, draft_folder, identity, put_in_place, put_new, write_atomically, write_new
from evalkit.errors import OutputError
from tests.support.paths import ROOT
from tests.support.processes.races import at_once

ROUNDS = 12


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def folder_with(path, content):
    path.mkdir(parents=True)
    for name in ("a", "b"):
        (path / name).write_text(content)
    return path


def content_of(folder):
    """The one content of the folder's two files."""
    (content,) = {(folder / name).read_text() for name in ("a", "b")}
    return content


def race_of_moves(target, n, function):
    """Each of n threads has a folder ready and moves it to the same name at the same time."""
    drafts = [folder_with(target.with_name(f"draft{i}"), str(i)) for i in range(n)]
    return at_once(*(lambda draft=draft: function(draft, target) for draft in drafts))


class TestFiles:
    def test_a_file_gets_the_rights_that_others_get(self, tmp_path):
        (tmp_path / "plain").write_text("x")
        write_atomically(tmp_path / "ours", "x")
        assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode

    def test_a_long_name_can_be_written(self, tmp_path):
        write_atomically(tmp_path / ("n" * 250 + ".json"), "x")
        assert names(tmp_path) == ["n" * 250 + ".json"]

    def test_nothing_is_left_where_the_content_cannot_be_written(self, tmp_path, monkeypatch):
        def full(descriptor):
            raise OSError(28, "No space left on device")

        (tmp_path / "file").write_text("old")
        monkeypatch.setattr(atomic.os, "fsync", full)
        for write in (write_atomically, write_new):
            with pytest.raises(OutputError, match="No space left"):
                write(tmp_path / "file", "new")
        assert (names(tmp_path), (tmp_path / "file").read_text()) == (["file"], "old")

    def test_a_new_file_has_one_writer(self, tmp_path):
        for round_ in range(ROUNDS):
            path = tmp_path / f"{round_}.json"
            written = at_once(*(lambda i=i, path=path: write_new(path, str(i) * 1000) for i in range(6)))
            assert sum(written) == 1
            assert path.read_text() == str(written.index(True)) * 1000

    def test_a_new_file_has_one_writer_where_there_are_no_hard_links(self, tmp_path, monkeypatch):
        def refuse(*paths):
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(atomic.os, "link", refuse)
        for round_ in range(ROUNDS):
            path = tmp_path / f"{round_}.json"
            written = at_once(*(lambda i=i, path=path: write_new(path, str(i)) for i in range(6)))
            assert (sum(written), path.read_text()) == (1, str(written.index(True)))

    def test_a_file_is_written_into_a_folder_that_others_remove(self, tmp_path, monkeypatch):
        """A training keeps its state while an equal one that has ended takes the folder away."""
        over, written = threading.Event(), []
        # The disk is not waited for, but the other one has its turn all the same.
        monkeypatch.setattr(atomic.os, "fsync", lambda descriptor: (written.append(descriptor), time.sleep(0)))

        def remove():
            while not over.is_set():
                discard(tmp_path / "work")

        def write():
            try:
                for _ in range(200):
                    write_atomically(tmp_path / "work" / "state", "x")
            finally:
                over.set()

        at_once(remove, write)
        assert len(written) > 200  # the folder was often gone
        assert [name for name in names(tmp_path) if name != "work"] == []


class TestFolders:
    def test_a_draft_is_removed_unless_it_was_moved(self, tmp_path):
        with draft_folder(tmp_path / "new" / "run") as draft:
            write_atomically(draft / "a", "x")
            assert [path.name for path in tmp_path.glob("new/[!.]*")] == []
        assert names(tmp_path / "new") == []
        with draft_folder(tmp_path / "new" / "run") as draft:
            assert put_new(draft, tmp_path / "new" / "run")
        assert names(tmp_path / "new") == ["run"]

    def test_a_draft_that_cannot_be_written_is_one_clear_error(self, tmp_path):
        (tmp_path / "taken").write_text("")
        with pytest.raises(OutputError, match=r"run.*cannot be written"), draft_folder(tmp_path / "taken" / "run"):
            pytest.fail("there is no such folder")

    @pytest.mark.parametrize("kind", ["folder", "file", "link"])
    def test_a_name_that_is_taken_stays_as_it_is(self, tmp_path, kind):
        target = tmp_path / "target"
        {
            "folder": lambda: folder_with(target, "old"),
            "file": lambda: target.write_text("old"),
            "link": lambda: target.symlink_to("x"),
        }[kind]()
        before = identity(target)
        draft = folder_with(tmp_path / "draft", "new")
        assert not put_new(draft, target)
        assert (identity(target), content_of(draft)) == (before, "new")

    def test_a_folder_that_cannot_be_moved_for_another_reason_is_an_error(self, tmp_path):
        draft = folder_with(tmp_path / "draft", "new")
        with pytest.raises(OSError, match="No such file"):
            put_new(draft, tmp_path / "none" / "target")
        assert content_of(draft) == "new"

    def test_of_those_who_take_a_name_at_once_one_has_it(self, tmp_path):
        for round_ in range(ROUNDS):
            target = tmp_path / str(round_) / "target"
            moved = race_of_moves(target, 6, put_new)
            assert (sum(moved), content_of(target)) == (1, str(moved.index(True)))

    def test_those_who_replace_a_folder_at_once_all_succeed(self, tmp_path):
        for round_ in range(ROUNDS):
            target = folder_with(tmp_path / str(round_) / "target", "old")
            race_of_moves(target, 6, put_in_place)
            assert content_of(target) in set("012345")
            assert names(target.parent) == ["target"]

    def test_what_was_there_comes_back_when_the_new_cannot_be_moved(self, tmp_path, monkeypatch):
        target = folder_with(tmp_path / "target", "old")
        draft = folder_with(tmp_path / "draft", "new")
        real = Path.rename

        def rename(path, other):
            if path == draft and not target.exists():
                raise OSError(28, "No space left on device")
            return real(path, other)

        monkeypatch.setattr(Path, "rename", rename)
        monkeypatch.setattr(atomic, "_exchanged", lambda one, other: False)  # a system that cannot do it in one step
        with pytest.raises(OSError, match="No space left"):
            put_in_place(draft, target)
        assert (content_of(target), names(tmp_path)) == ("old", ["draft", "target"])

    def test_what_was_put_in_the_place_of_another_has_another_identity(self, tmp_path):
        target = folder_with(tmp_path / "target", "old")
        seen = {identity(target)}
        for i in range(20):
            put_in_place(folder_with(tmp_path / "draft", str(i)), target)
            seen.add(identity(target))
        assert len(seen) == 21
        discard(target)
        assert identity(target) is None

    def test_whoever_removes_what_is_gone_hears_nothing(self, tmp_path):
        folder_with(tmp_path / "target", "old")
        at_once(*(lambda: discard(tmp_path / "target") for _ in range(4)))
        assert names(tmp_path) == []


def _put_many(root, number, barrier):
    barrier.wait()
    for round_ in range(ROUNDS):
        target = root / f"{round_}"
        with draft_folder(target) as draft:
            for name in ("a", "b"):
                (draft / name).write_text(str(number))
            put_in_place(draft, target)
        write_new(root / f"{round_}.json", str(number))


def test_programs_put_things_into_place_at_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(3)
    programs = [context.Process(target=_put_many, args=(tmp_path, number, barrier)) for number in range(3)]
    for program in programs:
        program.start()
    for program in programs:
        program.join(120)
    assert [program.exitcode for program in programs] == [0, 0, 0]
    assert names(tmp_path) == sorted([*map(str, range(ROUNDS)), *(f"{i}.json" for i in range(ROUNDS))])
    for round_ in range(ROUNDS):
        assert content_of(tmp_path / str(round_)) in set("012")
        assert (tmp_path / f"{round_}.json").read_text() in set("012")


MOVES = {"rename", "renames", "link", "mkstemp", "mkdtemp", "NamedTemporaryFile", "fsync"}
"""What only `evalkit._util.atomic` and the sweeping of its drafts call, beside a `replace` of one argument, which is that of a path."""


def direct_moves(path):
    """The calls in a file that rename files, or make temporary ones that could be renamed."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of_os = isinstance(node.func.value, ast.Name) and node.func.value.id in {"os", "shutil"}
            if node.func.attr in MOVES or (node.func.attr == "replace" and (of_os or len(node.args) + len(node.keywords) == 1)):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.func.attr}"
            elif of_os and node.func.attr == "move":
                yield f"{path.relative_to(ROOT)}:{node.lineno} move"
        elif isinstance(node, ast.ImportFrom) and node.module in {"os", "shutil", "tempfile"}:
            for alias in node.names:
                if alias.name in MOVES | {"replace", "move"}:
                    yield f"{path.relative_to(ROOT)}:{node.lineno} {alias.name}"


def test_there_is_one_way_to_put_things_into_place():
    sources = [path for package in ("evalkit", "generators") for path in sorted((ROOT / package).rglob("*.py"))]
    assert len(sources) > 100
    own = [ROOT / "evalkit" / "_util" / name for name in ("atomic.py", "drafts.py")]
    assert all(len(list(direct_moves(path))) >= n for path, n in zip(own, (5, 1), strict=True))
    assert [call for path in sources if path not in own for call in direct_moves(path)] == []


@pytest.mark.skipif(os.name != "posix", reason="other systems have no umask")
def test_the_umask_is_heeded(tmp_path):
    before = os.umask(0o077)
    try:
        write_atomically(tmp_path / "file", "x")
        with draft_folder(tmp_path / "folder") as draft:
            put_new(draft, tmp_path / "folder")
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("file", "folder")] == [0o600, 0o700]
