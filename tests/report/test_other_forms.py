"""Terminal, Markdown, CSV, notebook and figures for papers."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from evalkit.report import render
from evalkit.report.terminal.scores import print_results, print_table
from tests.support.judged import judged
from tests.support.page import HOSTILE, Page
from tests.support.results import FAIR, FIVE, GOOD, NOISE, results

RUN = results(FIVE, specs={"human": "human"}, warnings=["The corpus is small."])


def printed(run, *, width=80, terminal=False, **options):
    out = io.StringIO()
    print_results(run, console=Console(file=out, width=width, force_terminal=terminal, **options))
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_lines_fit_the_terminal(width, n):
    run = results(dict(list(FIVE.items())[:n]))
    text = printed(run, width=width)
    assert max(len(line) for line in text.splitlines()) <= width
    for name in list(FIVE)[:n]:
        assert name in text


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_families_fit_the_terminal(width):
    run = judged({"lstm": {"order.context": 0.5, "variety.shared": 0.9}, "ngram:unit=word,order=3": {}, "human": {}})
    text = printed(run, width=width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "originality" not in text
    for word in ("overall", "order", "variety", "Families: 0 is human text"):
        assert word in text
    # Overall is in the ranking, and not a second time in the tables below it.
    assert text.count("overall") == 1


@pytest.mark.parametrize(("width", "tables"), [(80, 2), (64, 3), (49, 5), (40, 5), (120, 1)])
def test_candidates_stand_side_by_side_as_far_as_there_is_room(width, tables):
    text = printed(results(dict(list(FIVE.items())[:5])), width=width)
    assert len(re.findall(r"^ measure ", text, re.MULTILINE)) == tables


def test_long_reasons_never_take_the_place_of_the_measures():
    run = results({"a": FAIR | {"vocab.hit": None}, "b": FAIR})
    reason = "323 of the 500 stretches of 20 characters that it needs"
    run = replace(run, results=[replace(row, reason=reason) if row.value is None else row for row in run.results])
    for width in (40, 60, 80, 120):
        assert all(word in printed(run, width=width).split() for word in ("words", "the", "corpus", "knows"))
    assert "323 of 500" in printed(run, width=80)


def test_short_cells_of_plain_tables_stay_whole_and_long_ones_lose_nothing(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    print_table("T", ("name", "date", "what"), [("a-long-name-of-a-baseline", "2026-11-26", "x" * 30), ("b", "2026-11-27", "y")])
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 60
    assert "2026-11-26" in out
    assert "\u2026" not in out
    assert out.count("x") == 30
    print_table("T", ("a", "b"), [])
    assert "a" in capsys.readouterr().out


def test_verdict_comes_first_and_warnings_last():
    lines = printed(RUN, width=120).splitlines()
    assert lines[0].startswith(
        "ngram is nearest to Lovecraft: 0.00 against 0.06 of lstm. It is within the human range on all 6 measures."
    )
    assert lines[-1] == "Warning: The corpus is small."


def test_no_escape_codes_without_a_terminal(monkeypatch):
    assert "\x1b" not in printed(RUN)
    assert "\x1b[3" in printed(RUN, terminal=True)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", printed(RUN, terminal=True, no_color=True))


def test_terminal_shows_hostile_names_harmlessly():
    for text in HOSTILE.values():
        shown = printed(
            results({text + "x": FAIR, "[bold red]": NOISE}, warnings=[text, "[link=file:///]x[/link]"]), terminal=False
        )
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "[link=file:///]" in shown.replace("\n", "")


def test_unmeasured_is_said():
    run = results({"a": FAIR | {"vocab.hit": None}, "b": FAIR})
    assert "not measured" in printed(run, width=120)
    assert "not measured" in render(run, ".md", samples={})
    row = next(row for row in csv.DictReader(io.StringIO(render(run, ".csv", samples={}))) if row["metric"] == "vocab.hit")
    assert (row["value"], row["status"], row["reason"]) == ("", "not measured", "too little")


@pytest.mark.parametrize("n", [1, 2])
def test_one_passage_is_one_passage(n):
    run = results({"a": FAIR})
    run = replace(run, shape={**run.shape, "n_passages": n})
    for shown in (printed(run), render(run, ".md", samples={}), render(run, ".html", samples={}), run._repr_html_()):
        assert re.search(r"\b\d+ passages?\b", shown)[0] == ("1 passage" if n == 1 else "2 passages")


@pytest.mark.parametrize("extension", [".md", ".html", ".csv"])
def test_results_with_families_are_shown_in_every_form(extension):
    name = HOSTILE["closes a script"]
    text = render(judged({name: {"order.context": 0.5, "form.lines": 80.0}, "b": {}}), extension, samples={})
    if extension == ".csv":
        line = next(
            line for line in csv.DictReader(io.StringIO(text)) if line["metric"] == "order.context" and line["candidate"] != "b"
        )
        assert (float(line["floor_low"]), float(line["floor_high"])) == (1.0, 1.4)
        assert float(line["distance"]) == pytest.approx((0.5 - 1.22) / 0.22)
        return
    assert "line ends" in text
    assert "bits a word that its context saves" in text
    assert "<script>" not in re.sub(r"(`+).*?\1", "", text)
    if extension == ".html":
        page = Page(text)
        assert not page.stack
        assert "families" in page.ids
        assert len(page.ids) == len(set(page.ids))


def test_markdown_tables_are_whole():
    text = render(RUN, ".md", samples={})
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {8}
    assert text.startswith("### `ngram` is nearest to Lovecraft")
    assert "> ⚠ The corpus is small." in text


@pytest.mark.parametrize("name", [name for name in HOSTILE if HOSTILE[name]])
def test_markdown_keeps_hostile_names_in_their_cells(name):
    text = render(
        results({HOSTILE[name] + "|`x": FAIR, "b": NOISE}, corpus=HOSTILE[name], warnings=[HOSTILE[name]]), ".md", samples={}
    )
    heads = [line for line in text.splitlines() if line.startswith("| measure")]
    # Names of 4,000 letters leave no room for a second table.
    assert len(heads) == (1 if name == "a long word" else 2)
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line.startswith("|")} == {5}
    outside_code = re.sub(r"(`+).*?\1", "", text)
    assert "<script" not in outside_code
    assert "\x1b" not in text


def test_csv_is_guarded_against_formulas():
    text = render(results({"=1+1": FAIR, "@x": GOOD, "-y": NOISE}), ".csv", samples={})
    names = {row["candidate"] for row in csv.DictReader(io.StringIO(text))}
    assert names == {"'=1+1", "'@x", "'-y"}


def test_notebook_fragment_is_html_without_script():
    fragment = RUN._repr_html_()
    page = Page(fragment)
    assert not page.stack
    assert not page.all("script") + page.all("style")
    assert "<code>ngram</code> is nearest" in fragment


def test_frame_has_one_row_a_candidate_and_metric():
    frame = RUN.to_frame()
    assert len(frame) == len(FIVE) * len(FAIR)
    assert set(frame[frame["candidate"] == "lstm"]["metric"]) == set(FAIR)
    assert frame.set_index(["candidate", "metric"]).loc[("lstm", "vocab.hit"), "value"] == 0.7
