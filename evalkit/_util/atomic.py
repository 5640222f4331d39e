"""Writes files and folders that appear whole or not at all, while other programs read, write or remove them.

`write_atomically` and `write_new` write one file. `draft_folder` gives a folder to fill, which `put_new` or `put_in_place` then
moves to its name, and `discard` takes one away. `identity` tells a reader whether what it read was replaced meanwhile. Drafts of
programs that were killed go when the next one writes beside them. Nothing else in evalkit and generators, but the sweeping of drafts
(`evalkit._util.drafts`), renames files or makes temporary ones beside them.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from evalkit._util.drafts import aside_beside, draft_beside, prefix_of, sweep
from evalkit._util.escape import encodable, visible
from evalkit._util.paths import is_folder, is_link
from evalkit.errors import OutputError

__all__ = [
    "await_replacement",
    "cannot_write",
    "discard",
    "draft_folder",
    "identity",
    "make_folder",
    "put_in_place",
    "put_new",
    "remove_file",
    "write_atomically",
    "write_new",
]

_PATIENCE_SECONDS = 20.0
"""How long writing is tried into a folder that another program removes meanwhile. Each try makes the folder anew, so a second one is rare; a
neighbour that removes it in a loop on a busy machine wins many in a row, since its time is that of our slowest step, the fsync."""

_AT_FDCWD = -100
_EXCHANGE = 2
"""RENAME_EXCHANGE of Linux, and RENAME_SWAP of macOS."""

_OCCUPIED = frozenset({errno.EEXIST, errno.ENOTEMPTY, errno.EISDIR})


def write_atomically(path: Path, content: str | bytes) -> None:
    """Writes a file so that readers see the old content or the new, never a part; folders are made as needed.

    Raises:
        OutputError: when it cannot be written; nothing is left behind.
    """
    try:
        _write(path, content, os.replace)
    except OSError as error:
        raise cannot_write(path, error) from error


def write_new(path: Path, content: str | bytes) -> bool:
    """Writes a file whole under a name that is free; of several programs that try at once exactly one succeeds.

    Returns:
        Whether it was written; False where something has the name already, which stays as it is.

    Raises:
        OutputError: when it cannot be written; nothing is left behind.
    """
    try:
        _write(path, content, _link)
    except FileExistsError:
        return False
    except OSError as error:
        raise cannot_write(path, error) from error
    return True


def _write(path: Path, content: str | bytes, put: Callable[[Path, Path], object]) -> None:
    data = encodable(content).encode() if isinstance(content, str) else content
    deadline = time.monotonic() + _PATIENCE_SECONDS
    sweep(path.parent)
    while True:
        draft = draft_beside(path)
        try:
            make_folder(path.parent)
            _write_to_disk(draft, data)
            put(draft, path)
        except FileNotFoundError:  # the folder was removed between two of these steps
            if time.monotonic() > deadline:
                raise
        else:
            return
        finally:
            draft.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it, where they are not there.

    Raises:
        FileNotFoundError: another program has just removed it; `Path.mkdir` says that it exists in that case.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        try:
            in_the_way = not stat.S_ISDIR(folder.stat().st_mode)
        except FileNotFoundError:
            in_the_way = is_link(folder)
        if in_the_way:
            raise
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder)) from None


def _write_to_disk(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        # Without this a power cut can leave the new name on an empty file: the rename may reach the disk before the content.
        os.fsync(file.fileno())


def _link(draft: Path, path: Path) -> None:
    """Gives a file its name, unless the name is taken: `Path.rename` would replace what is there."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: an empty file claims the name, and is replaced at once
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.replace(draft, path)


