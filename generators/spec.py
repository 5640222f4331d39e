"""Specification strings of generators: `name` or `name:option=value,option=value`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field

from evalkit.errors import SpecError, one_of


@dataclass(frozen=True)
class GeneratorSpec:
    """A generator's name and its options as written."""

    name: str
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        options = ",".join(f"{key}={value}" for key, value in self.options.items())
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
                values[key] = _convert(text, str(parameters[key].annotation))
            except ValueError:
                problems.append(f'{self.name}:{key} must be {parameters[key].annotation}, not "{text}"')
        if problems:
            raise SpecError("; ".join(problems) + ".", remedy=" ".join(dict.fromkeys(remedies)))
        return values


def parse_generator(text: str) -> GeneratorSpec:
    """Splits a specification; the name and options are not looked up.

    Raises:
        SpecError: when it is not of the form `name:option=value,...` or repeats an option.

    >>> parse_generator("ngram:order=8").options
    {'order': '8'}
    """
    name, colon, rest = text.strip().partition(":")
    pairs = [pair.partition("=") for pair in rest.split(",")] if colon else []
    options = {key.strip(): value.strip() for key, _, value in pairs}
    if not name or any(not key.strip() or not equals or not value.strip() for key, equals, value in pairs):
        raise SpecError(f'"{text}" is not a generator specification.', remedy="Write name or name:option=value,option=value.")
    if len(options) < len(pairs):
        raise SpecError(f'"{text}" gives an option twice.', remedy="Give each option once.")
    return GeneratorSpec(name, options)


def _convert(text: str, annotation: str) -> object:
    """A value of one of the plain types, as the annotation of the parameter names it (`int`, `float | None`, ...)."""
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
