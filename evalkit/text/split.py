"""Splits a corpus into documents to learn from and documents held out, `split_corpus`.

Documents, and groups of documents such as the chapters of a book, stay whole: sentences of one text resemble each other, so a model
that learned from some of them has an advantage on the others.
"""

from __future__ import annotations

import fnmatch
import hashlib
import itertools
import re
import string
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from evalkit.errors import InputError, UsageError, one_of
from evalkit.text.documents import Corpus, Document
from evalkit.text.groups import ENOUGH_GROUPS, together, unit_of

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
    """Splits a corpus by document, and where documents have groups by group.

    The documents are brought into a random order and held out from its start until their characters come nearest to the
    fraction. Of up to 64 such orders the first that comes within a tenth of the fraction is taken, or else the nearest. The
    split depends on the seed and the ids alone, so it is the same on every machine. A corpus of one document is cut into about
    20 pieces first. Groups stand for their documents in all of this.

    Args:
        corpus: at least 1,000 characters.
        fraction: share of the characters to hold out, above 0 and below 1.
        seed: 0 or above.
        held_out: which documents to hold out instead: a glob over their ids (`tales/1920*`), or `every:N:K`, those whose 0-based
            index in name order leaves K when divided by N; groups count as one, and a group is held out as a whole where the glob fits any
            document of it. `every:10:4` is the standard split of the Lovecraft corpus.

    Returns:
        At least one document on each side.

    Raises:
        InputError: there is too little text, or the pattern holds out nothing or everything.
        UsageError: fraction, seed or pattern make no sense.
    """
    _check(fraction, seed)
    units, warnings, pseudo = _units(corpus)
    chosen = _by_pattern(units, held_out) if held_out is not None else _by_seed(units, fraction, str(seed))
    return _split(units, chosen, fraction=fraction, seed=seed, pattern=held_out, pseudo=pseudo, warnings=warnings)


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
    units, warnings, pseudo = _units(corpus)
    choices = (_by_seed(units, fraction, f"{seed}/{i}") for i in range(n))
    return tuple(
        _split(units, chosen, fraction=fraction, seed=seed, pattern=None, pseudo=pseudo, warnings=warnings) for chosen in choices
    )


def _check(fraction: float, seed: int) -> None:
    problems = []
    if not 0 < fraction < 1:
        problems.append(f"the fraction held out must be above 0 and below 1, not {fraction}")
    if seed < 0:
        problems.append(f"a seed must be 0 or above, not {seed}")
    if problems:
        raise UsageError("; ".join(problems).capitalize() + ".")


@dataclass(frozen=True)
class _Unit:
    """What is held out as a whole: a document, or the documents of a group.

    Args:
        name: of the group, or the document's id.
        documents: sorted by id.
    """

    name: str
    documents: tuple[Document, ...]

    @property
    def n_chars(self) -> int:
        return sum(len(document.text) for document in self.documents)


def _units(corpus: Corpus) -> tuple[list[_Unit], list[str], bool]:
    """What may be held out, sorted by name; what must be said of it; and whether it is pieces of a single text."""
    documents, warnings = _documents(corpus)
    if warnings:
        return [_Unit(document.id, (document,)) for document in documents], [*corpus.notes, *warnings], True
    by_unit: dict[tuple[str, bool], list[Document]] = {}
    for document in documents:
        by_unit.setdefault(unit_of(document), []).append(document)
    units = [_Unit(name, tuple(members)) for (name, _), members in sorted(by_unit.items())]
    few = _few_groups(corpus, len(units)) if len(units) < len(documents) else []
    return units, [*corpus.notes, *few], False


def _few_groups(corpus: Corpus, n: int) -> list[str]:
    """What few groups do to the human floor."""
    if n >= ENOUGH_GROUPS:
        return []
    said = (
        f'The documents of "{corpus.name}" make {n} groups, which is few: the human floor is the range of these, and another text like them '
        f"lies outside of it on about 1 measure of {n + 1}, where {ENOUGH_GROUPS} groups would make it 1 of 20."
    )
    return [said]


def _documents(corpus: Corpus) -> tuple[list[Document], list[str]]:
    """The documents, sorted by id, and what must be said where they are pieces of a single text."""
    if corpus.n_chars < MIN_CHARS:
        raise InputError(
            f'The corpus "{corpus.name}" has {corpus.n_chars:,} characters, too little to hold some out.',
            remedy=f"Give at least {MIN_CHARS:,} characters; results begin to mean something at about 100,000.",
        )
    if all(len(set(document.text) - _SPACES) < 2 for document in corpus.documents):
        raise InputError(
            f'The corpus "{corpus.name}" says one character over and over.', remedy="Give a text that has letters to compare."
        )
    documents = sorted(corpus.documents, key=lambda document: document.id)
    if len({unit_of(document) for document in documents}) > 1:
        return documents, []
    if len(documents) > 1:
        # Nothing would be left to learn from. Without their group they are what pieces of a single document are.
        warning = (
            f'All {len(documents)} documents of "{corpus.name}" are of one group, so that they were split one by one. Documents of one '
            "group resemble each other more than others do, so the human floor is too low and intervals are too narrow."
        )
        return [replace(document, group=None) for document in documents], [warning]
    pieces = pseudo_documents(documents[0])
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


