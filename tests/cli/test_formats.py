"""Every command writes each format and extension that its help lists, and refuses any other before any work."""

from __future__ import annotations

import importlib
import json
import shlex
from pathlib import Path

import pytest
import typer

from evalkit.cli import app, generators_app
from evalkit.cli.config import every_command, key_of
from evalkit.cli.run import exit_code
from evalkit.report.formats import FORMATS, extensions, format_named, format_of, names
from tests.support.docs import generate

QUICK = "--passages 10 --chars 300 -m letters.jsd --no-progress"
CALLS = {
    "compare": f"unigram {QUICK}",
    "score": f"unigram {QUICK}",
    "sweep": f"ngram:order=2 --temperature 1,2 {QUICK}",
    "audit": "samples.jsonl --no-progress",
    "report": "run",
    "history": ".",
    "metrics": "letters.jsd",
    "gate": "unigram --baseline base --fixed -m letters.jsd --no-progress",
    "calibrate": f"unigram --runs 10 --defect-runs 0 {QUICK}",
    "plan": "--baseline base",
    "baseline show": "base",
    "corpus fetch": "tiny --no-progress",
    "generators sample": "unigram --passages 2 --chars 20 --no-progress",
    "generators score": "unigram --no-progress",
    "generators train": "unigram -o model --no-progress",
}
"""What a command needs to run at all; those that need nothing are not listed."""
COMMANDS = {" ".join(path): {key_of(option): option for option in options} for path, options in every_command().items()}
OFFERED = {
    key: [
        (command, value)
        for command, options in COMMANDS.items()
        if getattr(options.get(key), "allowed", None)
        for value in options[key].allowed.allowed
    ]
    for key in ("format", "output")
}
RUNNABLE = {command for command, options in COMMANDS.items() if command in CALLS or not any(o.required for o in options.values())}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, cache):
    """A folder with a run, a baseline and a fetchable corpus."""
    folder = tmp_path_factory.mktemp("formats")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert exit_code(lambda: call("compare", f"unigram -q -o run/results.json {QUICK}")) == 0
        (folder / "samples.jsonl").write_text('{"text": "The lamp was lit at dusk."}\n{"text": ""}\n')
        assert exit_code(lambda: call("baseline save", "base unigram -q --passages 10 --chars 300 -m letters.jsd")) == 0
    return folder


def call(command, arguments):
    words = [*command.split(), *shlex.split(arguments)]
    program = generators_app if words[0] == "generators" else app
    return program(args=words[1:] if words[0] == "generators" else words, standalone_mode=False, prog_name="evalkit")


@pytest.fixture
def run(folder, workspace, monkeypatch, capsys):
    monkeypatch.chdir(folder)  # whose settings of the environment the workspace has removed
    monkeypatch.setattr("evalkit.text.datasets.download.fetch", lambda name, **options: folder)
    entry = importlib.import_module("evalkit.text.datasets.manifest").load_manifest()["tinyshakespeare"]
    monkeypatch.setattr("evalkit.text.datasets.manifest.load_manifest", lambda: {"tiny": entry})

    def run(command, more):
        code = exit_code(lambda: call(command, f"{CALLS.get(command, '')} {more}"))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def is_json(text):
    return json.loads(text) is not None


LOOKS = {
    "text": lambda text: text.strip() != "" and text[0] not in "{[|:<",
    "json": is_json,
    "markdown": lambda text: "|---" in text.replace(" ", "") or "### " in text,
    "github": lambda text: text.startswith("::"),
}
DONE = (0, 3)
"""Exit 3 too: ten passages are too few for some verdicts, which are printed all the same."""


@pytest.mark.parametrize(("command", "name"), [(c, n) for c, n in OFFERED["format"] if c in RUNNABLE])
def test_every_format_is_written(run, monkeypatch, command, name):
    # What is printed is looked at here; the page of every command is written below, and takes as long as all the rest of a run.
    monkeypatch.setattr("evalkit.report.html.page.render_html", lambda results, samples: "a page")
    code, out, err = run(command, f"-f {name}")
    assert code in DONE, err
    assert LOOKS.get(name, str.strip)(out), out[:300]


def _with_extensions(command):
    """Names the extensions too, so that `-k` finds one."""
    return f"{command}{''.join(extension for other, extension in OFFERED['output'] if other == command)}"


