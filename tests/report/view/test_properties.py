"""Over random results: nothing that the first sentence says is contradicted by a number of the same results."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from evalkit._util.formatting import n_words
from evalkit.report import render
from evalkit.report.view.audit import MOST_WORDS, gravest
from evalkit.report.view.conclusion import LITTLE_TEXT, conclude
from evalkit.report.view.family_table import family_table
from evalkit.report.view.judging.faults import best_temperature, disqualifying, eligible, is_told
from evalkit.report.view.judging.marks import INSIDE, within_range
from evalkit.report.view.ranking import Ranking
from evalkit.results import Interval, Pair
from tests.support.judged import CATALOGUE, LIMIT, human, human_test_of, judged
from tests.support.page import HOSTILE
from tests.support.runs import audited

NAMES = [
    "a",
    "b",
    "new model",
    "`x`",
    "human",
    *(name for key, name in HOSTILE.items() if key not in ("a long word", "nothing", "lone surrogate")),
]
LEADS = ("audit.empty", "audit.identical", "audit.loops", "audit.markup", "audit.cut_off")
SECOND = 45
"""Words of the second sentence at most."""


@st.composite
def values(draw, ids):
    """A candidate's values: most within or near the human range, some far off or not measured, within the metric's bounds."""
    found = {}
    for id_ in ids:
        low, median, high = human(id_)
        far = draw(st.one_of(st.floats(-1.2, 1.2), st.floats(-1, 1), st.floats(-60, 60), st.none()))
        if far is None:
            found[id_] = None
            continue
        value = (
            median + far * (high - median)
            if far > 0
            else median + far * (median - low)
            if low is not None
            else median * (1 + far / 60)
        )
        least, most = CATALOGUE[id_].bounds
        value = value if least is None else max(value, least)
        found[id_] = value if most is None else min(value, most)
    return found


@st.composite
def runs(draw, kind="compare"):
    """A run that could be: rows, families, overall and tests follow from each other, differences and audits are any."""
    ids = draw(st.lists(st.sampled_from(sorted(CATALOGUE)), min_size=1, max_size=6, unique=True))
    if draw(st.booleans()):
        ids = list(dict.fromkeys([*ids, "novelty.chars_20", "copy.shadow", "variety.shared"]))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    size = draw(st.sampled_from([(5, 500), (100, 1000)]))
    run = judged(
        {name: draw(values(ids)) for name in names},
        specs={"human": "human"},
        half=draw(st.sampled_from([0.0, 0.02, 0.2, 2.0])),
        n_passages=size[0],
        n_chars=size[1],
        kind=kind,
    )
    pairs = [pair for pair in run.comparisons if draw(st.booleans())]
    lost = draw(st.sampled_from(["nothing", "intervals", "pairs", "tests", "significance"]))
    if lost == "intervals":
        pairs = [replace(pair, ci=None, p_adjusted=None) for pair in run.comparisons]
    elif lost == "significance":
        pairs = [replace(pair, p_adjusted=draw(st.floats(0, 1))) for pair in run.comparisons]
    elif lost == "nothing":
        pairs = list(run.comparisons)
    run = replace(run, comparisons=pairs, human_tests=() if lost == "tests" else run.human_tests)
    if draw(st.integers(0, 3)) == 0:
        found = {
            name: {check: draw(st.integers(1, 100)) for check in draw(st.sets(st.sampled_from(LEADS), max_size=2))}
            for name in names
        }
        run = audited(found, run=run, distinct=draw(st.integers(1, 99)))
    if kind == "sweep":
        places = [round(0.5 + 0.1 * i, 1) for i in range(len(names))]
        run = replace(run, signature={**run.signature, "temperature": places})
    return run


def sentences(text):
    """The sentences of a conclusion; names are blanked, for they may hold anything."""
    blank = re.sub("`[^`]*`", "`name`", text)
    return re.split(r"(?<=\.) (?=[A-Z`\d])", blank)


def named(name):
    return f"`{name.replace('`', chr(39))}`"


def check(run):
    ranking = Ranking(run)
    found = conclude(run, ranking)
    text = found.sentence.replace("\u00a0", " ")
    event(found.state)
    parts = sentences(found.sentence)
    assert 1 <= len(parts) <= 2, text
    assert n_words(parts[0]) <= MOST_WORDS, text
    assert all(n_words(part) <= SECOND for part in parts[1:]), text
    assert text.count("`") % 2 == 0
    # Accusations: nothing is blamed by a figure of 0, and no measure is called outside whose mark is inside.
    assert not re.search(
        r"(?<![\d.])0 % of its \S+ (are unknown|are copied|are in no|stand|end)|copies (too much \()?0 %|with 0 %|(?<![\d.])0 of (its|\d+ passages)",
        text,
    ), text
    if found.metric is not None:
        assert within_range(ranking.rows[found.subject, found.metric], ranking.metrics[found.metric]) is False
    return ranking, found, text


def winner_is_first(ranking, found, text):
    able = eligible(ranking)
    best = able[0]
    assert found.subject == best.name
    positions = [summary.position for summary in able if summary.position is not None]
    assert best.position is None or best.position == min(positions)
    assert ranking.names.index(best.name) == min(ranking.names.index(summary.name) for summary in able) or ranking.temperatures


def told_iff_the_test_says_so(ranking, text):
    for match in re.finditer(r"(`[^`]*`|It) cannot be told", text):
        names = (
            [s.name for s in eligible(ranking) if named(s.name) == match[1]] if match[1] != "It" else [eligible(ranking)[0].name]
        )
        assert any(is_told(ranking, name) is False for name in names), text
        for name in names:
            assert not disqualifying(ranking, name), text
            assert next(c["n_chars"] for c in ranking.candidates if c["name"] == name) >= LITTLE_TEXT
    for match in re.finditer(r"(`[^`]*`) can be told from", text):
        assert any(is_told(ranking, s.name) for s in ranking.summaries if named(s.name) == match[1]), text


def no_certainty_across_zero(ranking, text):
    if "and surely" in text:
        best, rival = eligible(ranking)[:2]
        pair = next(
            pair for pair in ranking.results.comparisons if {pair.a, pair.b} == {best.name, rival.name} and pair.metric == "overall"
        )
        assert pair.ci is not None
        assert not pair.ci.low <= 0 <= pair.ci.high
        assert pair.p_adjusted < 0.05
    for pair in ranking.results.comparisons:
        tied = pair.ci is not None and pair.ci.low <= 0 <= pair.ci.high
        names = [summary.name for summary in eligible(ranking)]
        if names and tied and names[0] in (pair.a, pair.b) and {pair.a, pair.b} <= set(names) and not ranking.temperatures:
            assert "is nearest" not in text, text


def what_disqualifies_comes_first(ranking, text):
    first = re.split(r"(?<=\.) ", re.sub("`[^`]*`", lambda m: m[0].replace(".", "_"), text))[0]
    faulty = [s.name for s in ranking.ranked if s.n_measured and disqualifying(ranking, s.name)]
    if faulty and not ranking.temperatures:
        assert re.search(r"copies|runs along|repeats itself|passages of|have faults|do the like", first), text
        assert "nearest" not in first, text


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(runs())
def test_nothing_is_said_that_a_number_contradicts(run):
    ranking, found, text = check(run)
    if eligible(ranking) and found.state in ("clear", "tie", "noise"):
        winner_is_first(ranking, found, text)
    told_iff_the_test_says_so(ranking, text)
    no_certainty_across_zero(ranking, text)
    what_disqualifies_comes_first(ranking, text)
    for summary in ranking.summaries:
        if summary.human and len(ranking.ranked):
            assert found.subject != summary.name


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(runs("sweep"))
def test_a_sweep_names_the_temperature_that_is_nearest(run):
    ranking, found, text = check(run)
    best = best_temperature(ranking)
    if best is not None and found.state != "none" and "temperature" in text:
        assert f" {ranking.temperatures[best[0]]:g}" in text
        assert found.subject == best[0]
        assert not disqualifying(ranking, best[0])
        assert ranking.overall(best[0]).value == min(s.position for s in eligible(ranking) if s.position is not None)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(runs())
def test_marks_of_families_are_borne_out_by_their_rows(run):
    ranking = Ranking(run)
    for line in family_table(ranking, ranking.names):
        for name, cell in zip(ranking.names, line.cells, strict=True):
            family = next((f for f in ranking.families(name) if f.family == line.family), None)
            assert (cell.value is None) == (family is None)
            if family is None:
                continue
            assert (cell.mark == INSIDE) == (family.value <= family.limit)
            if cell.measure:
                assert within_range(ranking.rows[name, family.metric], ranking.metrics[family.metric]) is False


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(runs(), st.sampled_from([".md", ".html"]))
def test_names_are_escaped_in_every_form(run, extension):
    text = render(run, extension, samples={})
    if extension == ".md":
        text = re.sub(r"(`+).*?\1", "", text)
    assert "<script>alert(1)" not in text
    assert "<style>*{display:none}" not in text
    assert "\u202egnp" not in text


def test_the_random_results_are_as_results_are():
    """What the generator of runs takes for granted of the fixtures that it is made of."""
    run = judged({"a": {"order.context": 0.3, "vocab.hit": 0.85}})
    test = human_test_of("a", {row.metric: row.distance for row in run.results})
    assert (test.p <= 0.05) == (test.distance > LIMIT)
    assert (
        gravest(audited({"a": {"audit.empty": 3}}, run=run), audited({"a": {"audit.empty": 3}}, run=run).audit.of("a")) is not None
    )
    assert Pair(a="a", b="b", metric="overall", delta=0.0, ci=Interval(-1, 1)).ci.low < 0
