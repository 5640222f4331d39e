"""Keeps what takes long to make in a folder of entries, `EntryFolder`, each under a key that says everything that it depends on.

Such a key is a hash of texts (`hash_of_texts`), code (`hash_of_code`) and versions of packages (`versions_of`). What is kept by others than
the caller is asked for by a `Keep`: a key, and a function that makes arrays.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from evalkit._util.atomic import discard, draft_folder, identity, put_new
from evalkit._util.escape import visible
from evalkit._util.paths import expanded, is_file, is_folder
from evalkit.errors import ModelError, UsageError

CACHE_VARIABLE = "EVALKIT_CACHE"
"""The environment variable that says where everything is kept that can be fetched or made again."""
_ABANDONED_SECONDS = 86_400.0
_T = TypeVar("_T")

Arrays = Mapping[str, NDArray[Any]]
Keep = Callable[[str, Callable[[], Arrays]], Arrays]
"""A key that says what arrays depend on, and a function that makes them -> those arrays, perhaps from an earlier run."""


def anew(key: str, make: Callable[[], Arrays]) -> Arrays:
    """Keeps nothing: a `Keep` that makes arrays each time."""
    return make()


def as_array(words: Iterable[str]) -> NDArray[np.uint8]:
    """Words as the bytes of a JSON list, [bytes]."""
    return np.frombuffer(json.dumps(list(words), separators=(",", ":")).encode("ascii"), np.uint8)


def as_words(array: NDArray[np.uint8]) -> list[str]:
    """The words of `as_array`.

    >>> as_words(as_array(["lamp", "café"]))
    ['lamp', 'café']
    """
    return [str(word) for word in json.loads(array.tobytes())]


def cache_path(part: str) -> Path:
    """Where entries of one kind are kept: below EVALKIT_CACHE, or in the user's cache folder where that is not set.

    Args:
        part: name of the folder of the kind.
    """
    if configured := os.environ.get(CACHE_VARIABLE):
        return expanded(configured) / part
    import platformdirs

    return platformdirs.user_cache_path("evalkit") / part


class EntryFolder:
    """A folder of entries, each a folder of its own, the least recently used of which go when they grow too large.

    Several programs may use it at once: an entry appears whole or not at all, and one that is damaged or was just removed is made again.

    Args:
        folder: made when something is first kept.
        max_bytes: of all entries together.
        log: where it says that an entry is damaged or cannot be kept.

    Attributes:
        used: the keys of the entries that were taken or put.
    """

    def __init__(self, folder: Path, *, max_bytes: int, log: logging.Logger) -> None:
        self.folder, self.max_bytes, self.log = folder, max_bytes, log
        self.used: dict[str, None] = {}

    def take(self, key: str, read: Callable[[Path], _T], *, what: str) -> _T | None:
        """An entry, or None where there is none that can be used.

        Args:
            key: of the entry.
            read: reads its folder, and raises ModelError where it is not what it should be.
            what: it holds, for a warning: "A fitted lstm".
        """
        entry, failed = self.folder / key, None
        while (now := identity(entry)) is not None:
            try:
                kept = read(entry)
            except ModelError as error:
                # Another program may have removed the entry and yet another put a new one there, all within one reading. Only
                # what cannot be read twice, and is the same before and after, is damaged.
                if failed == now == identity(entry):
                    self.log.warning("%s in the cache is damaged and is made again: %s", what, visible(error.problem))
                    discard(entry)
                    return None
                failed = now
            else:
                with contextlib.suppress(OSError):  # the time of use, by which entries are removed; a cache may be read-only
                    os.utime(entry)
                self.used[key] = None
                return kept
        return None

    def put(self, key: str, write: Callable[[Path], object], *, what: str) -> None:
        """Keeps an entry; where that cannot be done, the run continues without it.

        Args:
            key: of the entry.
            write: writes its files into a folder.
            what: it holds, for a warning.
        """
        entry = self.folder / key
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with draft_folder(entry) as draft:
                write(draft)
                if _size(draft) > self.max_bytes:
                    self.log.info("%s is too large for the cache.", what)
                    return
                # Where the name is taken, another program has made and kept the same meanwhile. It does not matter whether
                # that entry is still there a moment later: it may be removed to make room, as ours may.
                if not put_new(draft, entry) and is_file(entry):
                    raise FileExistsError(errno.EEXIST, "a file is in the place of a folder", str(entry))
            self._make_room(keep=key)
            self.used[key] = None
        except (UsageError, OSError) as error:
            self.log.warning("%s cannot be kept in the cache: %s", what, visible(str(error)))

    def content(self, *, max_bytes: int) -> dict[str, dict[str, bytes]]:
        """Key -> the files of each entry that was used, for another machine; those that are gone or too much together are left out."""
        content: dict[str, dict[str, bytes]] = {}
        left = max_bytes
        for key in self.used:
            with contextlib.suppress(OSError):
                entry = self.folder / key
                if (size := _size(entry)) <= left:
                    content[key] = {path.name: path.read_bytes() for path in entry.iterdir()}
                    left -= size
        return content

    def receive(self, content: Mapping[str, Mapping[str, bytes]], *, what: str) -> None:
        """Keeps entries of another machine that are not here.

        Args:
            content: from `content`.
            what: they hold, for a warning.
        """
        for key, files in content.items():
            if not is_folder(self.folder / key):
                self.put(key, functools.partial(_write_files, files), what=what)

    def _make_room(self, *, keep: str) -> None:
        """Removes the entries used longest ago until the others fit, and the drafts of programs that were killed."""
        entries, total = [], 0
        for path in self.folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                used = path.stat().st_mtime
                if path.name.startswith("."):
                    if time.time() - used > _ABANDONED_SECONDS:
                        shutil.rmtree(path, ignore_errors=True)
                    continue
                size = _size(path)
                total += size
                entries.append((path.name != keep, -used, path, size))
        # The entry just made goes last of all.
        for _, _, path, size in sorted(entries, reverse=True):
            if total <= self.max_bytes:
                break
            discard(path)
            total -= size


def _write_files(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        (folder / Path(name).name).write_bytes(content)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir()) if is_folder(folder) else folder.stat().st_size


def hash_of_texts(texts: Iterable[str]) -> str:
    """sha256 of texts in their order; each is led by its length, so that no two lists are alike."""
    digest = hashlib.sha256()
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(content))
        digest.update(content)
    return digest.hexdigest()


def hash_of_code(sources: Iterable[Path]) -> str:
    """sha256 of source files, whatever order they are given in."""
    return hash_of_texts(path.read_text(encoding="utf-8", errors="replace") for path in sorted(set(sources)))


def versions_of(*packages: str) -> dict[str, str]:
    """Package -> its version; those that are not installed are left out."""
    versions = {}
    for package in packages:
        with contextlib.suppress(PackageNotFoundError):
            versions[package] = version(package)
    return versions
