"""Splits a corpus into documents to learn from and documents held out, `split_corpus`.

Documents stay whole: sentences of one text resemble each other, so a model that learned from some of them has an advantage on
the others.
"""

from __future__ import annotations

import fnmatch
import hashlib
import itertools
import re
import string
from collections.abc import Sequence
from dataclasses import dataclass, field

from evalkit.errors import InputError, UsageError, one_of
from evalkit.text.documents import Corpus, Document

HELD_OUT_SHARE = 0.2
"""Share of the characters that is held out where nothing else is asked for."""
MIN_CHARS = 1_000
"""The least text that is split at all."""

_TRIES = 64
_TOLERANCE = 0.1
_PSEUDO_DOCUMENTS = 20
_PSEUDO_CHARS = 500
_SPACES = frozenset(string.whitespace)
_BREAKS = (re.compile(r"\n[^\S\n]*\n\s*"), re.compile(r"\n"), re.compile(r"\s+"))


@dataclass(frozen=True)
class Split:
    """Documents to learn from and documents held out.

    Args:
        train: sorted by id.
        held_out: sorted by id.
        fraction: share of the characters that was asked for; without meaning where there is a pattern.
        seed: what chose the documents.
        pattern: the pattern that chose them instead, if one was given.
        pseudo: whether the documents are pieces of a single one, so that they are not independent of each other.
        warnings: what the reader of results should know, in sentences.
    """

    train: tuple[Document, ...] = field(repr=False)
    held_out: tuple[Document, ...] = field(repr=False)
    fraction: float
    seed: int
    pattern: str | None
    pseudo: bool
    warnings: tuple[str, ...]

    @property
    def share(self) -> float:
        """Share of the characters that is held out, above 0 and below 1."""
        held_out = sum(len(document.text) for document in self.held_out)
        return held_out / (held_out + sum(len(document.text) for document in self.train))


def split_corpus(corpus: Corpus, *, fraction: float = HELD_OUT_SHARE, seed: int = 0, held_out: str | None = None) -> Split:
    """Splits a corpus by document.

    The documents are brought into a random order and held out from its start until their characters come nearest to the
    fraction. Of up to 64 such orders the first that comes within a tenth of the fraction is taken, or else the nearest. The
    split depends on the seed and the ids alone, so it is the same on every machine. A corpus of one document is cut into about
    20 pieces first.

    Args:
        corpus: at least 1,000 characters.
        fraction: share of the characters to hold out, above 0 and below 1.
        seed: 0 or above.
        held_out: which documents to hold out instead: a glob over their ids (`tales/1920*`), or `every:N:K`, those whose 0-based
            index in name order leaves K when divided by N. `every:10:4` is the standard split of the Lovecraft corpus.

    Returns:
        At least one document on each side.

    Raises:
        InputError: there is too little text, or the pattern holds out nothing or everything.
        UsageError: fraction, seed or pattern make no sense.
    """
    _check(fraction, seed)
    documents, warnings = _documents(corpus)
    held_out_ids = _by_pattern(documents, held_out) if held_out is not None else _by_seed(documents, fraction, str(seed))
    return _split(documents, held_out_ids, fraction=fraction, seed=seed, pattern=held_out, warnings=warnings)


def more_splits(corpus: Corpus, n: int, *, fraction: float = HELD_OUT_SHARE, seed: int = 0) -> tuple[Split, ...]:
    """Draws n further random splits of the same fraction, for the human floor.

    They are drawn like `split_corpus` does, each with its own stream of the seed, so the i-th is the same whatever n. A corpus
    of few documents has few splits, and then some of them repeat.

    Args:
        corpus: as for `split_corpus`.
        n: how many, 0 or more.
        fraction: as for `split_corpus`.
        seed: as for `split_corpus`.
    """
    _check(fraction, seed)
    documents, warnings = _documents(corpus)
    choices = (_by_seed(documents, fraction, f"{seed}/{i}") for i in range(n))
    return tuple(_split(documents, ids, fraction=fraction, seed=seed, pattern=None, warnings=warnings) for ids in choices)


def _check(fraction: float, seed: int) -> None:
    problems = []
    if not 0 < fraction < 1:
        problems.append(f"the fraction held out must be above 0 and below 1, not {fraction}")
    if seed < 0:
        problems.append(f"a seed must be 0 or above, not {seed}")
    if problems:
        raise UsageError("; ".join(problems).capitalize() + ".")


def _documents(corpus: Corpus) -> tuple[list[Document], list[str]]:
    if corpus.n_chars < MIN_CHARS:
        raise InputError(
            f'The corpus "{corpus.name}" has {corpus.n_chars:,} characters, too little to hold some out.',
            remedy=f"Give at least {MIN_CHARS:,} characters; results begin to mean something at about 100,000.",
        )
    if all(len(set(document.text) - _SPACES) < 2 for document in corpus.documents):
        raise InputError(
            f'The corpus "{corpus.name}" says one character over and over.', remedy="Give a text that has letters to compare."
        )
    if len(corpus.documents) > 1:
        return sorted(corpus.documents, key=lambda document: document.id), []
    pieces = pseudo_documents(corpus.documents[0])
    warning = (
        f'The corpus "{corpus.name}" is a single document; it was cut into {len(pieces)} pieces. Pieces of one text resemble '
        "each other more than two texts do, so the human floor is too low and intervals are too narrow."
    )
    return pieces, [warning]


