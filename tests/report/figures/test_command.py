"""`report --figures`: the figures of a stored run as files, beside what the command prints otherwise."""

from __future__ import annotations

import pytest

from evalkit.cli import app
from evalkit.cli.run import exit_code
from tests.support.drawn import drawn


@pytest.fixture
def report(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    drawn(("human", "lstm")).save(tmp_path / "results.json")

    def report(*words):
        code = exit_code(lambda: app(args=["report", *words], prog_name="evalkit", standalone_mode=False))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return report


def test_figures_are_written_in_the_formats_asked_for_and_named(report, tmp_path):
    code, out, err = report("results.json", "--figures", "out", "--figure-format", "svg", "--figure-width", "84", "-f", "json")
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert code == 0
    assert "ranking.svg" in written
    assert {name.partition(".")[2] for name in written} == {"svg"}
    assert "ranking, heatmap, " in err
    assert report("results.json", "--figures", "out", "--figure-format", "svg", "-q") == (0, "", "")
    # What is printed is what it would be without figures.
    assert out == report("results.json", "-f", "json")[1]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["results.json", "--figures", "out", "--figure-format", "gif"], 'written as "gif"'),
        (["results.json", "--figures", "out", "--figure-width", "5"], "5 mm wide"),
        (["results.json", "results.json", "--figures", "out"], "Figures are of one run"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_anything_is_written(report, tmp_path, words, problem):
    code, out, err = report(*words)
    assert (code, out) == (2, "")
    assert problem in err
    assert not (tmp_path / "out").exists()
