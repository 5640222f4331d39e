"""Looks at paths (`exists`, `is_file`, `is_folder`, `names_in` ...) without the foreign errors of `pathlib` and the silence of `os.path`.

`Path.is_file` and its relatives raise where there is no right to look and where a name is too long; `os.path.isfile` says no in
both cases, so what cannot be read would pass for what is not there. Here a name that no file can have is a no, and a system that
will not answer is an `InputError`. Nothing else in evalkit and generators asks pathlib or os.path.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from evalkit._util.escape import visible
from evalkit.errors import InputError

__all__ = [
    "cannot_look",
    "exists",
    "expanded",
    "impossible",
    "is_file",
    "is_folder",
    "is_link",
    "names_in",
    "resolved",
    "status_of",
]

_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL, errno.EBADF})
"""No such file, a file in the place of a folder, links in a circle, and names that no file can have."""


def status_of(path: str | Path, *, follow: bool = True) -> os.stat_result | None:
    """What the system says of a path; None where there is nothing.

    Args:
        path: of anything.
        follow: whether of what a link leads to, or of the link itself.

    Raises:
        InputError: when it will not say: no right to look, a disk or server that does not answer.
    """
    try:
        return os.stat(path, follow_symlinks=follow)  # noqa: PTH116 - the words of what was given stay in the error
    except ValueError:  # a NUL or a lone surrogate
        return None
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise cannot_look(path, error) from error


def exists(path: str | Path) -> bool:
    r"""Whether there is anything; a link that leads nowhere is nothing.

    Raises:
        InputError: as `status_of`.

    >>> exists("n" * 1000), exists("a\0b"), exists(".")
    (False, False, True)
    """
    return status_of(path) is not None


def is_file(path: str | Path) -> bool:
    """Whether it is a plain file, or a link to one.

    Raises:
        InputError: as `status_of`.
    """
    status = status_of(path)
    return status is not None and stat.S_ISREG(status.st_mode)


def is_folder(path: str | Path) -> bool:
    """Whether it is a folder, or a link to one.

    Raises:
        InputError: as `status_of`.
    """
    status = status_of(path)
    return status is not None and stat.S_ISDIR(status.st_mode)


def is_link(path: str | Path) -> bool:
    """Whether it is a symbolic link, wherever it leads.

    Raises:
        InputError: as `status_of`.
    """
    status = status_of(path, follow=False)
    return status is not None and stat.S_ISLNK(status.st_mode)


def names_in(folder: str | Path) -> list[str]:
    """The names of what is in a folder, sorted; none where there is no folder.

    Raises:
        InputError: when the folder cannot be read.
    """
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names suffice
    except ValueError:
        return []
    except OSError as error:
        if error.errno in _ABSENT:
            return []
        raise cannot_look(folder, error) from error


def impossible(path: str | Path) -> str | None:
    """Why nothing can ever have this name; None where it can be the name of a file.

    >>> impossible("n" * 1000)
    'File name too long'
    """
    # Each part on its own too: a system that does not find the first one does not look at the others.
    for name in (path, *Path(path).parts):
        try:
            os.lstat(name)
        except ValueError as error:
            return str(error)
        except OSError as error:
            if error.errno in {errno.ENAMETOOLONG, errno.ELOOP}:
                return error.strerror
    return None


def expanded(path: str | Path) -> Path:
    """The path with the user's home in the place of `~`; as it is where there is no such user."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path.expanduser raises for a user who is not there


def resolved(path: str | Path) -> Path:
    """The absolute path without links; links in a circle, which lead nowhere, stay as they are.

    Raises:
        InputError: when it is no path at all, or relative to a working folder that was removed.
    """
    try:
        return Path(os.path.realpath(path))
    except ValueError as error:
        raise InputError(f'"{visible(str(path))}" cannot be a path ({error}).', remedy="Check the path.") from error
    except OSError as error:
        raise cannot_look(path, error) from error


def cannot_look(path: str | Path, error: OSError) -> InputError:
    """The error for a path about which the system will not answer."""
    return InputError(
        f'"{visible(str(path))}" cannot be looked at ({error.strerror or error}).',
        remedy="Get the right to read it and the folders it is in, or name another place.",
    )