def pseudo_documents(document: Document) -> list[Document]:
    """One document cut into about 20 pieces of similar length, at paragraph breaks where there are any near.

    Put together again, the pieces are the text, to the character. Fewer pieces where they would have less than 500 characters;
    at least 2. A cut goes to the nearest paragraph break within a quarter of a piece, else to a line break, else between words,
    else anywhere.
    """
    text = document.text
    n_pieces = max(2, min(_PSEUDO_DOCUMENTS, len(text) // _PSEUDO_CHARS))
    size = len(text) / n_pieces
    cuts = [0, *(_cut(text, round(i * size), round(size / 4)) for i in range(1, n_pieces)), len(text)]
    return [Document(f"{document.id}#{i:02}", text[low:high]) for i, (low, high) in enumerate(itertools.pairwise(cuts), start=1)]


def _cut(text: str, target: int, reach: int) -> int:
    low = max(target - reach, 1)
    for pattern in _BREAKS:  # the kind of break counts more than its distance: a paragraph is not cut for a nearer line end
        ends = [match.end() for match in pattern.finditer(text, low, min(target + reach, len(text) - 1))]
        if ends:
            return min(ends, key=lambda end: (abs(end - target), end))
    return target


def _by_pattern(documents: Sequence[Document], pattern: str) -> set[str]:
    if pattern.startswith("every:"):
        ids = _every(documents, pattern)
    else:
        ids = {document.id for document in documents if fnmatch.fnmatchcase(document.id, pattern)}
    if not ids:
        every_id = [document.id for document in documents]
        remedy = one_of(pattern, every_id[:10])
        raise InputError(
            f'No document matches "{pattern}".',
            remedy=remedy[:-1] + (f" and {len(every_id) - 10} more." if len(every_id) > 10 else "."),
        )
    if len(ids) == len(documents):
        raise InputError(f'All documents match "{pattern}"; none would be left to learn from.', remedy="Choose fewer.")
    return ids


def _every(documents: Sequence[Document], pattern: str) -> set[str]:
    match = re.fullmatch(r"every:([0-9]{1,9}):([0-9]{1,9})", pattern)
    if not match or int(match[2]) >= int(match[1]):
        raise UsageError(
            f'"{pattern}" is no pattern.',
            remedy="Write every:N:K with K from 0 to N-1, such as every:10:4, or a glob over document ids.",
        )
    n, k = int(match[1]), int(match[2])
    return {document.id for index, document in enumerate(documents) if index % n == k}


def _by_seed(documents: Sequence[Document], fraction: float, key: str) -> set[str]:
    # Documents differ in length a hundredfold, so a random fifth of them may be a twentieth or a half of the text: several
    # orders are tried.
    target = fraction * sum(len(document.text) for document in documents)
    best: set[str] = set()
    best_miss = float("inf")
    for attempt in range(_TRIES):
        order = sorted(documents, key=lambda document: _rank(f"{key}:{attempt}", document.id))
        ids, n_chars = _nearest_start(order, target)
        if (miss := abs(n_chars - target)) < best_miss:
            best, best_miss = ids, miss
        if best_miss <= _TOLERANCE * target:
            break
    return best


def _rank(key: str, id_: str) -> bytes:
    # A hash gives the same order on every machine and in every version of Python, which a random number generator does not promise.
    return hashlib.sha256(f"{key}:{id_}".encode()).digest()


def _nearest_start(order: Sequence[Document], target: float) -> tuple[set[str], int]:
    """The start of the order whose characters come nearest to the target: at least one document, and never all."""
    n_chars = len(order[0].text)
    n_documents = 1
    for document in order[1:-1]:  # the last one always stays, so that there is something to learn from
        if abs(n_chars + len(document.text) - target) >= abs(n_chars - target):
            break
        n_chars += len(document.text)
        n_documents += 1
    return {document.id for document in order[:n_documents]}, n_chars


def _split(
    documents: Sequence[Document],
    held_out_ids: set[str],
    *,
    fraction: float,
    seed: int,
    pattern: str | None,
    warnings: Sequence[str],
) -> Split:
    train = tuple(document for document in documents if document.id not in held_out_ids)
    held_out = tuple(document for document in documents if document.id in held_out_ids)
    split = Split(train, held_out, fraction, seed, pattern, pseudo=bool(warnings), warnings=())
    more = [*warnings, *_share_warning(split), *_copy_warning(split)]
    return Split(train, held_out, fraction, seed, pattern, pseudo=bool(warnings), warnings=tuple(more))


def _share_warning(split: Split) -> list[str]:
    if split.pattern is not None or abs(split.share - split.fraction) <= split.fraction / 2:
        return []
    return [
        f"{split.share:.0%} of the characters are held out rather than {split.fraction:.0%}: there are too few documents to come nearer."
    ]


def _copy_warning(split: Split) -> list[str]:
    learned = {document.text for document in split.train}
    copies = [document.id for document in split.held_out if document.text in learned]
    return (
        [f"{len(copies)} held-out documents, such as {copies[0]}, are also, word for word, among those to learn from."]
        if copies
        else []
    )
