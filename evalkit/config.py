"""evalkit.toml, or [tool.evalkit] of pyproject.toml: options and policy in a file.

A key is an option's name (`held-out = "every:10:4"`), at the top for every command that has it, or in a table named after a command.
`[policy]` is the gate's. The command line wins over EVALKIT_* variables, those over the file, and the file over defaults.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from evalkit.errors import ConfigError, one_of

FILE = "evalkit.toml"
PYPROJECT = "pyproject.toml"
VARIABLE = "EVALKIT_CONFIG"
PREFIX = "EVALKIT_"
POLICY = "policy"
_NOT_OPTIONS = frozenset({VARIABLE, "EVALKIT_LOG", "EVALKIT_LOG_FORMAT", "EVALKIT_CACHE"})
_LONGEST = 1 << 20


@dataclass(frozen=True)
class Config:
    """What a configuration file says.

    Args:
        path: the file; None where there is none.
        table: its content, without the [tool.evalkit] around it.
    """

    path: Path | None
    table: Mapping[str, Any] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Where a value of it was set, for people."""
        if self.path is None:
            return "default"
        return f"{self.path.name} [tool.evalkit]" if self.path.name == PYPROJECT else self.path.name


@dataclass(frozen=True)
class Setting:
    """An option's value and where it was set."""

    value: Any
    source: str


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file.

    Raises:
        ConfigError: when it is missing, too large or not TOML.
    """
    try:
        if path.stat().st_size > _LONGEST:
            raise ConfigError(f"{path} is larger than a configuration can be.", remedy="Give a TOML file of less than 1 MB.")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", remedy="Give a TOML file.") from error


def find_config(folder: Path | None = None) -> Config:
    """The configuration of a folder: the file that EVALKIT_CONFIG names, or evalkit.toml, or pyproject.toml with [tool.evalkit].

    Raises:
        ConfigError: when a file is there but cannot be read, or EVALKIT_CONFIG names one that is not there.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return load_config(Path(named))
    folder = folder or Path()
    if (folder / FILE).is_file():
        return load_config(folder / FILE)
    if (folder / PYPROJECT).is_file():
        return load_config(folder / PYPROJECT)
    return Config(None)


def load_config(path: Path) -> Config:
    """A configuration from a file; a pyproject.toml without [tool.evalkit] says nothing."""
    table = read_toml(path)
    if path.name != PYPROJECT:
        return Config(path, table)
    tool = table.get("tool", {})
    section = tool.get("evalkit") if isinstance(tool, Mapping) else None
    if section is None:
        return Config(None)
    return Config(path, section if isinstance(section, Mapping) else {"tool.evalkit": section})


Commands = Mapping[tuple[str, ...], Sequence[click.Parameter]]


def commands_of(app: click.Command, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], list[click.Parameter]]:
    """The options of every command by its path of names."""
    if isinstance(app, click.Group):
        return {key: value for name, sub in app.commands.items() for key, value in commands_of(sub, (*path, name)).items()}
    return {path: [p for p in app.params if isinstance(p, click.Option) and p.name not in ("help", "version")]}


def key_of(option: click.Parameter) -> str:
    """How a configuration calls an option: its long name, without dashes in front."""
    names = [name.removeprefix("--") for name in option.opts if name.startswith("--")]
    return names[0] if names else str(option.name)


def settings(config: Config, command: tuple[str, ...], options: Sequence[click.Parameter]) -> dict[str, Setting]:
    """What environment and file say of a command's options, by parameter name; the environment wins."""
    found: dict[str, Setting] = {}
    own: Any = config.table
    for name in command:
        own = own.get(name, {}) if isinstance(own, Mapping) else {}
    for option in options:
        key = key_of(option)
        variable = PREFIX + key.replace("-", "_").upper()
        if os.environ.get(variable):
            found[str(option.name)] = Setting(_from_text(option, os.environ[variable]), variable)
        elif isinstance(own, Mapping) and key in own:
            found[str(option.name)] = Setting(own[key], f"{config.origin}: {'.'.join(command)}.{key}")
        elif key in config.table:
            found[str(option.name)] = Setting(config.table[key], f"{config.origin}: {key}")
    return found


def _from_text(option: click.Parameter, text: str) -> object:
    return [part.strip() for part in text.split(",") if part.strip()] if option.multiple else text


def default_map(config: Config, commands: Commands) -> dict[str, Any]:
    """The defaults that environment and file give every command, in the shape that click takes.

    Raises:
        ConfigError: listing everything that is wrong with the file.
    """
    problems = problems_of(config, commands)
    if problems:
        raise ConfigError(
            f"{config.origin} cannot be used: {'; '.join(problems)}.",
            remedy="`python -m evalkit validate` lists every problem with the near match.",
        )
    tree: dict[str, Any] = {}
    for command, options in commands.items():
        branch = tree
        for name in command:
            branch = branch.setdefault(name, {})
        branch.update({name: setting.value for name, setting in settings(config, command, options).items()})
    return tree


def problems_of(config: Config, commands: Commands) -> list[str]:
    """What is wrong with a configuration, all at once, as clauses of a sentence."""
    return list(_problems(config.table, commands))


def _problems(table: Mapping[str, Any], commands: Commands) -> Iterator[str]:
    from evalkit.measures import known_measures
    from evalkit.policy import policy_problems

    groups = {path[0] for path in commands}
    everywhere = {key_of(option): option for options in commands.values() for option in options}
    for key, value in table.items():
        if key == POLICY:
            yield from (f"[policy]: {problem}" for problem in policy_problems(value, known=known_measures()))
        elif isinstance(value, Mapping) and key in groups:
            yield from _table_problems((key,), value, commands)
        elif key in everywhere and not isinstance(value, Mapping):
            yield from _value_problems(key, everywhere[key], value)
        else:
            kind = "table" if isinstance(value, Mapping) else "option"
            yield f'there is no {kind} "{key}" ({one_of(key, [*everywhere, *groups, POLICY]).rstrip(".")})'


def _table_problems(path: tuple[str, ...], table: Mapping[str, Any], commands: Commands) -> Iterator[str]:
    options = {key_of(option): option for option in commands.get(path, ())}
    below = {other[len(path)] for other in commands if other[: len(path)] == path and len(other) > len(path)}
    for key, value in table.items():
        if isinstance(value, Mapping) and key in below:
            yield from _table_problems((*path, key), value, commands)
        elif key in options:
            yield from _value_problems(f"{'.'.join(path)}.{key}", options[key], value)
        else:
            yield f'[{".".join(path)}] has no option "{key}" ({one_of(key, [*options, *below]).rstrip(".")})'


def _value_problems(name: str, option: click.Parameter, value: object) -> Iterator[str]:
    values = value if isinstance(value, list) else [value]
    if isinstance(value, list) and not option.multiple:
        yield f"{name} takes one value, not a list"
        return
    for one in values:
        wrong_kind = isinstance(one, bool) != isinstance(option.type, click.types.BoolParamType)
        try:
            if wrong_kind or isinstance(one, Mapping | list):
                yield f"{name} cannot be {one!r}"
            else:
                option.type.convert(one, option, None)
        except click.BadParameter as error:
            yield f"{name}: {error.message.rstrip('.')}"


def unknown_variables(commands: Commands) -> list[str]:
    """EVALKIT_* variables that no option reads, each with the near match."""
    known = {
        PREFIX + key_of(option).replace("-", "_").upper() for options in commands.values() for option in options
    } | _NOT_OPTIONS
    return [
        f"{name} is read by nothing ({one_of(name, known).rstrip('.')})"
        for name in os.environ
        if name.startswith(PREFIX) and name not in known
    ]
