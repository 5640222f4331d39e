"""`python -m generators`: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json

import pytest

from evalkit._util.lock import exclusive
from generators import NAMES
from generators.cli import app

TEXT = "The bell that lay below the mere was never rung, and yet it rang at noon. "


@pytest.fixture
def generators(workspace, capsys):
    """Runs the command line in this process: generators("list") -> (exit code, stdout, stderr)."""
    from evalkit.cli.run import exit_code

    for i in range(6):
        (workspace / f"tale{i}.txt").write_text((TEXT[i:] + TEXT[: 5 * i]) * 8, encoding="utf-8")

    def run(*args):
        code = exit_code(lambda: app(args=[str(arg) for arg in args], prog_name="generators", standalone_mode=False))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


REF = ("--reference", "tale*.txt")


def test_list(generators):
    code, out, err = generators("list")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines() if not line.startswith(" ")] == list(NAMES)
    assert "order=8  (a whole number)" in out
    known = json.loads(generators("list", "-f", "json")[1])
    assert {g["name"]: g["gives_probabilities"] for g in known}["human"] is False


def test_sample_writes_one_object_a_passage(generators, workspace):
    code, out, err = generators(
        "sample", "ngram:order=3", *REF, "--passages", 4, "--chars", 30, "--seed", 0, "-o", "deep/out.jsonl"
    )
    assert (code, err) == (0, "")
    assert out == "4 passages of ngram:order=3 written to deep/out.jsonl\n"
    rows = [json.loads(line) for line in (workspace / "deep/out.jsonl").read_text().splitlines()]
    assert [len(row["text"]) for row in rows] == [30] * 4
    assert [row["id"] for row in rows] == ["0000", "0001", "0002", "0003"]
    later = generators("sample", "ngram:order=3", *REF, "--passages", 2, "--chars", 30, "--first", 2)[1]
    assert [json.loads(line)["text"] for line in later.splitlines()] == [row["text"] for row in rows[2:]]
    other = generators("sample", "ngram:order=3", *REF, "--passages", 2, "--chars", 30, "--seed", 1)[1]
    assert json.loads(other.splitlines()[0])["text"] != rows[0]["text"]


def test_train_then_use_without_the_reference(generators, workspace):
    code, out, _ = generators("train", "ngram:order=4", *REF, "-o", "model", "--held-out", "tale4*")
    assert code == 0
    assert "trained on 5 documents" in out
    meta = json.loads((workspace / "model/meta.json").read_text())
    assert meta["split"]["held_out"] == ["tale4"]
    assert meta["bits_per_char"] == pytest.approx(float(out.splitlines()[1].split()[0]), abs=1e-4)
    fresh = generators("sample", "ngram:order=4", *REF, "--held-out", "tale4*", "--passages", 2, "--chars", 50)[1]
    saved = generators("sample", "model:model", "--passages", 2, "--chars", 50)[1]
    assert [json.loads(x)["text"] for x in saved.splitlines()] == [json.loads(x)["text"] for x in fresh.splitlines()]
    # The model remembers what was held out, so that it is never scored on what it has seen.
    again = json.loads(generators("score", "model:model", *REF, "-f", "json")[1])
    assert again["bits_per_char"] == meta["bits_per_char"]
    assert again["documents"] == 1
    (workspace / "tale0.txt").write_text("changed " * 100)
    code, _, err = generators("score", "model:model", *REF)
    assert code == 2
    assert "--reference" in err


def test_score_of_given_text(generators, workspace):
    (workspace / "odd.txt").write_text("the bell \u2603 rang")
    code, out, err = generators("score", "unigram", "odd.txt", *REF)
    assert (code, err) == (0, "")
    assert "; 1 character (6.7 %) of the text is outside its alphabet and takes " in out
    assert out.endswith(" % of the bits: '\u2603'\n")
    code, out, _ = generators("score", "unigram", "odd.txt", *REF, "-f", "json")
    assert code == 0
    found = json.loads(out)
    assert found["bits_per_char"] > 0
    assert found["unknown"]["most_frequent"] == [["U+2603", 1]]
    assert (found["unknown"]["characters"], found["unknown"]["share"]) == (1, 1 / 15)
    (workspace / "plain.txt").write_text("bell")
    code, out, _ = generators("score", "uniform", "plain.txt", *REF)
    alphabet = len({*TEXT, "\n"} - {"\n"})
    # Every character, the unknown one and the end cost the same: log2 of the alphabet and two.
    from math import log2

    assert code == 0
    assert out.startswith(
        f"{log2(alphabet + 2):.4f} bits per character, {log2(alphabet + 2) * 5 / 4:.4f} per byte over 4 characters"
    )


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["sample", "ngrm"], ["ngrm", '"ngram"']),
        (["sample", "ngram:ordr=3"], ["ordr", '"order"']),
        (["sample", "unigram", "-o", "x.txt"], [".jsonl"]),
        (["sample", "unigram", "--passages", "0"], ["--passages"]),
        (["sample", "unigram", "--temperature", "0"], ["temperature"]),
        (["sample", "unigram", "--prompt", "\u2603"], ["\u2603", "prompt"]),
        (["sample", "unigram", "--stop", "now"], ["stop", "end"]),
        (["sample", "model:nowhere"], ["nowhere", "train"]),
        (["sample", "unigram", "--reference", "nowhere.txt"], ["nowhere.txt"]),
        (["train", "unigram"], ["--output"]),
        (["train", "model:x", "-o", "y"], ["model:x", "trained already"]),
        (["train", "human", *REF, "-o", "y"], ["human cannot be saved"]),
        (["train", "unigram", *REF, "-o", "tale0.txt"], ["tale0.txt", "another folder"]),
        (["score", "human", *REF], ["human"]),
        (["score", "unigram", *REF, "-f", "yaml"], ["yaml", "json"]),
        (["frobnicate"], ["frobnicate"]),
    ],
)
def test_errors_end_in_2_and_say_what_to_do(generators, workspace, args, said):
    before = sorted(workspace.rglob("*"))
    code, out, err = generators(*args)
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    for word in said:
        assert word in err
    assert sorted(workspace.rglob("*")) == before


def test_a_training_scored_on_the_way_leaves_checkpoints_and_logs(generators, workspace):
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed (extra lstm)")
    spec = "lstm:units=8,embedding=4,window=16,batch=4,epochs=1"
    code, out, err = generators("train", spec, "-o", "model", *REF, "--score-every", 20, "--passages", 6, "--chars", 400)
    assert (code, err) == (0, "")
    assert "trained on" in out
    folder = workspace / "model"
    assert sorted(path.name for path in folder.iterdir()) == ["arrays.npz", "checkpoints", "logs", "meta.json"]
    index = json.loads((folder / "checkpoints" / "checkpoints.json").read_text())
    assert [one["updates"] for one in index["checkpoints"]][:2] == [20, 40]
    assert {"letters.jsd", "suffix.ing", "vocab.hit"} <= index["checkpoints"][0]["values"].keys()
    assert index["checkpoints"][0]["held_out_bits"] > index["checkpoints"][-1]["held_out_bits"] > 0
    assert len((folder / "checkpoints" / index["checkpoints"][1]["file"]).read_text().splitlines()) == 6
    events = b"".join(path.read_bytes() for path in (folder / "logs" / "tensorboard").iterdir())
    assert b"training/held_out_bits" in events
    assert b"evalkit/letters.jsd" in events


def test_a_second_training_into_one_folder_at_once_is_refused(generators, workspace):
    """They would write over each other's checkpoints, and the first to end would take the other's away."""
    with exclusive(workspace / "model"):
        code, _, err = generators("train", "unigram", "-o", "model", *REF)
    assert (code, "Another program is training" in err) == (2, True)
    assert generators("train", "unigram", "-o", "model", *REF)[0] == 0


def test_what_cannot_be_scored_on_the_way_is_refused(generators):
    code, _, err = generators("train", "ngram", "-o", "model", *REF, "--score-every", 5)
    assert code == 2
    assert "not trained in updates" in err


def test_a_folder_that_holds_something_else_is_refused_before_training(generators, workspace):
    (workspace / "notes").mkdir()
    (workspace / "notes" / "mine.txt").write_text("mine")
    code, _, err = generators("train", "unigram", "-o", "notes", *REF)
    assert code == 2
    assert "not a saved model" in err


def test_scale_is_an_option_of_the_articles_presets(generators):
    code, _, err = generators("train", "lstm:units=8", "-o", "model", *REF, "--scale", 0.5)
    assert code == 2
    assert "article's presets" in err
    code, _, err = generators("train", "ngram", "-o", "model", *REF, "--scale", 0.5)
    assert code == 2
    assert 'no option "scale"' in err


def test_an_experiment_that_has_no_probabilities_is_trained_and_sampled_all_the_same(generators, workspace):
    code, out, err = generators("train", "lstm:preset=strika-10-10", "-o", "model", *REF, "--scale", 0.002, "--no-progress")
    assert (code, err) == (0, "")
    assert "bits per character" not in out
    code, out, _ = generators("sample", "model:model", "--passages", 2, "--chars", 50, "--no-progress")
    assert code == 0
    assert len(out.splitlines()) == 2
    assert generators("score", "model:model", *REF)[0] == 2
