"""Markdown fits into a comment: what is least needed goes first, and what is missing is named."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from evalkit.report import render
from evalkit.report.markdown.fitting import FORGE_LIMIT, Section, fitted, whole
from evalkit.report.markdown.github import render_gate_markdown
from evalkit.results import Interval, Pair, Rank
from tests.support.judged import CATALOGUE, human, judged
from tests.support.page import HOSTILE
from tests.support.runs import audited, decision, gated


def size(text):
    return len(text.encode("utf-8", "surrogatepass"))


def tables(text):
    """The rows of each table of a text."""
    found, rows = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            rows.append(line)
        elif rows:
            found.append(rows)
            rows = []
    return found


def full_run(n, *, name="ngram:unit=word,order={}"):
    """Candidates that differ on every measure, with every pair of them and an audit with findings."""
    rng = random.Random(0)
    ids = [id_ for id_ in CATALOGUE if human(id_)[1]]
    names = [name.format(i) for i in range(n)]
    run = judged({each: {id_: human(id_)[1] * rng.uniform(0.5, 2) for id_ in ids} for each in names})
    pairs = [
        Pair(a=a, b=b, metric=id_, delta=0.1, ci=Interval(0.05, 0.15), p_raw=0.001, p_adjusted=0.002)
        for id_ in ids[:12] for i, a in enumerate(names) for b in names[i + 1 :]
    ]  # fmt: skip
    ranks = [Rank(metric=id_, candidate=each, rank=1, letters="a") for id_ in ids[:12] for each in names]
    run = replace(run, comparisons=[*run.comparisons, *pairs], ranking=[*run.ranking, *ranks])
    run = replace(run, metrics={id_: {**metric, "headline": i < 12} for i, (id_, metric) in enumerate(run.metrics.items())})
    return audited({each: {"audit.empty": 3, "audit.cut_off": 2, "audit.markup": 9} for each in names}, run=run)


@pytest.mark.parametrize("n", [1, 2, 5, 7, 12, 30])
def test_a_comparison_fits_20_kb(n):
    text = render(full_run(n), ".md", samples={})
    assert size(text) <= (20_000 if n <= 12 else FORGE_LIMIT)
    assert text.startswith("### ")
    for rows in tables(text):
        assert len({line.count("|") for line in rows}) == 1
    assert text.count("<details>") == text.count("</details>")
    assert all(f"order={i}`" in text for i in range(n))
    if n >= 5:
        assert "Shortened for a comment: " in text and "The page and results.json have all of it." in text


def test_a_short_comparison_is_not_shortened():
    text = render(judged({"a": {"order.context": 0.5}, "b": {}}), ".md", samples={})
    assert "Shortened" not in text
    assert "Intervals and further measures" in text


def many(n, *, how="pass", tier="critical", name="measure"):
    return [
        decision(f"{name}.{i}", 0.01, 0.005, 0.015, verdict=how, tier=tier) | {"reason": "17 of the 200 words that it needs"}
        for i in range(n)
    ]


@pytest.mark.parametrize(("n_gated", "n_advisory"), [(1, 0), (12, 45), (57, 0), (57, 57)])
@pytest.mark.parametrize("verdict", ["PASS", "REGRESSION", "INCONCLUSIVE"])
def test_a_gate_fits_6_kb(n_gated, n_advisory, verdict):
    how = {"PASS": "pass", "REGRESSION": "regression", "INCONCLUSIVE": "inconclusive"}[verdict]
    rows = [*many(n_gated, how=how), *many(n_advisory, tier="advisory", name="more")]
    run = replace(gated(verdict, decisions=rows, worst=0), warnings=["The corpus is small. " * 6] * 9)
    text = render_gate_markdown(run, {})
    assert size(text) <= 6_000
    first, marker, *_ = text.splitlines()
    assert verdict in first and "`ngram`" in first and "allowed" in first
    assert marker == "<!-- evalkit gate -->"
    assert "evalkit gate ngram:order=3" in text
    assert "measure.0" in text or n_gated > 1
    for table in tables(text):
        assert len({line.replace(r"\|", "").count("|") for line in table}) == 1
    if n_gated > 12:
        assert "further gated measures" in text


def test_advisory_measures_that_became_worse_come_before_the_others():
    worse = decision("vocab.hit", 0.2, 0.1, 0.3, verdict="regression", tier="advisory")
    decisions = [decision("suffix.ing", 0.0, -0.02, 0.02, verdict="pass"), worse, *many(60, tier="advisory")]
    text = render_gate_markdown(gated("PASS", decisions=decisions, worst=0), {})
    assert "became worse, which decide nothing" in text
    assert "Shortened for a comment: 60 further advisory measures." in text


@pytest.mark.parametrize("name", ["x" * 5000, HOSTILE["closes a script"] * 300])
def test_no_name_makes_a_comment_that_a_forge_refuses(name):
    text = render(full_run(12, name=f"{name}{{}}"), ".md", samples={})
    assert len(text) <= FORGE_LIMIT
    assert "Cut here, since a comment has room for 65,536 characters." in text
    assert text.count("<details>") == text.count("</details>")
    run = gated("PASS", decisions=many(9), worst=0)
    long = replace(run, candidates=[{**run.candidates[0], "name": name}], gate={**run.gate, "command": name * 4})
    assert len(render_gate_markdown(long, {})) <= FORGE_LIMIT


class TestFitted:
    FORMS = (["a" * 100], ["a" * 50], [])

    def test_the_longest_form_that_fits_is_taken(self):
        for room, kept in ((1000, 100), (140, 50), (90, 0)):
            text = fitted([whole("head"), Section(self.FORMS, "things")], most_bytes=room, rest="See there.")
            assert text.count("a" * 50) * 50 == kept
            assert ("Shortened for a comment: things. See there." in text) == (kept < 100)

    def test_the_order_is_kept_and_the_priority_decides(self):
        first, last = Section((["b" * 90], []), "bs", priority=2), Section((["c" * 90], []), "cs", priority=1)
        text = fitted([first, last], most_bytes=180)
        assert "c" * 90 in text and "b" * 90 not in text
        both = fitted([first, last], most_bytes=500)
        assert both.index("b" * 90) < both.index("c" * 90)
