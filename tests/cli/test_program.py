"""A command is a function in a file and a line in the table; everything else derives from these."""

from __future__ import annotations

import evalkit.cli
from evalkit.cli import COMMANDS, options
from evalkit.cli.config import every_command
from evalkit.cli.program import program
from evalkit.cli.run import exit_code
from evalkit.text.corpus import EMBEDDED
from tests.support.docs import generate

SOURCE = '''
"""Runs `evalkit greet`."""

import typer

from evalkit.cli import options as opt
from evalkit.cli.groups import takes_groups


@takes_groups
def greet(*, reading: opt.SampleReadingOptions, format_: opt.ListingFormat = "text") -> None:
    """Greet whoever reads."""
    typer.echo(f"{reading.passage_field} {reading.for_readers().encoding} {format_}")
'''


def test_a_command_is_two_places(workspace, monkeypatch, capsys):
    (workspace / "greeting.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(workspace)
    app = program("evalkit", {**COMMANDS, "greet": "greeting:greet"}, help_="Help.", helps={"baseline": "B.", "corpus": "C."})
    monkeypatch.setattr("evalkit.cli.app", app)
    assert "greet" in generate.subcommands("evalkit")
    assert "## `evalkit greet`" in generate.commands_page()
    assert "[text|json]" in generate.help_of("evalkit", "greet")
    assert [str(option.name) for option in every_command()["greet",]] == [
        "text_field", "document_field", "passage_field", "encoding", "errors", "format_",
    ]  # fmt: skip
    (workspace / "evalkit.toml").write_text('[greet]\nencoding = "latin-1"\n')
    assert exit_code(lambda: app(args=["greet", "--passage-field", "id", "-f", "json"], standalone_mode=False)) == 0
    assert capsys.readouterr() == ("id latin-1 json\n", "")
    assert exit_code(lambda: app(args=["greet", "-f", "html"], standalone_mode=False)) == 2


def test_the_default_reference_is_the_embedded_corpus():
    assert options.DEFAULT_REFERENCE == EMBEDDED


def test_every_name_of_the_face_is_there():
    for name in evalkit.cli.__all__:
        assert hasattr(evalkit.cli, name)
