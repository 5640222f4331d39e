"""Reads language profiles, one TOML file each, into a `Language`: alphabet, endings and word lists.

A profile that comes with the package is a file `data/words/CODE.toml`. Adding the file adds the language: everything that lists
languages asks `shipped`.
"""

from __future__ import annotations

import functools
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit._util.foreign import UnreadableError, read_bytes
from evalkit._util.paths import is_file
from evalkit._util.resources import data_path
from evalkit.errors import InputError, UsageError, one_of
from evalkit.text.canonical import canonical, fold

DEFAULT = "en"
"""The language where none is named."""
CLASSES = ("pronoun", "determiner", "preposition", "conjunction", "auxiliary", "particle")
"""Classes of function words, the same in every language."""

_MOST_BYTES = 4 << 20
_CODE = re.compile(r"[a-z]{2,3}")
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "name": str,
    "code": str,
    "version": (int, str),
    "alphabet": str,
    "endings": list,
    "words": list,
    "personal": str,
    "function_words": (str, dict),
}
_OPTIONAL: Mapping[str, type] = {
    "stems": str,
    "dictionary": str,
    "further_words": str,
    "clitics": str,
    "clitic_hosts": str,
    "links": list,
    "unfolded": dict,
    "abbreviations": str,
    "ordinals": bool,
}
_LISTS = ("endings", "words", "links")
_REMEDY = "Take data/words/en.toml for a model."


@dataclass(frozen=True)
class Language:
    """What metrics need to know of a language.

    Args:
        name: for people.
        code: ISO 639, or any short name of a user's own.
        version: of the profile.
        alphabet: its letters, case folded, one character each; letters beyond it are counted apart.
        endings: suffixes that `suffix.*` counts.
        words: single words that `word.*` counts.
        stems: words whose ending is no suffix.
        personal: personal, possessive and reflexive pronouns.
        function_words: pairs of a word and its class.
        lists: name of the list of function words -> its hash, and of the profile.
        dictionary: language code of simplemma's word list; None where there is none.
        further_words: that the dictionary lacks and the language has.
        clitics: pronouns that are written on to verbs.
        clitic_hosts: endings of verbs that take them without an accent.
        links: what may stand between the two words of a compound, "" where nothing need; none where the language does not join words.
        unfolded: pairs of what case folding gives for a letter, and that letter.
        abbreviations: words that end in a full stop within a sentence, without it.
        ordinals: whether a full stop after a number makes it an ordinal.
    """

    name: str
    code: str
    version: int
    alphabet: tuple[str, ...]
    endings: tuple[str, ...]
    words: tuple[str, ...]
    stems: frozenset[str]
    personal: frozenset[str]
    function_words: tuple[tuple[str, str], ...]
    lists: tuple[tuple[str, str], ...]
    dictionary: str | None
    further_words: frozenset[str] = frozenset()
    clitics: tuple[str, ...] = ()
    clitic_hosts: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    unfolded: tuple[tuple[str, str], ...] = ()
    abbreviations: frozenset[str] = frozenset()
    ordinals: bool = False

    @property
    def main_endings(self) -> tuple[str, ...]:
        """The endings of the short table, which the gate's own policy gates."""
        return self.endings[:3]


def shipped() -> tuple[str, ...]:
    """The codes of the profiles that come with the package, the default first.

    >>> shipped()[0], "es" in shipped()
    ('en', True)
    """
    # The folder also holds lists that a profile names, whose file names are no codes.
    codes = {path.stem for path in data_path("words").glob("*.toml") if _CODE.fullmatch(path.stem)}
    return (DEFAULT, *sorted(codes - {DEFAULT}))


def load_language(spec: str = DEFAULT) -> Language:
    """A language by the code of a profile that comes with the package, or by the path of a user's own.

    The file is read at each call, since another folder may have another file of the same name, and a file may change.

    Raises:
        UsageError: when it is neither.
        InputError: when the file is not a profile; the message names all that is missing or wrong.
    """
    path = _path_of(spec)
    content = _content(path, f"{path}")
    try:
        table = _parsed(content)
        beside = table.get("function_words")
        named = f"{path} names a list of function words that"
        word_list = _content(path.with_name(beside), named) if isinstance(beside, str) else None
        return _language(content, word_list)
    except _UnsoundError as error:
        raise InputError(f"{path}{error}.", remedy=_REMEDY) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not TOML: {error}", remedy=_REMEDY) from error


def _content(path: Path, subject: str) -> bytes:
    try:
        return read_bytes(path, most_bytes=_MOST_BYTES)
    except (OSError, UnreadableError) as error:
        raise InputError(f"{subject} cannot be read: {error}", remedy=_REMEDY) from error


def _path_of(spec: str) -> Path:
    codes = shipped()
    if spec in codes:
        return data_path("words", f"{spec}.toml")
    path = Path(spec)
    if path.suffix != ".toml" or not is_file(path):
        raise UsageError(
            f'There is no language "{spec}".', remedy=f"{one_of(spec, codes)} Or give the path of a profile, a .toml file."
        )
    return path


