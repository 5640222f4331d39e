"""Reads a whole corpus into memory, `read_corpus`: the embedded one, one that was fetched, or what a path or URL names."""

from __future__ import annotations

import os
from dataclasses import replace

from evalkit._util.resources import data_path
from evalkit.text.documents import Corpus, Document, corpus_hash
from evalkit.text.groups import grouped
from evalkit.text.io.locate import Spec
from evalkit.text.io.options import DEFAULTS, ReadOptions
from evalkit.text.io.readers import read_documents
from evalkit.text.split import Split, more_splits, split_corpus

__all__ = ["EMBEDDED", "Corpus", "Document", "Split", "corpus_hash", "more_splits", "read_corpus", "split_corpus"]

EMBEDDED = "embedded"
"""The corpus that comes with the package, and the default reference."""


def read_corpus(spec: Spec = EMBEDDED, *, group: str | None = None, options: ReadOptions = DEFAULTS) -> Corpus:
    """Reads a whole corpus into memory.

    Args:
        spec: "embedded", the name of a corpus of the manifest (`evalkit corpus list`), or whatever `read_documents` takes.
            A name of the manifest wins over a folder of that name; write `./lovecraft` for the folder.
        group: what groups documents that belong together, such as the chapters of a book: a field of the records, a pattern over ids
            such as `(.+)-ch`, "auto" or "none", see `evalkit.text.groups.grouped`; None takes the group of the options.
        options: as for `read_documents`; of corpora with a name, only the group is used.

    Raises:
        InputError: a text is missing or unreadable, or the corpus has not been fetched.
        UsageError: documents cannot be grouped that way.

    >>> corpus = read_corpus()
    >>> corpus.name, len(corpus.documents)
    ('embedded', 18)
    """
    options = options if group is None else replace(options, group=group)
    return grouped(_read(spec, options), options.group)


def _read(spec: Spec, options: ReadOptions) -> Corpus:
    if spec == EMBEDDED:
        return Corpus(EMBEDDED, tuple(read_documents(data_path("tales"))))
    from evalkit.text.datasets.manifest import cached_files, load_manifest  # not needed for the embedded corpus

    if isinstance(spec, str) and spec in load_manifest():
        return Corpus(spec, tuple(read_documents(cached_files(spec))))
    return Corpus(_name(spec), tuple(read_documents(spec, options=options)))


def _name(spec: Spec) -> str:
    specs = [spec] if isinstance(spec, str | os.PathLike) else list(spec)
    names = [os.fspath(single).rstrip("/\\").replace("\\", "/").rpartition("/")[2] for single in specs]
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return "+".join(name or "/" for name in names[:3]) + rest
