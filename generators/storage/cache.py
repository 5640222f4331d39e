"""Keeps fitted generators between runs, `ModelCache`, so that a second comparison with an lstm starts at once.

An entry is a saved model in a folder named by everything that decides what fitting gives: the documents, the options, the seed,
the version and code of the generator, and the packages it computes with. Only generators that say `slow_to_fit` are kept: an
n-gram model of order 8 of 2.3 million characters is fitted in 0.3 s and loaded in 0.1 s, which is not worth its 7.5 MB on the
disk.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from evalkit._util.atomic import discard, draft_folder, identity, put_new
from evalkit._util.escape import visible
from evalkit._util.paths import expanded, is_file, is_folder
from evalkit.errors import ModelError, UsageError
from evalkit.text.datasets.manifest import CACHE_VARIABLE
from generators.base import Generator, Progress, silent
from generators.storage.cache_key import key_of
from generators.storage.models import load, read_meta, save
from generators.training.resume import StateFile

log = logging.getLogger("generators")

MAX_BYTES = 2 << 30
_ABANDONED_SECONDS = 86_400.0


def default_folder() -> Path:
    """Where fitted models are kept: below EVALKIT_CACHE, or the user's cache folder where that is not set."""
    if configured := os.environ.get(CACHE_VARIABLE):
        return expanded(configured) / "models"
    import platformdirs

    return platformdirs.user_cache_path("evalkit") / "models"


class ModelCache:
    """A folder of fitted generators, the least recently used of which go when it grows too large.

    Several programs may use it at once: an entry appears whole or not at all, and one that is damaged or was just removed is
    fitted again.

    Args:
        folder: made when something is first kept; the user's cache when None.
        max_bytes: of all entries together.
    """

    def __init__(self, folder: Path | None = None, *, max_bytes: int = MAX_BYTES) -> None:
        self.folder = default_folder() if folder is None else folder
        self.max_bytes = max_bytes

    def fit(
        self,
        generator: Generator,
        documents: Sequence[str],
        *,
        held_out: Sequence[str] = (),
        seed: int = 0,
        progress: Progress = silent,
    ) -> Generator:
        """The generator fitted, or one like it that was fitted before; arguments as for `Generator.fit`."""
        key = key_of(generator, documents, held_out=held_out, seed=seed)
        kept = self._load(key, generator)
        if kept is not None:
            kept.sample_like(generator, documents)
            progress(f"{generator.name}: fitted before, taken from the cache", 1, 1)
            log.info("A fitted %s was taken from the cache.", generator.name, extra={"entry": str(self.folder / key)})
            return kept
        with self._resumable(generator, key):
            fitted = generator.fit(documents, held_out=held_out, seed=seed, progress=progress)
        self._keep(key, fitted)
        return fitted

    @contextlib.contextmanager
    def _resumable(self, generator: Generator, key: str) -> Iterator[None]:
        """Lets a long training continue where an earlier run was cut short."""
        if not generator.trains_in_updates:
            yield
            return
        work = self.folder / f".{key}.training"
        try:
            StateFile(work, key).load()
        except ModelError as error:
            log.warning("A %s that was cut short in training begins anew: %s", generator.name, visible(error.problem))
            discard(work)
        before, generator.training_hooks = generator.training_hooks, replace(generator.training_hooks, folder=work)
        try:
            yield
        finally:
            generator.training_hooks = before
        discard(work)

    def _load(self, key: str, wanted: Generator) -> Generator | None:
        """The entry of a key, or None where there is none that can be used."""
        entry, failed = self.folder / key, None
        while (now := identity(entry)) is not None:
            try:
                kept = _read(entry, key, wanted)
            except ModelError as error:
                # Another program may have removed the entry and yet another put a new one there, all within one reading. Only
                # what cannot be read twice, and is the same before and after, is damaged.
                if failed == now == identity(entry):
                    log.warning("A fitted %s in the cache is damaged and is fitted again: %s", wanted.name, visible(error.problem))
                    discard(entry)
                    return None
                failed = now
            else:
                with contextlib.suppress(OSError):  # the time of use, by which entries are removed; a cache may be read-only
                    os.utime(entry)
                return kept
        return None

    def _keep(self, key: str, fitted: Generator) -> None:
        """Puts a fitted generator in its place; where that cannot be done, the run continues without it."""
        entry = self.folder / key
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with draft_folder(entry) as draft:
                save(fitted, draft, extra={"cache_key": key})
                if _size(draft) > self.max_bytes:
                    log.info("The fitted %s is too large for the cache.", fitted.name)
                    return
                # Where the name is taken, another program has fitted and kept the same meanwhile. It does not matter whether
                # that entry is still there a moment later: it may be removed to make room, as ours may.
                if not put_new(draft, entry) and is_file(entry):
                    raise FileExistsError(errno.EEXIST, "a file is in the place of a folder", str(entry))
            self._make_room(keep=key)
        except (UsageError, OSError) as error:
            log.warning("The fitted %s cannot be kept in the cache: %s", fitted.name, visible(str(error)))

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


def _read(entry: Path, key: str, wanted: Generator) -> Generator:
    """The entry, if it is what it should be.

    Raises:
        ModelError: otherwise.
    """
    if read_meta(entry).get("cache_key") != key:
        raise ModelError("it was kept for something else")
    kept = load(entry)
    if type(kept) is not type(wanted) or kept.learning_options() != wanted.learning_options():
        raise ModelError("it is another generator")
    return kept


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir()) if is_folder(folder) else folder.stat().st_size
