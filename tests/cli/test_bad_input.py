"""Bad input ends in exit 2 with one clear message: what was given, what is allowed, what to do; and nothing is written."""

from __future__ import annotations

import gzip

import pytest


def long_text(n=4000):
    return ("The keeper of the lamp walked down to the water and counted the boats. " * 100)[:n]


@pytest.fixture
def files(workspace):
    (workspace / "good.txt").write_text(long_text())
    (workspace / "empty.txt").write_text("")
    (workspace / "one.txt").write_text("x")
    (workspace / "same.txt").write_text("a a\n" * 2000)
    (workspace / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (workspace / "latin.txt").write_bytes("caf\u00e9 ".encode("latin-1") * 300)
    (workspace / "notes.docx").write_bytes(b"PK\x03\x04")
    (workspace / "bad.jsonl").write_text('{"text": "fine"}\n{"text": \n')
    (workspace / "fields.jsonl").write_text('{"a": "x", "b": "y"}\n')
    (workspace / "cut.txt.gz").write_bytes(gzip.compress(long_text().encode())[:-20])
    (workspace / "folder").mkdir()
    return workspace


CASES = {
    "missing path": (["compare", "god.txt"], ["god.txt", "good.txt"]),
    "missing reference": (["compare", "unigram", "--reference", "nowhere/"], ["nowhere"]),
    "empty file": (["compare", "empty.txt"], ["empty.txt", "empty"]),
    "one-character corpus": (["compare", "unigram", "--reference", "one.txt"], ["one.txt", "characters"]),
    "corpus of one character": (["compare", "unigram", "--reference", "same.txt"], ["same.txt", "one character"]),
    "no corpus at all": (["corpus", "info", ""], ["No file was named"]),
    "binary file": (["compare", "binary.txt"], ["binary.txt", "binary"]),
    "undecodable": (["compare", "latin.txt"], ["latin.txt", "3", "--encoding"]),
    "unsupported folder": (["compare", "./folder"], ["folder"]),
    "broken record": (["compare", "bad.jsonl"], ["bad.jsonl", "2"]),
    "no obvious field": (["compare", "fields.jsonl"], ["--text-field", "a", "b"]),
    "truncated gzip": (["compare", "cut.txt.gz"], ["cut.txt.gz"]),
    "unknown generator": (["compare", "ngrm"], ["ngrm", '"ngram"']),
    "unknown option": (["compare", "ngram:ordr=3"], ["ordr", '"order"']),
    "option of the wrong type": (["compare", "ngram:order=three"], ["order", "three"]),
    "option out of range": (["compare", "ngram:order=0"], ["order", "0"]),
    "broken specification": (["compare", "ngram:order"], ["ngram:order", "option=value"]),
    "all problems at once": (["compare", "ngrm", "lst"], ["ngrm", "lst"]),
    "unknown metric": (["compare", "unigram", "-m", "leters.jsd"], ["leters.jsd", "letters.jsd"]),
    "unknown output": (["compare", "unigram", "-o", "out.pdf"], ["out.pdf", ".html"]),
    "unknown format": (["compare", "unigram", "-f", "yaml"], ["yaml", "json"]),
    "temperature": (["compare", "unigram", "--temperature", "0"], ["temperature"]),
    "held-out pattern": (["compare", "unigram", "--held-out", "nothing*"], ["nothing*"]),
    "not results": (["report", "good.txt"], ["good.txt"]),
    "missing model": (["compare", "model:nowhere"], ["nowhere"]),
    "unknown corpus": (["corpus", "fetch", "lovecroft"], ["lovecraft"]),
    "two of one name": (["compare", "a=unigram", "a=uniform"], ['"a"']),
    "negative seed": (["compare", "unigram", "--seed", "-1"], ["--seed"]),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_exit_2_with_a_clear_message(files, evalkit, case):
    args, needles = CASES[case]
    code, out, err = evalkit(*args)
    assert code == 2, err
    assert out == ""
    assert "Traceback" not in err
    for needle in needles:
        assert needle in err
    assert len(err.strip().splitlines()) <= 8
    assert not (files / "reports").exists()


@pytest.mark.parametrize("spec", ["model:nowhere", "empty.txt", "bad.jsonl"])
def test_nothing_is_fitted_before_all_candidates_were_looked_at(files, evalkit, monkeypatch, spec):
    monkeypatch.setattr("generators.noise.independent.Unigram.fit", lambda *args, **kwargs: pytest.fail("it was fitted"))
    assert evalkit("compare", "unigram", spec)[0] == 2


def test_internal_errors_are_4_and_never_1(monkeypatch, evalkit):
    def boom(*args, **kwargs):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("evalkit.evaluation.compare.compare", boom)
    code, out, err = evalkit("compare", "unigram")
    assert (code, out) == (4, "")
    assert "ZeroDivisionError" in err


def test_a_file_name_cannot_write_to_the_terminal(files, evalkit):
    code, _, err = evalkit("compare", "evil\x1b[31m.txt")
    assert code == 2
    assert "\x1b" not in err
