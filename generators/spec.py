"""Reads and writes specifications of generators, `name` or `name:option=value,option=value`: `GeneratorSpec`.

A value with a comma is written in double quotes, and a double quote inside them twice, as in CSV files: `command:argv="sample.sh a,b"`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from evalkit.errors import SpecError, one_of

_PAIR = re.compile(r'(?P<key>[^=,"]+)=\s*(?:"(?P<quoted>(?:[^"]|"")*)"\s*|(?P<plain>[^",\s][^,]*))(?:,(?=.)|\Z)', re.DOTALL)
_MUST_BE_QUOTED = re.compile(r'^$|^\s|^"|,|\s$')


@dataclass(frozen=True)
class GeneratorSpec:
    """A generator's name and its options as written."""

    name: str
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        options = ",".join(f"{key}={_quoted(value)}" for key, value in self.options.items())
        return f"{self.name}:{options}" if options else self.name

    def typed(self, parameters: Mapping[str, inspect.Parameter]) -> dict[str, object]:
        """The options converted to the types that a constructor declares.

        Raises:
            SpecError: for an option that is not a parameter or a value that does not convert; all problems at once.
        """
        values: dict[str, object] = {}
        problems, remedies = [], []
        for key, text in self.options.items():
            if key not in parameters:
                problems.append(f'{self.name} has no option "{key}"')
                remedies.append(one_of(key, parameters) if parameters else f"{self.name} takes no options.")
                continue
            try:
                values[key] = _convert(text, annotation_of(parameters[key]))
            except ValueError:
                problems.append(f'{self.name}:{key} must be {in_words(annotation_of(parameters[key]))}, not "{text}"')
        if problems:
            raise SpecError("; ".join(problems) + ".", remedy=" ".join(dict.fromkeys(remedies)))
        return values


def parse_generator(text: str, *, what: str = "generator") -> GeneratorSpec:
    """Splits a specification; the name and options are not looked up.

    Args:
        text: the specification.
        what: it names, for messages: other things are written in the same way.

    Raises:
        SpecError: when it is not of the form `name:option=value,...` or repeats an option.

    >>> parse_generator("ngram:order=8").options
    {'order': '8'}
    """
    name, colon, rest = text.strip().partition(":")
    pairs = _pairs(rest) if colon else []
    if not name or pairs is None:
        raise SpecError(
            f'"{text}" is not a {what} specification.',
            remedy="Write name or name:option=value,option=value; a value with a comma in double quotes, a double quote inside them twice.",
        )
    if len(dict(pairs)) < len(pairs):
        raise SpecError(f'"{text}" gives an option twice.', remedy="Give each option once.")
    return GeneratorSpec(name, dict(pairs))


def _pairs(text: str) -> list[tuple[str, str]] | None:
    """The options and values of `option=value,...`, or None where the text has another form."""
    # The pattern matches one pair at a time, from where the last ended, so that long nonsense is refused in linear time.
    pairs, at = [], 0
    while True:
        match = _PAIR.match(text, at)
        if match is None or not match["key"].strip():
            return None
        quoted = match["quoted"]
        pairs.append((match["key"].strip(), match["plain"].rstrip() if quoted is None else quoted.replace('""', '"')))
        at = match.end()
        if at == len(text):
            return pairs


def _quoted(value: str) -> str:
    """A value as it is written in a specification."""
    return '"' + value.replace('"', '""') + '"' if _MUST_BE_QUOTED.search(value) else value


def annotation_of(parameter: inspect.Parameter) -> str:
    """The type of an option as it is written, such as `int | None`, whether or not its module postpones annotations."""
    return parameter.annotation if isinstance(parameter.annotation, str) else inspect.formatannotation(parameter.annotation)


_KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text", "None": "none"}
"""Types of options, in the words of people who write no Python."""


def in_words(annotation: str) -> str:
    """What an option of a type takes.

    >>> in_words("float | None"), in_words("int")
    ('a number or none', 'a whole number')
    """
    return " or ".join(_KINDS.get(kind.strip(), kind.strip()) for kind in annotation.split("|"))


def _convert(text: str, annotation: str) -> object:
    """A value converted to the type that an annotation names (`int`, `float | None`, ...).

    Raises:
        ValueError: when it does not convert.
    """
    kinds = [kind.strip() for kind in annotation.split("|")]
    if "None" in kinds and text.lower() == "none":
        return None
    for kind in kinds:
        if kind == "bool" and text.lower() in ("true", "false", "yes", "no", "1", "0"):
            return text.lower() in ("true", "yes", "1")
        if kind in ("int", "float"):
            return int(text) if kind == "int" else float(text)
        if kind == "str":
            return text
    raise ValueError(text)
