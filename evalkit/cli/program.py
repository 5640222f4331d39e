"""Builds the typer application of a program from a table of its commands; each command's file is imported when it is used."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from evalkit import __version__
from evalkit.cli import stderr
from evalkit.cli.options import allowed_by

Table = Mapping[str, "str | Table"]
"""Command -> `module:function`; a group of commands -> the table of these."""

READS_CONFIGURATION_ITSELF = ("validate",)
"""Commands that must run when the configuration cannot be used."""


def _print_version(context: typer.Context, wanted: bool) -> None:
    if wanted:
        typer.echo(f"{context.info_name} {__version__}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("-V", "--version", callback=_print_version, is_eager=True, help="Print the version.")]


class LazyCommands(UserDict[str, Any]):
    """The commands of a program or group, each made when it is first looked up.

    Args:
        table: where they are.
        helps: the help texts of groups, by name.
    """

    def __init__(self, table: Table, helps: Mapping[str, str]) -> None:
        super().__init__(table)
        self.helps = helps

    def __getitem__(self, name: str) -> Any:
        """The click command."""
        entry = self.data[name]
        if isinstance(entry, str):
            self.data[name] = _command(name, entry)
        elif isinstance(entry, Mapping):
            self.data[name] = _group(name, entry, help_=self.helps[name])
        return self.data[name]


def program(
    name: str, table: Table, *, help_: str, helps: Mapping[str, str] | None = None, section: str | None = None
) -> typer.Typer:
    """The application of a program.

    Args:
        name: of the program.
        table: of its commands.
        help_: what it does.
        helps: what its groups of commands do, by name.
        section: of the configuration file in which its commands stand; the top unless given.
    """
    app = _application(name, table, help_=help_, helps=helps or {})

    @app.callback(help=help_)
    def main(context: typer.Context, version: Version = False) -> None:
        stderr.configure()
        if context.invoked_subcommand not in READS_CONFIGURATION_ITSELF:
            from evalkit.cli.config import use_configuration

            use_configuration(context, section=section)

    return app


def _application(name: str | None, table: Table, *, help_: str, helps: Mapping[str, str]) -> typer.Typer:
    class Group(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            self.commands = LazyCommands(table, helps)

    return typer.Typer(
        name=name,
        cls=Group,
        help=help_,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
    )


def _group(name: str, table: Table, *, help_: str) -> Any:
    app = _application(name, table, help_=help_, helps={})
    app.callback(help=help_)(lambda: None)
    return typer.main.get_command(app)


def _command(name: str, place: str) -> Any:
    module, _, function_name = place.partition(":")
    function = getattr(import_module(module), function_name)
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
    app.command(name)(function)
    command = typer.main.get_command(app)
    for parameter in command.params:
        # Typer's versions keep what an option takes in different places; the configuration asks for it here.
        vars(parameter)["allowed"] = allowed_by(function, str(parameter.name))
    return command
