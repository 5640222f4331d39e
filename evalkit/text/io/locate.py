"""Finds the files that a specification means, `locate`: a path, a folder, a glob or a URL. Each file gets a name of its own."""

from __future__ import annotations

import fnmatch
import glob
import itertools
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from evalkit._util.escape import visible
from evalkit._util.paths import exists, expanded, is_file, is_folder, is_link, resolved
from evalkit._util.urls import is_url, without_keys
from evalkit.errors import InputError, one_of
from evalkit.text.io.formats import BESIDE, FORMATS, PACKINGS, PLAIN, InputFormat, format_of, supported
from evalkit.text.io.options import ReadOptions
from evalkit.text.io.streams import Source

Spec = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""A file, a folder, a glob, a URL, or several of them."""

_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,8}$")
_WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class _File:
    """A file before it has its name: where it is, how it was written, and its path below what was asked for."""

    key: str
    relative: PurePosixPath
    opener: Callable[[], BinaryIO]
    explicit: bool
    label: str
    remote: bool = False
    of_web: bool = False
    in_folder: bool = False


def locate(spec: Spec, options: ReadOptions) -> list[Source]:
    """The files that a specification means, sorted by name within each folder, glob or remote folder.

    A file that is named twice counts once.

    Folders are searched through all levels, and through links to folders, each folder once. There, and in globs, what is
    hidden, of an unknown kind or no file (a pipe, a device) is passed over. In folders a .json file is read only where all files are
    .json: beside others it describes them.

    Raises:
        InputError: there is no such file, or none of a supported kind.
    """
    specs = [spec] if isinstance(spec, str | os.PathLike) else list(spec)
    if not specs or "" in specs:
        raise InputError("No file was named.", remedy="Give a file, a folder, a quoted glob or a URL.")
    files: dict[str, tuple[_File, InputFormat, str]] = {}
    for single in specs:
        for file, format_, packing in _supported(os.fspath(single), options):
            # The key is the real path, so a file that two globs match, or that a link leads to, counts once.
            files.setdefault(file.key, (file, format_, packing))
    names = _unique_names([file for file, _, _ in files.values()])
    return [
        Source(name, file.label, format_, packing, file.opener, file.remote, file.of_web)
        for name, (file, format_, packing) in zip(names, files.values(), strict=True)
    ]


def _supported(spec: str, options: ReadOptions) -> Iterator[tuple[_File, InputFormat, str]]:
    files = list(_find(spec))
    kinds = [(file, _kind(file, options)) for file in files]
    usable = [(file, *kind) for file, kind in kinds if kind is not None and not _passed_over(file, kind[0])]
    texts = [file for file, format_, _ in usable if format_.name not in BESIDE]
    if texts and options.format is None:
        usable = [each for each in usable if not each[0].in_folder or each[1].name not in BESIDE]
    if not usable:
        names = sorted({file.relative.name for file in files})
        content = f"only {', '.join(map(visible, names[:3]))}{' and others' if len(names) > 3 else ''}" if names else "nothing"
        raise InputError(
            f'"{visible(without_keys(spec))}" holds no file that can be read: there is {content}.',
            remedy=f"Supported: {supported()}.",
        )
    yield from usable


def _passed_over(file: _File, format_: InputFormat) -> bool:
    """Whether a file of a folder is made from others beside it."""
    return file.in_folder and fnmatch.fnmatchcase(file.relative.name, format_.passed_over)


def _find(spec: str) -> list[_File]:
    if is_url(spec):
        return _find_remote(spec)
    path = expanded(spec)
    if is_folder(path):
        files = sorted(filter(_is_file, _walk(path)), key=lambda p: p.as_posix())
        return [_local(file, file.relative_to(path), in_folder=True) for file in files]
    # Before globs, since a file name may hold brackets.
    if exists(path):
        return [_local(path, Path(path.name), explicit=True)]
    if glob.has_magic(spec):
        return _find_glob(str(path))
    raise _missing(path)


def _walk(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise InputError(
            f'The folder "{visible(str(error.filename))}" cannot be read ({error.strerror}).', remedy="Check your right to read it."
        ) from error

    seen = {resolved(folder)}  # a link may lead back to a folder above it
    # os.walk asks what is left in the list of folders, so each is removed from it that was walked already.
    for top, folders, files in os.walk(folder, onerror=refuse, followlinks=True):
        folders[:] = [name for name in sorted(folders) if not name.startswith(".") and _add(seen, resolved(Path(top, name)))]
        yield from (Path(top, name) for name in files if not name.startswith("."))


def _add(seen: set[Path], name: Path) -> bool:
    """Whether it was not there before."""
    new = name not in seen
    seen.add(name)
    return new


def _is_file(path: Path) -> bool:
    """Whether it can be opened without waiting for a writer.

    A link to nothing counts, so that it is an error and not passed over.
    """
    return is_file(path) or not exists(path)


def _find_glob(pattern: str) -> list[_File]:
    fixed = Path(*_fixed_parts(Path(pattern).parts))
    try:
        matches = glob.glob(pattern, recursive=True)  # noqa: PTH207 - Path.glob needs its folder apart
    except ValueError:  # a NUL, which no name holds
        matches = []
    files = sorted(Path(match) for match in matches)
    files = [file for file in files if _is_file(file)]
    if not files:
        raise InputError(
            f'No file matches "{visible(pattern)}".', remedy="Check the pattern, and quote it so that the shell leaves it alone."
        )
    return [_local(file, file.relative_to(fixed)) for file in files]


def _fixed_parts(parts: Iterable[str]) -> list[str]:
    fixed: list[str] = []
    for part in list(parts)[:-1]:
        if glob.has_magic(part):
            break
        fixed.append(part)
    return fixed


def _local(path: Path, relative: Path, *, explicit: bool = False, in_folder: bool = False) -> _File:
    place = PurePosixPath(relative.as_posix())
    return _File(str(resolved(path)), place, partial(_open, path), explicit, str(path), in_folder=in_folder)


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _missing(path: Path) -> InputError:
    name = f'"{visible(str(path))}"'
    if is_link(path):
        return InputError(f"{name} is a link that leads nowhere.", remedy="Give the file itself.")
    parent = path.parent
    if not is_folder(parent):
        return InputError(f"{name} does not exist, nor does the folder it is in.", remedy="Check the path.")
    try:
        # A folder may hold millions of files, and a hint is not worth reading them all.
        siblings = [visible(file.name) for file in itertools.islice(parent.iterdir(), 10_000)]
    except OSError as error:
        return InputError(f"{name} cannot be found ({error.strerror}).", remedy="Check your right to read the folder it is in.")
    near = one_of(visible(path.name), siblings).partition(" Known:")[0]
    return InputError(f"{name} does not exist.", remedy=near if near.startswith("Did") else "Check the path.")


def _kind(file: _File, options: ReadOptions) -> tuple[InputFormat, str] | None:
    """Format and packing by name; None for a kind that is passed over.

    Raises:
        InputError: the file was asked for by name and its kind is not supported.
    """
    stem, packing = _split_packing(file.relative.name)
    extension = match[0].lower() if (match := _EXTENSION.search(stem)) else ""
    if options.format is not None:
        return FORMATS[options.format], packing
    if (by_extension := format_of(extension)) is not None:
        return by_extension, packing
    if not file.explicit:
        return None
    if not extension:
        return PLAIN, packing
    raise InputError(
        f'"{visible(file.label)}" is of no supported kind ("{extension}").',
        remedy=f"Supported: {supported()}. If it is plain text, call it .txt.",
    )


def _split_packing(name: str) -> tuple[str, str]:
    for ending, packing in PACKINGS.items():
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)], packing
    return name, ""


def _bare(relative: PurePosixPath) -> str:
    """The path without the extensions that are known."""
    stem, _ = _split_packing(relative.name)
    match = _EXTENSION.search(stem)
    if match and match.start() > 0 and format_of(match[0].lower()) is not None:
        stem = stem[: match.start()]
    return str(relative.with_name(stem))


def _unique_names(files: Sequence[_File]) -> list[str]:
    """A name for each: without extension where that is unique, then with it, then with as many parent folders as it takes."""
    levels = [0] * len(files)
    while True:
        names = [_name(file, level) for file, level in zip(files, levels, strict=True)]
        shared = {name for name, n in Counter(names).items() if n > 1}
        if not shared:
            return names
        levels = [level + (name in shared) for name, level in zip(names, levels, strict=True)]


def _name(file: _File, level: int) -> str:
    if level == 0:
        name = _bare(file.relative)
    else:
        parts = PurePosixPath(file.key.replace(os.sep, "/")).parts
        name = "/".join(parts[-(len(file.relative.parts) + level - 1) :])
    # File names that are no UTF-8 arrive with surrogates, which neither hash nor print.
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _find_remote(url: str) -> list[_File]:
    label = without_keys(url)
    if url.startswith(_WEB):
        return [_of_web(url, label)]
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(url)
        paths, base = _remote_paths(system, path)
        is_folder = paths != [path] and not glob.has_magic(path)
    except ImportError as error:
        raise InputError(
            f"{visible(label)}: {visible(without_keys(str(error)))}.", remedy="Install the package it names beside evalkit."
        ) from error
    except Exception as error:
        raise InputError(
            f"{visible(label)}: cannot be reached ({type(error).__name__}: {visible(without_keys(str(error)))}).",
            remedy="Check the URL.",
        ) from error
    return [_remote(system, each, base, label, explicit=paths == [path], in_folder=is_folder) for each in paths]


def _of_web(url: str, label: str) -> _File:
    """A file on a web server, which is not asked before it is read."""
    try:
        path = urlsplit(url).path
    except ValueError as error:
        raise InputError(f"{visible(label)}: is no URL ({visible(str(error))}).", remedy="Check the URL.") from error
    from evalkit.text.io.web import open_url

    name = unquote(path).rpartition("/")[2].replace("\0", "")
    return _File(url, PurePosixPath(name or "index"), partial(open_url, url), explicit=True, label=label, remote=True, of_web=True)


def _remote_paths(system: Any, path: str) -> tuple[list[str], str]:
    if glob.has_magic(path) and not system.exists(path):
        parts = path.split("/")
        hidden = "/." not in path  # as for local globs, a name with a dot needs a pattern with one
        matches = (each for each in system.glob(path) if not system.isdir(each))
        return sorted(each for each in matches if not (hidden and "/." in each)), "/".join(_fixed_parts(parts))
    if system.isdir(path):
        return sorted(each for each in system.find(path) if "/." not in each[len(path) :]), path.rstrip("/")
    return [path], path.rpartition("/")[0]


def _remote(system: Any, path: str, base: str, label: str, *, explicit: bool, in_folder: bool) -> _File:
    below = path[len(base) :].lstrip("/") if path.startswith(base) else path.rpartition("/")[2]
    where = label if explicit else f"{label.split('://', maxsplit=1)[0]}://{path}"
    opener = partial(system.open, path, "rb")
    return _File(path, PurePosixPath(below or "index"), opener, explicit, where, remote=True, in_folder=in_folder)
