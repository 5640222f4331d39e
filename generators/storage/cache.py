"""Keeps fitted generators between runs, `ModelCache`, so that a second comparison with an lstm starts at once.

An entry is a saved model in a folder named by everything that decides what fitting gives: the documents, the options, the seed,
the version and code of the generator, and the packages it computes with. Only generators that say `slow_to_fit` are kept: an
n-gram model of order 8 of 2.3 million characters is fitted in 0.3 s and loaded in 0.1 s, which is not worth its 7.5 MB on the
disk.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from evalkit._util.atomic import discard
from evalkit._util.entries import EntryFolder, cache_path
from evalkit._util.escape import visible
from evalkit.errors import ModelError
from generators.base import Generator, Progress, silent
from generators.storage.cache_key import key_of
from generators.storage.models import load, read_meta, save
from generators.training.resume import StateFile

log = logging.getLogger("generators")

MAX_BYTES = 2 << 30


def default_folder() -> Path:
    """Where fitted models are kept: below EVALKIT_CACHE, or the user's cache folder where that is not set."""
    return cache_path("models")


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

    @property
    def _entries(self) -> EntryFolder:
        return EntryFolder(self.folder, max_bytes=self.max_bytes, log=log)

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
        return self._entries.take(key, lambda entry: _read(entry, key, wanted), what=f"A fitted {wanted.name}")

    def _keep(self, key: str, fitted: Generator) -> None:
        """Puts a fitted generator in its place; where that cannot be done, the run continues without it."""
        self._entries.put(key, lambda draft: save(fitted, draft, extra={"cache_key": key}), what=f"The fitted {fitted.name}")


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
