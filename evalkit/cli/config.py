"""Gives every command its defaults from EVALKIT_* variables and the configuration file, and says in errors which of them set a value, `name_origin`."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import typer

from evalkit.cli.options import Allowed
from evalkit.config import CANDIDATES, NO_CONFIG, NOT_OPTIONS, POLICY, PREFIX, Config, find_config, languages_of
from evalkit.errors import ConfigError, EvalkitError, UsageError, near

log = logging.getLogger("evalkit")

Origins = Mapping[tuple[str, ...], Mapping[str, str]]
"""Command -> parameter -> where its value was set."""
_KEY = "evalkit.origins"
_CONFIG = "evalkit.config"
_KINDS = {
    "integer": "a whole number",
    "int": "a whole number",
    "number": "a number",
    "float": "a number",
    "boolean": "true or false",
}
_NOT_VALID = re.compile(
    r"Input should be a valid (integer|number|boolean)\b.*|(?:'[^']*' )?is not a valid (integer|int|float|boolean)(?: range)?\.?"
)
"""How typer and click say that a value has another type."""


@dataclass(frozen=True)
class Setting:
    """An option's value and where it was set."""

    value: Any
    source: str


class Option(Protocol):
    """The part of an option that is used here. Depending on its version, typer brings a click of its own or uses the installed one."""

    name: str | None
    opts: list[str]
    multiple: bool
    param_type_name: str
    is_flag: bool
    allowed: Allowed | None

    def process_value(self, ctx: Any, value: Any) -> Any:
        """The value converted to the option's type and checked."""


Commands = Mapping[tuple[str, ...], Sequence[Option]]


def commands_of(app: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], list[Option]]:
    """The options of every command of a typer or click application, by its path of names."""
    if hasattr(app, "commands"):
        return {key: value for name, sub in app.commands.items() for key, value in commands_of(sub, (*path, name)).items()}
    return {path: [p for p in app.params if p.param_type_name == "option" and p.name not in ("help", "version")]}


def every_command() -> dict[tuple[str, ...], list[Option]]:
    """The options of every command of both programs; those of `python -m generators` stand below its name."""
    from evalkit.cli import app, generators_app

    commands, of_generators = (commands_of(typer.main.get_command(program)) for program in (app, generators_app))
    return commands | {("generators", *path): options for path, options in of_generators.items()}


def use_configuration(context: typer.Context, *, section: str | None = None, config: Config | None = None) -> None:
    """Gives every command of a program its defaults.

    Args:
        context: of the program.
        section: of the configuration file in which the program's commands stand; the top unless given.
        config: the configuration; that of the working folder unless given.

    Raises:
        ConfigError: listing everything that is wrong with the file.
    """
    config = config or find_config()
    context.meta[_CONFIG] = config
    if config.path is None and not any(name.startswith(PREFIX) and name not in NOT_OPTIONS for name in os.environ):
        return
    commands = every_command()
    defaults = default_map(config, commands, context)
    context.default_map = defaults if section is None else defaults[section]
    for problem in unknown_variables(commands):
        log.warning("%s, so it changes nothing.", problem)
    above = () if section is None else (section,)
    _remember(
        context,
        {
            path[len(above) :]: {name: setting.source for name, setting in settings(config, path, options).items()}
            for path, options in commands.items()
            if path[: len(above)] == above
        },
    )


def configuration(context: typer.Context) -> Config:
    """The configuration that a command runs with."""
    config: Config = context.meta.get(_CONFIG, NO_CONFIG)
    return config


def key_of(option: Option) -> str:
    """How a configuration calls an option: its long name, without dashes in front."""
    names = [name.removeprefix("--") for name in option.opts if name.startswith("--")]
    return names[0] if names else str(option.name)


