"""Groups documents that belong together, such as the chapters of a book: `grouped` by a field, by a pattern over ids, or by their names.

Documents of one group are not independent of each other. Splits keep groups whole, and the group is the unit of the human floor and of
intervals.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from evalkit._util.escape import visible
from evalkit._util.formatting import count
from evalkit.errors import UsageError
from evalkit.text.documents import Corpus, Document

NONE, AUTO = "none", "auto"
ENOUGH_GROUPS = 19
"""With fewer groups, another one lies outside of the range of all of them more often than 1 time in 20."""

_LONGEST_PATTERN = 1_000
_MOST_PARTS = 200
"""Parts of a text at most, as a median; running numbers of independent texts go on for longer."""
_FEWEST_PARTS = 3
"""Parts of a text at least, as a median, for its name alone to group them."""
_NO_GAPS = 0.8
"""Share of the numbers from the first to the last that parts of one text have at least."""
_PART = r"(?:chapters?|chap|ch|parts?|pt|books?|bk|volumes?|vol|sections?|sec|scenes?|acts?|cantos?|episodes?|ep|letters?|kapitel|kap|teil|band)"
_BREAKS = " ._-\t\n"
_BREAK = r"[\s._-]"
_MARK = rf"(?P<mark>{_BREAK}*(?<![^\W\d_]){_PART}{_BREAK}*|{_BREAK}+|^)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE | re.DOTALL)
    for form in (
        rf"(?P<stem>.*?){_MARK}(?P<number>\d{{1,6}})",  # emma-01, novel_ch03
        rf"(?P<stem>.*?)(?P<mark>{_BREAK}*(?<![^\W\d_]){_PART}{_BREAK}+)(?P<number>(?=[ivxl])(?:xl|l?x{{0,3}})(?:ix|iv|v?i{{0,3}}))",  # emma-ch-iv
        r"(?P<stem>.*[^\W\d_])(?P<mark>)(?P<number>\d{1,6})",  # emma01
    )
)
_TITLED = re.compile(rf"(?P<stem>[^\d]*?){_MARK}(?P<number>\d{{1,6}}){_BREAK}.+", re.IGNORECASE | re.DOTALL)  # emma-01-a-visitor
_ROW = re.compile(r":\d+$")
_EXTENSION = re.compile(r"\.(txt|text|md)$", re.IGNORECASE)
_LONGEST_NAME = 300
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10, "l": 50}


def is_pattern(by: str) -> bool:
    """Whether a value of `--group` is a pattern over ids: only patterns have a parenthesis."""
    return "(" in by


def field_of(by: str | None) -> str | None:
    """The field of records that a value of `--group` names; None where it names none."""
    return by if by is not None and by not in (NONE, AUTO) and not is_pattern(by) else None


def unit_of(document: Document) -> tuple[str, bool]:
    """What a document belongs to, its group or itself: equal for documents of one group, and sorted by name."""
    return (document.id, False) if document.group is None else (document.group, True)


def together(documents: Iterable[Document]) -> bool:
    """Whether any two documents belong together."""
    return any(n > 1 for n in Counter(map(unit_of, documents)).values())


def grouping_hash(documents: Iterable[Document]) -> str | None:
    """sha256, in hexadecimal, of which documents belong together, whatever their groups are called; None where each stands alone."""
    members: dict[tuple[str, bool], list[str]] = {}
    for document in documents:
        members.setdefault(unit_of(document), []).append(hashlib.sha256(document.id.encode("utf-8", "surrogatepass")).hexdigest())
    if all(len(ids) == 1 for ids in members.values()):
        return None
    digests = sorted(hashlib.sha256("".join(sorted(ids)).encode()).hexdigest() for ids in members.values())
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def grouped(corpus: Corpus, by: str | None = None) -> Corpus:
    """The corpus with the group of every document, and notes of what was seen.

    Args:
        corpus: whose documents may have groups already, from the field of their records or from the caller.
        by: what groups them. A pattern is a regular expression with one group in parentheses, which is searched for in each id and whose match
            is the group's name: `(.+)-ch`. "auto" groups by numbered names (`emma-01`, `emma-02`) and by folders. "none" leaves each on its
            own. Any other word is the field of the records that names the group. None keeps the groups that there are, and without any does as
            "auto" where all names are clearly those of the numbered parts of several texts; where they may be, a note says so.

    Raises:
        UsageError: for a pattern that makes no sense or fits no document, and a field where there are no records.
    """
    if by == NONE:
        return _with_groups(corpus, {})
    if by == AUTO:
        return _auto(corpus)
    if by is not None and is_pattern(by):
        return _by_pattern(corpus, by)
    has_groups = any(document.group is not None for document in corpus.documents)
    if by is not None and not has_groups:
        raise UsageError(
            f'No document of "{visible(corpus.name)}" has a field "{visible(by)}" to be grouped by.',
            remedy=f"Text files have no fields; give a pattern over ids such as {visible(corpus.documents[0].id)}, like '(.+)-ch', or auto.",
        )
    return corpus if has_groups else _by_default(corpus)


def _with_groups(corpus: Corpus, groups: Mapping[str, str], *notes: str) -> Corpus:
    documents = tuple(replace(document, group=groups.get(document.id)) for document in corpus.documents)
    return _noted(replace(corpus, documents=documents), *notes)


def _noted(corpus: Corpus, *notes: str) -> Corpus:
    """The corpus with notes, each once: a corpus may be grouped again by what grouped it."""
    return replace(corpus, notes=tuple(dict.fromkeys([*corpus.notes, *notes])))


def _by_pattern(corpus: Corpus, by: str) -> Corpus:
    pattern = _compiled(by)
    groups = {document.id: match[1] for document in corpus.documents if (match := pattern.search(document.id)) and match[1]}
    if not groups:
        raise UsageError(
            f'No document of "{visible(corpus.name)}" fits the pattern "{visible(by)}".',
            remedy=f"Ids are, for example, {', '.join(visible(document.id) for document in corpus.documents[:3])}.",
        )
    alone = len(corpus.documents) - len(groups)
    note = f"{count(alone, 'document')} did not fit the pattern of groups, and each stands alone."
    return _with_groups(corpus, groups, *([note] if alone else []))


def _compiled(by: str) -> re.Pattern[str]:
    remedy = "Write a regular expression with one group in parentheses, such as '(.+)-ch'; a field's name has no parentheses."
    if len(by) > _LONGEST_PATTERN:
        raise UsageError(f"A pattern of groups has at most {_LONGEST_PATTERN:,} characters.", remedy=remedy)
    try:
        pattern = re.compile(by)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(f'"{visible(by)}" is no pattern: {error}.', remedy=remedy) from error
    if pattern.groups != 1:
        raise UsageError(f'"{visible(by)}" has {count(pattern.groups, "group")} in parentheses.', remedy=remedy)
    return pattern


@dataclass(frozen=True)
class _Part:
    """What the name of a document says of the text that it is a part of.

    Args:
        id: of the document.
        text: its folder and the name of the text, "" for the name where there is only a number.
        number: of the part.
        named: whether a word such as "chapter" stands before the number.
        apart: whether anything stands between name and number.
    """

    id: str
    text: tuple[str, str]
    number: int
    named: bool
    apart: bool


def _part(id_: str) -> _Part | None:
    """What an id says of a part, or None; of the number of a record in its file nothing can be said."""
    folder, _, name = id_.rpartition("/")
    if _ROW.search(name) or len(name) > _LONGEST_NAME:
        return None
    stem = _EXTENSION.sub("", name)
    numbers: list[int] = []
    marks: list[str] = []
    while match := _numbered(stem, titled=not numbers):
        if numbers and not folder and not match["stem"].strip(_BREAKS):
            break  # of "book v ch-1", "book v" is the name
        stem, number = match["stem"], match["number"]
        numbers.append(int(number) if number.isdecimal() else _roman(number))
        marks.append(match["mark"])
    if not numbers:
        return None
    named = any(char.isalpha() for mark in marks for char in mark)
    text = stem.strip(_BREAKS).casefold()
    return _Part(id_, (folder, text), numbers[0], named, named or not text or bool(marks[-1]))


def _numbered(stem: str, *, titled: bool) -> re.Match[str] | None:
    forms = (*_FORMS, _TITLED) if titled else _FORMS
    return next((match for form in forms if (match := form.fullmatch(stem))), None)


def _roman(numeral: str) -> int:
    values = [_ROMAN_DIGITS[char] for char in numeral.lower()]
    return sum(-value if value < max(values[i:]) else value for i, value in enumerate(values))


def _texts(documents: Sequence[Document]) -> dict[tuple[str, str], list[_Part]]:
    """The texts of which there are two parts or more, by folder and name."""
    texts: dict[tuple[str, str], list[_Part]] = {}
    for document in documents:
        part = _part(document.id)
        if part is not None and any(part.text):
            texts.setdefault(part.text, []).append(part)
    return {text: parts for text, parts in texts.items() if len(parts) > 1}


def _is_clear(corpus: Corpus, texts: Mapping[tuple[str, str], Sequence[_Part]]) -> bool:
    """Whether names alone show that documents are the parts of several texts."""
    if len(texts) < 2 or 2 * sum(map(len, texts.values())) < len(corpus.documents):
        return False
    sizes = sorted(map(len, texts.values()))
    if not _FEWEST_PARTS <= sizes[len(sizes) // 2] <= _MOST_PARTS:
        return False
    return all(part.apart for parts in texts.values() for part in parts) and all(map(_are_consecutive, texts.values()))


def _are_consecutive(parts: Sequence[_Part]) -> bool:
    numbers = {part.number for part in parts}
    if len(numbers) < len(parts):  # volumes that count their chapters anew
        return min(numbers) <= 1
    return min(numbers) <= 1 and len(numbers) >= _NO_GAPS * (max(numbers) - min(numbers) + 1)


def _by_default(corpus: Corpus) -> Corpus:
    texts = _texts(corpus.documents)
    if _is_clear(corpus, texts):
        said = f"{_seen(texts)}; each text was kept together. Give --group none if every document is a text of its own."
        return _with_groups(corpus, _named(texts), said)
    likely = [parts for parts in texts.values() if len(parts) >= _FEWEST_PARTS and _are_consecutive(parts)]
    if len(texts) > 1 and likely:
        return _noted(corpus, f"{_seen(texts)}. {_ADVICE}")
    if _is_one_text(corpus):
        return _noted(corpus, _ONE_TEXT)
    folders = _folders(corpus.documents)
    if len(folders) > 1:
        return _noted(
            corpus, f"The documents lie in {count(len(folders), 'folder')}, such as {visible(next(iter(folders)))}. {_ADVICE}"
        )
    return corpus


_ADVICE = (
    "If they belong together (the chapters of a book), give --group auto: without it the human floor and intervals are too narrow."
)


_ONE_TEXT = (
    "The documents look by their names like the parts of one text. Parts of one text resemble each other more than two texts do, so the human "
    "floor is too low and intervals are too narrow."
)


def _is_one_text(corpus: Corpus) -> bool:
    parts = [_part(document.id) for document in corpus.documents]
    sure = [part for part in parts if part is not None and part.named]
    return len(sure) == len(parts) >= _FEWEST_PARTS and len({part.text for part in sure}) == 1


def _auto(corpus: Corpus) -> Corpus:
    texts = _texts(corpus.documents)
    groups = _named(texts)
    rest = [document for document in corpus.documents if document.id not in groups]
    folders = {folder: ids for folder, ids in _folders(rest).items() if len(ids) > 1}
    groups |= {id_: folder for folder, ids in folders.items() for id_ in ids}
    seen = [_seen(texts)] if texts else []
    if folders:
        seen.append(f"{count(len(folders), 'folder')} of documents, such as {visible(next(iter(folders)))}, make a group each")
    if not seen:
        return _with_groups(corpus, {}, "--group auto sees no numbered names or folders, so every document stands alone.")
    return _with_groups(corpus, groups, f"{'; '.join(seen)} (--group auto).")


def _folders(documents: Iterable[Document]) -> dict[str, list[str]]:
    """The documents of each folder, by its path."""
    folders: dict[str, list[str]] = {}
    for document in documents:
        folder = document.id.rpartition("/")[0]
        if folder:
            folders.setdefault(folder, []).append(document.id)
    return folders


def _named(texts: Mapping[tuple[str, str], Sequence[_Part]]) -> dict[str, str]:
    """Document -> the name of its group."""
    return {part.id: "/".join(filter(None, text)) for text, parts in texts.items() for part in parts}


def _seen(texts: Mapping[tuple[str, str], Sequence[_Part]]) -> str:
    """What the names look like, as the beginning of a sentence."""
    n = sum(map(len, texts.values()))
    examples = ", ".join(visible(part.id) for part in next(iter(texts.values()))[:2])
    return f"{count(n, 'document')} ({examples} ...) look by their names like parts of {count(len(texts), 'text')}"
