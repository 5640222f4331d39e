"""Command line over EVALKIT_* over file over default, for every command of both programs."""

from __future__ import annotations

import json

import pytest

from evalkit.cli.config import every_command, key_of, settings
from evalkit.config import Config

COMMANDS = every_command()


@pytest.fixture
def generators(workspace, capsys):
    """Runs `python -m generators` in this process."""
    from evalkit.cli.run import exit_code
    from generators.cli import app

    def run(*args):
        code = exit_code(lambda: app(args=[str(arg) for arg in args], prog_name="generators", standalone_mode=False))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def table_of(path, key, value):
    table = {key: value}
    for name in reversed(path):
        table = {name: table}
    return table


def value_for(option):
    """A value that the option takes from the top of a file."""
    allowed = option.allowed
    if allowed is None:
        return "top"
    first = allowed.allowed[0]
    return first if allowed.takes(first) else f"top{first}"


OPTIONS = [(path, option) for path, options in COMMANDS.items() for option in options]


@pytest.mark.parametrize(("path", "option"), OPTIONS, ids=[f"{' '.join(path)} --{key_of(option)}" for path, option in OPTIONS])
def test_every_option_of_every_command(path, option, tmp_path, monkeypatch):
    """A table of the command wins over the top of the file, the environment over both; the source is named."""
    key, variable = key_of(option), "EVALKIT_" + key_of(option).replace("-", "_").upper()
    monkeypatch.delenv(variable, raising=False)

    def found(table):
        return settings(Config(tmp_path / "evalkit.toml", table), path, [option]).get(str(option.name))

    assert found({}) is None
    at_top = value_for(option)
    top, own = found({key: at_top}), found({**table_of(path, key, "own"), **({key: at_top} if path != (key,) else {})})
    listed = (lambda value: [value]) if option.multiple else (lambda value: value)
    assert (top.value, top.source) == (listed(at_top), f"evalkit.toml: {key}")
    assert (own.value, own.source) == (listed("own"), f"evalkit.toml: {'.'.join(path)}.{key}")
    monkeypatch.setenv(variable, "environment")
    given = found(table_of(path, key, "own"))
    assert (given.value, given.source) == (listed("environment"), variable)


class TestGenerators:
    def sampled(self, generators, *words):
        code, out, err = generators("sample", "unigram", *words)
        assert (code, err) == (0, "")
        return [json.loads(line) for line in out.splitlines()]

    def test_they_read_the_configuration_too(self, workspace, generators, monkeypatch):
        (workspace / "evalkit.toml").write_text(
            "no-progress = true\npassages = 9\n[generators.sample]\npassages = 3\nchars = 30\n[gate]\nseed = 5\n"
        )
        assert len(self.sampled(generators)) == 3
        monkeypatch.setenv("EVALKIT_PASSAGES", "2")
        assert len(self.sampled(generators)) == 2
        assert len(self.sampled(generators, "--passages", 1)) == 1

    def test_mistakes_are_named_in_both_programs(self, workspace, generators, evalkit):
        (workspace / "evalkit.toml").write_text("[generators.sampel]\npassages = 3\n[generators.train]\nsede = 1\n")
        for code, _, err in (generators("list"), evalkit("metrics"), evalkit("validate")):
            assert code == 2
            assert '"sample"?' in err
            assert '"seed"?' in err


class TestOneNameOfTwoKinds:
    def test_a_list_suits_the_commands_that_take_several(self, workspace, evalkit):
        (workspace / "evalkit.toml").write_text('output = ["a.json", "b.md"]\n')
        assert evalkit("validate")[0] == 0

    def test_one_value_is_a_list_of_one(self, workspace, evalkit):
        (workspace / "evalkit.toml").write_text('metrics = "letters.jsd"\nquiet = true\noutput = ["a.json"]\n')
        assert evalkit("score", "unigram", "--passages", 10, "--chars", 300)[0] == 0
        assert set(json.loads((workspace / "a.json").read_text())["metrics"]) == {"letters.jsd"}

    def test_a_list_is_not_given_to_a_command_that_takes_one_value(self, workspace, evalkit):
        (workspace / "evalkit.toml").write_text('output = ["a.json", "b.md"]\n')
        quick = ("--passages", 10, "--chars", 300, "-m", "letters.jsd", "--runs", 10, "--defect-runs", 0)
        assert evalkit("calibrate", "unigram", *quick)[0] == 0

    def test_a_format_is_given_to_the_commands_that_write_it(self, workspace, evalkit):
        (workspace / "evalkit.toml").write_text('format = "markdown"\noutput = "a.html"\n[corpus.list]\nformat = "json"\n')
        assert evalkit("validate")[0] == 0
        assert evalkit("metrics", "list", "letters.jsd")[1].startswith("Metrics")
        assert json.loads(evalkit("corpus", "list")[1])
        code, out, _ = evalkit("score", "unigram", "--passages", 10, "--chars", 300, "-m", "letters.jsd")
        assert (code, "\n|" in out, (workspace / "a.html").is_file()) == (0, True, True)

    @pytest.mark.parametrize(
        ("setting", "message"),
        [('format = "yaml"', "github, json, markdown"), ('[metrics]\nformat = "markdown"', "metrics.format: ")],
    )
    def test_a_format_that_none_writes_is_refused(self, workspace, evalkit, setting, message):
        (workspace / "evalkit.toml").write_text(setting)
        code, _, err = evalkit("metrics")
        assert (code, message in err) == (2, True)

    def test_what_suits_none_is_refused(self, workspace, evalkit):
        (workspace / "evalkit.toml").write_text("output = true\n")
        assert evalkit("validate")[0] == 2


@pytest.mark.parametrize(("value", "printed"), [("true", False), ("1", False), ("false", True), ("0", True)])
def test_flags_in_the_environment(workspace, evalkit, monkeypatch, value, printed):
    monkeypatch.setenv("EVALKIT_QUIET", value)
    shape = ("--passages", 10, "--chars", 300, "-m", "letters.jsd")
    code, out, _ = evalkit("baseline", "save", "b", "unigram", *shape)
    assert (code, bool(out)) == (0, printed)
