"""Reads the manifest of corpora that can be fetched, `load_manifest`, and finds and checks their copies in the cache.

The manifest, `data/corpora.json`, names every file with its size and sha256. A copy is checked against them when it is fetched and
again when it is read, so text that was changed is never measured by mistake.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evalkit._util.entries import cache_path
from evalkit._util.escape import visible
from evalkit._util.foreign import read_json
from evalkit._util.paths import exists, status_of
from evalkit._util.resources import data_path
from evalkit.errors import ConfigError, InputError, SpecError, one_of, reinstall_remedy

_MOST_BYTES = 16 << 20
_CORPUS_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FileEntry:
    """One file of a corpus: its plain name, sha256 in hexadecimal, and size in bytes."""

    name: str
    sha256: str
    n_bytes: int


@dataclass(frozen=True)
class CorpusEntry:
    """One corpus of the manifest.

    Args:
        name: what commands call it.
        title: for people.
        description: what is in it.
        source: page that shows where it comes from, at a fixed commit.
        licence: what may be done with it, as far as is known.
        base_url: what file names are appended to; ends in "/".
        standard_split: the `held_out` pattern on which published figures were measured, if there is one.
        files: what it consists of.
    """

    name: str
    title: str
    description: str
    source: str
    licence: str
    base_url: str
    standard_split: str | None
    files: tuple[FileEntry, ...]

    @property
    def n_bytes(self) -> int:
        """Size of all files together."""
        return sum(file.n_bytes for file in self.files)


def read_manifest(path: Path) -> dict[str, CorpusEntry]:
    """Reads a manifest; file names that could leave the cache folder are refused.

    Raises:
        ConfigError: it is not a manifest, or an entry is not sound.
    """
    try:
        content = read_json(path, most_bytes=_MOST_BYTES)
        if content["schema_version"] != 1:
            raise ValueError(f"schema version {content['schema_version']}, known is 1")
        return {name: _entry(name, fields) for name, fields in content["corpora"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f'"{visible(str(path))}" is not a sound manifest ({visible(str(error))}).', remedy=reinstall_remedy()
        ) from error


def load_manifest() -> Mapping[str, CorpusEntry]:
    """The manifest that comes with the package: corpus name -> entry."""
    return read_manifest(data_path("corpora.json"))


def _entry(name: str, fields: Mapping[str, object]) -> CorpusEntry:
    _require(_CORPUS_NAME, name, "corpus name")
    texts = {key: str(fields[key]) for key in ("title", "description", "source", "licence", "base_url")}
    if not re.fullmatch(r"https?://.+/", texts["base_url"]):
        raise ValueError(f'base_url "{texts["base_url"]}" is not a web address that ends in "/"')
    files = fields["files"]
    if not isinstance(files, dict) or not files:
        raise ValueError(f"{name} has no files")
    standard = fields.get("standard_split")
    return CorpusEntry(
        name, **texts, standard_split=standard if isinstance(standard, str) else None, files=tuple(map(_file, files.items()))
    )


def _file(item: tuple[str, Mapping[str, object]]) -> FileEntry:
    name, fields = item
    _require(_FILE_NAME, name, "file name")
    sha256, n_bytes = str(fields["sha256"]), fields["bytes"]
    _require(_SHA256, sha256, "sha256")
    if not isinstance(n_bytes, int) or n_bytes < 1:
        raise ValueError(f"{name} has no size")
    return FileEntry(name, sha256, n_bytes)


def _require(pattern: re.Pattern[str], value: str, what: str) -> None:
    if not pattern.fullmatch(value):
        raise ValueError(f'"{value}" is no {what}')


def find_entry(name: str) -> CorpusEntry:
    """The entry of a corpus.

    Raises:
        SpecError: there is no such corpus.
    """
    manifest = load_manifest()
    if name not in manifest:
        raise SpecError(f'There is no corpus "{visible(name)}" to fetch.', remedy=one_of(name, manifest))
    return manifest[name]


def cache_folder(name: str) -> Path:
    """Where the copy of a corpus is kept: below EVALKIT_CACHE, or the user's cache folder where that is not set."""
    return cache_path("corpora") / name


def file_sha256(path: Path) -> str:
    """sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def missing_files(entry: CorpusEntry) -> list[FileEntry]:
    """The files of a corpus that are not in the cache, or not as they should be."""
    folder = cache_folder(entry.name)
    return [file for file in entry.files if not _is_sound(folder / file.name, file)]


def _is_sound(path: Path, file: FileEntry) -> bool:
    # The size first: it tells most damaged files without reading them.
    status = status_of(path)
    if status is None or not stat.S_ISREG(status.st_mode) or status.st_size != file.n_bytes:
        return False
    return file_sha256(path) == file.sha256


def cached_files(name: str) -> list[Path]:
    """The files of a fetched corpus, every one checked against its sha256.

    Raises:
        InputError: some are not there or not as they should be; the message says how to fetch them.
    """
    entry = find_entry(name)
    missing = missing_files(entry)
    if missing:
        state = (
            "has not been fetched"
            if len(missing) == len(entry.files)
            else f"is incomplete ({len(missing)} of {len(entry.files)} files are missing or damaged)"
        )
        local = f" For your own files of that name write ./{name}." if exists(name) else ""
        raise InputError(
            f'The corpus "{name}" {state}.', remedy=f"Fetch it with: evalkit corpus fetch {name}{local and '.' + local}"
        )
    return [cache_folder(name) / file.name for file in entry.files]
