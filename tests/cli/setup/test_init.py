"""`evalkit init` finds what is there, writes a set-up that runs, and overwrites nothing."""

from __future__ import annotations

import json
import subprocess
import tomllib

import pytest
import yaml

from evalkit.cli.setup.finding import Found, look
from evalkit.cli.setup.init import Answers, Forge, configuration_text
from evalkit.text.corpus import read_corpus
from tests.support.rights import ordinary_rights

TEXT = "The lamp was lit at dusk, and the keeper went down to the water. " * 9
HOSTILE = ["a=b é.jsonl", "-o.jsonl", '"]\n[x].jsonl', "$(touch owned).jsonl", "lstm.jsonl", "${{ x }}.jsonl", "日本 語.jsonl"]


def put(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def everything(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_empty_folder_gets_a_stand_in(workspace, evalkit):
    code, out, _ = evalkit("init", "--no-baseline")
    assert (code, "stands in for your model" in out, sorted(everything(workspace))) == (0, True, ["evalkit.toml"])
    assert evalkit("validate")[0] == 0


def test_what_it_writes_is_a_gate_that_runs(workspace, evalkit, monkeypatch):
    """The first hour of a newcomer: init, then run."""
    monkeypatch.setenv("EVALKIT_METRICS", "letters.jsd")
    put(workspace, "books/one.txt", TEXT)
    (workspace / ".github").mkdir()
    tales = [tale.text[1000:1600] for tale in read_corpus().documents]
    put(workspace, "gold/samples.jsonl", "".join(json.dumps({"text": tale}) + "\n" for tale in tales))
    code, out, _ = evalkit("init", "--reference", "embedded")
    assert (code, "--reference chooses another: books" in out) == (0, True)
    assert out.index("evalkit run\n") < out.index("git add evalkit.toml .github/workflows/evalkit.yml .evalkit/baselines/main.json")
    steps = yaml.safe_load((workspace / ".github/workflows/evalkit.yml").read_text())["jobs"]["gate"]["steps"]
    assert steps[-1]["run"] == "evalkit run"
    code, out, _ = evalkit("run", "--dry-run")
    assert (code, "samples" in out, "gate" in out) == (0, True, True)
    before = everything(workspace)
    code, _, err = evalkit("init", "--reference", "embedded")
    assert (code, "evalkit.toml" in err, "--force" in err, everything(workspace) == before) == (2, True, True, True)
    assert evalkit("init", "--no-baseline", "--force", "--candidate", "unigram")[0] == 0
    assert tomllib.loads((workspace / "evalkit.toml").read_text())["candidates"] == [{"spec": "unigram"}]


def test_a_dry_run_writes_nothing(workspace, evalkit):
    put(workspace, "samples/a.txt", TEXT)
    before = everything(workspace)
    code, out, _ = evalkit("init", "--dry-run", "--forge", "gitlab")
    assert (code, everything(workspace) == before) == (0, True)
    assert [part for part in ("--- evalkit.toml", "--- .gitlab-ci.yml", "time", "memory") if part not in out] == []


def test_it_finds_models_corpora_and_samples(tmp_path):
    put(tmp_path, "corpus/a.txt", TEXT)
    put(tmp_path, "notes.txt", TEXT * 9)
    put(tmp_path, "README.md", TEXT)
    put(tmp_path, "out/new.jsonl", '{"text": "x"}')
    put(tmp_path, "models/first/meta.json", "{}")
    put(tmp_path, "models/first/arrays.npz", "")
    put(tmp_path, ".venv/lib/data.jsonl", "{}")
    assert look(tmp_path) == Found(("corpus", "notes.txt"), ("models/first",), ("out/new.jsonl",))


@pytest.mark.parametrize("address", ["git@github.com:x/y.git", "https://gitlab.example.org/x/y.git"])
def test_it_knows_the_server_by_the_remote(tmp_path, address):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", address], check=True)
    assert look(tmp_path).forge == ("github" if "github" in address else "gitlab")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_stay_values(workspace, evalkit, name):
    """A name of a file stands in evalkit.toml alone, reads back as it is, and names samples."""
    answers = Answers("embedded", f"./{name}", Forge.NONE)
    assert tomllib.loads(configuration_text(answers, "main"))["candidates"] == [{"spec": f"./{name}"}]
    (workspace / name).write_text("".join(f'{{"text": "{TEXT[i:]}"}}\n' for i in range(9)), encoding="utf-8")
    found = look(workspace).samples
    if name.isprintable():
        code, _, _ = evalkit("init", "--no-baseline", "--forge", "github")
        assert (code, name in (workspace / ".github/workflows/evalkit.yml").read_text()) == (0, False)
        assert evalkit("validate")[0] == 0
        assert tomllib.loads((workspace / "evalkit.toml").read_text())["candidates"] == [{"spec": found[0]}]
    else:
        assert found == ()


def test_a_pipeline_of_somebody_else_stays(workspace, evalkit):
    put(workspace, ".gitlab-ci.yml", "stages: [test]\n")
    code, out, _ = evalkit("init", "--no-baseline")
    assert (code, "include: { local: evalkit.gitlab-ci.yml }" in out) == (0, True)
    assert (workspace / ".gitlab-ci.yml").read_text() == "stages: [test]\n"
    assert yaml.safe_load((workspace / "evalkit.gitlab-ci.yml").read_text())["text-quality"]["script"][-1] == "evalkit run"


def test_without_a_baseline_nothing_is_half_set_up(workspace, evalkit):
    """A candidate of which no baseline can be made is refused before anything is written."""
    put(workspace, "samples.jsonl", '{"text": "x"}\n')
    code, _, err = evalkit("init")
    assert (code, "--no-baseline" in err, sorted(everything(workspace))) == (2, True, ["samples.jsonl"])


def test_without_the_right_to_write_it_says_so(workspace, evalkit):
    workspace.chmod(0o500)
    try:
        with ordinary_rights():
            code, _, err = evalkit("init", "--no-baseline")
    finally:
        workspace.chmod(0o700)
    assert (code, "be written" in err, everything(workspace)) == (2, True, {})
