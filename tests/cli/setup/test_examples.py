"""Every command's help ends with an example, which can be parsed; the cheap ones run."""

from __future__ import annotations

import shlex

import pytest
import typer

from evalkit.cli import app, generators_app
from evalkit.cli.config import every_command
from evalkit.cli.run import exit_code
from evalkit.cli.setup.examples import EXAMPLES

PATHS = [path if path[0] == "generators" else ("evalkit", *path) for path in every_command()]
CHEAP = ("evalkit init", "evalkit metrics", "evalkit corpus list", "evalkit baseline list", "generators list")


def words_of(path):
    """The words of an example behind its program."""
    example = EXAMPLES[" ".join(path)]
    program, *words = shlex.split(example.removeprefix("python -m "))
    assert (program, tuple(words[: len(path) - 1])) == (path[0], path[1:])
    return words


def program(path):
    return app if path[0] == "evalkit" else generators_app


def test_the_table_has_every_command_and_no_other():
    assert sorted(EXAMPLES) == sorted(" ".join(path) for path in PATHS)


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_shows_an_example_that_can_be_parsed(path, workspace, capsys):
    assert exit_code(lambda: program(path)(args=[*path[1:], "--help"], prog_name="x", standalone_mode=False)) == 0
    assert f"Example:\n  {EXAMPLES[' '.join(path)]}\n" in capsys.readouterr().out
    (workspace / "night.toml").write_text("seed = 1\n")
    (workspace / "book.txt").write_text("text")
    command, words = typer.main.get_command(program(path)), words_of(path)
    context = command.make_context(path[0], list(words))
    for name in path[1:]:
        command = command.get_command(context, name)
        words = words[1:]
        context = command.make_context(name, list(words), parent=context)


@pytest.mark.parametrize("name", CHEAP)
def test_cheap_examples_run(name, workspace, capsys):
    path = tuple(name.split())
    assert exit_code(lambda: program(path)(args=words_of(path), prog_name=path[0], standalone_mode=False)) == 0
