"""The HTML report as a parser sees it: structure, safety, faithfulness."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from dataclasses import replace
from itertools import pairwise
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit._util.escape import visible
from evalkit.report.html.page import render_html
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.passages.excerpts import LONGEST
from evalkit.report.view.passages.highlight import slices
from evalkit.report.view.provenance import provenance
from evalkit.results import FloorSummary, Interval, Overall, Rank, Span, from_dict
from evalkit.text.passages import Passage
from tests.support.many import of_many
from tests.support.page import HOSTILE, Page
from tests.support.processes.pace import yardsticks
from tests.support.results import FAIR, FIVE, GOOD, NOISE, TEXTS, excerpt, results

RUN = results(FIVE, specs={"human": "human"}, texts=TEXTS)
FIGURE = re.compile(r"<svg xmlns.*?</svg>(?=</div>|</figure>)", re.DOTALL)
BLOCK = re.compile(r'<script type="application/json" id="evalkit-results">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def page_text():
    return render_html(RUN, {})


@pytest.fixture(scope="module")
def page(page_text):
    return Page(page_text)


def test_elements_are_closed_and_ids_unique(page):
    assert not page.stack
    assert len(set(page.ids)) == len(page.ids)


def test_fragments_lead_somewhere(page):
    links = [attrs["href"] for attrs in page.all("a")]
    fragments = [link[1:] for link in links if link.startswith("#")]
    assert fragments
    assert set(fragments) <= set(page.ids)
    labels = {id_ for _, attrs in page.tags for id_ in (attrs.get("aria-labelledby") or "").split()}
    assert labels <= set(page.ids)


def test_nothing_is_fetched_and_nothing_runs(page, page_text):
    for _, attrs in page.tags:
        for name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            assert (attrs.get(name) or "#").startswith(("#", "data:")), attrs
        assert not any(name.startswith("on") or name == "style" for name in attrs)
    assert [attrs.get("type") for attrs in page.all("script")] == ["application/json"]
    assert not page.all("link") + page.all("iframe") + page.all("object") + page.all("form")
    assert "@import" not in page_text
    assert "http://" not in page_text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page_text


def test_policy_allows_this_style_and_no_script(page, page_text):
    policy = next(attrs["content"] for attrs in page.all("meta") if attrs.get("http-equiv") == "Content-Security-Policy")
    import base64
    import hashlib

    style = re.search(r"<style>(.*?)</style>", page_text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_headings_do_not_skip_a_level(page):
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(next_ <= level + 1 for level, next_ in pairwise(levels))


def test_tables_have_captions_and_scopes(page):
    tags = [tag for tag, _ in page.tags]
    assert tags.count("caption") == tags.count("table") > 0
    assert all("scope" in attrs for attrs in page.all("th"))
    assert all(attrs.get("alt") for attrs in page.all("img"))


def test_figures_are_well_formed_and_themed(page_text):
    drawn = FIGURE.findall(page_text)
    assert [re.search(r'aria-labelledby="([\w-]+)"', svg)[1] for svg in drawn][:2] == ["figure-ranking-t", "narrow-ranking-t"]
    for svg in drawn:
        ET.fromstring(svg)
        # Colours are the page's, which change with the theme; the second of a pair is for readers that know no custom properties.
        assert "var(--" in svg
        assert "style=" not in svg
        assert "<title" in svg
        assert "<desc" in svg


def test_verdict_stands_before_scores(page_text):
    assert page_text.index('class="verdict"') < page_text.index('id="scores"')
    assert "not measured" not in re.search(r'<h1 class="verdict">(.*?)</h1>', page_text)[1]


def test_same_bytes_again(page_text):
    again = render_html(from_dict(json.loads(results(FIVE, specs={"human": "human"}, texts=TEXTS).to_json())), {})
    assert again == page_text


def test_size(page_text):
    assert len(page_text.encode()) < 300_000


def test_seven_candidates_are_rendered_quickly(page_text):
    """In 25 yardsticks, 2 s where one takes .08 s, beyond imports, which the page before has made."""
    run = of_many(7)
    assert yardsticks(lambda: render_html(run, {})) < 25


def test_embedded_data_has_the_rows_of_the_table(page_text):
    data = json.loads(BLOCK.search(page_text)[1])
    rows = [dict(zip(data["columns"], row, strict=True)) for row in data["results"]]
    expected = {(row.candidate, row.metric): row for row in RUN.results}
    assert {(row["candidate"], row["metric"]): row["value"] for row in rows} == pytest.approx(
        {key: row.value for key, row in expected.items()}, rel=5e-5
    )
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)
    assert (data["kind"], data["signature"]["seed"]) == ("compare", 0)


def test_the_download_has_the_same_rows(page, page_text):
    href = next(attrs["href"] for attrs in page.all("a") if "download" in attrs)
    lines = list(csv.reader(io.StringIO(unquote(href.partition(",")[2]))))
    data = json.loads(BLOCK.search(page_text)[1])
    assert lines[0] == data["columns"]
    assert [["" if value is None else str(value) for value in row] for row in data["results"]] == lines[1:]


def test_provenance_tells_what_must_agree_from_settings_and_names_thresholds(page_text):
    found = {facts.title: dict(facts.pairs) for facts in provenance(RUN)}
    assert list(found) == ["Signature", "Settings", "Thresholds", "This run"]
    assert "tokenizer" in found["Signature"]
    assert "seed" in found["Settings"]
    assert "seed" not in found["Signature"]
    assert "date" in found["This run"]
    assert "10,000 characters" in found["Thresholds"]["little text"]
    assert all(f"<summary>{title}</summary>" in page_text for title in found)


def test_notes_have_a_column_only_where_there_are_any():
    run = results({"lstm": FAIR})
    assert ">notes</th>" not in render_html(run, {})
    noted = replace(run, candidates=[{**run.candidates[0], "notes": ["2 of its passages were cut"]}])
    assert ">notes</th>" in render_html(noted, {})


def test_the_table_says_for_which_candidate_it_is_sorted(page_text):
    assert re.findall(r"Worst first, for <code>([^<]*)</code>", page_text) == [conclude(RUN).subject]


def test_unmeasured_is_said_and_never_zero():
    run = results({"a": FAIR | {"vocab.hit": None}, "b": FAIR})
    text = render_html(run, {})
    cell = re.search(r'<tr id="row-vocab.hit">.*?</tr>', text, re.DOTALL)[0]
    assert "not measured" in cell
    assert "too little" in cell


def test_overall_row_has_interval_floor_and_rank():
    run = results({"a": FAIR, "b": NOISE, "human": GOOD}, specs={"human": "human"})
    floor = FloorSummary(0.03, 0.11)
    overall = [
        Overall(candidate="a", value=0.2, ci=Interval(0.15, 0.26), floor=floor),
        Overall(candidate="b", value=0.9, ci=Interval(0.85, 0.95), floor=floor),
        Overall(candidate="human", value=0.01, ci=None, floor=floor),
    ]
    ranking = [
        Rank(metric="overall", candidate=name, rank=place, letters="a") for name, place in (("a", 1), ("b", 2), ("human", 1))
    ]
    text = render_html(from_dict(json.loads(replace(run, overall=overall, ranking=ranking).to_json())), {})
    row = re.search(r'<tr class="overall">.*?</tr>', text, re.DOTALL)[0]
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", row))
    assert "0.03 up to 0.11" in shown
    assert "\u25c6 0.20 0.15 to 0.26 5 of 6 within rank 1 a" in shown
    # Without an interval nothing can be told apart, which is no rank; noise has a table of its own.
    assert shown.count("rank") == 1
    assert "\u25cf 0.01 6 of 6 within" in shown
    noise = re.search(r'<details class="noise">.*?</details>', text, re.DOTALL)[0]
    assert "<summary>As far from human text as random letters: b</summary>" in noise
    assert "\u25c6 0.90" in noise


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_inert_and_whole(name):
    text = HOSTILE[name]
    run = results({"lstm": FAIR}, texts={"lstm": text, "": text})
    page = Page(render_html(run, {}))
    assert not page.stack
    assert [attrs.get("type") for attrs in page.all("script")] == ["application/json"]
    assert len(page.all("style")) == 1
    assert not [attrs for _, attrs in page.tags if any(key.startswith("on") for key in attrs)]
    assert "".join(page.texts.values()) == 2 * visible(text[:LONGEST], keep="\n")


@pytest.mark.parametrize("name", [name for name in HOSTILE if HOSTILE[name]])
def test_hostile_names_are_inert(name):
    text = HOSTILE[name]
    run = results({text: FAIR, "other": NOISE}, texts={text: "x"}, corpus=text, warnings=[text])
    rendered = render_html(run, {})
    page = Page(rendered)
    assert not page.stack
    assert [attrs.get("type") for attrs in page.all("script")] == ["application/json"]
    assert len(page.all("style")) == 1
    assert not [attrs for _, attrs in page.tags if any(key.startswith("on") for key in attrs)]
    rendered.encode()
    for svg in FIGURE.findall(rendered):
        ET.fromstring(svg)


def test_files_of_before_a_field_was_stored_keep_rendering():
    plain = json.loads(results(FIVE, specs={"human": "human"}, texts=TEXTS).to_json())
    for field in ("overall", "learning", "previous", "explanations", "ranking", "comparisons", "excerpts"):
        plain.pop(field)
    page = Page(render_html(from_dict(plain), {}))
    assert not page.stack
    assert {"verdict", "scores", "why", "sure", "data"} <= set(page.ids)


def test_file_without_excerpts_shows_its_samples():
    run = results({"lstm": FAIR})
    page = Page(render_html(run, {"lstm": [Passage("Some <b>text</b>.", "0")]}))
    assert list(page.texts.values()) == ["Some <b>text</b>."]


def test_spans_are_marked_by_kind():
    text = "A grotch and so and so and so it was copied."
    spans = (
        Span(start=2, end=8, kind="nonword"),
        Span(start=9, end=30, kind="loop"),
        Span(start=25, end=44, kind="copied", source="the <lamp>"),
    )
    run = results({"lstm": FAIR})
    run = from_dict(json.loads(run.to_json()) | {"excerpts": {"lstm": [json.loads(json.dumps(_plain(excerpt(text, *spans))))]}})
    rendered = render_html(run, {})
    assert '<u class="nonword">grotch</u>' in rendered
    # Its source is a footnote, where the stretch ends, and nothing that only a pointer shows.
    assert '<u class="copied loop">' in rendered
    assert re.search(r'<u class="copied">[^<]*was copied\.</u><sup>1</sup>', rendered)
    assert "<sup>1</sup> the &lt;lamp&gt;" in rendered
    assert " title=" not in rendered
    assert list(Page(rendered).texts.values()) == [f"{text}1"]
    assert "1 unknown word" in rendered
    assert "1 copied stretch" in rendered


def _plain(found):
    from dataclasses import asdict

    return asdict(found)


SPANS = st.lists(
    st.builds(
        lambda start, length, kind: Span(start=start, end=start + length, kind=kind),
        st.integers(0, 60),
        st.integers(1, 30),
        st.sampled_from(["nonword", "copied", "loop"]),
    ),
    max_size=6,
)


@given(st.text(max_size=60), SPANS)
def test_slices_join_to_the_text(text, spans):
    pieces = slices(text, spans)
    assert "".join(piece.text for piece in pieces) == text
    for span in spans:
        covered = "".join(piece.text for piece in pieces if span.kind in piece.kinds)
        assert set(text[span.start : span.end]) <= set(covered)


def test_visible_text_survives_escaping():
    from evalkit.report.html.rendering import _passage

    for text in HOSTILE.values():
        assert html.unescape(str(_passage(text))) == visible(text, keep="\n")
