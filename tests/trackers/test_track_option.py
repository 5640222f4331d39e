"""`--track`: what cannot be is refused before any work, and what fails afterwards takes neither results nor exit code away."""

from __future__ import annotations

import json

import pytest

TEXT = "The lamp above the harbour was lit, and nobody could say who had climbed to it in such a wind as that. "


@pytest.fixture
def samples(workspace):
    lines = [json.dumps({"text": f"{i}. {TEXT * 5}"}) for i in range(12)]
    (workspace / "samples.jsonl").write_text("\n".join(lines))
    return "samples.jsonl"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("mlfow", 'Did you mean "mlflow"'),
        ("tensorboard:folder", "is not a tracker specification"),
        ("tensorboard:foldr=x", 'Did you mean "folder"'),
        ("tensorboard:step=last", "step must be a whole number or none"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(samples, evalkit, workspace, given, says):
    code, out, err = evalkit("score", samples, "-m", "vocab.hit", "--track", given)
    assert (code, out) == (2, "")
    assert says in " ".join(err.replace("│", " ").split())
    assert not (workspace / "reports").exists()


def test_results_are_logged_beside_the_report(samples, evalkit, workspace):
    words = ("-m", "vocab.hit", "--track", "tensorboard:folder=runs,step=3", "--track", "tensorboard:folder=more,page=no")
    code, _, err = evalkit("score", samples, *words)
    assert code == 0
    assert "Logged to TensorBoard: runs" in err
    page = (workspace / "runs" / "evalkit" / "step-3" / "index.html").read_text(encoding="utf-8")
    assert TEXT[:40] in page
    assert [path.name for path in (workspace / "more" / "evalkit").iterdir()] == ["results.json"]


@pytest.mark.slow
def test_a_tracker_that_fails_changes_no_verdict(samples, evalkit, workspace):
    (workspace / "occupied").write_text("a file in the folder's place")
    shape = ("--passages", 12, "--chars", 500, "-m", "vocab.hit", "-q")
    assert evalkit("baseline", "save", "main", "ngram:order=5", *shape)[0] == 0
    words = ("unigram", "--baseline", "main", "-o", "gate.json", "--track", "tensorboard:folder=occupied")
    code, out, err = evalkit("gate", *words)
    results = json.loads((workspace / "gate.json").read_text(encoding="utf-8"))
    assert (code, results["verdict"]) == (1, "REGRESSION")
    assert "REGRESSION" in out
    assert "The results were not logged to TensorBoard" in err
    assert "--track" not in results["gate"]["command"], "who repeats a decision does not log it again"
