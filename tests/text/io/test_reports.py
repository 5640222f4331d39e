"""A reader says what it read, the run prints it, and results keep it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from evalkit.evaluation.candidates import parse_candidate
from evalkit.report.view.readings import reading, readings
from evalkit.results import Results, validate
from evalkit.results.reading import read as read_results
from evalkit.text import read_corpus, slices
from evalkit.text.io.readers import Reader
from evalkit.text.io.reports import ReadReport, joined

LINES = list(slices(" ".join(read_corpus().documents[1].text.split()), 90))[:12]


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    file = tmp_path / "out.jsonl"
    records = [{"id": i, "prompt": "Go on.", "output": line} for i, line in enumerate(LINES)]
    file.write_text("".join(json.dumps(record) + "\n" for record in [*records, {"id": 12, "output": None, "error": "timeout"}]))
    return file


def test_every_file_has_a_report(tmp_path: Path, samples: Path):
    (tmp_path / "a.txt").write_text("  \n" + "The lamp was lit. " * 9)
    (tmp_path / "b.csv").write_text("id;text\n1;It rained.\n")
    reader = Reader(tmp_path)
    assert reader.reports == []
    n = len(list(reader.passages()))
    assert reader.reports == [
        ReadReport(
            file=str(tmp_path / "a.txt"),
            format="plain text",
            n_records=1,
            n_texts=1,
            n_chars=165,
            beginning=("The lamp was lit. " * 9)[:60],
        ),
        ReadReport(
            file=str(tmp_path / "b.csv"),
            format="CSV",
            delimiter="semicolon",
            field="text",
            n_records=1,
            n_texts=1,
            n_chars=10,
            beginning="It rained.",
        ),
        ReadReport(
            file=str(samples),
            format="JSON Lines",
            field="output",
            n_records=13,
            n_texts=13,
            n_missing=1,
            n_chars=sum(map(len, LINES)),
            beginning=LINES[0][:60],
        ),
    ]
    assert n == 15


def test_joined_documents_are_fewer_than_records(tmp_path: Path):
    (tmp_path / "a.jsonl").write_text('{"text": "a", "story": 1}\n' * 3)
    reader = Reader(tmp_path / "a.jsonl")
    reader.options = type(reader.options)(document_field="story")
    assert len(list(reader.documents())) == 1
    assert (reader.reports[0].n_records, reader.reports[0].n_texts) == (3, 1)
    assert "1 document, 7 characters" in reading(asdict(reader.reports[0]), "document")
    assert "; 3 records)" in reading(asdict(reader.reports[0]), "document")


def test_thousands_of_files_of_one_kind_are_one_report(tmp_path: Path):
    for i in range(30):
        (tmp_path / f"{i:02d}.txt").write_text(f"text {i}")
    corpus = read_corpus(tmp_path)
    assert len(corpus.read) == 1
    assert (corpus.read[0].n_files, corpus.read[0].n_chars, corpus.read[0].beginning) == (30, corpus.n_chars, "text 0")
    assert corpus.read[0].file == str(tmp_path / "00.txt")


def test_files_of_the_web_stay_apart():
    one = ReadReport(file="a", format="CSV", n_records=1, n_texts=1, n_chars=1, beginning="a", sha256="00")
    assert len(list(joined([one, one]))) == 2


def test_the_run_prints_and_stores_it(evalkit, samples: Path):
    code, out, err = evalkit("score", f"mine={samples}", "--reference", samples.parent / "book", "-m", "letters.jsd", "-f", "json")
    assert code == 2  # the reference is not there
    (samples.parent / "book").mkdir()
    for i in range(6):
        (samples.parent / "book" / f"{i}.txt").write_text("\n".join(LINES[i : i + 6]))
    code, out, err = evalkit("score", f"mine={samples}", "--reference", samples.parent / "book", "-m", "letters.jsd", "-f", "json")
    assert code == 0, err
    lines = err.splitlines()
    assert lines[0].startswith(
        f"mine: read 13 passages, {sum(map(len, LINES)):,} characters, from {samples} (JSON Lines, field output; "
    )
    assert lines[0].endswith(f'1 without text): "{LINES[0][:60]}..."')
    assert lines[1].startswith("reference: read 6 documents, ")
    assert "from 6 files, the first " in lines[1]
    data = json.loads(out)
    validate(data)
    assert data["candidates"][0]["read"][0]["field"] == "output"
    (page,) = Path("reports").glob("score-*/index.html")
    assert "What was read" in page.read_text(encoding="utf-8")
    stored = read_results(page.parent)
    assert [name for name, _ in readings(stored)] == ["mine", "reference"]
    assert evalkit("score", samples, "-m", "letters.jsd", "-q")[1:] == ("", "")


def test_a_gate_and_its_baseline_say_it_too(evalkit, samples: Path):
    options = ("-m", "letters.jsd")
    code, _, err = evalkit("baseline", "save", "main", samples, *options)
    assert (code, "out: read 13 passages" in err) == (0, True)
    code, _, err = evalkit("gate", samples, "--baseline", "main")
    assert (code in {0, 3}, "out: read 13 passages" in err) == (True, True)


def test_hostile_text_cannot_reach_the_terminal(evalkit, tmp_path: Path):
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": f"\x1b[2J\u202e\n{line}"}) + "\n" for line in LINES))
    code, _, err = evalkit("score", tmp_path / "a.jsonl", "-m", "letters.jsd")
    assert code == 0
    assert "\x1b" not in err.replace("\x1b[", "", 0)
    assert err.count("\n") == 1
    assert "\u202e" not in err


def test_older_results_have_nothing_to_say(samples: Path):
    plain = {"name": "old", "spec": "old", "kind": "samples", "n_passages": 1, "n_chars": 1, "bits_per_char": None, "notes": []}
    old = Results(
        kind="score",
        signature={},
        run={"date": ""},
        reference={"name": "r"},
        shape={},
        metrics={},
        candidates=[plain],
        results=[],
    )
    assert list(readings(old)) == []


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("runs/new.jsonl", "new"),
        ("runs/new.ndjson.gz", "new"),
        ("new.json", "new"),
        ("a/new.v2.tsv.zst", "new.v2"),
        ("runs/*.txt", "runs/*.txt"),
        ("https://me:secret@example.org/out/new.csv?token=secret", "new"),
    ],
)
def test_candidates_are_called_by_their_files(spec: str, name: str):
    assert parse_candidate(spec).name == name


def test_many_forms_are_not_listed_without_end(samples: Path):
    report = asdict(ReadReport(file="a", format="CSV", n_records=1, n_texts=1, n_chars=1, beginning="a"))
    many = Results(
        kind="score",
        signature={},
        run={"date": ""},
        reference={"read": [report] * 50},
        shape={},
        metrics={},
        candidates=[],
        results=[],
    )
    lines = list(readings(many))
    assert len(lines) == 21
    assert "30 other forms" in lines[-1][1]
    many.reference["read"] = [report] * 20
    assert [line for line in readings(many) if "other form" in line[1]] == []
    many.reference["read"] = [report] * 21
    assert list(readings(many))[-1] == ("reference", "and files of 1 other form, all in results.json")
