"""The defaults that EVALKIT_* and the configuration file give the commands of both programs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from evalkit.cli.config import commands_of, default_map
from evalkit.config import NOT_OPTIONS, PREFIX, find_config

if TYPE_CHECKING:
    from evalkit.cli.config import Commands

GENERATORS = "generators"


def every_command() -> Commands:
    """The options of every command of both programs; those of `python -m generators` stand below its name."""
    from evalkit.cli import app as evalkit
    from generators.cli import app as generators

    own, others = (commands_of(typer.main.get_command(app)) for app in (evalkit, generators))
    return own | {(GENERATORS, *path): options for path, options in others.items()}


def use_configuration(context: typer.Context, *, below: tuple[str, ...] = ()) -> None:
    """Gives every command of a program its defaults.

    Args:
        context: of the program.
        below: where its commands stand among all.

    Raises:
        ConfigError: listing everything that is wrong with the file.
    """
    config = find_config()
    if config.path is not None or any(name.startswith(PREFIX) and name not in NOT_OPTIONS for name in os.environ):
        tree = default_map(config, every_command(), context)
        for name in below:
            tree = tree[name]
        context.default_map = tree
