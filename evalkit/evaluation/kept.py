"""Keeps what depends on a reference alone between runs, `Kept`: it takes most of the time of a comparison.

The key of an entry says everything that it depends on: the documents, their language, the code that makes it, the packages that it uses, and for
counts the groups, the split and the columns too. So a change of any of them makes a new entry, and an entry is never wrong, only unused.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import platform
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

import generators
from evalkit._util.entries import Arrays, EntryFolder, cache_path, hash_of_code, hash_of_texts, versions_of
from evalkit._util.paths import is_folder
from evalkit._util.resources import data_path
from evalkit.counts.feature import Counts, Layout
from evalkit.errors import ModelError
from evalkit.language.profile import Language
from evalkit.metrics.base import PooledMetric

log = logging.getLogger("evalkit")

MAX_BYTES = 1 << 30
_MOST_SHARE = 4
"""An entry takes at most a quarter of the room, so that the largest corpus leaves some for the parts of others."""
_MOST_SENT = 1 << 28
"""Bytes of entries that are sent to another machine, which makes the rest again."""
_FORMAT = 2
_FILE = "arrays.npy"
_ALIGNED = 64
"""Arrays begin at multiples of so many bytes, a line of the processor's cache."""
_PACKAGES = ("nltk", "numba", "numpy", "pydivsufsort", "scipy", "simplemma")
"""Whose versions may change what is counted."""
_CODE = ("auditing", "counts", "defects", "evaluation", "gating/doses.py", "inference", "language", "matching", "metrics", "text")
"""Folders and files of the package whose code may."""
_GENERATORS = ("base.py", "sequence.py", "codecs", "noise")
"""Files and folders of the generators that unigram noise is drawn by."""


def entry_folder() -> EntryFolder:
    """Where everything is kept that depends on references."""
    return EntryFolder(cache_path("counts"), max_bytes=MAX_BYTES, log=log)


class Kept:
    """What is kept of one reference between runs.

    Args:
        texts: of the documents, in canonical form.
        groups: the group of each document.
        train: places of the training documents.
        layout: the columns that are counted. Where one of them is counted by code from outside the package, no counts are kept: nobody knows
            when that code changes.
        language: the profile.
    """

    def __init__(self, texts: Sequence[str], groups: Counts, train: Sequence[int], layout: Layout, language: Language) -> None:
        self._entries = entry_folder()
        self._layout = layout
        self._is_known = all(getattr(feature.count, "__module__", "").startswith("evalkit.") for feature in layout.features)
        documents = {
            "format": _FORMAT,
            "documents": hash_of_texts(texts),
            "code": _code_hash(),
            "packages": versions_of(*_PACKAGES),
            "python": platform.python_version(),  # whose tables of Unicode say what is a letter
            "machine": platform.machine(),
            "language": _plain(language),  # which knows sentence ends and words beside what the documents teach
        }
        columns = {
            "groups": groups.tolist(),
            "train": sorted(train),
            "columns": hashlib.sha256("\0".join(layout.columns).encode("utf-8", "surrogatepass")).hexdigest(),
        }
        self._documents = json.dumps(documents, sort_keys=True)
        self._columns = json.dumps(columns, sort_keys=True)

    def sent(self) -> dict[str, dict[str, bytes]]:
        """What was kept or taken so far, for the entries of another machine (`EntryFolder.receive`)."""
        return self._entries.content(max_bytes=_MOST_SENT)

    def of_documents(self, key: str, make: Callable[[], Arrays]) -> Arrays:
        """Arrays that depend on the documents and their language alone: those that were kept under a key, or new ones, which are kept.

        Args:
            key: what else they depend on.
            make: makes them.
        """
        return self._taken(f"{self._documents} {key}", make)

    def of_columns(self, key: str, make: Callable[[], Arrays]) -> Arrays:
        """As `of_documents`, for arrays that depend on the columns, the groups and the split too."""
        return self._taken(f"{self._documents} {self._columns} {key}", make) if self._is_known else make()

    def of_measures(self, key: str, measures: Sequence[PooledMetric], make: Callable[[], Arrays]) -> Arrays:
        """As `of_columns`, for arrays that depend on measures too. Where one of them is from outside the package, nothing is kept."""
        if not all(getattr(measure.value, "__module__", "").startswith("evalkit.") for measure in measures):
            return make()
        return self.of_columns(f"{key}, {[f'{measure.id} {measure.version}' for measure in measures]}", make)

    def counts(self, key: str, make: Callable[[], Mapping[str, Counts]]) -> Mapping[str, Counts]:
        """Counts by name, kept as `of_columns` keeps arrays, but sparse: most columns of a passage are 0."""
        made: dict[str, Counts] = {}

        def parts() -> Arrays:
            made.update(make())
            return {f"{name}/{part}": array for name, dense in made.items() for part, array in _sparse(dense).items()}

        kept = self.of_columns(key, parts)
        return made or _Dense(kept)

    def _taken(self, key: str, make: Callable[[], Arrays]) -> Arrays:
        entry = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        kept = self._entries.take(entry, _read, what="An entry of counts")
        if kept is not None:
            log.debug("Counts of the reference were taken from the cache.", extra={"entry": entry})
            return kept
        made = make()
        stored = {name: (array, np.ascontiguousarray(_narrowed(array))) for name, array in made.items()}
        if sum(narrow.nbytes for _, narrow in stored.values()) <= MAX_BYTES // _MOST_SHARE:
            self._entries.put(entry, lambda folder: _write(folder, stored), what="Counts of the reference")
        return made


