"""`evalkit audit` from the command line: what it prints, writes and refuses."""

from __future__ import annotations

import json

import pytest

from evalkit.results import read
from evalkit.text.corpus import read_corpus
from tests.support.paths import CASES

LINES = [{"text": f"The keeper counted {i} strokes of the bell before the lamp went out."} for i in range(18)]

DIFFERENT = [tale.text[:300].rsplit(". ", 1)[0] + "." for tale in read_corpus().documents]


@pytest.fixture
def samples(workspace):
    lines = [*LINES, {"text": ""}, {"text": "Error: 503 Service Unavailable"}]
    (workspace / "s.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return workspace


def test_says_what_is_wrong_and_ends_in_0(evalkit, samples):
    code, out, err = evalkit("audit", "s.jsonl", "--no-progress")
    assert (code, err.count("Error")) == (0, 0)
    said = " ".join(out.split())
    assert said.startswith("1 of 20 passages of s is empty (human text: 0 %).")
    assert "1 of 20 passages is an error message, a refusal or null in place of a text" in said
    assert not (samples / "reports").exists()


@pytest.mark.parametrize(("lines", "wanted"), [(["", *DIFFERENT], 3), (DIFFERENT, 0)])
def test_strictly_a_grave_fault_ends_in_3(evalkit, workspace, lines, wanted):
    """A pre-commit hook stops there; what is printed and written is the same."""
    (workspace / "s.jsonl").write_text("".join(json.dumps({"text": line}) + "\n" for line in lines))
    code, out, _ = evalkit("audit", "s.jsonl", "--no-progress", "-o", "a.json")
    assert code == 0
    assert evalkit("audit", "s.jsonl", "--no-progress", "--strict", "-o", "b.json")[:2] == (wanted, out)
    assert read(workspace / "b.json").audit == read(workspace / "a.json").audit


def test_writes_files_that_can_be_rendered_again(evalkit, samples):
    outputs = [word for extension in ("json", "html", "csv", "md") for word in ("-o", f"a.{extension}")]
    assert evalkit("audit", "s.jsonl", "--no-progress", "-q", *outputs)[:2] == (0, "")
    assert read(samples / "a.json").kind == "audit"
    assert evalkit("report", "a.json", "-o", "b.html")[0] == 0
    assert (samples / "b.html").read_text() == (samples / "a.html").read_text()
    assert "1 of 20 passages of `s` is empty" in evalkit("report", "a.json", "-f", "markdown")[1].replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.jsonl"], "missing.jsonl"),
        (["unigram"], "is a generator"),
        (["s.jsonl", "--reference", "nowhere/"], "nowhere"),
        (["s.jsonl", "--text-field", "nothing"], "nothing"),
        (["s.jsonl", "-o", "a.junit.xml"], "extension"),
    ],
)
def test_what_cannot_be_read_ends_in_2(evalkit, samples, arguments, message):
    code, out, err = evalkit("audit", *arguments, "--no-progress")
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    ("case", "check", "n"),
    [
        ("mojibake.txt", "audit.mojibake", 1),
        ("zero_width.txt", "audit.invisible", 1),
        ("soft_hyphens.txt", "audit.invisible", 1),
        ("line_end_hyphens.txt", "audit.hyphens", 1),
        ("error_rows.jsonl", "audit.error", 1),
    ],
)
def test_small_inputs_that_failed(evalkit, workspace, case, check, n):
    if not CASES.is_dir():
        pytest.skip("the small inputs are not beside the project")
    code, out, _ = evalkit("audit", CASES / case, "--no-progress", "-f", "json")
    findings = {
        finding["metric"]: finding["n"] for finding in json.loads(out)["audit"]["candidates"][0]["findings"] if finding["n"]
    }
    assert (code, findings) == (0, {check: n})