def _by_pattern(units: Sequence[_Unit], pattern: str) -> list[_Unit]:
    if pattern.startswith("every:"):
        chosen = _every(units, pattern)
    else:
        chosen = [unit for unit in units if any(fnmatch.fnmatchcase(document.id, pattern) for document in unit.documents)]
    if not chosen:
        every_id = [document.id for unit in units for document in unit.documents]
        remedy = one_of(pattern, every_id[:10])
        raise InputError(
            f'No document matches "{pattern}".',
            remedy=remedy[:-1] + (f" and {len(every_id) - 10} more." if len(every_id) > 10 else "."),
        )
    if len(chosen) == len(units):
        what = "documents match" if all(len(unit.documents) == 1 for unit in units) else "groups have documents that match"
        raise InputError(f'All {what} "{pattern}"; none would be left to learn from.', remedy="Choose fewer.")
    return chosen


def _every(units: Sequence[_Unit], pattern: str) -> list[_Unit]:
    match = re.fullmatch(r"every:([0-9]{1,9}):([0-9]{1,9})", pattern)
    if not match or int(match[2]) >= int(match[1]):
        raise UsageError(
            f'"{pattern}" is no pattern.',
            remedy="Write every:N:K with K from 0 to N-1, such as every:10:4, or a glob over document ids.",
        )
    n, k = int(match[1]), int(match[2])
    return [unit for index, unit in enumerate(units) if index % n == k]


def _by_seed(units: Sequence[_Unit], fraction: float, key: str) -> list[_Unit]:
    # Documents differ in length a hundredfold, so a random fifth of them may be a twentieth or a half of the text: several
    # orders are tried.
    target = fraction * sum(unit.n_chars for unit in units)
    best: list[_Unit] = []
    best_miss = float("inf")
    for attempt in range(_TRIES):
        order = sorted(units, key=lambda unit: _rank(f"{key}:{attempt}", unit.name))
        chosen, n_chars = _nearest_start(order, target)
        if (miss := abs(n_chars - target)) < best_miss:
            best, best_miss = chosen, miss
        if best_miss <= _TOLERANCE * target:
            break
    return best


def _rank(key: str, id_: str) -> bytes:
    # A hash gives the same order on every machine and in every version of Python, which a random number generator does not promise.
    return hashlib.sha256(f"{key}:{id_}".encode("utf-8", "surrogatepass")).digest()


def _nearest_start(order: Sequence[_Unit], target: float) -> tuple[list[_Unit], int]:
    """The start of the order whose characters come nearest to the target: at least one unit, and never all."""
    n_chars = order[0].n_chars
    n_units = 1
    for unit in order[1:-1]:  # the last one always stays, so that there is something to learn from
        if abs(n_chars + unit.n_chars - target) >= abs(n_chars - target):
            break
        n_chars += unit.n_chars
        n_units += 1
    return list(order[:n_units]), n_chars


def _split(
    units: Sequence[_Unit],
    chosen: Sequence[_Unit],
    *,
    fraction: float,
    seed: int,
    pattern: str | None,
    pseudo: bool,
    warnings: Sequence[str],
) -> Split:
    held_out_ids = {document.id for unit in chosen for document in unit.documents}
    documents = sorted((document for unit in units for document in unit.documents), key=lambda document: document.id)
    train = tuple(document for document in documents if document.id not in held_out_ids)
    held_out = tuple(document for document in documents if document.id in held_out_ids)
    split = Split(train, held_out, fraction, seed, pattern, pseudo=pseudo, warnings=())
    return replace(split, warnings=(*warnings, *_share_warning(split), *_copy_warning(split)))


def _share_warning(split: Split) -> list[str]:
    if split.pattern is not None or abs(split.share - split.fraction) <= split.fraction / 2:
        return []
    few = "groups" if together([*split.train, *split.held_out]) else "documents"
    return [
        f"{split.share:.0%} of the characters are held out rather than {split.fraction:.0%}: there are too few {few} to come nearer."
    ]


def _copy_warning(split: Split) -> list[str]:
    learned = {document.text for document in split.train}
    copies = [document.id for document in split.held_out if document.text in learned]
    return (
        [f"{len(copies)} held-out documents, such as {copies[0]}, are also, word for word, among those to learn from."]
        if copies
        else []
    )
