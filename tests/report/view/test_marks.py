"""Marks, sides and places: the same in every format, whatever the age of the results."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.report.terminal.measures import strip
from evalkit.report.view.family_table import family_table
from evalkit.report.view.judging.faults import _clearest
from evalkit.report.view.judging.marks import (
    INSIDE,
    OUTSIDE,
    edge_places,
    human_range,
    place_interval,
    place_of,
    side_mark,
    side_of,
    within_range,
)
from evalkit.report.view.ranking import Ranking
from evalkit.report.view.score_table import score_rows, strip_place
from evalkit.results import FloorSummary, Interval, Rank
from tests.support.judged import CATALOGUE, distance, human, judged, judged_row
from tests.support.results import FAIR, NOISE, results, row

NOISY = {"novelty.chars_20": 1.0, "vocab.hit": 0.01, "order.context": -0.2}
COPIER = {"novelty.chars_20": 0.5, "vocab.hit": 0.999, "order.context": 3.0}


def declared(id_):
    return Ranking(judged({"a": {id_: human(id_)[1]}})).metrics[id_]


def test_a_value_is_within_the_range_that_is_shown():
    for id_ in CATALOGUE:
        low, median, high = human(id_)
        for value in (low, median, high):
            if value is not None:
                found = judged_row("a", id_, value)
                assert within_range(found, declared(id_)), id_
                ends = human_range(found.floor, declared(id_), found.target)
                assert (ends[0] is None or ends[0] <= value) and value <= ends[1]


def test_a_rate_that_is_better_high_can_be_too_high():
    assert within_range(judged_row("a", "vocab.hit", 0.97), declared("vocab.hit")) is False
    assert side_mark(judged_row("a", "vocab.hit", 0.97), declared("vocab.hit")) == "↑"
    assert side_mark(judged_row("a", "vocab.hit", 0.5), declared("vocab.hit")) == "↓"
    assert side_mark(judged_row("a", "vocab.hit", 0.85), declared("vocab.hit")) == ""


@pytest.mark.parametrize("id_", NOISY)
def test_noise_and_copying_are_never_at_one_place(id_):
    noise, copier = (place_of(judged_row("a", id_, values[id_]), declared(id_)) for values in (NOISY, COPIER))
    assert noise * copier < 0
    assert strip_place(noise) != strip_place(copier)
    assert strip(noise, False).plain != strip(copier, False).plain


def test_a_place_shows_the_side_and_noise_is_at_the_end():
    found = judged_row("a", "order.context", human("order.context")[1] - 30 * 0.22)
    assert place_of(found, declared("order.context")) == pytest.approx(-1.0)
    assert place_of(judged_row("a", "letters.jsd", 0.0), declared("letters.jsd")) == 0.0


def test_places_of_older_rows_have_a_side_too():
    metrics = Ranking(results({"a": FAIR})).metrics
    assert (
        place_of(row("a", "suffix.ing", 20.0), metrics["suffix.ing"])
        < 0
        < place_of(row("a", "suffix.ing", 600.0), metrics["suffix.ing"])
    )
    assert place_of(row("a", "vocab.hit", 0.3), metrics["vocab.hit"]) < 0
    assert place_of(row("a", "wordlen.w1", 0.9), metrics["wordlen.w1"]) > 0
    assert place_of(row("a", "letters.jsd", 0.9), metrics["letters.jsd"]) is None
    # Nearer to the corpus than the median human text is as near as can be.
    assert place_of(row("a", "suffix.ing", 281.0), metrics["suffix.ing"]) == 0


def test_the_interval_of_an_older_row_that_holds_the_target_reaches_to_both_sides():
    metric = Ranking(results({"a": FAIR})).metrics["suffix.ing"]
    found = row("a", "suffix.ing", 270.0, width=0.1)
    assert found.ci == Interval(243.0, 297.0)
    # Damage 37 and 17; the median human damage 12 is place 0, noise's 280 is 1.
    assert place_interval(found, metric) == pytest.approx((-(37 - 12) / 268, (17 - 12) / 268))


@given(st.sampled_from(sorted(CATALOGUE)), st.floats(-40, 40), st.floats(0.001, 0.5))
def test_the_interval_of_a_place_holds_the_place_and_agrees_with_the_range(id_, far, width):
    low, median, high = human(id_)
    if far <= 0 and (low is None or low == median):
        return
    value = median + far * (high - median if far > 0 else median - low)
    found, metric = judged_row("a", id_, value, width=width), declared(id_)
    left, right = place_interval(found, metric)
    assert left <= place_of(found, metric) + 1e-9
    assert place_of(found, metric) <= right + 1e-9
    edges = edge_places(found.floor)
    assert edges[0] <= 0 <= edges[1]
    if abs(abs(found.distance) - 1) > 1e-9:
        assert within_range(found, metric) == (edges[0] - 1e-9 <= place_of(found, metric) <= edges[1] + 1e-9)
    assert side_of(found, metric) == (distance(id_, value) > 0) - (distance(id_, value) < 0)


def test_what_lies_beyond_a_strip_has_a_sign():
    assert strip(0.0, True).plain == f"─────{INSIDE}─────"
    assert strip(1.0, False).plain == f"─────┼────{OUTSIDE}"
    assert strip(-1.0, False).plain == f"{OUTSIDE}────┼─────"
    assert strip(2.5, False).plain == f"─────┼───{OUTSIDE}»"
    assert strip(-2.5, None).plain == "«○───┼─────"
    run = judged({"far": {"order.context": -50.0}, "near": {"order.context": 0.9}})
    far, near = score_rows(Ranking(run), ["order.context"], ["far", "near"])[0].cells
    assert (far.beyond, near.beyond) == (-1, 0)
    assert near.distance.replace("\u00a0", " ") == "1.5 floor units too little"


def test_closest_counts_only_what_is_separated_from_the_others():
    ranking = Ranking(judged({"a": {"vocab.hit": 0.70}, "b": {"vocab.hit": 0.71}, "c": {"vocab.hit": 0.30}}))
    assert ranking.closest_on("vocab.hit") == []
    assert Ranking(judged({"a": {"vocab.hit": 0.70}, "b": {"vocab.hit": 0.55}})).closest_on("vocab.hit") == ["a"]
    # On either side of human text, and as far from it.
    assert Ranking(judged({"a": {"vocab.hit": 0.70}, "b": {"vocab.hit": 0.995}})).closest_on("vocab.hit") == []
    assert Ranking(judged({"a": {"vocab.hit": 0.50}, "b": {"vocab.hit": 0.90}})).closest_on("vocab.hit") == ["b"]
    # All within the human range are as good as each other.
    assert Ranking(judged({"a": {"vocab.hit": 0.85}, "b": {"vocab.hit": 0.83}}, width=0.0001)).closest_on("vocab.hit") == []


def test_the_table_of_families_has_marks_that_its_numbers_bear_out():
    run = judged({"a": COPIER | {"form.capitals": 0.03}, "noise": NOISY | {"form.capitals": 0.0}, "human": {}})
    ranking = Ranking(run)
    rows = {line.family: line for line in family_table(ranking, ["a", "noise", "human"])}
    assert list(rows) == [family.family for family in ranking.families("a")]
    for family in run.families:
        cell = rows[family.family].cells[["a", "noise", "human"].index(family.candidate)]
        assert cell.mark == (INSIDE if family.value <= family.limit else OUTSIDE)
        assert (float(cell.value) > float(rows[family.family].limit)) == (family.value > family.limit)
        assert not (cell.measure and cell.within)
    copied = rows["originality"].cells[0]
    assert (copied.side, copied.measure) == ("↑", "20-character spans copied")
    assert rows["order"].cells[1].side == "↓"
    assert rows["form"].cells[0].measure == ""
    assert family_table(Ranking(results({"a": FAIR, "b": NOISE})), ["a", "b"]) == []


def test_an_older_position_is_no_distance():
    assert math.isclose(Ranking(results({"noise": NOISE})).off("noise", "suffix.ing"), 1.0)


def test_of_equal_metrics_a_family_names_its_own():
    """Distances end at one limit, so that several metrics of a family are often equally far."""
    run = judged({"a": {"letters.jsd": human("letters.jsd")[1], "order.bigrams": human("order.bigrams")[1]}})
    rows = [replace(row, distance=30.0, value=3.0, ci=Interval(2.9, 3.1)) for row in run.results]
    for id_ in ("letters.jsd", "order.bigrams"):
        family = replace(run.families[0], metric=id_)
        assert _clearest(Ranking(replace(run, results=rows)), family, 2.0) == id_


def test_a_rank_is_that_on_all_families_together():
    ranks = (
        Rank(metric="letters.jsd", candidate="a", rank=2, letters="b"),
        Rank(metric="overall", candidate="a", rank=1, letters="a"),
    )
    ranking = Ranking(replace(results({"a": FAIR, "b": NOISE}), ranking=ranks))
    assert (ranking.rank("a"), ranking.rank("b")) == (ranks[1], None)


@pytest.mark.parametrize(
    ("floor", "declared_as", "expected"),
    [
        (FloorSummary(0.3, 0.4), {"direction": "lower"}, (None, 0.4)),
        (FloorSummary(0.3, 0.2), {"direction": "higher"}, (0.2, None)),
        (FloorSummary(0.3, 0.4, damage_p95=0.5), {"direction": "target", "bounds": (0.0, 1.0)}, (0.0, 0.8)),
        (FloorSummary(0.3, 0.4, damage_p95=0.9), {"direction": "target", "bounds": (None, 1.0)}, (-0.6, 1.0)),
        (FloorSummary(0.3, 0.4, damage_p95=0.5), {"direction": "target"}, (-0.2, 0.8)),
        (FloorSummary(0.3, 0.4), {"direction": "target"}, None),
        (FloorSummary(0.3, 0.4, low=0.1, high=0.6), {"direction": "lower"}, (0.1, 0.6)),
    ],
)
def test_the_human_range_of_older_files(floor, declared_as, expected):
    found = human_range(floor, declared_as, 0.3)
    assert found == expected if expected is None else found == pytest.approx(expected)
