"""Records what is on the disk before and after every step on the file system (`watched`), and lets steps fail (`full_disk`).

A kill takes the process and leaves the disk, so one run shows what a kill at each of its steps leaves. Steps are the calls that
change names, and every write, of which half is on the disk once. Python's audit events tell of steps that were not watched.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import hashlib
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import evalkit._util.atomic as atomic

_CALLS = ("mkdir", "rmdir", "unlink", "remove", "rename", "replace", "link", "symlink", "truncate", "fsync", "utime")
_EVENTS = frozenset({"os.mkdir", "os.rmdir", "os.remove", "os.rename", "os.link", "os.symlink", "os.truncate"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

State = dict[str, bytes | None]
"""Relative path -> content of a file, or None for a folder."""


Contents = dict[tuple[int, int, int], bytes]
"""Inode, size and time of the last change -> what a file holds."""


@dataclass
class Steps:
    """What was on the disk at each step.

    Args:
        root: the folder that is watched.
        n_points: moments at which a kill was tried: before and after each step, and within each write.
        states: the different states of the disk, in the order of time.
        calls: how often each call was made.
        unsynced: files that got a name before their content was written to the disk for sure.
        unwatched: steps that Python reports and that no call here made.
        active: whether steps are recorded.
    """

    root: Path
    n_points: int = 0
    states: dict[str, State] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    unsynced: list[str] = field(default_factory=list)
    unwatched: list[str] = field(default_factory=list)
    active: bool = True
    _watched: int = 0
    _dirty: set[int] = field(default_factory=set)
    _contents: Contents = field(default_factory=dict)
    _digests: dict[int, str] = field(default_factory=dict)

    def point(self) -> None:
        """Records the state of now."""
        self.n_points += 1
        state = state_of(self.root, self._contents)
        self.states.setdefault(self._hash(state), state)

    def _hash(self, state: State) -> str:
        digest = hashlib.sha256()
        for name in sorted(state):
            digest.update(f"{name!r} {self._digest_of(state[name])}".encode())
        return digest.hexdigest()

    def _digest_of(self, content: bytes | None) -> str:
        """Of a content that `_contents` keeps, so that no other one gets its identity."""
        if content is None:
            return "None"
        if id(content) not in self._digests:
            self._digests[id(content)] = hashlib.sha256(content).hexdigest()
        return self._digests[id(content)]

    def step(self, name: str, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Makes a call, and records the states before and after it."""
        if self._watched:
            return call(*args, **options)
        self._before(name, args)
        self._watched += 1
        self.calls[name] = self.calls.get(name, 0) + 1
        try:
            self.point()
            return call(*args, **options)
        finally:
            self.point()
            self._watched -= 1

    def _before(self, name: str, args: tuple[Any, ...]) -> None:
        """Keeps account of what is not on the disk for sure."""
        if name == "fsync":
            self._dirty.discard(os.fstat(args[0]).st_ino)
        elif name in {"rename", "replace", "link"} and not self.synced(Path(args[0])):
            self.unsynced.append(str(args[0]))

    def wrote(self, descriptor: int) -> None:
        """A file was written."""
        self._dirty.add(os.fstat(descriptor).st_ino)

    def synced(self, path: Path) -> bool:
        """Whether a file, or all in a folder, is on the disk for sure."""
        paths = [*path.rglob("*"), path] if path.is_dir() else [path]
        return self._dirty.isdisjoint(found.lstat().st_ino for found in paths if found.is_file())

    def event(self, event: str, args: tuple[Any, ...]) -> None:
        """Hears what Python is about to do."""
        writes = event == "open" and isinstance(args[2], int) and args[2] & _WRITING
        if (event in _EVENTS or writes) and self.active and not self._watched and self.holds(args[0]):
            self.unwatched.append(f"{event} {args[0]}")

    def holds(self, path: object) -> bool:
        """Whether a path lies in the folder that is watched."""
        return _is_below(path, self.root)


class _Watched(io.FileIO):
    """A file that is written straight to the disk, each piece in two halves."""

    def __init__(self, steps: Steps | FullDisk, path: Any, mode: str, **options: Any) -> None:
        self._steps = steps
        steps.step("open", super().__init__, path, mode, **options)

    def write(self, data: Any) -> int:
        content = bytes(data)
        half = len(content) // 2
        self._steps.step("write", super().write, content[:half])
        self._steps.step("write", super().write, content[half:])
        self._steps.wrote(self.fileno())
        return len(content)


