"""The seed of the split and the seed of everything else are two options, so that runs of several seeds can be compared."""

from __future__ import annotations

import json

import pytest

from evalkit.report.html.runs import render_history, runs_in
from evalkit.report.view.run_diff import changes, differences
from evalkit.results import from_dict, read

QUICK = ("--passages", 10, "--chars", 300, "-m", "letters.jsd", "-q")


def held_out(path):
    return json.loads(path.read_text())["signature"]["reference"]["held_out"]


def without_date(value):
    return json.dumps({key: part for key, part in value.items() if key != "run"})


def test_runs_that_differ_in_the_seed_alone_are_comparable(workspace, evalkit):
    for seed in range(3):
        assert evalkit("compare", "unigram", "--seed", seed, *QUICK, "-o", f"{seed}.json")[0] == 0
    first, *others = (read(workspace / f"{seed}.json") for seed in range(3))
    assert len({without_date(run.to_dict()) for run in (first, *others)}) == 3
    for other in others:
        forbidding, settings = differences(first, other)
        assert (forbidding, [setting.field for setting in settings]) == ([], ["seed"])
        assert changes(first, other)
    runs = runs_in([workspace])
    assert [run.breaks for run in runs] == [[]] * len(runs)
    assert "<b>not comparable" not in render_history(runs)


def test_the_split_has_a_seed_of_its_own(workspace, evalkit, monkeypatch):
    runs = {"plain": (), "seed": ("--seed", 3), "split": ("--split-seed", 3), "again": ("--split-seed", 3, "--seed", 5)}
    for name, words in runs.items():
        assert evalkit("score", "unigram", *words, *QUICK, "-o", f"{name}.json")[0] == 0
    monkeypatch.setenv("EVALKIT_SPLIT_SEED", "3")
    assert evalkit("score", "unigram", *QUICK, "-o", "variable.json")[0] == 0
    documents = {name: held_out(workspace / f"{name}.json") for name in (*runs, "variable")}
    assert documents["plain"] == documents["seed"] != documents["split"] == documents["again"] == documents["variable"]
    assert differences(read(workspace / "plain.json"), read(workspace / "split.json"))[0]
    assert not differences(read(workspace / "split.json"), read(workspace / "again.json"))[0]


def test_the_configuration_and_the_baseline_keep_it(workspace, evalkit):
    (workspace / "evalkit.toml").write_text("split-seed = 2\n")
    assert evalkit("baseline", "save", "main", "unigram", "--seed", 7, *QUICK)[0] == 0
    shown = json.loads(evalkit("baseline", "show", "main", "-f", "json")[1])
    assert (shown["source"]["split_seed"], shown["signature"]["seed"]) == (2, 7)
    (workspace / "evalkit.toml").write_text("")
    code, _, err = evalkit("gate", "unigram", "--baseline", "main", "-q", "-o", "gate.json")
    assert (code in (0, 3), err) == (True, "")
    gate = json.loads((workspace / "gate.json").read_text())
    assert gate["verdict"] != "NOT COMPARABLE"
    assert gate["signature"]["reference"]["split_seed"] == 2


def test_python_takes_it_too(workspace):
    import evalkit

    def documents(**seeds):
        run = evalkit.score("unigram", metrics="letters.jsd", passages=10, chars=300, **seeds)
        return run.signature["reference"]["held_out"]

    assert documents() == documents(seed=4) != documents(split_seed=4)


@pytest.mark.parametrize("field", ["fraction", "split_seed"])
def test_where_the_documents_are_known_they_decide(workspace, evalkit, field):
    """A pattern holds out the same documents whatever the seed, which older results took over from --seed."""
    assert evalkit("score", "unigram", "--held-out", "every:10:4", *QUICK, "-o", "now.json")[0] == 0
    older = json.loads((workspace / "now.json").read_text())
    older["signature"]["reference"][field] = 0.5 if field == "fraction" else 9
    now = read(workspace / "now.json")
    assert differences(from_dict(older), now)[0] == []
    for run in (older, now.signature):
        run.get("signature", run)["reference"].pop("held_out")
    assert [difference.field for difference in differences(from_dict(older), now)[0]] == [f"reference.{field}"]
