"""Over random results: what figures draw is what the judgment says, and no title contradicts a mark below it."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import replace

import matplotlib as mpl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.report.figures import figure_of
from evalkit.report.figures.catalogue import plan_of
from evalkit.report.figures.drawings.candidates import judged, noise
from evalkit.report.figures.drawings.grid import Cell
from evalkit.report.figures.drawings.heatmap import heat_lines, measures
from evalkit.report.figures.drawings.lines import _cut
from evalkit.report.figures.theme import LIGHT
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.judging.marks import family_within_range, overall_within_range, side_of, within_range
from evalkit.report.view.ranking import Ranking
from evalkit.results import Interval, Overall, TextCounts
from tests.support.drawn import SEVEN, TWELVE, drawn
from tests.support.judged import judged as judged_run
from tests.support.random_runs import runs
from tests.support.runs import DECISIONS, checkpoints_of, decision, gated, swept

QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def marks_of(axes):
    """Every mark on axes: (x, y, whether within the human range), by its shape and filling, and its colour."""
    found = []
    for line in axes.lines:
        if line.get_marker() not in ("o", "D"):
            continue
        hollow = mpl.colors.to_hex(line.get_markerfacecolor()) == LIGHT.paper and line.get_markeredgewidth() > 0
        within = None if hollow else line.get_marker() == "o"
        colour = mpl.colors.to_hex(line.get_markeredgecolor() if hollow else line.get_markerfacecolor())
        found += [(x, y, within, colour) for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)]
    return found


@QUIET
@given(runs())
def test_the_ranking_marks_each_candidate_as_the_judgment_does(run):
    ranking, plan = Ranking(run), plan_of(run, "ranking")
    shown = [name for name in ranking.names if ranking.overall(name).value is not None]
    if plan is None:
        assert not shown
        return
    drawn_marks = {int(y): (x, within) for x, y, within, _ in marks_of(figure_of(run, "ranking").axes[0])}
    assert sorted(drawn_marks) == list(range(len(shown)))
    for place, name in enumerate(shown):
        overall = ranking.overall(name)
        assert drawn_marks[place][1] is overall_within_range(overall)
        assert drawn_marks[place][0] == pytest.approx(min(overall.value, 1.6))
    spoken = [name for name in judged(ranking) if overall_within_range(ranking.overall(name)) is not None]
    inside = sum(overall_within_range(ranking.overall(name)) for name in spoken)
    check_count(plan.finding, inside, len(spoken))
    if "is nearest" in plan.finding:
        assert conclude(run, ranking).subject == ranking.ranked[0].name


def check_count(title, inside, n):
    match = re.match(r"(None|All|\d+)(?: of)? (\d+) ", title)
    if match:
        assert int(match[2]) == n
        assert {"None": 0, "All": n}.get(match[1], int(match[1]) if match[1].isdigit() else -1) == inside
    elif " is within the human range" in title:
        assert (inside, n) == (1, 1)
    elif " is outside the human range" in title:
        assert (inside, n) == (0, 1)


@QUIET
@given(runs())
def test_the_heat_map_marks_each_measure_as_the_judgment_does(run):
    ranking, plan = Ranking(run), plan_of(run, "heatmap")
    if plan is None:
        assert not measures(ranking)
        return
    lines, names = heat_lines(ranking, ranking.names), ranking.names
    named = conclude(run, ranking).metric
    assert named is None or named in [line.metric for line in lines]
    for line in lines:
        turned = -1 if str(ranking.metrics[line.metric]["label"]).endswith(" not copied") else 1
        for name, cell in zip(names, line.cells, strict=True):
            row, metric = ranking.row(name, line.metric), ranking.metrics[line.metric]
            assert (cell.level is None) == (row.value is None)
            assert cell.within is within_range(row, metric)
            if cell.level is not None and row.distance:
                assert math.copysign(1, cell.level) == turned * side_of(row, metric)
    axes = figure_of(run, "heatmap").axes[0]
    # A mark stands in its cell, in which there is one mark only where the value is outside or the range unknown.
    cells = {(int(x), int(y)): within for x, y, within, _ in marks_of(axes)}
    expected = {
        (column, row): cell.within
        for row, line in enumerate(lines)
        for column, cell in enumerate(line.cells)
        if cell.level is not None and not cell.within
    }
    assert cells == expected
    if numbers := re.search(r"outside the human range on (\d+)(?: to (\d+))? of (\d+) measures", plan.finding):
        counts = [sum(line.cells[names.index(name)].within is False for line in lines) for name in judged(ranking)]
        assert (int(numbers[1]), int(numbers[2] or numbers[1]), int(numbers[3])) == (min(counts), max(counts), len(lines))


@QUIET
@given(runs())
def test_families_are_marked_by_their_limits(run):
    ranking, plan = Ranking(run), plan_of(run, "families")
    if plan is None:
        assert not run.families
        return
    axes = figure_of(run, "families").axes[0]
    rows = list(dict.fromkeys(family.family for family in run.families))
    beyond = {
        (ranking.names.index(family.candidate), rows.index(family.family))
        for family in run.families
        if not family_within_range(family)
    }
    assert {(int(x), int(y)) for x, y, within, _ in marks_of(axes) if within is False} == beyond
    if match := re.match(r"(All|\d+ of \d+) (?:candidates|temperatures) are beyond the human range in (.*)", plan.finding):
        worst = match[2].removesuffix(", noise aside").replace(" and ", ", ").split(", ")
        spoken = judged(ranking)
        n = len(spoken) if match[1] == "All" else int(match[1].split(" ")[0])
        for family in worst:
            assert sum(ranking.names[column] in spoken for column, row in beyond if rows[row] == family) == n


def test_a_copier_and_noise_never_look_alike():
    run = judged_run({
        "copier": {"novelty.chars_20": 0.5, "vocab.hit": 0.999, "order.context": 3.0},
        "noise": {"novelty.chars_20": 1.0, "vocab.hit": 0.01, "order.context": -3.0},
    })  # fmt: skip
    names = Ranking(run).names
    for line in heat_lines(Ranking(run), names):
        copier, random = line.cells[names.index("copier")], line.cells[names.index("noise")]
        assert copier.level * random.level < 0, line.label
    copied = next(line for line in heat_lines(Ranking(run), names) if line.metric == "novelty.chars_20")
    assert copied.label == "20-character spans copied"
    assert copied.cells[names.index("copier")] == Cell(1.0, False, True, "too much")


def test_an_unknown_range_is_hollow_and_never_inside():
    run = judged_run({"a": {"order.context": 1.0}, "b": {"order.context": 3.0}})
    run = replace(run, overall=[Overall(candidate=name, value=0.3) for name in ("a", "b")])
    marks = marks_of(figure_of(run, "ranking").axes[0])
    assert [within for *_, within, _ in marks] == [None, None]
    assert plan_of(run, "ranking").finding == "Overall distance from human text"


def test_colours_of_marks_are_those_of_their_meaning():
    run = drawn()
    ranking, grey = Ranking(run), noise(Ranking(run))
    for _, y, within, colour in marks_of(figure_of(run, "ranking").axes[0]):
        name = ranking.names[int(y)]
        expected = LIGHT.muted if name in grey else LIGHT.accent if within is False else LIGHT.ink
        assert colour == expected, name


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.lists(st.floats(0, 1), min_size=20, max_size=60))
@QUIET
def test_passages_are_marked_by_the_range_of_human_passages_and_all_are_there(mine, human):
    run = judged_run({"a": {"vocab.hit": 0.85}})
    texts = {name: TextCounts(distances=far, copied=(), ranks=(), per_10k=()) for name, far in (("", human), ("a", mine))}
    run = replace(run, texts=texts)
    plan, axes = plan_of(run, "passages"), figure_of(run, "passages").axes[0]
    points = [
        (float(x), float(y), mpl.colors.to_hex(dots.get_facecolor()[0]))
        for dots in axes.collections
        if len(dots.get_offsets()) and dots.get_sizes().size
        for x, y in dots.get_offsets()
    ]
    assert len(points) == len(mine) + len(human)
    edge = sorted(human)[-1 - len(human) // 20]
    for row, distances in enumerate((human, mine)):
        assert sorted(x for x, y, _ in points if round(y) == row) == pytest.approx(sorted(distances))
    assert all((colour == LIGHT.accent) == (x > edge) for x, _, colour in points)
    share = sum(far > edge for far in mine) / len(mine)
    assert plan.finding.startswith(f"{100 * share:.0f} % of the passages of a ")


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(-9, 9)), min_size=2, max_size=12, unique_by=lambda place: place[0]))
@settings(max_examples=200)
def test_a_line_that_leaves_its_axes_is_cut_at_the_edge_with_a_sign(points):
    points = sorted(points)
    pieces, left = _cut(points, -2.0, 3.0)
    assert all(-2.0 <= y <= 3.0 for piece in pieces for _, y in piece)
    outside = [y for _, y in points if not -2.0 <= y <= 3.0]
    assert bool(left) == bool(outside)
    assert all(y in (-2.0, 3.0) for _, y in left)


def test_noise_that_dwarfs_the_others_leaves_the_axes_with_a_sign():
    figure = figure_of(drawn(), "lengths")
    low, high = figure.axes[0].get_ylim()
    signs = [line for line in figure.axes[0].lines if not isinstance(line.get_marker(), str)]
    assert signs
    assert all(low <= y <= high for line in figure.axes[0].lines for y in line.get_ydata() if not math.isnan(y))


@pytest.mark.parametrize("verdict", ["regression", "pass", "inconclusive"])
def test_a_forest_has_every_gated_measure_critical_first(verdict):
    found = [*DECISIONS, decision("function.share", 0.1, 0.05, 9.0, verdict=verdict, margin=0.05, tier="supporting")]
    found.append(decision("order.context", 0.1, 0.05, 0.2, verdict="pass", tier="advisory"))
    figure, plan = figure_of(gated(decisions=found), "forest"), plan_of(gated(decisions=found), "forest")
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[:2] == ["words the corpus knows", "words in -ing"]
    assert set(labels[2:]) == {"word-length distance", "function words"}
    said = {"regression": "2 beyond", "pass": "2 within", "inconclusive": "1 not decided"}[verdict]
    assert said in plan.finding
    # 4 margins are drawn where 4 is; what is beyond the axis has a sign there.
    ticks = [line.get_xdata()[0] for line in figure.axes[0].lines if len(line.get_xdata()) == 2 and len(set(line.get_xdata())) == 1]
    assert pytest.approx(4.0) in ticks
    assert [line for line in figure.axes[0].lines if not isinstance(line.get_marker(), str)]


def test_a_sweep_recommends_what_the_conclusion_does():
    run = swept()
    plan, found = plan_of(run, "frontier"), conclude(run, Ranking(run))
    temperature = Ranking(run).temperatures[found.subject]
    assert plan.finding.startswith(f"Recommended temperature: {temperature:g}")


def test_bands_of_intervals_end_where_their_axes_do():
    wide = {f"ngram at {place:g}": Interval(-9.0, 9.0) for place in (0.5, 0.8, 1.0, 1.3)}
    axes = next(axes for axes in figure_of(swept(intervals=wide), "frontier").axes if axes.collections)
    low, high = sorted(axes.get_ylim())
    ends = [y for band in axes.collections for path in band.get_paths() for _, y in path.vertices]
    assert high < 9.0
    assert (min(ends), max(ends)) == (low, high)
    signs = {float(y) for line in axes.lines if isinstance(line.get_marker(), mpl.path.Path) for y in line.get_ydata()}
    assert signs == {low, high}


def test_curves_are_marked_by_the_human_range():
    run = replace(drawn(SEVEN[:2]), learning=[checkpoints_of("net")])
    figure = figure_of(run, "curves")
    rows = checkpoints_of("net")["checkpoints"]
    for axes in figure.axes:
        marks = marks_of(axes)
        assert len(marks) in (0, len(rows))
        bands = [patch for patch in axes.patches if patch.get_width() or patch.get_height()]
        for _, y, within, _ in marks:
            if bands and within is not None:
                low = bands[0].get_y()
                assert within == (low - 1e-9 <= y <= low + bands[0].get_height() + 1e-9)


@pytest.mark.parametrize("width", [250, 330, 560])
def test_neither_marks_nor_names_of_a_heat_map_run_into_each_other(width):
    """Twelve candidates on a narrow page: an arrow stands alone where there is no room for a mark beside it, and names stand upright."""
    figure = figure_of(drawn(TWELVE), "heatmap", width=width)
    axes, points = figure.axes[0], 72 / figure.dpi
    places = sorted(
        (round(y, 1), axes.transData.transform((x, y))[0] * points)
        for line in axes.lines
        if line.get_marker() != "None"
        for x, y in line.get_xydata()
    )
    apart = [x - before for (row, before), (same, x) in itertools.pairwise(places) if row == same]
    assert len(apart) > 20
    assert min(apart) > 6
    names = [text for text in axes.texts if text.get_rotation()]
    column = abs(axes.transData.transform((1, 0))[0] - axes.transData.transform((0, 0))[0]) * points
    assert len(names) == len(TWELVE)
    # From top to tail letters take nine tenths of their size.
    assert all(column * math.sin(math.radians(name.get_rotation())) > 0.9 * name.get_fontsize() for name in names)
