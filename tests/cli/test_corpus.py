from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from evalkit.cli import app
from evalkit.cli.run import exit_code


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EVALKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "120")

    def run(*args: str) -> tuple[int, str, str]:
        code = exit_code(lambda: app(args=["corpus", *args], standalone_mode=False))
        return code, *capsys.readouterr()

    return run


def test_list(run):
    code, out, err = run("list")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[:4]] == ["name", "embedded", "lovecraft", "tinyshakespeare"]
    assert "Fetch it with: evalkit corpus fetch lovecraft" in out


def test_list_for_machines(run):
    code, out, _ = run("list", "-f", "json")
    corpora = json.loads(out)
    assert code == 0
    assert [(corpus["name"], corpus["state"]) for corpus in corpora] == [
        ("embedded", "installed"),
        ("lovecraft", "not fetched"),
        ("tinyshakespeare", "not fetched"),
    ]
    assert all(set(corpus) == set(corpora[0]) for corpus in corpora)


def test_fetch_then_info(run, shared_corpora: Path):
    code, out, err = run("fetch", "tinyshakespeare", "--mirror", str(shared_corpora / "tinyshakespeare"))
    assert (code, err) == (0, "")
    assert "tinyshakespeare: 1 file verified in " in out
    code, out, _ = run("info", "tinyshakespeare")
    assert code == 0
    assert "1,115,394" in out
    assert json.loads(run("list", "-f", "json")[1])[2]["state"] == "fetched"


def test_info_shows_the_digits_of_the_known_answers(run, shared_corpora: Path):
    out = " ".join(run("info", str(shared_corpora / "lovecraft"))[1].split())
    for figure in ("2,890,311", "506,566", "24,403", "8,939", "2,315,819", "e 12.503", "j 0.082", "4.1747", "0.1436", "2: 15.58"):
        assert figure in out
    for figure in ("12: 0.53", "4.578", "281.7", "514.5", "53.9", "688.0", "134.1", "16.1", "33.40"):
        assert figure in out


def test_fetch_for_machines(run, shared_corpora: Path, tmp_path: Path):
    out = run("fetch", "lovecraft", "--mirror", str(shared_corpora / "lovecraft"), "-f", "json")[1]
    assert json.loads(out) == {
        "name": "lovecraft",
        "folder": str(tmp_path / "cache" / "corpora" / "lovecraft"),
        "files": 67,
        "bytes": 2_890_395,
    }


def test_a_tampered_mirror_ends_in_2(run, shared_corpora: Path, tmp_path: Path):
    folder = tmp_path / "mirror"
    shutil.copytree(shared_corpora / "tinyshakespeare", folder)
    text = (folder / "input.txt").read_bytes()
    (folder / "input.txt").write_bytes(b"X" + text[1:])
    code, out, err = run("fetch", "tinyshakespeare", "--mirror", str(folder))
    assert (code, out) == (2, "")
    assert "the file was not kept" in err


def test_info_is_about_the_embedded_corpus_unless_told(run):
    default = json.loads(run("info", "-f", "json")[1])
    assert default["name"] == "embedded"
    assert (
        json.loads(run("info", "embedded", "-f", "json")[1])
        == json.loads(run("info", "--reference", "embedded", "-f", "json")[1])
        == default
    )


def test_info_of_ones_own_text(run, tmp_path: Path):
    (tmp_path / "runs.csv").write_bytes("story,says\na,caf\u00e9 action\n".encode("latin-1"))
    code, out, _ = run("info", str(tmp_path / "runs.csv"), "--text-field", "says", "--encoding", "latin-1", "-f", "json")
    figures = json.loads(out)
    assert (code, figures["words"], figures["per_10k_words"]["-tion"]) == (0, 2, 5000)


def test_what_was_not_measured_is_said(run, tmp_path: Path):
    (tmp_path / "a.txt").write_text("42")
    assert run("info", str(tmp_path))[1].count("not measured") == 10


def test_hostile_names_and_markup_are_shown_as_they_are(run, tmp_path: Path):
    folder = tmp_path / "[red]\x1b[2J\u202eevil"
    folder.mkdir()
    (folder / "a.txt").write_text("text")
    code, out, _ = run("info", str(folder))
    assert code == 0
    assert "Corpus [red]␛[2J<U+202E>evil" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("info", "lovecraft"), "has not been fetched"),
        (("info", "no-such-folder"), "does not exist"),
        (("fetch", "lovecrat"), 'Did you mean "lovecraft"?'),
        (("list", "-f", "xml"), "Known: json, text."),
        (("fetch",), "Missing argument"),
        (("remove",), "No such command"),
        (("info", "embedded", "--encoding", "utf-99"), 'encoding "utf-99" is not known'),
    ],
)
def test_usage_errors_end_in_2_and_leave_stdout_alone(run, args: tuple[str, ...], problem: str):
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert problem in err
