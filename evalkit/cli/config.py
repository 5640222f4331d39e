"""Gives every command its defaults from EVALKIT_* variables and the configuration file, checked against the commands themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import typer

from evalkit.cli.options import Allowed
from evalkit.config import NOT_OPTIONS, POLICY, PREFIX, Config, find_config, languages_of
from evalkit.errors import ConfigError, UsageError, near


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


def use_configuration(context: typer.Context, *, section: str | None = None) -> None:
    """Gives every command of a program its defaults.

    Args:
        context: of the program.
        section: of the configuration file in which the program's commands stand; the top unless given.

    Raises:
        ConfigError: listing everything that is wrong with the file.
    """
    config = find_config()
    if config.path is not None or any(name.startswith(PREFIX) and name not in NOT_OPTIONS for name in os.environ):
        defaults = default_map(config, every_command(), context)
        context.default_map = defaults if section is None else defaults[section]


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
        elif isinstance(value, Mapping) and key in groups:
            yield from _table_problems((key,), value, commands, context)
        elif key in everywhere and not isinstance(value, Mapping):
            options = [option for option in everywhere[key] if _suits(option, value)] or everywhere[key]
            yield from dict.fromkeys(problem for option in options for problem in _value_problems(key, option, value, context))
        else:
            kind = "table" if isinstance(value, Mapping) else "option"
            yield f'there is no {kind} "{key}" ({near(key, [*everywhere, *groups, POLICY])})'


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
        yield f"{name} takes one value, not a list"
    elif any(isinstance(item, bool) != bool(option.is_flag) or isinstance(item, Mapping | list) for item in values):
        yield f"{name} cannot be {value!r}"
    else:
        try:
            # As text, which is what the command line gives: quotes around a number make no difference.
            option.process_value(
                context, [str(item) for item in values] if option.multiple else value if option.is_flag else str(value)
            )
        except typer.BadParameter as error:
            yield f"{name}: {error.message.rstrip('.')}"


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
