"""No message names a type of Python or of the command line's library: each option is given what it cannot take."""

from __future__ import annotations

import re

import pytest
import typer

import generators
from evalkit.cli import app, generators_app
from evalkit.cli.config import every_command, key_of
from evalkit.cli.run import exit_code
from evalkit.errors import UsageError
from generators.base import option_defaults

TYPE = re.compile(r"\b(int|float|str|bool|NoneType|None|dict|Literal|Optional|valid (integer|number|boolean|float))\b|\s\|\s")
CONTEXT = typer.main.get_command(app).make_context("evalkit", [], resilient_parsing=True)


def refuses(option, value):
    try:
        option.process_value(CONTEXT, value)
    except typer.BadParameter:
        return True
    return False


NUMBERS = [
    (path, option)
    for path, options in every_command().items()
    for option in options
    if not option.is_flag and not option.multiple and refuses(option, "many")
]


@pytest.mark.parametrize(("path", "option"), NUMBERS, ids=[f"{' '.join(path)} --{key_of(option)}" for path, option in NUMBERS])
def test_options_of_commands(path, option, workspace, capsys):
    (workspace / "evalkit.toml").write_text("[policy]\n")  # `run` reads one first
    ours, words = (generators_app, path[1:]) if path[0] == "generators" else (app, path)
    code = exit_code(lambda: ours(args=[*words, f"--{key_of(option)}", "many"], prog_name="evalkit", standalone_mode=False))
    err = capsys.readouterr().err
    said = " ".join(err.partition("Invalid value")[2].split())
    assert (code, f"--{key_of(option)}" in said, TYPE.findall(said)) == (2, True, []), err


SPECS = [(name, key) for name in generators.NAMES.ours for key in option_defaults(generators.find(name))]


@pytest.mark.parametrize(("name", "key"), SPECS)
def test_options_of_generators(name, key):
    """Whatever a generator says to a value that is nothing of what it takes, or to an empty one."""
    said = []
    for value in ("many words", '""'):
        try:
            generators.create(f"{name}:{key}={value}")
        except UsageError as error:
            said.append(str(error))
    assert [TYPE.findall(text) for text in said if TYPE.search(text)] == [], said


@pytest.mark.parametrize(
    "setting", ["seed = 'x'", "seed = true", "[gate]\nbaseline = [1]", "passages = 1.5", "quiet = 3", "seed = {}"]
)
def test_a_configuration(workspace, capsys, setting):
    (workspace / "evalkit.toml").write_text(setting + "\n")
    code = exit_code(lambda: app(args=["metrics"], prog_name="evalkit", standalone_mode=False))
    err = capsys.readouterr().err
    assert (code, "evalkit.toml" in err, TYPE.findall(err)) == (2, True, []), err