def settings(config: Config, command: tuple[str, ...], options: Sequence[Option]) -> dict[str, Setting]:
    """The settings that environment and file give a command's options, by parameter name; the environment wins."""
    by_name: dict[str, Setting] = {}
    table: Any = config.table
    for name in command:
        table = table.get(name, {}) if isinstance(table, Mapping) else {}
    for option in options:
        key = key_of(option)
        variable = PREFIX + key.replace("-", "_").upper()
        if os.environ.get(variable):
            by_name[str(option.name)] = Setting(_from_text(option, os.environ[variable]), variable)
        elif isinstance(table, Mapping) and key in table:
            by_name[str(option.name)] = Setting(_listed(option, table[key]), f"{config.origin}: {'.'.join(command)}.{key}")
        elif key in config.table and not isinstance(config.table[key], Mapping) and _suits(option, config.table[key]):
            by_name[str(option.name)] = Setting(_listed(option, config.table[key]), f"{config.origin}: {key}")
    return by_name


def _suits(option: Option, value: object) -> bool:
    """Whether a value at the top of the file is meant for this option: two commands may differ in what they take under one name.

    A list is meant for options that may be repeated, a format or extension for the commands that write it.
    """
    values = value if isinstance(value, list) else [value]
    allowed = option.allowed
    return (option.multiple or not isinstance(value, list)) and (allowed is None or all(allowed.takes(item) for item in values))


def _listed(option: Option, value: object) -> object:
    """A value as the option takes it: one value of a repeatable option is a list of one."""
    return [value] if option.multiple and not isinstance(value, list) else value


def _from_text(option: Option, text: str) -> object:
    return [part.strip() for part in text.split(",") if part.strip()] if option.multiple else text


def default_map(config: Config, commands: Commands, context: typer.Context) -> dict[str, Any]:
    """The defaults that environment and file give every command, in the shape that click takes.

    Raises:
        ConfigError: listing everything that is wrong with the file.
    """
    problems = problems_of(config, commands, context)
    if problems:
        raise ConfigError(
            f"{config.origin} cannot be used: {'; '.join(problems)}.",
            remedy="`evalkit validate` lists every problem with the near match.",
        )
    tree: dict[str, Any] = {}
    for command, options in commands.items():
        branch = tree
        for name in command:
            branch = branch.setdefault(name, {})
        branch.update({name: setting.value for name, setting in settings(config, command, options).items()})
    return tree


def problems_of(config: Config, commands: Commands, context: typer.Context) -> list[str]:
    """Every problem of a configuration, each a clause of a sentence."""
    return list(_problems(config, commands, context))


def _problems(config: Config, commands: Commands, context: typer.Context) -> Iterator[str]:
    groups = {path[0] for path in commands}
    everywhere: dict[str, list[Option]] = {}
    for option in (option for options in commands.values() for option in options):
        everywhere.setdefault(key_of(option), []).append(option)
    for key, value in config.table.items():
        if key == POLICY and isinstance(value, Mapping):
            yield from _policy_problems(config, value)
        elif key == CANDIDATES:
            from evalkit.cli.setup.described import candidate_problems

            yield from candidate_problems(value)
        elif isinstance(value, Mapping) and key in groups:
            yield from _table_problems((key,), value, commands, context)
        elif key in everywhere and not isinstance(value, Mapping):
            options = [option for option in everywhere[key] if _suits(option, value)] or everywhere[key]
            yield from dict.fromkeys(problem for option in options for problem in _value_problems(key, option, value, context))
        else:
            kind = "table" if isinstance(value, Mapping) else "option"
            yield f'there is no {kind} "{key}" ({near(key, [*everywhere, *groups, POLICY, CANDIDATES])})'


def _policy_problems(config: Config, table: Mapping[str, Any]) -> Iterator[str]:
    from evalkit.gating.measures import known_measures
    from evalkit.gating.policy import policy_problems

    try:
        measures = known_measures(*languages_of(config))
    except UsageError as error:
        yield error.problem.rstrip(".")
    else:
        yield from (f"[policy]: {problem}" for problem in policy_problems(table, known=measures))


