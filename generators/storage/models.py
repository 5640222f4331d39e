"""Saves fitted generators as folders of `meta.json` and `arrays.npz`, `save`, and loads them without executing anything, `load`.

`arrays.npz` is a zip file of uncompressed arrays of numbers, so nothing in it can be larger than the file. Everything read from
a folder is checked before it is used, since folders are passed between people.
"""

from __future__ import annotations

import json
import platform
import shutil
import stat
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from evalkit import __version__
from evalkit._util.atomic import await_replacement, draft_folder, identity, put_in_place, write_atomically
from evalkit._util.foreign import UnreadableError, parse_json, read_bytes
from evalkit._util.paths import is_folder, is_link, names_in, status_of
from evalkit.errors import InputError, ModelError, UsageError
from generators import NAMES, find
from generators.base import Generator, option_defaults
from generators.spec import GeneratorSpec
from generators.storage.arrays import DamagedError, pack, unpack

FORMAT = "evalkit-generator"
FORMAT_VERSION = 1
META, ARRAYS, WORK = "meta.json", "arrays.npz", "training"
"""Files of a saved model, and the folder that a training in it works in."""

_PACKAGES = ("numpy", "keras", "tensorflow")
_MAX_META_BYTES = 16 << 20


def save(
    generator: Generator, folder: str | Path, *, extra: Mapping[str, Any] | None = None, parts: Mapping[str, Path] | None = None
) -> Path:
    """Writes a fitted generator as a folder, whole or not at all.

    Args:
        generator: one of `generators.NAMES`, fitted.
        folder: made where it does not exist; replaced where it is a saved model, a training that was cut short, or empty.
        extra: what else to record in `meta.json`, JSON values: the corpus and its hash, the split, the seed, measured bits per
            character.
        parts: further folders that the model takes along, by the name that they get.

    Returns:
        The folder.

    Raises:
        UsageError: when the generator cannot be saved, or the folder holds something else.
    """
    target = Path(folder)
    if generator.name not in NAMES or find(generator.name) is not type(generator):
        raise UsageError(f"{generator.name} is not one of the generators that can be saved.", remedy=f"Known: {', '.join(NAMES)}.")
    arrays = generator.arrays()
    meta = _meta(generator, extra or {})
    check_replaceable(target)
    with draft_folder(target) as draft:
        write_atomically(draft / META, json.dumps(meta, indent=2, allow_nan=False))
        write_atomically(draft / ARRAYS, pack(arrays))
        for name, part in (parts or {}).items():
            shutil.copytree(part, draft / name)
        put_in_place(draft, target)
    return target


def load(folder: str | Path) -> Generator:
    """A fitted generator from a folder that `save` wrote.

    Raises:
        ModelError: when the folder is missing, damaged, foreign, of a newer version, or anything but what `save` writes.
    """
    while True:
        before = identity(Path(folder))
        try:
            generator = _load(folder)
        except ModelError:
            if identity(Path(folder)) == before:
                raise
        else:
            # Another program may have replaced the model between the reading of its two files, which then do not belong together.
            if identity(Path(folder)) == before:
                return generator


def _load(folder: str | Path) -> Generator:
    meta = read_meta(folder)
    cls = find(meta["generator"])
    made_by = meta["description"].get("version")
    if not isinstance(made_by, int) or made_by > cls.version:
        raise _refused(folder, f"its {cls.name} is of version {made_by}, and this program knows up to {cls.version}")
    try:
        written = GeneratorSpec(cls.name, {key: str(value) for key, value in meta["options"].items()})
        generator = cls(**written.typed(option_defaults(cls)))
    except UsageError as error:
        raise _refused(folder, f"its options are not those of {cls.name} ({error.problem})") from error
    arrays = _read_arrays(folder)
    try:
        generator.restore(arrays, meta["description"])
    except ModelError:
        raise
    except (UsageError, KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError, MemoryError) as error:
        raise _refused(folder, f"its arrays are not those of a {cls.name} ({type(error).__name__}: {error})") from error
    return generator


