"""Language profiles: alphabet, endings and word lists, from one TOML file each."""

from __future__ import annotations

import functools
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit._util.resources import data_path
from evalkit.errors import InputError, UsageError, one_of
from evalkit.text.tokenize import normalize

SHIPPED = ("en", "es", "de")
CLASSES = ("pronoun", "determiner", "preposition", "conjunction", "auxiliary", "particle")
"""Classes of function words, the same in every language."""
_REQUIRED = ("name", "code", "version", "alphabet", "endings", "words", "personal", "function_words")


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

    @property
    def main_endings(self) -> tuple[str, ...]:
        """The endings of the short table, which the gate's own policy gates."""
        return self.endings[:3]


@functools.cache
def load_language(spec: str = "en") -> Language:
    """A language by the code of a profile that comes with the package, or by the path of a user's own.

    Raises:
        UsageError: when it is neither.
        InputError: when the file is not a profile; the message names all that is missing or wrong.
    """
    if spec in SHIPPED:
        return _read(data_path("words", f"{spec}.toml"))
    path = Path(spec)
    if path.suffix != ".toml" or not path.is_file():
        raise UsageError(
            f'There is no language "{spec}".', remedy=f"{one_of(spec, SHIPPED)} Or give the path of a profile, a .toml file."
        )
    return _read(path)


def _read(path: Path) -> Language:
    content = path.read_bytes()
    try:
        table = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not TOML: {error}", remedy="Take data/words/en.toml for a model.") from error
    if missing := [key for key in _REQUIRED if key not in table]:
        raise InputError(f"{path} lacks {', '.join(missing)}.", remedy="Take data/words/en.toml for a model.")
    list_name, classes, list_hash = _function_words(path, table)
    problems = _problems(table, classes)
    if problems:
        raise InputError(f"{path}: {'; '.join(problems)}.", remedy="Take data/words/en.toml for a model.")
    return Language(
        name=str(table["name"]),
        code=str(table["code"]),
        version=int(table["version"]),
        alphabet=tuple(normalize(table["alphabet"])),
        endings=tuple(table["endings"]),
        words=tuple(table["words"]),
        stems=frozenset(table.get("stems", "").split()),
        personal=frozenset(table["personal"].split()),
        function_words=tuple((word, name) for name, members in classes.items() for word in members.split()),
        lists=((list_name, list_hash), (f"{table['code']}-v{table['version']}", _short(content))),
        dictionary=table.get("dictionary"),
    )


def _function_words(path: Path, table: Mapping[str, Any]) -> tuple[str, Mapping[str, str], str]:
    """Name, classes and hash of the list of function words, which stands in the profile or in a file beside it."""
    given = table["function_words"]
    if isinstance(given, str):
        content = path.with_name(given).read_bytes()
        other = tomllib.loads(content.decode())
        return other["name"], other["classes"], _short(content)
    return f"fw-{table['code']}-v{table['version']}", given, _short(repr(sorted(given.items())).encode())


def _problems(table: Mapping[str, Any], classes: Mapping[str, str]) -> list[str]:
    found = [f'"{name}" is no class of function words, which are {", ".join(CLASSES)}' for name in classes if name not in CLASSES]
    alphabet = normalize(table["alphabet"])
    if len(set(alphabet)) != len(alphabet) or not all(char.isalpha() and char.casefold() == char for char in alphabet):
        found.append("the alphabet must be different letters, in the form that case folding gives them")
    listed = " ".join([*classes.values(), table["personal"], table.get("stems", ""), *table["words"], *table["endings"]]).split()
    if wrong := [word for word in listed if normalize(word).casefold() != word]:
        found.append(f"words must stand as the tokenizer gives them, case folded and normalized: {', '.join(wrong[:5])}")
    return found


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
