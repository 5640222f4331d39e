"""Builds the typer application of a program from a table of its commands; each command's file is imported when it is used."""

from __future__ import annotations

import sys
from collections import UserDict
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from evalkit import __version__
from evalkit.cli import stderr
from evalkit.cli.options import DRY_RUN, OutputFile, allowed_by
from evalkit.errors import EvalkitError

if TYPE_CHECKING:  # it imports what --help does without
    from evalkit.cli.output import RequestedFiles

Table = Mapping[str, "str | Table"]
"""Command -> `module:function`; a group of commands -> the table of these."""

READS_CONFIGURATION_ITSELF = ("validate", "run", "init")
"""Commands that must run when the configuration of the working folder cannot be used."""


def _print_version(context: typer.Context, wanted: bool) -> None:
    if wanted:
        typer.echo(f"{context.info_name} {__version__}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("-V", "--version", callback=_print_version, is_eager=True, help="Print the version.")]


CommandLineError: type[Exception] = next(cls for cls in typer.BadParameter.__mro__ if cls.__name__ == "ClickException")
"""Typer below 0.28 uses the package click, later versions a copy of their own; the base of its public BadParameter is right for both."""
_BEGUN = "evalkit.begun"


class Command(TyperCommand):
    """A command that leaves no output of an earlier run where it was asked to write its own, however it ends."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Reads the command line; where that fails, the outputs that it names say so or go."""
        ctx.meta[_BEGUN] = True
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except (CommandLineError, EvalkitError) as error:
            _name_origin(ctx, error)
            if DRY_RUN not in given:
                self.named_files(given).give_up(error)
            raise

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Ends the help with an example."""
        from evalkit.cli.config import path_of
        from evalkit.cli.setup.examples import EXAMPLES

        # The program's own name, however it was started.
        example = EXAMPLES.get(" ".join([str(ctx.find_root().command.name), *path_of(ctx)]))
        if example is not None:
            formatter.write(f"\nExample:\n  {example}\n")

    def invoke(self, ctx: Any) -> Any:
        """Runs the command; an error in it says which variable or file a value came from."""
        try:
            return self._invoke(ctx)
        except EvalkitError as error:
            _name_origin(ctx, error)
            raise

    def _invoke(self, ctx: Any) -> Any:
        from evalkit.cli.output import RequestedFiles

        outputs = {str(option.name): option for option in self._outputs()}
        values = [value for name, value in ctx.params.items() if name in outputs]
        if not any(values) or ctx.params.get("dry_run"):
            return super().invoke(ctx)
        inputs = [value for name, value in ctx.params.items() if name not in outputs]
        files = RequestedFiles(values, kinds=next(iter(outputs.values())).allowed.kinds)
        files.withdraw(inputs)
        try:
            return super().invoke(ctx)
        except BaseException as error:
            if getattr(error, "exit_code", 4):
                files.give_up(error)
            raise

    def named_files(self, args: Sequence[str]) -> RequestedFiles:
        """The outputs that a command line names which cannot be parsed."""
        from evalkit.cli.output import RequestedFiles

        options = list(self._outputs())
        values, others = _parted([name for option in options for name in option.opts], args)
        words = [word for word in values if any(option.allowed.takes(word) for option in options)]
        files = RequestedFiles(words, kinds=options[0].allowed.kinds if options else ())
        files.spare(others)
        return files

    def _outputs(self) -> Iterator[Any]:
        """The options that name files to write."""
        return (parameter for parameter in self.params if isinstance(getattr(parameter, "allowed", None), OutputFile))


def _name_origin(context: Any, error: BaseException) -> None:
    from evalkit.cli.config import name_origin

    name_origin(context, error)


def _parted(names: Sequence[str], args: Sequence[str]) -> tuple[list[str], list[str]]:
    """What a command line gives an option, as `-o FILE`, `-oFILE`, `--output FILE` or `--output=FILE`, and its other words."""
    ahead = [f"{name}=" if name.startswith("--") else name for name in names]
    values: list[str] = []
    others: list[str] = []
    words = iter(args)
    for word in words:
        if word in names:
            values.append(next(words, ""))
        elif attached := next((word.removeprefix(start) for start in ahead if word.startswith(start)), ""):
            values.append(attached)
        else:
            others.append(word)
    return values, others


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

        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            self.given = list(args)
            return super().parse_args(ctx, args)

        def invoke(self, ctx: Any) -> Any:
            try:
                return super().invoke(ctx)
            except (CommandLineError, EvalkitError) as error:
                # A configuration that cannot be used ends the program before the command reads its words.
                command = self.commands.get(self.given[0]) if self.given and not ctx.meta.get(_BEGUN) else None
                if isinstance(command, Command):
                    command.named_files(self.given[1:]).give_up(error)
                raise

    _complete_at_first_tab()
    return typer.Typer(
        name=name,
        cls=Group,
        help=help_,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=name == "evalkit",  # shells complete installed commands, and the generators are `python -m generators`
    )


_FIRST_TAB = """
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  %(complete_func)s "$@"
fi
"""


def _complete_at_first_tab() -> None:
    """Lets the script for zsh complete when it is loaded: the first Tab loads it, and Typer's own only declares what the second one calls."""
    scripts = getattr(sys.modules.get("typer._completion_shared"), "_completion_scripts", {})
    if "zsh" in scripts and _FIRST_TAB not in scripts["zsh"]:
        scripts["zsh"] += _FIRST_TAB


def _group(name: str, table: Table, *, help_: str) -> Any:
    app = _application(name, table, help_=help_, helps={})
    app.callback(help=help_)(lambda: None)
    return typer.main.get_command(app)


def _command(name: str, place: str) -> Any:
    module, _, function_name = place.partition(":")
    function = getattr(import_module(module), function_name)
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
    app.command(name, cls=Command)(function)
    command = typer.main.get_command(app)
    for parameter in command.params:
        # Typer's versions keep what an option takes in different places; the configuration asks for it here.
        vars(parameter)["allowed"] = allowed_by(function, str(parameter.name))
    return command
