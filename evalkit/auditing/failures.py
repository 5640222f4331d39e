"""Recognises what stands in place of a text: error messages, refusals and words for nothing (`failure_of`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from evalkit._util.resources import data_path
from evalkit._util.toml import read_toml

LONGEST_MESSAGE = 600
"""Characters of a passage that may be a message and nothing else. Longer ones are texts, whatever they begin with."""
_OPENING = 200
"""Characters in which a model names itself, when it does."""
_AROUND = " \t\r\n\"'`*_#()[]<>{}.,;:!“”‘’«»"  # noqa: RUF001 - marks around a word for nothing
_BEFORE = re.compile(r"[\s\"'`*_#(\[<>{|“”‘’«»-]{0,20}")  # noqa: RUF001 - marks that programs put in front of their messages
_APOSTROPHES = str.maketrans("’‘ʼ＇", "''''")  # noqa: RUF001 - those of typeset messages
_QUOTES = ('"', "“", "”", "«", "»", "„", "‘", "'", "`", "—", "–")  # noqa: RUF001 - what direct speech begins with


@dataclass(frozen=True)
class Failure:
    """A passage that holds something else in place of a text.

    Args:
        text: the part of the passage that says so; empty where the passage has no text.
        reason: what it is, a few words.
    """

    text: str
    reason: str


@dataclass(frozen=True)
class _Patterns:
    nothing: frozenset[str]
    nothing_exact: frozenset[str]
    anywhere: re.Pattern[str]
    errors: re.Pattern[str]
    models: re.Pattern[str]
    refusals: re.Pattern[str]


def failure_of(text: str) -> Failure | None:
    """What a text holds in place of a text; None for every other text, a story in which such words occur among them.

    - A word for nothing is the whole passage: `null`, `None`, `NaN`, `[object Object]`.
    - An error message or a refusal begins a passage of at most 600 characters. Refusals speak of a request, and not in quotation marks.
    - A traceback is told by a line of its own, in a passage of any length, and a model that names itself by the first 200 characters.

    >>> failure_of("Error: 503 Service Unavailable").reason, failure_of("null").reason
    ('an error message', 'a word for nothing')
    >>> failure_of("I'm sorry, but I can't stay, she said. The tide will not wait.") is None
    True
    """
    patterns = _patterns()
    short = len(text) <= LONGEST_MESSAGE
    if short and (text.strip() in patterns.nothing_exact or text.strip(_AROUND).casefold() in patterns.nothing):
        return Failure(text.strip(), "a word for nothing")
    found = patterns.anywhere.search(text)
    if found is None and short:
        found = patterns.errors.match(text.translate(_APOSTROPHES), _first(text))
    if found is not None:
        return Failure(text[found.start() : found.start() + LONGEST_MESSAGE], "an error message")
    opening = text[:_OPENING].translate(_APOSTROPHES)
    if (named := patterns.models.search(opening)) is not None:
        return Failure(text[: max(named.end(), _OPENING)], "a model that speaks of itself")
    if short and not text.lstrip().startswith(_QUOTES):
        refused = patterns.refusals.match(text.translate(_APOSTROPHES).lstrip(" \t\r\n*_#"))
        if refused is not None:
            return Failure(text.strip(), "a refusal")
    return None


def _first(text: str) -> int:
    """Where a message begins, behind the marks that programs put around it."""
    marks = _BEFORE.match(text)
    # A message in JSON or HTML begins with its own brackets.
    return 0 if marks is None or text[: marks.end()].strip().startswith(("{", "<")) else marks.end()


@cache  # of a file of the package, which does not change while a process runs
def _patterns() -> _Patterns:
    table = read_toml(data_path("audit", "failures.toml"))

    def any_of(name: str, flags: int = 0) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{pattern})" for pattern in table[name]), re.IGNORECASE | flags)

    lines = re.compile(rf"^[ \t]{{0,8}}(?:{'|'.join(table['anywhere'])})", re.MULTILINE)
    nothing = frozenset(word.strip(_AROUND).casefold() for word in table["nothing"])
    return _Patterns(nothing, frozenset(table["nothing_exact"]), lines, any_of("errors"), any_of("models"), any_of("refusals"))


def failures_version() -> int:
    """The version of the patterns; another one may find other passages."""
    return int(read_toml(data_path("audit", "failures.toml"))["version"])