def _opened(steps: Steps | FullDisk, original: Callable[..., Any], file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
    if not set(mode) & set("wax+") or isinstance(file, int) or not steps.holds(file):
        return original(file, mode, *args, **options)
    raw = _Watched(steps, file, mode.replace("b", "").replace("t", ""), opener=options.pop("opener", None))
    if "b" in mode:
        return io.BufferedWriter(raw)
    options.pop("buffering", None)
    return io.TextIOWrapper(io.BufferedWriter(raw), *(args[1:]), **options)


@contextlib.contextmanager
def watched(root: Path) -> Iterator[Steps]:
    """All steps of this process below a folder are recorded meanwhile. The hook of Python stays, so use a process of its own."""
    steps = Steps(root.absolute())
    sys.addaudithook(steps.event)
    try:
        with _in_the_way(steps):
            yield steps
    finally:
        steps.active = False


@dataclass
class FullDisk:
    """A disk on which nothing can be written from a moment on, though files can be removed.

    Args:
        root: the folder on it.
        room: writing calls that still succeed.
        number: of the error, `errno.ENOSPC` or another.
        failing: the calls that fail.
        failed: the calls that did.
    """

    root: Path
    room: int
    number: int
    failing: frozenset[str] = frozenset({"mkdir", "rename", "replace", "link", "fsync", "open", "os.open", "write"})
    failed: list[str] = field(default_factory=list)

    def step(self, name: str, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Makes a call, or fails."""
        if name in self.failing:
            self.room -= 1
            if self.room < 0:
                self.failed.append(name)
                raise OSError(self.number, os.strerror(self.number))
        return call(*args, **options)

    def wrote(self, descriptor: int) -> None:
        """A file was written."""

    def holds(self, path: object) -> bool:
        """Whether a path lies on the disk."""
        return _is_below(path, self.root)


@contextlib.contextmanager
def full_disk(root: Path, *, room: int, number: int, failing: frozenset[str] | None = None) -> Iterator[FullDisk]:
    """Nothing can be written below a folder, once some calls have succeeded."""
    disk = FullDisk(root.absolute(), room, number, *([failing] if failing else []))
    with _in_the_way(disk):
        yield disk


@contextlib.contextmanager
def _in_the_way(steps: Steps | FullDisk) -> Iterator[None]:
    """Every step of this process on the file system is made by these."""
    kept = {name: getattr(os, name) for name in _CALLS}
    opened, os_open, exchanged = io.open, os.open, atomic._exchanged

    def os_opened(path: Any, flags: int, *args: Any, **options: Any) -> int:
        writes = flags & _WRITING and steps.holds(path)
        return steps.step("os.open", os_open, path, flags, *args, **options) if writes else os_open(path, flags, *args, **options)

    for name, call in kept.items():
        setattr(os, name, functools.partial(steps.step, name, call))
    os.open = os_opened
    io.open = builtins.open = functools.partial(_opened, steps, opened)
    atomic._exchanged = functools.partial(steps.step, "rename", exchanged)
    try:
        yield
    finally:
        for name, call in kept.items():
            setattr(os, name, call)
        os.open, io.open, builtins.open, atomic._exchanged = os_open, opened, opened, exchanged


def _is_below(path: object, root: Path) -> bool:
    return isinstance(path, str | bytes | os.PathLike) and Path(os.fsdecode(path)).absolute().is_relative_to(root)


def state_of(root: Path, known: Contents | None = None) -> State:
    """What is below a folder.

    Args:
        root: the folder.
        known: files that were read before, which are not read again unless they have changed. A write here makes a file longer, so its size
            tells what the clock does not.
    """
    known = {} if known is None else known
    found: State = {}
    for path in root.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            found[path.relative_to(root).as_posix()] = None if path.is_dir() else _content(path, known)
    return found


def _content(path: Path, known: Contents) -> bytes:
    status = path.stat()
    key = status.st_ino, status.st_size, status.st_mtime_ns
    if key not in known:
        known[key] = path.read_bytes()
    return known[key]


def restore(state: State, root: Path) -> None:
    """Makes a folder hold a state and nothing else."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for name in sorted(state):
        content = state[name]
        path = root / name
        if content is None:
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
