"""Finds in a folder what `evalkit init` needs: a corpus, samples or a saved model, and the server that runs CI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evalkit._util.git import git_remotes
from evalkit._util.paths import exists, is_file, is_folder, is_link, names_in, status_of
from evalkit.errors import InputError
from evalkit.text.io.formats import FORMATS, PLAIN

FORGES = ("github", "gitlab")
_SAMPLES = re.compile(r"sample|generat|output|^out$|^runs?$|predict|completion|candidate", re.IGNORECASE)
_CORPUS = re.compile(r"corpus|corpora|book|reference|^texts?$|train|stories|tales", re.IGNORECASE)
_NO_TEXT = re.compile(
    r"^(readme|license|licence|copying|authors|changelog|changes|contributing|requirements.*|notice)\b", re.IGNORECASE
)
_PASSED_OVER = frozenset({"reports", "node_modules", "venv", "env", "build", "dist", "__pycache__", "docs", "tests"})
_RECORDS = tuple(extension for each in FORMATS.values() if each.name in ("jsonl", "parquet") for extension in each.extensions)
_DEPTH = 3
_MOST_NAMES = 2000
"""Names that are looked at in one folder; what a project is made of stands among fewer."""


@dataclass(frozen=True)
class Found:
    """What a folder has, each list with the likeliest first; paths as a command line takes them.

    Args:
        corpora: files and folders of plain text.
        models: folders of saved models.
        samples: files and folders that look like samples.
        forge: "github" or "gitlab"; None where nothing tells.
    """

    corpora: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    forge: str | None = None


def look(folder: Path = Path()) -> Found:
    """What there is in a folder and up to three levels below it; links and hidden folders are not followed."""
    corpora: list[tuple[int, int, str]] = []
    models: list[str] = []
    samples: list[tuple[float, str]] = []
    for path in _paths(folder, _DEPTH):
        spec = specification(path.relative_to(folder))
        if is_file(path / "meta.json") and is_file(path / "arrays.npz"):
            models.append(spec)
        elif is_file(path) and path.suffix.lower() in _RECORDS:
            samples.append((-_changed(path), spec))
        elif n_bytes := _text_bytes(path):
            parts = path.relative_to(folder).parts
            if any(_SAMPLES.search(part) for part in parts):
                samples.append((-_changed(path), spec))
            elif not any(_CORPUS.search(part) for part in parts[:-1]):  # a file of a corpus is no corpus of its own
                corpora.append((0 if _CORPUS.search(path.stem) else 1, -n_bytes, spec))
    return Found(
        tuple(spec for *_, spec in sorted(corpora)), tuple(models), tuple(spec for _, spec in sorted(samples)), _forge(folder)
    )


def specification(path: Path) -> str:
    """A path as a candidate or corpus is named, so that it is taken for nothing else.

    >>> specification(Path("a b/c.txt")), specification(Path("lstm")), specification(Path("x=y.txt")), specification(Path("-o.txt"))
    ('a b/c.txt', './lstm', './x=y.txt', './-o.txt')
    """
    import generators
    from evalkit.text.corpus import EMBEDDED
    from evalkit.text.datasets.manifest import load_manifest

    text = path.as_posix()
    taken = {*generators.NAMES, *load_manifest(), EMBEDDED, "model", "http", "https", "nltk"}
    return f"./{text}" if "=" in text or text[0] in "-~." or text.partition(":")[0] in taken else text


def _paths(folder: Path, depth: int) -> Iterator[Path]:
    """What could be text or a model, a folder before what is in it; a folder that cannot be read is passed over."""
    try:
        names = names_in(folder)[:_MOST_NAMES]
    except InputError:
        return
    for name in names:
        path = folder / name
        if name.startswith(".") or name.lower() in _PASSED_OVER or not name.isprintable() or is_link(path):
            continue
        try:
            inside = is_folder(path)
        except InputError:
            continue
        yield path
        if inside and depth > 1 and not is_file(path / "pyvenv.cfg"):
            yield from _paths(path, depth - 1)


def _text_bytes(path: Path) -> int:
    """Bytes of plain text in a file, or in the files of a folder."""
    if is_file(path):
        status = status_of(path)
        return (
            status.st_size
            if status is not None and path.suffix.lower() in PLAIN.extensions and not _NO_TEXT.match(path.name)
            else 0
        )
    try:
        return sum(_text_bytes(path / name) for name in names_in(path)[:_MOST_NAMES] if is_file(path / name))
    except InputError:
        return 0


def _changed(path: Path) -> float:
    status = status_of(path)
    return 0.0 if status is None else status.st_mtime


def _forge(folder: Path) -> str | None:
    """The server of a repository, by its files or its remotes."""
    if exists(folder / ".github"):
        return "github"
    if exists(folder / ".gitlab-ci.yml"):
        return "gitlab"
    remotes = git_remotes(folder) if exists(folder / ".git") else ""
    return next((forge for forge in FORGES if forge in remotes.lower()), None)