def _table_problems(path: tuple[str, ...], table: Mapping[str, Any], commands: Commands, context: typer.Context) -> Iterator[str]:
    options = {key_of(option): option for option in commands.get(path, ())}
    below = {other[len(path)] for other in commands if other[: len(path)] == path and len(other) > len(path)}
    for key, value in table.items():
        if isinstance(value, Mapping) and key in below:
            yield from _table_problems((*path, key), value, commands, context)
        elif key in options:
            yield from _value_problems(f"{'.'.join(path)}.{key}", options[key], value, context)
        else:
            yield f'[{".".join(path)}] has no option "{key}" ({near(key, [*options, *below])})'


def _value_problems(name: str, option: Option, value: object, context: typer.Context) -> Iterator[str]:
    values = value if isinstance(value, list) else [value]
    if isinstance(value, list) and not option.multiple:
        tables = any(isinstance(item, Mapping) for item in value)
        yield f"{name} takes one value, not a list" + (f" ({near(name, ['candidates'])})" if tables else "")
    elif any(isinstance(item, bool) != bool(option.is_flag) or isinstance(item, Mapping | list) for item in values):
        yield f"{name} cannot be {value!r}"
    else:
        try:
            # As text, which is what the command line gives: quotes around a number make no difference.
            option.process_value(
                context, [str(item) for item in values] if option.multiple else value if option.is_flag else str(value)
            )
        except typer.BadParameter as error:
            yield f"{name}: {_in_plain_words(error.message).rstrip('.')}"


def unknown_variables(commands: Commands) -> list[str]:
    """EVALKIT_* variables that no option reads, each with the near match."""
    variables = {
        PREFIX + key_of(option).replace("-", "_").upper() for options in commands.values() for option in options
    } | NOT_OPTIONS
    return [
        f"{name} is not the name of an option ({near(name, variables)})"
        for name in os.environ
        if name.startswith(PREFIX) and name not in variables
    ]


def _remember(context: Any, origins: Origins) -> None:
    """Keeps for the commands of a program where their defaults were set."""
    context.meta[_KEY] = origins


def name_origin(context: Any, error: BaseException) -> None:
    """Adds to an error in which a value is named where that was set, if it was not on the command line.

    Args:
        context: of the command that failed.
        error: of typer or of evalkit; others are left as they are.
    """
    if isinstance(error, EvalkitError):
        said = [origin for parameter, origin in _set_elsewhere(context) if _names(error.problem, parameter, context)]
        error.remedy = " ".join([*([error.remedy] if error.remedy else []), *dict.fromkeys(said)])
        return
    parameter = getattr(error, "param", None)
    if parameter is None or not hasattr(error, "message"):
        return
    error.message = _in_plain_words(error.message)
    origins = [origin for other, origin in _set_elsewhere(context) if other is parameter]
    if origins:
        error.message = f"{error.message.rstrip('.')}. {origins[0]}"


def _in_plain_words(message: str) -> str:
    """A message of typer or click without the names of types."""
    return _NOT_VALID.sub(lambda match: f"It must be {_KINDS[match[1] or match[2]]}.", message)


def _set_elsewhere(context: Any) -> Iterator[tuple[Any, str]]:
    """The options of a command whose value is from a variable or a file, each with a sentence that says so."""
    origins = context.meta.get(_KEY, {}).get(path_of(context), {})
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name)
        if parameter.name in origins and source is not None and source.name == "DEFAULT_MAP":
            yield parameter, f"{max(parameter.opts, key=len)} was set by {origins[parameter.name]}."


def path_of(context: Any) -> tuple[str, ...]:
    """The names of a command below its program."""
    names: list[str] = []
    while context.parent is not None:
        names.insert(0, context.info_name)
        context = context.parent
    return tuple(names)


def _names(problem: str, parameter: Any, context: Any) -> bool:
    """Whether a problem is about the value of an option: it quotes the value, or names the option."""
    value = context.params.get(parameter.name)
    values = value if isinstance(value, list) else [value]
    key = max(parameter.opts, key=len).removeprefix("--")
    about = "|".join(re.escape(form) for form in dict.fromkeys((key, key.replace("-", "_"))))
    named = re.search(rf"(?<![\w-])(?:--{re.escape(key)}(?![\w-])|(?:{about}) must be )", problem)
    return named is not None or any(item is not None and f'"{item}"' in problem for item in values)
