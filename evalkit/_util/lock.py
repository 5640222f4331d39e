"""Keeps a folder for one program at a time, `exclusive`."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator
from pathlib import Path

from evalkit._util.atomic import cannot_write, make_folder

__all__ = ["exclusive"]


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[bool]:
    """Gives whether this program has the folder for itself now.

    The folder is made where it is not there, and removed at the end if it is still empty.

    The system ends the hold when the program ends, however it ends, so nothing is left that would keep others out. Systems
    other than POSIX have no lock on folders: there every program has it.

    Raises:
        OutputError: when the folder cannot be made.
    """
    if os.name != "posix":
        yield True
        return
    try:
        descriptor = _locked(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
    if descriptor is None:
        yield False
        return
    try:
        yield True
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()  # fails unless it is empty; before others may have it
        os.close(descriptor)


def _locked(folder: Path) -> int | None:
    """A descriptor of the folder with its lock; None where another has it."""
    fcntl = importlib.import_module("fcntl")  # not on every system
    while True:
        with contextlib.suppress(FileNotFoundError):  # another program has removed it meanwhile
            make_folder(folder)
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Another program may have moved or removed the folder since it was opened, and the lock would be of no use.
                if os.path.samestat(os.fstat(descriptor), folder.stat()):
                    return descriptor
            except BlockingIOError:
                os.close(descriptor)
                return None
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