class _Mapped(Mapping[str, NDArray[Any]]):
    """Arrays in a file that is mapped into memory, so that what nobody asks for is not read, and several programs share what is.

    Args:
        content: of the file.
        places: name -> type of an array, type in the file, first byte and shape.
    """

    def __init__(self, content: NDArray[np.uint8], places: Mapping[str, Any]) -> None:
        self._content = content
        self._places = {
            name: (np.dtype(given), np.dtype(stored), int(first), tuple(shape))
            for name, (given, stored, first, shape) in places.items()
        }
        for given, stored, first, shape in self._places.values():
            if given.hasobject or stored.hasobject or min(first, *shape, 0) < 0:
                raise ValueError("an array of objects or of no size")

    def __getitem__(self, name: str) -> NDArray[Any]:
        given, stored, first, shape = self._places[name]
        n_bytes = stored.itemsize * int(np.prod(shape, dtype=np.int64))
        array = self._content[first : first + n_bytes].view(stored).reshape(shape)
        return array if given == stored else np.asarray(array.astype(given))

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class _Dense(Mapping[str, Counts]):
    """Counts that are kept sparse; each is made dense when it is asked for, since few are."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays, self._names = arrays, list(dict.fromkeys(name.rpartition("/")[0] for name in arrays))

    def __getitem__(self, name: str) -> Counts:
        return _dense(self._arrays, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _write(folder: Path, arrays: Mapping[str, tuple[NDArray[Any], NDArray[Any]]]) -> None:
    """Writes arrays into one file: a checksum of the rest, the size of the header, the header, the arrays.

    Args:
        folder: of the entry.
        arrays: as they are given back, and in the type in which they are stored.
    """
    places, parts, first = {}, [], 0
    for name, (array, stored) in arrays.items():
        places[name] = (array.dtype.str, stored.dtype.str, first, array.shape)
        parts.append(stored.reshape(-1).view(np.uint8))
        parts.append(np.zeros(-stored.nbytes % _ALIGNED, np.uint8))
        first += stored.nbytes + len(parts[-1])
    header = json.dumps(places).encode()
    header += b" " * (-(len(header) + 8) % _ALIGNED)
    sizes = np.array([0, len(header)], "<u4").view(np.uint8)
    content = np.concatenate([sizes, np.frombuffer(header, np.uint8), *parts])
    content[:4] = np.array([zlib.crc32(content[4:].data)], "<u4").view(np.uint8)
    np.save(folder / _FILE, content)


def _narrowed(array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.kind not in "iu" or not array.size:
        return array
    narrow = np.result_type(*(np.min_scalar_type(int(value)) for value in (array.min(), array.max())))
    return array.astype(narrow) if narrow.kind in "iu" and narrow.itemsize < array.itemsize else array


def _read(folder: Path) -> _Mapped:
    """Arrays as they were written.

    Raises:
        ModelError: when the file is damaged, which its checksum shows.
    """
    try:
        content = np.asarray(np.load(folder / _FILE, mmap_mode="r", allow_pickle=False))
        if content.dtype != np.uint8 or content.ndim != 1:
            raise ValueError("it holds something else")
        checksum, size = content[:8].view("<u4").tolist()
        if zlib.crc32(content[4:].data) != checksum:
            raise ValueError("its checksum does not agree")
        return _Mapped(content[8 + size :], json.loads(content[8 : 8 + size].tobytes()))
    except (OSError, ValueError, TypeError, AttributeError, EOFError, MemoryError, RecursionError) as error:
        raise ModelError(f"the counts cannot be read: {error}") from error


def _sparse(dense: Counts) -> dict[str, NDArray[Any]]:
    matrix = sparse.csr_array(np.atleast_2d(dense))
    return {"data": matrix.data, "columns": matrix.indices, "starts": matrix.indptr, "shape": np.array(dense.shape, np.int64)}


def _dense(arrays: Arrays, name: str) -> Counts:
    data, columns, starts, shape = (arrays[f"{name}/{part}"] for part in ("data", "columns", "starts", "shape"))
    matrix = sparse.csr_array((data, columns, starts), shape=(len(starts) - 1, int(shape[-1])))
    return np.asarray(matrix.toarray().reshape(shape), np.int64)


def _plain(language: Language) -> dict[str, Any]:
    """A profile as JSON values, the same in every process."""
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in vars(language).items()}


@functools.cache  # a process runs the code that it loaded, whatever is written to the files later
def _code_hash() -> str:
    """sha256 of the sources that counts are made by, and of the word lists that the package ships."""
    package, generating = Path(__file__).parents[1], Path(str(generators.__file__)).parent
    folders = [*(package / folder for folder in _CODE), *(generating / name for name in _GENERATORS)]
    sources = [path for folder in folders for path in (folder.rglob("*.py") if is_folder(folder) else [folder])]
    return hash_of_code([*sources, *data_path("words").glob("*.toml")])
