"""Distances of families and their mean: worked by hand, and what no number of metrics can do to them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.counts.feature import Totals
from evalkit.judgment.families import Families
from evalkit.judgment.human import HumanText
from evalkit.judgment.scale import TextSize
from evalkit.metrics.base import OVERALL, Direction, Family, PooledMetric, Side
from tests.support.metrics import HIGHER, LAYOUT, N_ITEMS, REFERENCE, REFERENCE_SHARES, TWO_SIDED, metric

LETTERS = metric("made.letters", Direction.TARGET, (0.0, None), None, unit="bits")
WORDS = replace(LETTERS, id="made.words", family=Family.WORDS)
FORM = replace(LETTERS, id="made.form", family=Family.FORM, direction=Direction.LOWER)
NEW = replace(LETTERS, id="made.new", family=Family.ORIGINALITY, counts=Side.LESS)
LOOPS = replace(LETTERS, id="made.loops", family=Family.VARIETY, counts=Side.MORE)
ALL = (LETTERS, WORDS, FORM, NEW, LOOPS)
FAR = 1050.0
STEPS = np.concatenate([np.arange(101.0), np.arange(101.0)])
UNIT = 47.975 * 48 / 47.5
"""Half of the range of these human values, as `tests/judgment/test_human.py` works out."""
DISTANCES = st.floats(-1e4, 1e4)


def families(metrics, *, noise=FAR, human=STEPS):
    """Families whose metrics have the same human values; unigram noise has one value on all."""
    splits = np.repeat([0, 1], len(human) // 2)
    of_noise = noise if isinstance(noise, dict) else {m.id: noise for m in metrics}
    text = HumanText(metrics, {m.id: human for m in metrics}, splits, shape=TextSize(40, 1000), noise=of_noise)
    return Families(metrics, text, of_noise)


def copies(made, n):
    return [replace(made, id=f"{made.id}.{i}") for i in range(n)]


def values(of, distances):
    return {found.family: found.value for found in of.of(distances)}


def overall(of, distances):
    return float(np.mean([found.value for found in of.of(distances)]))


class TestByHand:
    # The median of |0 - 50| ... |100 - 50| is 25, of 48: log(1 + 25/48) = .418939 is what human text has in a family of one metric.
    HUMAN = math.log1p(25 / 48)

    def test_the_logarithm_of_the_distance_less_what_human_text_has_in_units_of_noise(self):
        of = families([LETTERS, WORDS])
        noise = math.log1p((FAR - 50) / UNIT) - self.HUMAN
        assert of.noise == pytest.approx(noise)
        found = of.of({"made.letters": 3.0, "made.words": -9.0})
        assert [one.family for one in found] == [Family.LETTERS, Family.WORDS]
        # log(1 + 3) = 1.386294 and log(1 + 9) = 2.302585
        assert [one.value for one in found] == pytest.approx([(1.386294 - self.HUMAN) / noise, (2.302585 - self.HUMAN) / noise])
        assert [(one.metric, one.distance, one.n_metrics) for one in found] == [("made.letters", 3.0, 1), ("made.words", -9.0, 1)]

    def test_metrics_of_a_family_count_by_their_root_mean_square(self):
        first, second = copies(LETTERS, 2)
        of = families([first, second])
        # The square root of (3² + 4²) / 2 is 3.535534, and log(1 + 3.535534) = 1.511943.
        (found,) = of.of({first.id: 3.0, second.id: -4.0})
        assert found.value == pytest.approx((1.511943 - self.HUMAN) / of.noise)
        assert (found.metric, found.distance, found.n_metrics) == (second.id, -4.0, 2)

    def test_nearer_than_human_text_is_human(self):
        assert values(families([LETTERS]), {"made.letters": 0.1}) == {Family.LETTERS: 0.0}

    def test_unigram_noise_is_one_overall_and_the_human_median_about_nought(self):
        of = families(ALL)
        noise = {m.id: float(of.human.scales[m.id].distances(np.array([FAR]))[0]) for m in ALL}
        assert overall(of, noise) == pytest.approx(1)
        human = [overall(of, {id_: float(d[i]) for id_, d in of.human.distances.items()}) for i in range(len(STEPS))]
        assert np.median(human) < 0.1

    def test_a_limit_is_what_five_percent_of_human_texts_exceed(self):
        of = families([LETTERS, WORDS])
        # 48 of 48 is at the 95th percentile of the distances (tests/judgment/test_human.py).
        assert of.limits == pytest.approx(
            {family: (math.log1p(1) - self.HUMAN) / of.noise for family in (Family.LETTERS, Family.WORDS)}
        )


class TestSides:
    def test_a_side_that_does_not_count_is_no_distance(self):
        of = families([NEW, LOOPS, LETTERS])
        assert values(of, {"made.new": 50.0, "made.loops": -50.0}) == {Family.ORIGINALITY: 0.0, Family.VARIETY: 0.0}
        worse = values(of, {"made.new": -50.0, "made.loops": 50.0})
        assert worse[Family.ORIGINALITY] > 0
        assert worse[Family.VARIETY] > 0

    def test_it_is_named_with_its_side_even_so(self):
        (found,) = families([NEW, LETTERS]).of({"made.new": 50.0})
        assert (found.metric, found.distance, found.value) == ("made.new", 50.0, 0.0)

    def test_the_metric_that_is_named_is_one_that_counts(self):
        new, two_sided = NEW, replace(NEW, id="made.copied", counts=Side.BOTH)
        (found,) = families([new, two_sided, LETTERS]).of({new.id: 50.0, two_sided.id: 2.0})
        assert (found.metric, found.distance) == (two_sided.id, 2.0)


class TestWithoutAScale:
    def test_noise_that_is_as_near_as_human_text(self):
        of = families([LETTERS], noise=60.0)
        assert (of.noise, of.of({"made.letters": 9.0}), of.overall()) == (None, [], None)

    def test_metrics_that_are_not_judged_and_those_without_human_text_do_not_count(self):
        unjudged = replace(WORDS, judged=False)
        of = families([LETTERS, unjudged])
        assert [m.id for m in of.metrics] == ["made.letters"]
        splits = np.repeat([0, 1], 101)
        text = HumanText(
            [LETTERS, WORDS],
            {"made.letters": STEPS, "made.words": np.full(202, np.nan)},
            splits,
            shape=TextSize(40, 1000),
            noise={},
        )
        assert list(Families([LETTERS, WORDS], text, {"made.letters": FAR}).members) == [Family.LETTERS]

    def test_undefined_values_are_left_out(self):
        first, second = copies(LETTERS, 2)
        of = families([first, second, WORDS])
        assert values(of, {first.id: 3.0, second.id: np.nan, "made.words": np.nan}).keys() == {Family.LETTERS}
        (found,) = of.of({first.id: 3.0, second.id: np.nan})
        assert found.n_metrics == 1


class TestProperties:
    @given(DISTANCES, st.integers(1, 12))
    def test_copies_of_a_metric_change_nothing(self, distance, n):
        """Their root mean square is the distance itself, of human text and of noise too."""
        one, many = families([LETTERS, WORDS]), families([*copies(LETTERS, n), WORDS])
        several = {f"made.letters.{i}": distance for i in range(n)}
        assert overall(many, several | {"made.words": 2.0}) == pytest.approx(
            overall(one, {"made.letters": distance, "made.words": 2.0})
        )

    @given(st.lists(DISTANCES, min_size=2, max_size=6), st.integers(1, 6))
    def test_a_metric_that_is_measured_again_weighs_as_much_as_in_the_root_mean_square(self, distances, again):
        n = len(distances)
        of = families(copies(LETTERS, n + again))
        given_ = dict(enumerate([*distances, *[distances[0]] * again]))
        (found,) = of.of({f"made.letters.{i}": d for i, d in given_.items()})
        rms = math.sqrt((sum(d * d for d in distances) + again * distances[0] ** 2) / (n + again))
        assert found.value == pytest.approx(max(math.log1p(rms) - TestByHand.HUMAN, 0) / of.noise)

    @given(st.lists(DISTANCES, min_size=1, max_size=8))
    def test_no_family_grows_faster_than_the_logarithm_of_its_distances(self, distances):
        of = families(copies(LETTERS, len(distances)))
        found = of.of({f"made.letters.{i}": d for i, d in enumerate(distances)})[0]
        assert 0 <= found.value <= math.log1p(max(map(abs, distances))) / of.noise
        farther = of.of({f"made.letters.{i}": 10 * d for i, d in enumerate(distances)})[0]
        assert found.value - 1e-12 <= farther.value <= found.value + math.log(10) / of.noise + self.below(found, of)

    @staticmethod
    def below(found, of):
        """Distances that are nearer than human text grow from below nought."""
        return TestByHand.HUMAN / of.noise if found.value == 0 else 1e-12

    @given(st.dictionaries(st.sampled_from(["made.letters", "made.words"]), DISTANCES, min_size=2))
    def test_a_family_without_distance_only_dilutes(self, distances):
        """The mean is over one more, in units of noise of the same families: the order of two texts does not change."""
        two, three = families([LETTERS, WORDS]), families([LETTERS, WORDS, FORM])
        with_it = overall(three, distances | {"made.form": 0.0})
        assert with_it == pytest.approx(overall(two, distances) * (2 / 3) * two.noise / three.noise)

    @given(DISTANCES, st.floats(0, 1e4))
    def test_farther_is_never_nearer(self, distance, more):
        of = families([LETTERS, WORDS])
        farther = distance + math.copysign(more, distance)
        assert (
            overall(of, {"made.letters": farther, "made.words": 1.0})
            >= overall(of, {"made.letters": distance, "made.words": 1.0}) - 1e-12
        )


NOISE = Totals(np.full((1, N_ITEMS), 300.0), LAYOUT)
POOLED = PooledMetric(
    id="made.pooled", family=Family.VARIETY, label="", unit="bits", direction=Direction.TARGET, bounds=(0.0, None), version=1, summary="",
    formula="", source="", needs="", judged=True, value=lambda scan, lexicon: 0.0,
)  # fmt: skip


COUNTED = (TWO_SIDED, replace(HIGHER, family=Family.VOCABULARY))


@pytest.fixture(scope="module")
def of():
    human = Totals(np.random.default_rng(0).multinomial(4000, REFERENCE_SHARES, size=200).astype(float), LAYOUT)
    table = {m.id: m.values(human, REFERENCE) for m in COUNTED}
    noise = {m.id: float(m.values(NOISE, REFERENCE)[0]) for m in COUNTED}
    text = HumanText(COUNTED, table, np.repeat(np.arange(20), 10), shape=TextSize(40, 1000), noise=noise)
    return Families(COUNTED, text, noise)


class TestAsAMetric:
    """Overall of counts is the mean of the families of what the counts score."""

    @given(st.lists(st.integers(0, 500), min_size=N_ITEMS, max_size=N_ITEMS).filter(any))
    def test_it_is_the_mean_of_the_families(self, of, counts):
        totals = Totals(np.array([counts], dtype=float), LAYOUT)
        distances = {m.id: float(of.human.scales[m.id].distances(m.values(totals, REFERENCE))[0]) for m in COUNTED}
        assert float(of.overall().values(totals, REFERENCE)[0]) == pytest.approx(overall(of, distances))

    def test_of_noise_it_is_one(self, of):
        assert of.overall().id == OVERALL
        assert float(of.overall().values(NOISE, REFERENCE)[0]) == pytest.approx(1)

    def test_distances_of_metrics_that_are_no_sums_are_given(self):
        of = families([TWO_SIDED, POOLED], human=STEPS / 1000, noise=0.9)
        totals = Totals(np.array([[500.0] * (N_ITEMS - 1) + [1500.0]]), LAYOUT)
        distance = float(of.human.scales[TWO_SIDED.id].distances(np.array([1500 / 7000]))[0])
        for given_ in (-40.0, 0.0, 7.0):
            found = float(of.overall({POOLED.id: given_}).values(totals, REFERENCE)[0])
            assert found == pytest.approx(overall(of, {TWO_SIDED.id: distance, POOLED.id: given_}))
        assert float(of.overall().values(totals, REFERENCE)[0]) == pytest.approx(overall(of, {TWO_SIDED.id: distance}))
