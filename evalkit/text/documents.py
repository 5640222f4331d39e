"""Declares `Document` and `Corpus`, a set of documents whose hash does not depend on where they lie or in which order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evalkit.errors import InputError, UsageError

if TYPE_CHECKING:
    from evalkit.text.io.reports import ReadReport


@dataclass(frozen=True, slots=True)
class Document:
    """One text of a corpus.

    Args:
        id: unique within the corpus and independent of where the corpus lies: the file's path below the folder or glob that was
            given, without extension; for records `name:row`, or `name:value` of the document field.
        text: as read, line ends as newlines.
        group: the documents that it belongs to, such as the book of a chapter (see `evalkit.text.groups`); None where it stands alone.
    """

    id: str
    text: str
    group: str | None = None


@dataclass(frozen=True)
class Corpus:
    """A set of documents.

    Args:
        name: for people.
        documents: at least one, with unique ids.
        read: what was read, one report for all files of one kind; none of texts in memory and of corpora that have a name.
        notes: what a reader of results should know of how it was read, in sentences.

    Attributes:
        hash: sha256 over the sorted hashes of (id, text); neither the order of the documents nor their groups matter.
        n_chars: characters of all documents together.

    >>> Corpus("mine", (Document("night", "The lamp was lit."), Document("day", "It rained."))).n_chars
    27
    """

    name: str
    documents: tuple[Document, ...] = field(repr=False)
    read: tuple[ReadReport, ...] = field(default=(), repr=False, compare=False)
    notes: tuple[str, ...] = field(default=(), repr=False, compare=False)
    hash: str = field(init=False)
    n_chars: int = field(init=False)

    def __post_init__(self) -> None:
        if not self.documents:
            raise InputError(f'The corpus "{self.name}" has no documents.', remedy="Give at least one text.")
        id_, n = Counter(document.id for document in self.documents).most_common(1)[0]
        if n > 1:
            raise UsageError(
                f'The corpus "{self.name}" has two documents called "{id_}".', remedy="Give every document an id of its own."
            )
        object.__setattr__(self, "hash", corpus_hash(self.documents))
        object.__setattr__(self, "n_chars", sum(len(document.text) for document in self.documents))


def corpus_hash(documents: Iterable[Document]) -> str:
    """sha256, in hexadecimal, of the sorted sha256 of every document's id and text."""
    # Each part is hashed by itself first, so that no text can imitate the border between an id and its text, or between two
    # documents.
    digests = sorted(hashlib.sha256(_digest(document.id) + _digest(document.text)).digest() for document in documents)
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
