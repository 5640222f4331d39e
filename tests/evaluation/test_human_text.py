"""Candidates beside human text of their shape: rows, families, the test of all metrics and overall of one run agree."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import evalkit
from evalkit.evaluation.human_text import repeated
from evalkit.evaluation.rows import at_distance, position, scale_of
from evalkit.inference import Sample
from evalkit.judgment.passages import passage_distances
from evalkit.judgment.scale import TextSize
from evalkit.metrics import catalogue
from evalkit.metrics.base import PooledMetric
from evalkit.results import FloorSummary, Row, from_dict, validate
from evalkit.text.corpus import read_corpus, split_corpus
from tests.support.metrics import DISTANCE, HIGHER, REFERENCE, TWO_SIDED

METRICS = ["novelty", "wordlen", "vocab", "form", "variety", "letters.jsd"]
N_PASSAGES = 30


@pytest.fixture(scope="module")
def results():
    """Human text, a copy of the training text, a model and noise."""
    split = split_corpus(read_corpus("embedded"))
    copied = [document.text[start : start + 1000] for document in split.train for start in range(0, 3000, 1000)][:N_PASSAGES]
    return evalkit.compare(
        {"copied": copied, "human": "human", "model": "ngram:order=4", "noise": "unigram"},
        metrics=METRICS,
        passages=N_PASSAGES,
        chars=1000,
    )


def families_of(results, name):
    return [family for family in results.families if family.candidate == name]


class TestOneRun:
    def test_overall_is_the_mean_of_the_families(self, results):
        for overall in results.overall:
            values = [family.value for family in families_of(results, overall.candidate)]
            assert overall.value == pytest.approx(np.mean(values))
            if overall.candidate != "human":  # it has too few documents for an interval
                assert overall.ci.low <= overall.value <= overall.ci.high

    def test_shares_of_families_sum_to_one(self, results):
        for name in ("copied", "model", "noise"):
            families = families_of(results, name)
            assert sum(family.share for family in families) == pytest.approx(1)
            total = sum(family.value for family in families)
            assert [family.share * total for family in families] == pytest.approx([family.value for family in families])

    def test_families_are_those_of_the_metrics_and_name_one_that_was_measured(self, results):
        metrics = catalogue()
        for family in results.families:
            assert metrics[family.metric].family == family.family
            assert results.row(family.candidate, family.metric).distance == family.distance
            measured = [row for row in results.results if row.candidate == family.candidate and row.distance is not None]
            assert family.n_metrics == sum(metrics[r.metric].family == family.family and metrics[r.metric].judged for r in measured)
            assert family.limit > 0

    def test_human_text_lies_at_nought_and_noise_at_one(self, results):
        overall = {found.candidate: found for found in results.overall}
        assert overall["noise"].value == pytest.approx(1, abs=0.02)
        assert overall["human"].value <= overall["human"].floor.p95 < 0.2
        assert abs(overall["human"].floor.median) < 0.05
        assert 0.2 < overall["model"].value < 0.8

    def test_human_text_alone_cannot_be_told_from_human_text(self, results):
        told = {test.candidate: test.p <= 0.05 for test in results.human_tests}
        assert told == {"copied": True, "human": False, "model": True, "noise": True}
        for test in results.human_tests:
            assert (test.distance > test.limit) == told[test.candidate]

    def test_copying_and_noise_lie_on_opposite_sides_of_human_text(self, results):
        for id_ in ("novelty.chars_20", "novelty.words_3", "novelty.words_4"):
            copied, noise = results.row("copied", id_), results.row("noise", id_)
            assert copied.distance < -1, id_
            assert noise.distance > 0, id_
            assert copied.position is None or copied.position < 0 < noise.position, id_
        assert any(results.row("noise", id_).position for id_ in ("novelty.words_3", "novelty.words_4"))

    def test_only_copying_is_a_fault_of_originality(self, results):
        values = {f.candidate: f.value for f in results.families if f.family == "originality"}
        assert values["copied"] > values["noise"] == 0

    def test_every_row_has_the_range_that_its_distance_follows_from(self, results):
        rows = [row for row in results.results if row.distance is not None]
        assert len(rows) > 4 * 20
        for row in rows:
            metric = catalogue()[row.metric]
            assert row.floor.high is not None
            again = at_distance(replace(row, distance=None, position=None), scale_of(metric, row.floor, TextSize(N_PASSAGES, 1000)))
            # Ends that are less than a part of one hit from none are not kept to all digits.
            assert again.distance == pytest.approx(row.distance, rel=0.05, abs=0.05), row.metric
            assert row.position == position(row.distance, row.floor.noise_distance)

    def test_they_conform_to_the_schema_and_round_trip(self, results):
        text = results.to_json()
        data = json.loads(text, parse_constant=pytest.fail)
        validate(data)
        assert from_dict(data).to_json() == text
        assert len(data["families"]) == len(results.families) > 4 * 4
        assert {test["candidate"] for test in data["human_tests"]} == {"copied", "human", "model", "noise"}

    def test_older_results_have_neither_ranges_nor_families(self, results):
        data = json.loads(results.to_json())
        del data["families"], data["human_tests"]
        for row in data["results"]:
            row.pop("distance")
            for key in ("low", "high", "noise_distance"):
                (row["floor"] or {}).pop(key, None)
        validate(data)
        old = from_dict(data)
        assert (list(old.families), list(old.human_tests)) == ([], [])
        assert {row.distance for row in old.results} == {None}


class TestParts:
    @pytest.mark.parametrize(("median", "low", "high"), [(0.0, 0.0, 0.001), (1.0, 0.999, 1.0)])
    def test_shares_that_human_text_has_none_or_all_of(self, median, low, high):
        """There is no value beyond, and human text itself is human."""
        scale = scale_of(TWO_SIDED, FloorSummary(median=median, p95=high, low=low, high=high), TextSize(40, 1000))
        assert scale.distances(np.array([low, median, high])).tolist() == pytest.approx(
            [-1.0 * (low < median), 0, 1.0 * (high > median)]
        )

    def test_distances_that_are_human_or_nearer(self):
        scale = scale_of(replace(DISTANCE, unit="bits"), FloorSummary(median=0.5, p95=0.6, low=None, high=0.6), TextSize(40, 1000))
        assert scale.distances(np.array([0.0, 0.5, 0.6])).tolist() == pytest.approx([0, 0, 1])

    def test_a_floor_without_a_range_gives_no_distance(self):
        floor = FloorSummary(median=0.5, p95=0.6)
        row = Row(candidate="x", metric="made.two_sided", value=0.9, floor=floor)
        assert scale_of(TWO_SIDED, floor, TextSize(40, 1000)) is None
        assert scale_of(TWO_SIDED, None, TextSize(40, 1000)) is None
        assert at_distance(row, None) is row

    def test_a_value_that_was_not_measured_has_no_distance(self):
        floor = FloorSummary(median=0.5, p95=0.6, low=0.4, high=0.6)
        row = Row(candidate="x", metric="made.two_sided", value=None, floor=floor)
        assert at_distance(row, scale_of(TWO_SIDED, floor, TextSize(40, 1000))) is row

    def test_a_scale_from_a_floor_by_hand(self):
        # Of 4,000 chances: log odds of .4, .5 and .6 are -.405, 0 and .405, but for half a chance on either side.
        floor = FloorSummary(median=0.5, p95=0.6, low=0.4, high=0.6, noise_distance=15.0)
        scale = scale_of(TWO_SIDED, floor, TextSize(40, 1000))
        row = at_distance(Row(candidate="x", metric="made.two_sided", value=0.8, floor=floor), scale)
        assert row.distance == pytest.approx(math.log(4) / math.log(1.5), rel=1e-3)  # 3.419
        assert row.position == pytest.approx(math.log(1 + row.distance) / math.log(16))

    def test_few_values_stand_for_all_replicates(self):
        assert repeated(np.array([3.0, 1.0]), 5).tolist() == [3, 3, 3, 1, 1]
        assert np.isnan(repeated(np.empty(0), 2)).all()

    def test_distance_of_a_passage_is_its_mean_damage_in_units_of_noise(self):
        target = 12 / 78  # the last of twelve items with weights 1 to 12
        tally = np.zeros((2, 12), np.int64)
        tally[0, 0], tally[0, 5] = 21, 79  # higher: damage .21 of .42; two-sided: .1538, beyond noise
        tally[1, 11], tally[1, 5] = 15, 85
        sample = Sample(tally, np.arange(2), REFERENCE)
        noise = {"made.two_sided": 0.11, "made.higher": 0.42}
        found = passage_distances(sample, [TWO_SIDED, HIGHER], noise)
        assert found[0] == pytest.approx((0.5 + 1) / 2)
        assert found[1] == pytest.approx((target - 0.15) / 0.11 / 2)
        assert np.isnan(passage_distances(sample, [], noise)).all()
        assert np.isnan(passage_distances(sample, [TWO_SIDED], {})).all()


def test_measures_of_all_passages_together_are_judged_too(results):
    pooled = [metric.id for metric in catalogue(PooledMetric).values() if metric.judged]
    assert pooled == ["variety.shared"]
    assert results.row("human", "variety.shared").distance is not None
