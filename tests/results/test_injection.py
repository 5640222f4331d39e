"""Whatever string a results file holds at whatever place, it says nothing to a terminal, to GitHub, to a browser or to a CI system."""

from __future__ import annotations

import copy
import json
import re
from xml.etree import ElementTree as ET

import pytest

from evalkit.errors import ModelError
from evalkit.report import formats
from evalkit.report.html.runs import render_comparison
from evalkit.report.terminal.explanation import explanation_lines
from evalkit.report.view.run_diff import Run, remembered
from evalkit.results import from_dict
from tests.support.page import Page
from tests.support.runs import gated, remembering
from tests.support.whole import RUNS, whole

HOSTILE = "`\x1b\x9b@t<i>](q`@team <img src=x> [a](http://b) ![c](d) \x1b[31m \x9b31m \u202e \ud800 ::error::x %0A\n::error::y\r# h\n\n- l ]]> &#64;z | |"
"""Its first ten characters do much of it: reports show so many of hashes and dates."""
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def places(node, way=()):
    """The way to one string of every kind, and to one key of every mapping by names."""
    if isinstance(node, str):
        yield way
    elif isinstance(node, list):
        for child in node[:1]:
            yield from places(child, (*way, 0))
    elif isinstance(node, dict):
        for key, child in node.items():
            yield from places(child, (*way, key))


def planted(document, way):
    changed = copy.deepcopy(document)
    node = changed
    for key in way[:-1]:
        node = node[key]
    node[way[-1]] = HOSTILE
    return changed


def renamed(document, old):
    """With another name of a candidate or metric wherever it stands."""
    if isinstance(document, dict):
        return {HOSTILE if key == old else key: renamed(value, old) for key, value in document.items()}
    if isinstance(document, list):
        return [renamed(value, old) for value in document]
    return HOSTILE if document == old else document


def documents():
    for kind, make in {**RUNS, "not comparable": not_comparable}.items():
        document = json.loads(make().to_json())
        for way in places(document):
            yield f"{kind}: {'/'.join(map(str, way))}", planted(document, way)
        for name in (document["candidates"][0]["name"], next(iter(document["metrics"]))):
            yield f"{kind}: {name} everywhere", renamed(document, name)


def not_comparable():
    fields = [{"field": "reference.hash", "baseline": "a", "candidate": "b"}]
    run = gated("NOT COMPARABLE", decisions=(), different=fields)
    return remembering(run, run)


def sound():
    for place, document in documents():
        try:
            yield place, from_dict(document)
        except ModelError:  # a verdict, a kind and the like are one of a few words
            continue


SOUND = dict(sound())
FORMS = {"markdown", "github", "text", "csv", "json", "junit"}


def said(run, name):
    """All that a form says of the run, alone and beside another."""
    return [form.render(run, {}) for form in formats.FORMATS if form.name == name and run.kind in form.kinds and form.renderer]


def outside_code(markdown):
    """Markdown without its code and without what is escaped."""
    indented = re.sub(r"(?m)^    .*$", "", markdown)
    unescaped = re.sub(r"(?<!\\)((?:\\\\)*)(`+)(?!`)(.*?)(?<!`)\2(?!`)", r"\1", indented)
    return re.sub(r"\\.|&(lt|gt|amp|#64);", "", unescaped)


def test_most_places_are_tried():
    assert len(SOUND) > 150
    assert {"gate: reference/hash", "gate: gate/command", "compare: metrics/letters.jsd/unit"} <= SOUND.keys()


@pytest.mark.parametrize("name", sorted(FORMS))
def test_no_control_character_is_printed(name):
    for place, run in SOUND.items():
        for text in said(run, name):
            assert not CONTROLS.search(text), place


def test_nothing_in_markdown_acts():
    for place, run in SOUND.items():
        for text in said(run, "markdown"):
            left = outside_code(text)
            for act in ("@t", "<i", "](", "!["):
                assert act not in left, (place, act)
            assert not re.search(r"(?m)^(# h|- l)", text), place


def test_no_name_begins_a_workflow_command():
    for place, run in SOUND.items():
        for text in said(run, "github"):
            for line in text.splitlines():
                assert re.match(r"::(notice|warning|error) title=", line), place
                assert line.count("::error::x") <= 2, place


def test_junit_is_xml():
    for run in SOUND.values():
        for text in said(run, "junit"):
            ET.fromstring(text)


@pytest.mark.parametrize("kind", ["compare", "gate"])
def test_a_page_has_the_elements_that_it_has_without(kind):
    """All names and sentences are hostile at once."""
    base = json.loads((whole() if kind == "compare" else gated()).to_json())
    run = base
    for way in places(base):
        changed = planted(run, way)
        try:
            from_dict(changed)
        except ModelError:
            continue
        run = changed
    hostile = from_dict(run)
    plain = from_dict(base)
    texts = (formats.format_named("html", kind).render(hostile, {}), render_comparison(hostile, hostile))
    for text in texts:
        page = Page(text)
        assert not page.stack
        without = Page(
            formats.format_named("html", kind).render(from_dict(base), {}) if text is texts[0] else render_comparison(plain, plain)
        )
        assert {tag for tag, _ in page.tags} <= {tag for tag, _ in without.tags} | {"small"}
        assert all(attrs.get("src") != "x" and not str(attrs.get("href")).startswith("http") for _, attrs in page.tags)


def test_two_runs_and_a_history_say_nothing_either():
    for place, run in SOUND.items():
        texts = [form.render(run, run) for form in formats.FORMATS if form.name == "text" and "changes" in form.kinds]
        texts += ["\n".join(lines) for lines in explanation_lines(run, width=200)]
        texts.append(formats.format_named("text", "history").render([Run(HOSTILE, run, [], [])]))
        for text in texts:
            assert not CONTROLS.search(text), place
    assert remembered(next(iter(SOUND.values())))
