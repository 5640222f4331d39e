"""The Learning section: what a model's checkpoints show, and nothing where there are none."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from evalkit.report.figures.catalogue import plan_of
from evalkit.report.figures.checkpoints import checkpoint_curve, learning, ticks_between
from evalkit.report.figures.curves import Point, medians
from evalkit.report.html.page import render_html
from evalkit.report.view.ranking import Ranking
from evalkit.results import from_dict
from tests.support.page import HOSTILE, Page
from tests.support.results import GOOD, results
from tests.support.runs import STEPS, checkpoints_of


def run(*models):
    return replace(results({"lstm": GOOD}), learning=list(models))


def bare(text):
    return text.replace("\u00a0", " ")


def test_results_with_checkpoints_round_trip():
    plain = json.loads(run(checkpoints_of()).to_json())
    assert json.loads(from_dict(plain).to_json()) == plain
    assert plain["learning"][0]["checkpoints"][1]["characters"] == 100_000


def test_nothing_shows_without_checkpoints():
    for one in (run(), run({"name": "lstm", "checkpoints": []})):
        assert learning(Ranking(one)) is None
        assert "learning" not in Page(render_html(one, {})).ids


def test_sentence_says_when_endings_appeared_and_how_much_is_learned():
    found = learning(Ranking(run(checkpoints_of())))
    assert [bare(sentence) for sentence in found.sentences] == [
        (
            "`lstm` writes \u2011ing as often as people do from 100,000 characters (2 min) on; after 1 million characters (17 min), 2 of 3 measures "
            "are within the human range."
        )
    ]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([270.0, 271.0, 272.0], "lstm within the human range from the first checkpoint on"),
        ([20.0, 250.0, 270.0], "lstm within the human range from 100,000 characters on"),
        ([20.0, 250.0, 30.0], "lstm no longer within the human range (30)"),
        ([20.0, 21.0, 22.0], "lstm not yet within the human range (22)"),
        ([270.0, 20.0, 270.0], "lstm within the human range from 1 million characters on"),
    ],
)
def test_finding_counts_from_when_all_later_checkpoints_are_human(values, said):
    steps = [(characters, {"suffix.ing": value}) for (characters, _), value in zip(STEPS, values, strict=True)]
    assert bare(plan_of(run(checkpoints_of(steps=steps)), "curves").alt).startswith(f"words in -ing: {said}.")


def trained(values, id_="suffix.ing"):
    return checkpoints_of(steps=[(10_000 * (n + 1), {id_: value}) for n, value in enumerate(values)])


@pytest.mark.parametrize(("n_later", "said"), [(16, "from 40,000 characters on"), (17, "from the first checkpoint on")])
def test_one_checkpoint_in_twenty_may_leave_the_human_range_as_human_texts_do(n_later, said):
    """One of 20 may, one of 19 not."""
    found = plan_of(run(trained([270.0, 271.0, 20.0] + [270.0] * n_later)), "curves")
    assert f"within the human range {said}" in bare(found.alt)


def test_a_measure_that_never_moves_is_said_and_not_drawn():
    def shadows(*models):
        return replace(results({"lstm": GOOD | {"copy.shadow": 0.0}}), learning=list(models))

    one = checkpoints_of(steps=[(characters, {**values, "copy.shadow": 0.0}) for characters, values in STEPS])
    found = learning(Ranking(shadows(one)))
    assert "runs along" not in plan_of(shadows(one), "curves").alt
    assert bare(found.constant) == "The same all along, within the human range, and without a figure: runs along the corpus 0 %."
    assert found.constant in render_html(shadows(one), {})
    moves = checkpoints_of("other", [(10_000, {"copy.shadow": 0.0}), (20_000, {"copy.shadow": 0.3})])
    assert "runs along" in plan_of(shadows(one, moves), "curves").alt


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (200_000, 754_660, ["200k", "400k", "600k"]),
        (10_000, 40_000, ["10k", "20k", "30k", "40k"]),
        (5_000, 5_000, ["5k"]),
    ],
)
def test_ticks_are_round_and_short(low, high, ticks):
    assert list(ticks_between(low, high, log=False).values()) == ticks


def test_very_many_checkpoints_keep_the_page_small():
    """1,000 checkpoints: 60 of them in the table, evenly spread, all of them in the figures and sentences."""
    many = run(trained([100.0 + n % 90 for n in range(1000)]))
    text = render_html(many, {})
    assert len(text) < 300_000
    assert "60 of its 1,000 checkpoints, evenly spread" in text
    places = [line[0] for line in learning(Ranking(many)).tables[0].body]
    assert (len(places), places[0], places[-1]) == (60, "10,000", "10,000,000")
    assert '"checkpoints"' not in text


def test_many_checkpoints_are_gathered_by_the_axis():
    points = [Point(2.0**n, float(n)) for n in range(4)] + [Point(9.0, 3.5), Point(10.0, 4.0)]
    assert [point.value for point in medians(points, 1.0, log=True)] == [0.0, 1.0, 2.0, 3.5]


def test_panels_show_endings_first_and_the_models_own_bits_last():
    said = plan_of(run(checkpoints_of()), "curves").alt
    assert said.startswith("words in -ing: ")
    assert said.rindex("bits per character: ") > max(
        said.rindex(label) for label in ("words the corpus knows", "word-length distance")
    )
    assert "bits per character" not in plan_of(run(checkpoints_of(bits=None)), "curves").alt


def test_checkpoints_are_put_in_order_and_gaps_stay_gaps():
    steps = [STEPS[2], STEPS[0], (50_000, {"vocab.hit": 0.2})]
    ranking = Ranking(run(checkpoints_of(steps=steps)))
    assert [point.x for point in checkpoint_curve(ranking, checkpoints_of(steps=sorted(steps)), "suffix.ing").points] == [
        10_000,
        50_000,
        1_000_000,
    ]
    table = learning(ranking).tables[0]
    assert [row[0] for row in table.body] == ["10,000", "50,000", "1,000,000"]
    ing = table.head.index("words in -ing, per 10,000 words")
    assert [bare(row[ing]) for row in table.body] == ["20 (18 to 22)", "not measured", "270 (243 to 297)"]


def test_several_models_share_a_figure_and_are_told_apart_in_words():
    both = run(checkpoints_of("large"), checkpoints_of("small", [(characters, {"suffix.ing": 30.0}) for characters, _ in STEPS]))
    said = "large within the human range from 100,000 characters on; small not yet within the human range (30)."
    assert bare(plan_of(both, "curves").alt).startswith(f"words in -ing: {said}")
    assert len(learning(Ranking(both)).tables) == 2


def test_unknown_metrics_and_single_checkpoints_do_no_harm():
    one = run(checkpoints_of(steps=[(1000, {"suffix.ing": 20.0, "not.known": 1.0})]))
    page = Page(render_html(one, {}))
    assert "learning" in page.ids
    assert not page.stack


@pytest.mark.parametrize("name", [name for name in HOSTILE if HOSTILE[name]])
def test_hostile_names_of_models_are_inert(name):
    text = render_html(run(checkpoints_of(HOSTILE[name]), checkpoints_of("other")), {})
    page = Page(text)
    assert not page.stack
    assert len(page.all("script")) == 1
    assert not re.search(r"on\w+=", " ".join(" ".join(attrs) for _, attrs in page.tags))
