"""Fetches corpora of the manifest, from their source or from a mirror that is trusted no more than the source.

A file is written only once its sha256 is right, so the cache holds whole files, and a fetch that was cut short continues with
the next one. Names, sizes and hashes come from the manifest, never from the server.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evalkit._util.atomic import write_atomically
from evalkit._util.escape import visible
from evalkit._util.urls import without_keys
from evalkit.errors import FetchError
from evalkit.text.datasets.manifest import CorpusEntry, FileEntry, cache_folder, find_entry, missing_files

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
    folder = Path(mirror).expanduser()
    if not folder.is_dir():
        raise FetchError(
            f'The mirror "{visible(mirror)}" is no folder and no web address.', remedy="Give a folder that exists, or http(s)://..."
        )
    return str(folder.resolve()) + "/"


def _fetch_file(entry: CorpusEntry, file: FileEntry, base: str, patience: Patience) -> None:
    """Puts one file into the cache, once its content is what the manifest says."""
    import requests

    url = base + file.name
    try:
        content = _Transfer(file, patience).content_of(url)
    except requests.RequestException as error:
        raise _failure(url, f"the connection failed ({type(error).__name__})") from error
    except OSError as error:
        raise _failure(url, error.strerror or str(error)) from error
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != file.sha256:
        raise FetchError(
            f"{visible(without_keys(url))}: sha256 is {sha256}, expected {file.sha256}; the file was not kept.",
            remedy="The source or mirror has another version or was tampered with: fetch from elsewhere with --mirror.",
        )
    write_atomically(cache_folder(entry.name) / file.name, content)


class _Transfer:
    """How one file's bytes come: never more of them than the manifest says, and never for longer than allowed."""

    def __init__(self, file: FileEntry, patience: Patience) -> None:
        self._file, self._patience = file, patience

    def content_of(self, url: str) -> bytes:
        """All bytes at an address, or of a file by its path."""
        if re.match("https?://", url):
            return self._with_retries(url)
        with Path(url).open("rb") as stream:
            return self._collect(url, iter(lambda: stream.read(_CHUNK), b""))

    def _with_retries(self, url: str) -> bytes:
        import requests

        pause = self._patience.pause_seconds
        for tries_left in reversed(range(self._patience.tries)):
            try:
                return self._download(url)
            # Only what may pass is tried again; a refusal (404, say) is the server's answer.
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError, _TryAgainError) as error:
                if not tries_left:
                    reason = str(error) if isinstance(error, _TryAgainError) else f"the connection failed ({type(error).__name__})"
                    raise _failure(url, f"{reason}, {self._patience.tries} times") from error
                time.sleep(pause)
                pause *= 2
        raise AssertionError("at least one try is made")

    def _download(self, url: str) -> bytes:
        import requests

        with requests.get(url, stream=True, timeout=self._patience.connect_seconds) as answer:
            if answer.status_code >= _SERVER_ERROR or answer.status_code == _TOO_MANY_REQUESTS:
                raise _TryAgainError(f"the server answered {answer.status_code}")
            if not answer.ok:
                raise _failure(url, f"the server answered {answer.status_code}")
            content = self._collect(url, answer.iter_content(_CHUNK))
        if len(content) < self._file.n_bytes:
            raise _TryAgainError(f"only {len(content):,} of {self._file.n_bytes:,} bytes came")
        return content

    def _collect(self, url: str, pieces: Iterator[bytes]) -> bytes:
        # The timeout of requests is for each piece, so a server that sends a byte now and then would be waited for without end.
        deadline = time.monotonic() + self._patience.file_seconds
        content = bytearray()
        for piece in pieces:
            content += piece
            if len(content) > self._file.n_bytes:
                raise _failure(url, f"it is longer than the {self._file.n_bytes:,} bytes expected")
            if time.monotonic() > deadline:
                raise _failure(url, f"it took longer than {self._patience.file_seconds:g} seconds")
        return bytes(content)


class _TryAgainError(Exception):
    """A failure that may pass."""


def _failure(url: str, why: str) -> FetchError:
    return FetchError(
        f"{visible(without_keys(url))} could not be fetched: {visible(why)}.",
        remedy="Try again later (files fetched so far are kept), or give a folder or address that has the files with --mirror.",
    )
