"""Unknown names have their near match, and an error about a value that nobody typed says where it was set."""

from __future__ import annotations

import pytest

from evalkit.cli.config import every_command, unknown_variables

QUICK = ("--passages", 6, "--chars", 300, "-m", "letters.jsd", "-q")


@pytest.fixture
def generators(workspace, capsys):
    """Runs the other program in this process."""
    from evalkit.cli import generators_app
    from evalkit.cli.run import exit_code

    def run(*args):
        code = exit_code(lambda: generators_app(args=[str(arg) for arg in args], prog_name="generators", standalone_mode=False))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def one_line(text):
    return " ".join(text.split())


def mistyped(name):
    """A name with two of its letters exchanged, the first ones that differ."""
    place = next(i for i in range(1, len(name) - 1) if name[i] != name[i + 1])
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


COMMANDS = every_command()
LONG = [(path, name) for path, options in COMMANDS.items() for option in options for name in option.opts if name.startswith("--")]


@pytest.mark.parametrize(("path", "name"), LONG, ids=[" ".join([*path, name]) for path, name in LONG])
def test_every_option_has_its_near_match(evalkit, generators, path, name):
    run, words = (generators, path[1:]) if path[0] == "generators" else (evalkit, path)
    code, _, err = run(*words, f"--{mistyped(name[2:])}")
    assert code == 2
    assert name in err.split("Error:")[1]


def test_every_variable_has_its_near_match(monkeypatch):
    names = sorted({f"EVALKIT_{name[2:].upper().replace('-', '_')}" for _, name in LONG})
    for name in names:
        monkeypatch.setenv(f"EVALKIT_{mistyped(name[8:])}", "1")
    said = "\n".join(unknown_variables(COMMANDS))
    assert [name for name in names if f'did you mean "{name}"?' not in said] == []


class TestUnknownNames:
    def test_a_variable_is_ignored_with_a_warning(self, evalkit, generators, monkeypatch):
        monkeypatch.setenv("EVALKIT_SEDE", "3")
        for run in (evalkit, generators):
            words = ("metrics", "list", "letters.jsd") if run is evalkit else ("list",)
            code, _, err = run(*words)
            assert code == 0
            assert 'EVALKIT_SEDE is not the name of an option (did you mean "EVALKIT_SEED"?), so it changes nothing.' in one_line(
                err
            )

    def test_known_ones_are_quiet(self, evalkit, monkeypatch):
        for name in ("EVALKIT_SEED", "EVALKIT_SPLIT_SEED", "EVALKIT_CACHE"):
            monkeypatch.setenv(name, "3")
        assert evalkit("metrics", "list", "letters.jsd")[2] == ""

    @pytest.mark.parametrize(
        ("words", "near"),
        [
            (("comprae",), "compare"),
            (("baseline", "svae"), "save"),
            (("compare", "unigram", "--sede", "3"), "--seed"),
            (("compare", "unigram", "-f", "mrkdown"), "markdown"),
            (("compare", "unigram", "-o", "a.htlm"), ".html"),
            (("compare", "ngrm:order=3"), "ngram"),
            (("compare", "ngram:oder=3"), "order"),
            (("compare", "lstm:preset=qick"), "quick"),
            (("compare", "unigram", "-m", "leters.jsd"), "letters.jsd"),
            (("gate", "unigram", "--baseline", "b", "--polcy", "x"), "--policy"),
        ],
    )  # fmt: skip
    def test_on_the_command_line(self, evalkit, words, near):
        code, _, err = evalkit(*words)
        assert code == 2
        assert near in err.split("Error:")[1].split("Known:")[0]


class TestWhereAValueIsFrom:
    @pytest.mark.parametrize(
        ("variable", "value", "said"),
        [
            ("SEED", "x", "It must be a whole number."),
            ("TEMPERATURE", "hot", "It must be a number."),
            ("NO_PROGRESS", "maybe", "It must be true or false."),
            ("TEMPERATURE", "-1", "temperature must be above 0"),
            ("HELD_OUT_SHARE", "1", "must be above 0 and below 1"),
            ("REFERENCE", "nowhere", '"nowhere" does not exist'),
            ("METRICS", "letters.jsd,leters", 'No metric matches "leters"'),
            ("FORMAT", "mrkdown", 'Did you mean "markdown"?'),
        ],
    )
    def test_a_variable(self, evalkit, monkeypatch, variable, value, said):
        monkeypatch.setenv(f"EVALKIT_{variable}", value)
        code, _, err = evalkit("compare", "unigram", "--passages", 6)
        assert (code, said in one_line(err)) == (2, True), err
        option = variable.lower().replace("_", "-")
        assert f"--{option} was set by EVALKIT_{variable}." in one_line(err)

    def test_the_file(self, evalkit, generators, workspace):
        (workspace / "evalkit.toml").write_text('reference = "gone"\n[generators.sample]\nreference = "lost"\n')
        assert "--reference was set by evalkit.toml: reference." in one_line(evalkit("compare", "unigram")[2])
        assert "--reference was set by evalkit.toml: generators.sample.reference." in one_line(generators("sample", "unigram")[2])

    def test_what_was_typed_is_no_variables(self, evalkit, monkeypatch):
        monkeypatch.setenv("EVALKIT_SEED", "4")
        monkeypatch.setenv("EVALKIT_REFERENCE", "embedded")
        assert "was set by" not in evalkit("compare", "unigram", "--seed", "y")[2]
        assert "was set by" not in evalkit("compare", "unigram", "--reference", "nowhere")[2]

    def test_an_error_about_something_else_names_none(self, evalkit, monkeypatch):
        monkeypatch.setenv("EVALKIT_PASSAGES", "6")
        assert "was set by" not in evalkit("compare", "ngrm")[2]


@pytest.mark.parametrize("spec", ["ngram:order=x", "lstm:minutes=q", "lstm:minutes=q,units=many", "command:argv=a,timeout=long"])
def test_no_error_names_types_of_python(evalkit, spec):
    code, _, err = evalkit("compare", spec, *QUICK)
    assert code == 2
    assert "must be a" in err
    assert not {"int", "float", "bool", "str", "None", "|"} & set(err.replace(",", " ").split())
