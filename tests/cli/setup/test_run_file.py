"""`evalkit run` does what a file describes, as the commands do, and `--dry-run` says it and does nothing."""

from __future__ import annotations

import json

import pytest

QUICK = 'metrics = ["letters.jsd", "wordlen.w1"]\npassages = 10\nchars = 300\nno-progress = true\n'
TWO = '[[candidates]]\nname = "old"\nspec = "ngram"\noptions = { order = 4 }\n[[candidates]]\nspec = "unigram"\n'


def written(folder, text, name="evalkit.toml"):
    (folder / name).write_text(text, encoding="utf-8")


def rows_of(path):
    results = json.loads(path.read_text(encoding="utf-8"))
    return results["kind"], results["results"], [candidate["spec"] for candidate in results["candidates"]]


def test_a_file_gives_what_the_command_gives(workspace, evalkit):
    written(workspace, QUICK + 'output = "run.json"\n' + TWO, "night run.toml")
    assert evalkit("run", "night run.toml")[0] == 0
    words = ("--passages", 10, "--chars", 300, "-m", "letters.jsd", "-m", "wordlen.w1", "-o", "command.json")
    assert evalkit("compare", "old=ngram:order=4", "unigram", *words)[0] == 0
    assert rows_of(workspace / "run.json") == rows_of(workspace / "command.json")
    assert rows_of(workspace / "run.json")[2] == ["ngram:order=4", "unigram"]


def test_a_bare_compare_takes_the_candidates_of_the_file(workspace, evalkit):
    written(workspace, QUICK + TWO)
    code, out, _ = evalkit("compare", "--dry-run")
    assert (code, "old (ngram:order=4)" in out) == (0, True)


def test_a_gate_is_described_whole(workspace, evalkit):
    """Baseline, policy and outputs are the file's, and so is the exit code's meaning."""
    assert evalkit("baseline", "save", "main", "ngram:order=4", "--passages", 10, "--chars", 300, "-m", "wordlen.w1", "-q")[0] == 0
    gate = '[run]\ncommand = "gate"\n[gate]\nbaseline = "main"\noutput = "gate.md"\n[policy.metrics."wordlen.w1"]\nmargin = 9\n'
    written(workspace, gate + '[[candidates]]\nspec = "ngram:order=4"\n')
    (workspace / "gate.md").write_text("before")
    code, out, _ = evalkit("run", "--dry-run")
    assert (code, "would       gate" in out, "main" in out) == (0, True, True)
    assert (workspace / "gate.md").read_text() == "before"
    assert not (workspace / "reports").exists()
    code, out, _ = evalkit("run")
    assert (code, "PASS" in out, "PASS" in (workspace / "gate.md").read_text(encoding="utf-8")) == (0, True, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[candidates]]\nspce = "unigram"\n', ('[[candidates]] 1 has no key "spce"', '"spec"?')),
        ('[[candidates]]\nspec = "ngram"\noptions = { ordr = 8 }\n', ("evalkit.toml: [[candidates]] 1", '"order"?')),
        ('[[candidates]]\nspec = "ngrm"\n', ("evalkit.toml: [[candidates]] 1", '"ngram"?')),
        ('[[candidates]]\nspec = "a.txt"\noptions = { order = 8 }\n', ("options are for generators",)),
        ('[[candidates]]\nspec = "ngram:order=3"\noptions = { order = 8 }\n', ("gives order too",)),
        ('[[candidates]]\nspec = "ngram"\nname = "a b"\n', ("[[candidates]] 1: name must be",)),
        ('candidates = ["unigram"]\n', ("each below [[candidates]]",)),
        ('[[candidate]]\nspec = "unigram"\n', ('"candidates"?',)),
        ('[run]\ncommand = "compre"\n' + TWO, ("run.command", "'compare'")),
        ('[run]\ncommand = "score"\n' + TWO, ("score takes one candidate", "describes 2")),
        ("seed = 1\n", ("evalkit.toml describes no candidates",)),
    ],
)
def test_a_file_that_cannot_be_run_says_why(workspace, evalkit, text, said):
    written(workspace, text)
    code, out, err = evalkit("run")
    assert (code, out) == (2, "")
    assert [part for part in said if part not in err] == []


def test_without_a_file_the_remedy_names_init(workspace, evalkit):
    code, _, err = evalkit("run")
    assert (code, "evalkit init" in err) == (2, True)


def test_a_dry_run_says_what_is_not_known(workspace, evalkit):
    """The time of another program is not guessed."""
    (workspace / "draw.sh").write_text("#!/bin/sh\necho text\n")
    (workspace / "draw.sh").chmod(0o755)
    code, out, _ = evalkit("compare", "mine=command:argv=./draw.sh {seed}", "--dry-run", "--passages", 10)
    assert (code, "what mine needs, which is not known" in out) == (0, True)