@contextlib.contextmanager
def draft_folder(target: Path) -> Iterator[Path]:
    """A hidden folder beside the one that is to be, removed at the end unless it was moved to its place.

    Raises:
        OutputError: when it, or what the caller writes into it, cannot be written.
    """
    sweep(target.parent, name=target.name)
    draft = draft_beside(target)
    try:
        make_folder(draft)
        yield draft
    except OSError as error:
        raise cannot_write(target, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def put_new(draft: Path, target: Path) -> bool:
    """Moves a complete folder to a name that is free; of several programs that try at once exactly one succeeds.

    To ask first whether the name is free would not do: another program may take it, or remove what has it, between question and
    move.

    Returns:
        Whether it was moved; False where something has the name already, which stays as it is.

    Raises:
        OSError: when it cannot be moved for any other reason.
    """
    _flush_folder(draft)
    return _moved_to_free_name(draft, target)


def _moved_to_free_name(draft: Path, target: Path) -> bool:
    try:
        draft.rename(target)  # fails where a folder that is not empty, or a file, has the name
    except OSError as error:
        if error.errno in _OCCUPIED or (error.errno == errno.ENOTDIR and identity(target) is not None):
            return False
        raise
    _flush_folder(target.parent)
    return True


def put_in_place(draft: Path, target: Path) -> None:
    """Moves a complete folder to a name, in place of a folder that has it; of several programs that try at once the last one wins.

    The two change places in one step where the system can do that, and the old one is removed then. No portable call replaces a folder
    that is not empty, so elsewhere the old one is moved aside just before, and readers `await_replacement`. It comes back when the
    new one cannot be moved, or when this program is killed in between: the next one that reads or writes there brings it back.

    Raises:
        OSError: when it cannot be moved.
    """
    aside: list[Path] = []
    _flush_folder(draft)
    try:
        while not _moved_to_free_name(draft, target):
            if is_folder(target) and not is_link(target) and _exchanged(draft, target):
                _flush_folder(target.parent)
                shutil.rmtree(draft, ignore_errors=True)  # which is the old one now
                return
            hidden = aside_beside(target)
            with contextlib.suppress(FileNotFoundError):  # another program has just moved it aside
                target.rename(hidden)
                aside.append(hidden)
    except BaseException:
        if aside:
            _moved_to_free_name(aside.pop(), target)
        raise
    finally:
        for old in aside:
            shutil.rmtree(old, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Lets two paths change places in one step; False where the system or the file system cannot, or one of them is gone."""
    libc = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    if (rename := getattr(libc, "renameat2", None)) is not None:  # Linux
        return bool(rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0)
    if (rename := getattr(libc, "renamex_np", None)) is not None:  # macOS
        return bool(rename(os.fsencode(one), os.fsencode(other), _EXCHANGE) == 0)
    return False


def await_replacement(path: Path, *, seconds: float = 1.0) -> None:
    """Waits while a folder is not there, as long as `put_in_place` of another program may be about to move one to its place.

    What a program that was killed there had moved aside comes back. The draft of a program on another machine looks the same
    whether it was killed or not, hence the limit.
    """
    deadline = time.monotonic() + seconds
    while identity(path) is None and _has_draft(path) and time.monotonic() < deadline:
        sweep(path.parent, name=path.name)
        time.sleep(0.002)


def _has_draft(path: Path) -> bool:
    try:
        return any(name.startswith(prefix_of(path)) for name in os.listdir(path.parent))  # noqa: PTH208 - names suffice
    except (OSError, ValueError):
        return False


def remove_file(path: Path) -> None:
    """Removes a file, if it is there.

    Raises:
        OutputError: when it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f'"{visible(str(path))}" cannot be removed ({error.strerror or error}).', remedy="Get the right to write there."
        ) from error


def discard(path: Path) -> None:
    """Removes a file or a folder, if it is there and can be removed.

    A program that reads or writes it meanwhile finds it whole or gone.
    """
    hidden = draft_beside(path)
    with contextlib.suppress(OSError):
        path.rename(hidden)
        if is_folder(hidden) and not is_link(hidden):
            shutil.rmtree(hidden, ignore_errors=True)
        else:
            hidden.unlink()


def identity(path: Path) -> tuple[int, int] | None:
    """What tells a file or folder from another that takes its place; None where there is nothing.

    The inode alone does not, since a system gives the number of what was removed to what is made next.
    """
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_ctime_ns


def cannot_write(path: Path, error: OSError) -> OutputError:
    """The error for a file or folder that cannot be written."""
    return OutputError(
        f'"{visible(str(path))}" cannot be written ({error.strerror or error}).',
        remedy="Make room or get the right to write there, or choose another place.",
    )


def _flush_folder(folder: Path) -> None:
    """Writes a folder's entries to the disk, where the system can."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
