"""Tables of measurements go from a benchmark's output into docs/data, and from there onto pages, with nothing lost."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.report.view.certainty import COVERAGE
from tests.support.docs import tables
from tests.support.paths import ROOT

DATA, MEASURED, kept, shown = tables.DATA, tables.MEASURED, tables.kept, tables.shown
CELLS = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp", "Zs"], blacklist_characters="\\"), max_size=8)
TABLES = st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=4))


@given(TABLES)
def test_a_printed_table_comes_back(rows):
    printed = "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    )
    assert shown(kept(f"Some words.\n\n{printed}\n\nMore words.\n")) == printed


def test_one_of_several_tables_is_chosen():
    printed = "| a |\n|---|\n| 1 |\n\n| b |\n|---|\n| 2 |\n"
    assert kept(printed, 2) == "b\n2\n"
    with pytest.raises(LookupError, match="2 tables were given"):
        kept(printed)
    with pytest.raises(ValueError, match="2 columns, and a row 1"):
        kept("| a | b |\n|---|---|\n| 1 |\n")


def test_each_data_file_is_shown_on_one_page():
    paths = [*MEASURED.glob("*.md"), ROOT / "README.md", ROOT / "docs" / "benchmarks.md"]
    pages = [page.read_text(encoding="utf-8") for page in paths]
    shown_on = {name: sum(f"<!-- generated: {name} -->" in page for page in pages) for name in tables.files()}
    assert len(shown_on) == len(list(DATA.rglob("*.csv")))  # no two have one name
    assert set(shown_on.values()) == {1}


def test_a_part_without_data_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "DOCS", tmp_path)
    (tmp_path / "page.md").write_text("<!-- generated: nowhere -->\n<!-- end -->\n", encoding="utf-8")
    with pytest.raises(LookupError, match=r"page\.md shows docs/data/nowhere\.csv, which does not exist"):
        tables.measured_page(tmp_path / "page.md")


def rows(name):
    return list(csv.DictReader(tables.files()[name].read_text(encoding="utf-8").splitlines()))


def test_readme_and_the_plain_words_quote_what_was_measured():
    """Figures in prose are those of the data files, and the sentence of the example is made of its table."""
    pages = [ROOT / "README.md", ROOT / "docs" / "explanation" / "plain-statistics.md"]
    readme, plain = (" ".join(page.read_text(encoding="utf-8").split()) for page in pages)
    looks = rows("looks")
    unchanged = [row for row in looks if row["candidate"].endswith("unchanged")]
    assert {row["PASS"].partition(" ")[0] for row in unchanged} == {"100.0"}
    gates = f"In {sum(int(row['gates']) for row in unchanged):,} gates"
    assert gates in readme
    assert gates in plain
    cooler = [row for row in looks if "temperature 1.0 to .9" in row["candidate"]]
    assert {row["REGRESSION"].partition(" ")[0] for row in cooler} == {"100.0"}
    assert f"found in each of {sum(int(row['gates']) for row in cooler)}" in readme
    overall = {row["candidate"]: row["overall"] for row in rows("lovecraft")}
    best, second = (overall[f"`{name}`"].split()[-1] for name in ("ngram:unit=word,order=2", "ngram:unit=word,order=3"))
    assert f"{best} against {second} of ngram:unit=word,order=3" in readme
    times = {(row["work"], row["peer"]): row["times as fast"] for row in rows("speed")}
    for work, peer in (("train an LSTM of 512 units", "Keras `LSTM`"), ("fit an n-gram of words, order 3", "NLTK")):
        assert f"{times[work, peer]} times as fast as {peer.split()[0]}" in readme
    assert f"in {COVERAGE[0]} to {COVERAGE[1]} % of samples" in plain
    section = (MEASURED / "gate.md").read_text(encoding="utf-8").partition("## A rule of ten percent")[2].partition("\n## ")[0]
    measured = list(csv.DictReader(kept(section).splitlines()))
    rule = [float(row["false alarms, percent"].split()[0]) for row in measured if int(row["passages a sample"]) <= 200]
    assert f"is wrong in {min(rule):.0f} to {max(rule):.0f} %" in readme
