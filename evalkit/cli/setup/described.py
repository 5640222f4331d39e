"""Reads the candidates that a configuration file describes in `[[candidates]]`: `candidate_specs`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from evalkit.config import CANDIDATES, Config
from evalkit.errors import ConfigError, UsageError, near

_KEYS = ("name", "spec", "options")
_NAME = re.compile(r"[\w.+-]+")


def candidate_problems(value: object) -> Iterator[str]:
    """What is wrong with the form of `[[candidates]]`, each a clause that names the candidate and its key."""
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        yield "candidates must be tables, each below [[candidates]]"
        return
    names = [item.get("name") for item in value]
    for number, item in enumerate(value, 1):
        where = f"[[candidates]] {number}"
        yield from (f'{where} has no key "{key}" ({near(key, _KEYS)})' for key in item if key not in _KEYS)
        name, spec, options = (item.get(key) for key in _KEYS)
        if not isinstance(spec, str) or not spec.strip():
            yield f"{where}: spec must be a text, such as ngram:order=8 or runs/new.jsonl"
        if name is not None and not (isinstance(name, str) and _NAME.fullmatch(name)):
            yield f"{where}: name must be letters, digits, and the signs . _ + -"
        elif name is not None and name in names[: number - 1]:
            yield f'{where}: name "{name}" is taken by another candidate'
        if options is not None and not isinstance(options, Mapping):
            yield f"{where}: options must be a table, such as {{ order = 8 }}"
        elif options is not None:
            yield from (f"{where}: options.{key} must be one value" for key in options if isinstance(options[key], Mapping | list))


def candidate_specs(config: Config) -> list[str]:
    """The candidates of a configuration as the command line takes them, `NAME=SPEC`; none where it describes none.

    Raises:
        ConfigError: when a candidate cannot be used: no such generator, option, model or form of a file; all problems at once.
    """
    if not config.table.get(CANDIDATES):
        return []
    from evalkit.evaluation.candidates import parse_candidate

    specs, problems, remedies = [], [], []
    for number, item in enumerate(config.table[CANDIDATES], 1):
        try:
            specs.append(_spec(item))
            parse_candidate(specs[-1])
        except UsageError as error:
            problems.append(f"{config.origin}: [[candidates]] {number}: {error.problem}")
            remedies.append(error.remedy)
    if problems:
        raise ConfigError(" ".join(problems), remedy=" ".join(dict.fromkeys(filter(None, remedies))))
    return specs


def _spec(item: Mapping[str, Any]) -> str:
    """A described candidate as `NAME=SPEC`.

    Raises:
        UsageError: for options of what takes none, or that the specification gives too.
    """
    spec = item["spec"].strip()
    if item.get("options"):
        spec = _with_options(spec, item["options"])
    return f"{item['name']}={spec}" if item.get("name") else spec


def _with_options(spec: str, options: Mapping[str, Any]) -> str:
    import generators

    if spec.partition(":")[0] not in generators.NAMES:
        raise UsageError(f'options are for generators, and "{spec}" is none.', remedy="Leave options out.")
    parsed = generators.parse_generator(spec)
    twice = [key for key in options if key in parsed.options]
    if twice:
        raise UsageError(f'"{spec}" gives {twice[0]} too.', remedy="Give each option once.")
    texts = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in options.items()}
    return str(generators.GeneratorSpec(parsed.name, {**parsed.options, **texts}))