def read_meta(folder: str | Path) -> dict[str, Any]:
    """The content of a saved model's `meta.json`, its form checked.

    Raises:
        ModelError: as `load`.
    """
    await_replacement(Path(folder))
    if not is_folder(folder):
        raise ModelError(
            f'There is no saved model "{folder}".', remedy="Name a folder that `python -m generators train` has written."
        )
    content = _read_file(folder, META, _MAX_META_BYTES)
    try:
        meta = parse_json(content)
    except UnreadableError as error:
        raise _refused(folder, f"{META} cannot be read ({error})") from error
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise _refused(folder, f"{META} does not describe a generator")
    if meta.get("format_version") != FORMAT_VERSION:
        raise _refused(folder, f"its format is version {meta.get('format_version')}, and this program reads {FORMAT_VERSION}")
    if not (isinstance(meta.get("options"), dict) and isinstance(meta.get("description"), dict)):
        raise _refused(folder, f"{META} lacks the options or the description")
    name = meta.get("generator")
    if not isinstance(name, str) or name not in NAMES:
        raise _refused(folder, f"{META} names the generator {name!r}, which is none of {', '.join(NAMES)}")
    return meta


def _meta(generator: Generator, extra: Mapping[str, Any]) -> dict[str, Any]:
    """The content of `meta.json`."""
    meta = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "generator": generator.name,
        "options": generator.options(),
        "description": generator.describe(),
        "packages": _versions(),
    }
    if clash := sorted(meta.keys() & extra.keys()):
        raise UsageError(f"{', '.join(clash)} cannot be given as extra: saving writes them itself.")
    return meta | dict(extra)


def _versions() -> dict[str, str]:
    """Versions of Python and of those loaded packages that decide what a model does."""
    # Not from the installed metadata: the distribution has another name than the package.
    versions = {"python": platform.python_version(), "evalkit": __version__}
    for package in _PACKAGES:
        if package in sys.modules:
            try:
                versions[package] = version(package)
            except PackageNotFoundError:
                versions[package] = "not installed (run from its source)"
    return versions


def check_replaceable(target: Path) -> None:
    """Refuses to replace what is not a saved model.

    Raises:
        UsageError: for such a place.
    """
    while True:
        before = identity(target)
        try:
            _check_replaceable(target)
        except InputError:  # it cannot be looked at, and looking again will not help
            raise
        except (UsageError, FileNotFoundError):
            # Another program may have moved a model away or to this place while it was looked at; only what stays the same is
            # judged.
            if before is not None and identity(target) == before:
                raise
        else:
            return


def _check_replaceable(target: Path) -> None:
    if status_of(target, follow=False) is None:
        return
    if is_link(target) or not is_folder(target):
        raise UsageError(f'"{target}" exists and is not a folder.', remedy="Choose another folder for the model.")
    if set(names_in(target)) - {WORK}:
        try:
            read_meta(target)
        except ModelError as error:
            raise UsageError(
                f'"{target}" exists and is not a saved model.', remedy="Choose another folder for the model."
            ) from error


def _read_file(folder: str | Path, name: str, max_bytes: int) -> bytes:
    """A plain file of the folder, no link and nothing that could block or never end."""
    path = Path(folder) / name
    try:
        # Of the link itself, not of what it leads to: a folder from a stranger must not make us read a device or another user's
        # file.
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise _refused(folder, f"{name} is not a plain file")
        if status.st_size > max_bytes:
            raise _refused(folder, f"{name} has {status.st_size:,} bytes, over the limit of {max_bytes:,}")
        return read_bytes(path, most_bytes=max_bytes)
    except UnreadableError as error:  # another file has just taken its place
        raise _refused(folder, f"{name} cannot be read ({error})") from error
    except OSError as error:
        raise _refused(folder, f"{name} cannot be read ({error.strerror})") from error


def _read_arrays(folder: str | Path) -> dict[str, NDArray[Any]]:
    """The arrays of the folder, each no larger than its part of the file."""
    try:
        return unpack(_read_file(folder, ARRAYS, sys.maxsize))
    except DamagedError as error:
        raise _refused(folder, f"{ARRAYS} is damaged or was not written by this program ({error})") from error


def _refused(folder: str | Path, why: str) -> ModelError:
    return ModelError(
        f'The saved model "{folder}" cannot be loaded: {why}.', remedy="Train and save it again, or get an undamaged copy."
    )
