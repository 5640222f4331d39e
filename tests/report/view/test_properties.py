"""Over random results: no sentence, mark, caption or digit is contradicted by a number of the same results."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from evalkit._util.formatting import n_words
from evalkit.report import render
from evalkit.report.figures.drawings import heatmap
from evalkit.report.figures.drawings import ranking as ranking_figure
from evalkit.report.figures.drawings.candidates import judged as competing_names
from evalkit.report.terminal.heat import heat_table
from evalkit.report.view.audit import MOST_WORDS, gravest
from evalkit.report.view.conclusion import LITTLE_TEXT, conclude
from evalkit.report.view.family_table import family_table
from evalkit.report.view.judging.faults import best_temperature, disqualifying, eligible, is_told
from evalkit.report.view.judging.marks import INSIDE, OUTSIDE, UNKNOWN, overall_within_range, within_range
from evalkit.report.view.ranking import Ranking
from evalkit.report.view.score_table import overall_row, score_rows
from evalkit.results import Interval, Pair
from tests.support.judged import LIMIT, human_test_of, judged
from tests.support.random_runs import runs
from tests.support.runs import audited

SECOND = 45
"""Words of the second sentence at most."""


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


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
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


WORDS = {None: UNKNOWN, True: INSIDE, False: OUTSIDE}
NUMBER = re.compile(r"\u2212?[\d,]+(?:\.\d+)?")


def numbers_of(text):
    return [float(number.replace(",", "").replace("\u2212", "-")) for number in NUMBER.findall(text or "")]


def decimals(text):
    return {len(number.partition(".")[2]) for number in NUMBER.findall(text or "") if "." in number}


def agrees(cell, within, human, edges):
    """What a cell prints and draws, with whether its value is within the human range, that range as printed, and its ends on a strip."""
    if cell.value is None:
        assert within is None and cell.dot is None and not cell.side
        return
    assert cell.within is within and cell.mark == WORDS[within]
    assert bool(cell.side) <= (within is False)
    [value], ends = numbers_of(cell.value), numbers_of(human)
    low = None if not ends or human.startswith("up to") else ends[0]
    high = None if not ends or human.startswith("from") else ends[-1]
    inside = (low is None or low <= value) and (high is None or value <= high)
    if ends and within is not None:
        assert inside is within, (cell, human)
    # A value and its ranges have the same digits; 0 and 1 are whole.
    assert len(decimals(cell.value) | decimals(cell.interval) | decimals(human)) <= 1, (cell, human)
    if cell.dot is not None and edges is not None and within is not None:
        assert (edges[0] - 0.11 <= cell.dot <= edges[1] + 0.11) if within else not edges[0] + 0.11 < cell.dot < edges[1] - 0.11, (
            cell
        )


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(runs())
def test_no_mark_place_or_digit_contradicts_its_number(run):
    """What the page, the terminal and Markdown print and draw of scores is made of these cells."""
    ranking = Ranking(run)
    names = ranking.names
    for line in score_rows(ranking, list(ranking.metrics), names):
        for name, cell in zip(names, line.cells, strict=True):
            row, metric = ranking.row(name, line.id), ranking.metrics[line.id]
            agrees(cell, None if row is None else within_range(row, metric), line.floor_range, line.edges)
    overall = overall_row(ranking, names)
    within = [overall_within_range(ranking.overall(name)) for name in names]
    for cell, found in zip(overall.cells, within, strict=True):
        agrees(cell, found, overall.floor_range, overall.edges)
    captions_agree(ranking, dict(zip(names, within, strict=True)))
    heat = heat_table(ranking, names)
    for line, i in ((line, i) for line in family_table(ranking, names) for i in range(len(names))):
        cell, symbol = line.cells[i], heat.rows[names[i]][heat.families.index(line.family)].symbol
        assert cell.value is None or (float(cell.value) <= float(line.limit)) is cell.within
        assert cell.value is None or len(decimals(cell.value) | decimals(line.limit)) == 1
        assert (symbol == INSIDE) is (cell.within is True)


def captions_agree(ranking, within):
    """The titles of the two figures of the first screen, with the marks that are drawn below them."""
    known = [within[name] for name in competing_names(ranking) if within[name] is not None]
    drawn = ranking_figure.plan(ranking)
    if drawn is not None and len(known) > 1:
        said = re.match(r"(None|All|\d+) (?:of )?(\d+)?", drawn.finding)
        n = {"None": 0, "All": len(known)}.get(said[1]) if said[1] in ("None", "All") else int(said[1])
        assert n == sum(known), drawn.finding
    for line in heatmap.heat_lines(ranking, ranking.names):
        for name, cell in zip(ranking.names, line.cells, strict=True):
            row = ranking.row(name, line.metric)
            assert cell.within is (None if row is None else within_range(row, ranking.metrics[line.metric]))


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
