"""Reads a `Config`, options and policy, from evalkit.toml or from [tool.evalkit] of pyproject.toml.

A key is an option's name (`held-out = "every:10:4"`), at the top for every command that has it, or in a table named after a command
(`[gate]`, `[baseline.save]`, `[generators.sample]`). `[policy]` is the gate's, and `[[candidates]]` are those of `run` and `compare`. The command line wins over EVALKIT_* variables,
those over the file, and the file over defaults.

Only the command line and the pytest plugin look for a file, with `find_config`. Functions of the library take a `Config`, so
what they give does not depend on the folder in which they are called.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit._util.paths import is_file
from evalkit._util.toml import read_toml
from evalkit.language.profile import shipped

FILE = "evalkit.toml"
PYPROJECT = "pyproject.toml"
VARIABLE = "EVALKIT_CONFIG"
PREFIX = "EVALKIT_"
POLICY = "policy"
CANDIDATES = "candidates"
NOT_OPTIONS = frozenset({VARIABLE, "EVALKIT_LOG", "EVALKIT_LOG_FORMAT", "EVALKIT_CACHE", "EVALKIT_API_KEY"})


@dataclass(frozen=True)
class Config:
    """What a configuration file says.

    Args:
        path: the file; None where there is none.
        table: its content, without the [tool.evalkit] around it.
        language: of EVALKIT_LANGUAGE, whose measures the policy may name too; None where that is not set.
    """

    path: Path | None
    table: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None

    @property
    def policy(self) -> Mapping[str, Any] | None:
        """Its [policy] table; None where there is none (`policy = "FILE"` is the option)."""
        table = self.table.get(POLICY)
        return table if isinstance(table, Mapping) else None

    @property
    def origin(self) -> str:
        """Where a value of it was set, for people."""
        if self.path is None:
            return "default"
        return f"{self.path.name} [tool.evalkit]" if self.path.name == PYPROJECT else self.path.name


NO_CONFIG = Config(None)
"""What a library function uses: no file says anything."""


def find_config(folder: Path | None = None) -> Config:
    """The configuration of a folder: the file that EVALKIT_CONFIG names, or evalkit.toml, or pyproject.toml with [tool.evalkit].

    Raises:
        ConfigError: when a file is there but cannot be read, or EVALKIT_CONFIG names one that is not there.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return load_config(Path(named))
    folder = folder or Path()
    if is_file(folder / FILE):
        return load_config(folder / FILE)
    if is_file(folder / PYPROJECT):
        return load_config(folder / PYPROJECT)
    return Config(None, language=_environment_language())


def load_config(path: Path) -> Config:
    """A configuration from a file; a pyproject.toml without [tool.evalkit] says nothing."""
    table, language = read_toml(path), _environment_language()
    if path.name != PYPROJECT:
        return Config(path, table, language)
    tool = table.get("tool", {})
    section = tool.get("evalkit") if isinstance(tool, Mapping) else None
    if section is None:
        return Config(None, language=language)
    return Config(path, section if isinstance(section, Mapping) else {"tool.evalkit": section}, language)


def _environment_language() -> str | None:
    return os.environ.get(f"{PREFIX}LANGUAGE") or None


def languages_of(config: Config) -> list[str]:
    """The languages whose measures a configuration may name.

    Those that are shipped, and those that it or EVALKIT_LANGUAGE chooses.
    """
    tables = [config.table, *(value for value in config.table.values() if isinstance(value, Mapping))]
    named = [config.language, *(table.get("language") for table in tables)]
    return list(dict.fromkeys([*shipped(), *(language for language in named if language and isinstance(language, str))]))
