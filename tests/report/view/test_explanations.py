"""Why a candidate differs, in words, and that each finding leads to the passage that shows it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from evalkit.report.html.page import render_html
from evalkit.report.view.explanations import _together, reasons
from evalkit.report.view.passages.excerpts import marked_passages
from evalkit.results import Place, Span, WordUse, from_dict
from tests.support.page import HOSTILE, Page
from tests.support.results import FAIR, results
from tests.support.runs import AGAIN, TEXT, TOT, explained, part, use


def found(run, name="lstm"):
    return reasons(run, [name], marked_passages(run, {}))[name]


def test_overused_words_come_with_rates_a_quote_and_their_passage():
    first, other = found(explained(TOT, AGAIN)).often
    assert (first.word, first.rates) == ("tot", "12 per 10,000 words where the corpus has none")
    assert first.quote == ("He ", "tot", " the lamp")
    assert [(link.passage, link.anchor) for link in first.links] == [("0000", "s1-0-0")]
    assert other.links == []


def test_underused_words_have_no_place_to_lead_to():
    (rare,) = found(explained()).rarely
    assert (rare.word, rare.rates, rare.quote) == ("the", "500 per 10,000 words where the corpus has 688", None)


def test_largest_parts_are_those_that_chance_does_not_explain():
    """The letter q's interval holds 0; contributions to a distance in other units are not compared with bits."""
    (only,) = found(explained()).parts
    assert only.sentence.replace("\u00a0", " ") == "the letter e: 14.0 % where the corpus has 12.5 %, too many"
    # letters.jsd of the run is 0.0005: 0.0002 of it is 40 %.
    assert only.of_all.replace("\u00a0", " ") == "40 % of the difference in letters, 20 to 60"
    assert [link.anchor for link in only.links] == ["s1-0"]


def test_words_behind_a_share_are_those_that_chance_does_not_explain():
    parts = [
        part("vocab.hit", "tot", 0.02, 0.0, 0.02, 0.01, 0.03, places=[Place(passage="0000", text=TEXT)]),
        part("vocab.hit", "zzxq", 0.001, 0.0, 0.001, 0.0, 0.003),
        part("suffix.ing", "going", 0.001, 0.0031, -21.0, -25.0, -15.0),
    ]
    run = explained(parts=parts)
    apart = {"vocab.hit": "missing words", "suffix.ing": "words"}
    run = replace(
        run, metrics={id_: {**metric, **({"apart": apart[id_]} if id_ in apart else {})} for id_, metric in run.metrics.items()}
    )
    assert [one.label for one in found(run).shares] == ["words the corpus knows"]  # 260 words in -ing are within the human range
    run = replace(run, results=[replace(row, value=200.0) if row.metric == "suffix.ing" else row for row in run.results])
    known, endings = found(run).shares
    assert (known.head, known.often, known.rarely) == ("not among them", ["tot (+2)"], [])
    assert [link.anchor for link in known.links] == ["s1-0"]
    assert (endings.often, endings.rarely) == ([], ["going (\u221221)"])
    assert endings.values.replace("\u00a0", " ") == "200 per 10,000 words where the corpus has 280"
    assert "not among them tot (+2)" in render_html(run, {})


def test_every_link_leads_to_the_marked_word():
    text = render_html(explained(TOT, AGAIN), {})
    page = Page(text)
    links = [attrs["href"][1:] for attrs in page.all("a") if attrs["href"].startswith("#s")]
    assert "s1-0-0" in links
    assert set(links) <= set(page.ids)
    # The first occurrence, and no other, is what the link leads to.
    assert re.findall(r'<u class="overused"[^>]*>tot</u>', text) == [
        '<u class="overused" id="s1-0-0">tot</u>',
        '<u class="overused">tot</u>',
    ]
    assert 'id="only-overused"' not in text  # it is the only kind of flaw here, so there is nothing to choose


def test_page_without_explanations_has_none():
    assert 'id="why-words"' not in render_html(results({"lstm": FAIR}), {})


def test_round_trip_keeps_marks_and_examples():
    run = explained(TOT)
    assert from_dict(json.loads(run.to_json())).excerpts["lstm"][0].spans == [TOT]


@pytest.mark.parametrize("name", [name for name in HOSTILE if HOSTILE[name]])
def test_hostile_words_are_inert(name):
    word = HOSTILE[name]
    words = [use(word, 12.0, 0.0, places=[Place(passage=word, text=f"a {word} b")]), use(word, 1.0, 9.0, z=-5.0)]
    parts = [part("letters.jsd", word, 0.2, 0.1, 0.1, 0.05, 0.2, places=[Place(passage=word, text=word)])]
    page = Page(render_html(explained(words=words, parts=parts, name=word), {}))
    assert not page.stack
    assert [attrs.get("type") for attrs in page.all("script")] == ["application/json"]
    assert len(page.all("style")) == 1
    assert not [attrs for _, attrs in page.tags if any(key.startswith("on") for key in attrs)]


def test_spans_of_a_stranger_do_no_harm():
    spans = [
        Span(start=500, end=900, kind="overused"),
        Span(start=3, end=900, kind="overused"),
        Span(start=5, end=2, kind="overused"),
        Span(start=3, end=5, kind="nonword"),
    ]
    text = render_html(explained(*spans), {})
    page = Page(text)
    assert len(set(page.ids)) == len(page.ids)
    assert {attrs["href"][1:] for attrs in page.all("a") if attrs["href"].startswith("#")} <= set(page.ids)


def test_overused_words_of_one_phrase_are_one_finding():
    places = [Place(passage="0000", text="the red lamp of")]
    words = [
        WordUse(word=word, count=5, per_10k=9.0, reference_per_10k=0.1, log_odds=2.0, z=5.0, p_adjusted=0.01, places=places)
        for word in ("red", "lamp")
    ]
    alone = WordUse(
        word="sea",
        count=5,
        per_10k=9.0,
        reference_per_10k=0.1,
        log_odds=2.0,
        z=4.0,
        p_adjusted=0.01,
        places=[Place(passage="0001", text="a sea")],
    )
    assert [[use.word for use in group] for group in _together([*words, alone])] == [["red", "lamp"], ["sea"]]