class _UnsoundError(ValueError):
    """What a profile lacks or holds that it cannot; the message continues a sentence that begins with its path."""


# Keyed by what the files hold and not by where they are, so two projects can have a profile of one name, and a profile can
# change. A process reads few profiles; the bound keeps one that reads many from growing.
@functools.lru_cache(maxsize=32)
def _parsed(content: bytes) -> Mapping[str, Any]:
    return tomllib.loads(content.decode())


@functools.lru_cache(maxsize=32)  # likewise
def _language(content: bytes, word_list: bytes | None) -> Language:
    """The language of a profile's content, and of the list of function words where that is a file of its own."""
    table = _parsed(content)
    _check_kinds(table)
    list_name, classes, list_hash = _function_words(table, word_list)
    if problems := _problems(table, classes):
        raise _UnsoundError(f": {'; '.join(problems)}")
    return Language(
        name=table["name"],
        code=table["code"],
        version=int(table["version"]),
        alphabet=tuple(canonical(table["alphabet"])),
        endings=tuple(table["endings"]),
        words=tuple(table["words"]),
        stems=frozenset(table.get("stems", "").split()),
        personal=frozenset(table["personal"].split()),
        function_words=tuple((word, name) for name, members in classes.items() for word in members.split()),
        lists=((list_name, list_hash), (f"{table['code']}-v{table['version']}", _short_hash(content))),
        dictionary=table.get("dictionary"),
        further_words=frozenset(table.get("further_words", "").split()),
        clitics=tuple(table.get("clitics", "").split()),
        clitic_hosts=tuple(table.get("clitic_hosts", "").split()),
        links=tuple(table.get("links", ())),
        unfolded=tuple(table.get("unfolded", {}).items()),
        abbreviations=frozenset(table.get("abbreviations", "").split()),
        ordinals=table.get("ordinals", False),
    )


def _check_kinds(table: Mapping[str, Any]) -> None:
    if missing := [key for key in _KINDS if key not in table]:
        raise _UnsoundError(f" lacks {', '.join(missing)}")
    wrong = [key for key, kind in {**_KINDS, **_OPTIONAL}.items() if key in table and not isinstance(table[key], kind)]
    wrong += [key for key in _LISTS if key not in wrong and key in table and not all(isinstance(item, str) for item in table[key])]
    unfolded = table.get("unfolded", {})
    wrong += [
        key for key in ("unfolded",) if key not in wrong and not all(isinstance(item, str) and item for item in unfolded.values())
    ]
    wrong += [key for key in ("endings",) if key not in wrong and not table[key]]
    wrong += [key for key in ("version",) if key not in wrong and not str(table[key]).isdecimal()]
    if wrong:
        raise _UnsoundError(f": {', '.join(wrong)} {'is' if len(wrong) == 1 else 'are'} not what a profile has there")


def _function_words(table: Mapping[str, Any], word_list: bytes | None) -> tuple[str, Mapping[str, str], str]:
    """Name, classes and hash of the list of function words, which is part of the profile or a file beside it."""
    if word_list is None:
        classes = table["function_words"]
        named = f"fw-{table['code']}-v{table['version']}", _short_hash(repr(sorted(classes.items())).encode())
    else:
        beside = _parsed(word_list)
        classes = beside.get("classes")
        named = str(beside.get("name")), _short_hash(word_list)
    if not isinstance(classes, dict) or not all(isinstance(words, str) for words in classes.values()):
        raise _UnsoundError(": function_words must give the words of each class, separated by spaces")
    return named[0], classes, named[1]


def _problems(table: Mapping[str, Any], classes: Mapping[str, str]) -> list[str]:
    problems = [
        f'"{name}" is no class of function words, which are {", ".join(CLASSES)}' for name in classes if name not in CLASSES
    ]
    alphabet = canonical(table["alphabet"])
    if len(set(alphabet)) != len(alphabet) or not all(char.isalpha() and char.casefold() == char for char in alphabet):
        problems.append("the alphabet must be different letters, in the form that case folding gives them")
    optional = [table.get(key, "") for key in ("stems", "further_words", "clitics", "clitic_hosts", "abbreviations")]
    listed = " ".join(
        [*classes.values(), table["personal"], *optional, *table["words"], *table["endings"], *table.get("links", ())]
    ).split()
    if wrong := [word for word in listed if fold(word) != word]:
        problems.append(f"words must be written as the tokenizer gives them, case folded and normalized: {', '.join(wrong[:5])}")
    if wrong := [letter for folded, letter in table.get("unfolded", {}).items() if fold(letter) != folded]:
        problems.append(f"unfolded must give letters by what case folding makes of them, which {', '.join(wrong[:5])} is not")
    return problems


def _short_hash(content: bytes) -> str:
    """Enough of a hash to tell lists apart; it is part of the signature of results, so its length stays."""
    return hashlib.sha256(content).hexdigest()[:12]