@pytest.mark.parametrize("command", [command for command in dict(OFFERED["output"]) if command in RUNNABLE], ids=_with_extensions)
def test_every_extension_is_written(run, folder, command):
    """In one run, where the command takes several outputs."""
    option = COMMANDS[command]["output"]
    files = [folder / "out" / f"{command.replace(' ', '-')}{extension}" for extension in option.allowed.allowed]
    for together in [files] if option.multiple else [[file] for file in files]:
        code, _, err = run(command, " ".join(f"-o {file}" for file in together))
        assert code in DONE, err
    assert [file.name for file in files if not file.stat().st_size] == []


@pytest.mark.parametrize("command", dict(OFFERED["format"]))
def test_another_format_ends_in_2_with_the_list(run, folder, command):
    before = set(folder.rglob("*"))
    code, out, err = run(command, "-f nonsense")
    allowed = [name for other, name in OFFERED["format"] if other == command]
    assert (code, out) == (2, "")
    assert f'There is no format "nonsense" here. Known: {", ".join(sorted(allowed))}.' in err
    assert set(folder.rglob("*")) == before


@pytest.mark.parametrize("command", dict(OFFERED["output"]))
def test_another_extension_ends_in_2_before_any_work(run, folder, command):
    before = set(folder.rglob("*"))
    code, out, err = run(command, "-o out.nonsense")
    assert (code, out) == (2, "")
    assert '"out.nonsense" has no extension that can be written.' in err
    for extension in (value for other, value in OFFERED["output"] if other == command):
        assert extension in err
    assert set(folder.rglob("*")) == before


@pytest.mark.parametrize("command", sorted({c for key in OFFERED for c, _ in OFFERED[key]}))
def test_help_lists_exactly_what_is_taken(command):
    program, path = ("generators", command.split()[1:]) if command.startswith("generators") else ("evalkit", command.split())
    shown = " ".join(generate.help_of(program, *path).split())
    for key in ("format", "output"):
        option = COMMANDS[command].get(key)
        if option is not None and option.allowed is not None:
            listed = option.allowed.allowed
            assert (f"[{'|'.join(listed)}]" if key == "format" else listed[0]) in shown


def test_a_command_with_a_format_takes_no_other_words():
    """No command has a --format of its own making, which could accept anything."""
    assert [command for command, options in COMMANDS.items() if "format" in options and options["format"].allowed is None] == []


def test_a_format_of_one_run_is_none_of_two(run):
    code, out, err = run("report", "run -f json")
    assert (code, out, "Two runs cannot be shown as json" in err) == (2, "", True)
    code, out, err = run("report", "run -o two.csv")
    assert (code, out, ".html" in err) == (2, "", True)
    assert not Path("two.csv").exists()


@pytest.mark.parametrize("form", [form for form in FORMATS if form.renderer], ids=lambda form: f"{form.name}-{min(form.kinds)}")
def test_every_renderer_is_there(form):
    for place in filter(None, (form.renderer, form.unfinished)):
        module, _, name = place.partition(":")
        assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize("kind", sorted({kind for form in FORMATS for kind in form.kinds}))
def test_a_kind_has_one_format_for_each_name_and_extension(kind):
    forms = [form for form in FORMATS if kind in form.kinds]
    assert len({form.name for form in forms}) == len(forms)
    for form in forms:
        assert format_named(form.name, kind) is form
        for extension in form.extensions:
            assert format_of(Path(f"a{extension}"), kind) is form
    assert set(names([kind])) == {form.name for form in forms if form.stdout}
    assert set(extensions([kind])) == {extension for form in forms for extension in form.extensions}


def test_a_group_may_not_repeat_an_option():
    from evalkit.cli.groups import takes_groups
    from evalkit.cli.options import ReadingOptions, SampleReadingOptions

    def command(*, first: ReadingOptions, second: SampleReadingOptions) -> None: ...

    command.__annotations__ = {"first": ReadingOptions, "second": SampleReadingOptions}
    with pytest.raises(TypeError, match="two options of one name: document_field, encoding, errors, text_field"):
        takes_groups(command)


def test_only_the_command_that_is_run_is_imported():
    group = typer.main.get_command(app)
    assert isinstance(group.commands.data["plan"], str)
    assert group.commands["plan"].name == "plan"
    assert isinstance(group.commands.data["gate"], str)
