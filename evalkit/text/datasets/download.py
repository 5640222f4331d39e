"""Fetches corpora of the manifest, from their source or from a mirror that is trusted no more than the source.

A file is written only once its sha256 is right, so the cache holds whole files, and a fetch that was cut short continues with
the next one. Names, sizes and hashes come from the manifest, never from the server.
"""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit._util.escape import visible
from evalkit._util.paths import expanded, is_folder, resolved
from evalkit._util.urls import without_keys
from evalkit.errors import FetchError
from evalkit.text.datasets.manifest import CorpusEntry, FileEntry, cache_folder, file_sha256, find_entry, missing_files

Progress = Callable[[str, float, float], None]
"""Called with a message, the files done, and all files."""

_CHUNK = 1 << 16
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a fetch waits.

    Args:
        connect_seconds: for a connection, and between two pieces of an answer.
        file_seconds: for a whole file.
        tries: how often a file is asked for when the server is in trouble or the connection breaks.
        pause_seconds: before the second try; doubled before each further one.
    """

    connect_seconds: float = 20.0
    file_seconds: float = 300.0
    tries: int = 3
    pause_seconds: float = 1.0


def fetch(name: str, *, mirror: str | None = None, progress: Progress | None = None, patience: Patience | None = None) -> Path:
    """Brings a corpus into the cache.

    Args:
        name: of the manifest.
        mirror: a folder or web address that holds the same files, used instead of the source.
        progress: called after every file.
        patience: timeouts and tries.

    Returns:
        The folder with its files, every one verified.

    Raises:
        SpecError: there is no such corpus.
        FetchError: a file cannot be had, or is not the one that the manifest names. Files fetched before it are kept.
    """
    entry = find_entry(name)
    base = _base(entry, mirror)
    missing = missing_files(entry)
    done = len(entry.files) - len(missing)
    for file in missing:
        _fetch_file(entry, file, base, patience or Patience())
        done += 1
        if progress is not None:
            progress(f"{entry.name}/{file.name}", done, len(entry.files))
    return cache_folder(name)


def _base(entry: CorpusEntry, mirror: str | None) -> str:
    if mirror is None:
        return entry.base_url
    if re.match("https?://", mirror):
        return mirror.rstrip("/") + "/"
    folder = expanded(mirror)
    if not is_folder(folder):
        raise FetchError(
            f'The mirror "{visible(mirror)}" is no folder and no web address.', remedy="Give a folder that exists, or http(s)://..."
        )
    return str(resolved(folder)) + "/"


def _fetch_file(entry: CorpusEntry, file: FileEntry, base: str, patience: Patience) -> None:
    """Puts one file into the cache, once its content is what the manifest says; pooch checks it and renames it into place."""
    import pooch
    import requests

    transfer = _Transfer(file, patience)
    try:
        with _quiet(pooch.get_logger()):
            pooch.retrieve(base + file.name, file.sha256, fname=file.name, path=cache_folder(entry.name), downloader=transfer)
    except FetchError:
        raise
    except requests.RequestException as error:
        raise _failure(base + file.name, f"the connection failed ({type(error).__name__})") from error
    except OSError as error:
        raise _failure(base + file.name, error.strerror or str(error)) from error
    except ValueError as error:
        got = transfer.sha256 or "nothing"
        raise FetchError(
            f"{visible(without_keys(base + file.name))}: sha256 is {got}, expected {file.sha256}; the file was not kept.",
            remedy="The source or mirror has another version or was tampered with: fetch from elsewhere with --mirror.",
        ) from error


class _Transfer:
    """How one file's bytes come, as pooch's downloader: never more of them than the manifest says, and never for longer than allowed."""

    def __init__(self, file: FileEntry, patience: Patience) -> None:
        self._file, self._patience = file, patience
        self.sha256 = ""

    def __call__(self, url: str, output_file: str, _: Any) -> None:
        target = Path(output_file)
        if re.match("https?://", url):
            self._with_retries(url, target)
        else:
            with Path(url).open("rb") as stream:
                self._copy(url, iter(lambda: stream.read(_CHUNK), b""), target)
        self.sha256 = file_sha256(target)

    def _with_retries(self, url: str, target: Path) -> None:
        import requests

        pause = self._patience.pause_seconds
        for tries_left in reversed(range(self._patience.tries)):
            try:
                self._download(url, target)
            # Only what may pass is tried again; a refusal (404, say) is the server's answer.
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError, _TryAgainError) as error:
                if not tries_left:
                    reason = str(error) if isinstance(error, _TryAgainError) else f"the connection failed ({type(error).__name__})"
                    raise _failure(url, f"{reason}, {self._patience.tries} times") from error
                time.sleep(pause)
                pause *= 2
            else:
                return

    def _download(self, url: str, target: Path) -> None:
        import requests

        with requests.get(url, stream=True, timeout=self._patience.connect_seconds) as answer:
            if answer.status_code >= _SERVER_ERROR or answer.status_code == _TOO_MANY_REQUESTS:
                raise _TryAgainError(f"the server answered {answer.status_code}")
            if not answer.ok:
                raise _failure(url, f"the server answered {answer.status_code}")
            n_bytes = self._copy(url, answer.iter_content(_CHUNK), target)
        if n_bytes < self._file.n_bytes:
            raise _TryAgainError(f"only {n_bytes:,} of {self._file.n_bytes:,} bytes came")

    def _copy(self, url: str, pieces: Iterator[bytes], target: Path) -> int:
        # The timeout of requests is for each piece, so a server that sends a byte now and then would be waited for without end.
        deadline = time.monotonic() + self._patience.file_seconds
        n_bytes = 0
        with target.open("wb") as output:
            for piece in pieces:
                n_bytes += len(piece)
                if n_bytes > self._file.n_bytes:
                    raise _failure(url, f"it is longer than the {self._file.n_bytes:,} bytes expected")
                if time.monotonic() > deadline:
                    raise _failure(url, f"it took longer than {self._patience.file_seconds:g} seconds")
                output.write(piece)
        return n_bytes


class _TryAgainError(Exception):
    """A failure that may pass."""


def _failure(url: str, why: str) -> FetchError:
    return FetchError(
        f"{visible(without_keys(url))} could not be fetched: {visible(why)}.",
        remedy="Try again later (files fetched so far are kept), or give a folder or address that has the files with --mirror.",
    )


@contextlib.contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Keeps a library's own messages off stderr; ours say the same."""
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
