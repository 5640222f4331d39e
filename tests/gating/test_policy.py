"""Policies: what holds, where it was set, and what is refused."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from evalkit.counts.feature import Layout, Totals
from evalkit.errors import ConfigError
from evalkit.gating.measures import Measure, beyond_human, damages_of, floor_unit, known_measures, measures_of
from evalkit.gating.policy import Margin, Tier, default_policy, parse_policy, read_policy
from evalkit.language.profile import shipped
from evalkit.metrics import Metric, catalogue
from evalkit.metrics.base import Family, Side
from evalkit.results import FloorSummary

KNOWN = ["letters.jsd", "suffix.ing", "suffix.ed", "vocab.hit", "vocab.hit:over"]


def parse(table, **options):
    return parse_policy(table, origin="policy.toml", known=KNOWN, **options)


@pytest.mark.parametrize("language", shipped())
def test_defaults_name_existing_measures_only(language):
    default = default_policy(language)
    named = [rule.pattern for rule in default.rules if rule.pattern != "*"]
    assert set(named) <= set(known_measures(language))
    assert {default.threshold(name).tier for name in named} == {Tier.CRITICAL, Tier.SUPPORTING}
    assert sum(name.startswith("suffix.") for name in named) == 3


def test_an_id_wins_over_a_glob_whatever_their_order():
    policy = parse({"metrics": {"suffix.ing": {"tier": "critical"}, "suffix.*": {"tier": "advisory", "margin": 12}}})
    assert policy.threshold("suffix.ing").tier is Tier.CRITICAL
    assert policy.threshold("suffix.ing").margin == Margin(12.0, in_floors=False)
    assert policy.threshold("suffix.ing").margin_source == 'policy.toml: metrics."suffix.*".margin'


def test_a_margin_for_all_gives_way_to_one_for_a_measure():
    policy = parse({"margin": "3 floors", "metrics": {"vocab.hit": {"margin": 0.02}}})
    assert str(policy.threshold("letters.jsd").margin) == "3 floor"
    assert str(policy.threshold("vocab.hit").margin) == "0.02"
    # The default for judge.bits is written for that measure, so that a margin for all does not reach it.
    assert policy.threshold("judge.bits").margin_source == "default"


def test_floor_units_become_the_metrics_unit():
    assert Margin(1.5, in_floors=True).value(0.02) == pytest.approx(0.03)
    assert Margin(1.5, in_floors=True).value(None) is None
    assert Margin(1.5, in_floors=True).value(0.0) is None
    assert Margin(0.1, in_floors=False).value(None) == 0.1


def test_all_problems_at_once_with_near_matches():
    table = {
        "levle": 0.9,
        "level": 2,
        "margin": "much",
        "metrics": {"vocab.hti": {"teir": "critical"}, "vocab.hit": {"tier": "critcal", "margin": -1}, "suffix.ed": 3},
    }
    with pytest.raises(ConfigError) as error:
        parse(table)
    text = str(error.value)
    for part in (
        '"level"?',
        "level must be",
        "margin must be",
        'did you mean "vocab.hit"?',
        '"tier"?',
        '"critical"?',
        "-1",
        "suffix.ed",
    ):
        assert part in text


@pytest.mark.parametrize("margin", [0, -0.1, True, "0 floor", "floor", "1.5", float("nan"), float("inf"), [1], "1e400 floor"])
def test_margins_that_make_no_sense_are_refused(margin):
    with pytest.raises(ConfigError, match="margin must be"):
        parse({"margin": margin})


@pytest.mark.parametrize("content", ["level = 0.9\n", "[policy]\nlevel = 0.9\n"])
def test_a_file_with_and_without_its_table(tmp_path, content):
    path = tmp_path / "policy.toml"
    path.write_text(content)
    assert read_policy(path, known=KNOWN).level == 0.9


@pytest.mark.parametrize("content", [b"level = ", b"\xff\xfe", b"a = " + b"[" * 100_000])
def test_files_that_are_no_toml(tmp_path, content):
    path = tmp_path / "policy.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"policy\.toml cannot be read"):
        read_policy(path, known=KNOWN)


def test_a_missing_file(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_policy(tmp_path / "none.toml", known=KNOWN)


def test_every_family_has_one_or_two_critical_measures():
    default, known = default_policy(), catalogue(Metric)
    critical = [known[id_].family for id_ in known_measures() if id_ in known and default.threshold(id_).tier is Tier.CRITICAL]
    assert set(critical) == set(Family)
    assert max(Counter(critical).values()) <= 2


def test_points_are_for_shares():
    margin = parse({"margin": "2 points"}).threshold("suffix.ing").margin
    assert (margin.size, str(margin)) == (0.02, "2 points")
    vocab, suffix = (measures_of([catalogue(Metric)[id_]], {})[0] for id_ in ("vocab.hit", "suffix.ing"))
    assert vocab.margin(margin) == 0.02
    assert suffix.margin(margin) is None


class TestDoses:
    def test_a_margin_is_what_a_dose_does_to_human_text(self):
        margin = parse({"metrics": {"vocab.hit": {"margin": "2 % of words replaced"}}}).threshold("vocab.hit").margin
        assert (margin.size, margin.dose, str(margin)) == (0.02, "words replaced", "2 % of words replaced")
        damages = {0.01: 0.1, 0.05: 0.3}
        assert margin.value(0.02, damages) == pytest.approx(0.15)
        # Never less than half a floor unit, unless the policy says so.
        assert margin.value(1.0, damages) == pytest.approx(0.5)
        wider = parse({"margin": "1 % of letters misspelt, at least 2 floor"}).threshold("suffix.ing").margin
        assert wider.value(1.0, {0.005: 0.1, 0.02: 0.3}) == pytest.approx(2.0)

    def test_a_baseline_of_before_doses_gives_floor_units(self):
        margin = default_policy().threshold("judge.bits").margin
        assert margin.dose
        assert margin.value(0.02, None) == pytest.approx(0.03)
        assert margin.value(None, None) is None

    def test_a_dose_that_does_nothing_to_text_that_does_not_vary_is_no_margin(self):
        assert Margin(0.01, in_floors=False, dose="words replaced", least=0.5).value(None, {0.01: 0.0}) is None

    @pytest.mark.parametrize(
        "margin", ["0 % of words replaced", "1 of words replaced", "50 % of words replaced", "1 % of commas lost", "%"]
    )
    def test_doses_that_make_no_sense_are_refused(self, margin):
        with pytest.raises(ConfigError, match="up to 5 % of words replaced"):
            parse({"margin": margin})

    def test_the_audit_has_none(self):
        with pytest.raises(ConfigError, match="no doses"):
            parse_policy({"metrics": {"audit.empty": {"margin": "1 % of words replaced"}}}, origin="p", known=["audit.empty"])


class TestSides:
    """What the judgment calls no fault is no regression."""

    FLOOR = FloorSummary(0.9, 0.95, 0.02, 0.05, None)

    def measure(self, id_):
        return measures_of([catalogue(Metric)[id_]], {id_: self.FLOOR})[0]

    @pytest.mark.parametrize("id_", [m.id for m in catalogue(Metric).values() if m.counts is not Side.BOTH])
    def test_only_the_side_that_counts_is_damage(self, id_):
        measure = self.measure(id_)
        sign = 1 if catalogue(Metric)[id_].counts is Side.MORE else -1
        made = measure.metric.score
        known = catalogue(Metric)[id_]
        totals = Totals(np.full((1, len(Layout.of([known]).columns)), 7.0), Layout.of([known]))
        value = known.score(totals, totals)[0]
        assert made(totals, totals)[0] == pytest.approx(sign * (value - 0.9), nan_ok=True)
        assert (measure.id, measure.floor) == (id_, 0.0)
        assert measure.value(sign * 0.1) == pytest.approx(0.9 + 0.1)
        assert measure.value(float("nan")) is None

    def test_two_sided_measures_stay_as_they_are(self):
        measure = self.measure("repeat.2")
        assert measure.metric is catalogue(Metric)["repeat.2"]
        assert measure.value(0.3) == 0.3


class TestBoundaries:
    """What is just allowed, and what stands in for what is not known."""

    def test_the_largest_margin_is_one(self):
        assert parse({"margin": 1e100}).threshold("suffix.ing").margin == Margin(1e100, in_floors=False)
        with pytest.raises(ConfigError, match="margin must be"):
            parse({"margin": 1.1e100})

    @pytest.mark.parametrize("level", [0.5, 0.999])
    def test_a_level_that_is_set_has_its_source(self, level):
        policy = parse({"level": level})
        assert (policy.level, policy.level_source) == (level, "policy.toml: level")
        assert parse({}).level_source == default_policy().level_source != "policy.toml: level"

    @pytest.mark.parametrize("level", [0.499, 1.0, 1, 1.5, True, "0.9"])
    def test_a_level_that_is_none(self, level):
        with pytest.raises(ConfigError, match=r"level must be at least \.5 and below 1"):
            parse({"level": level})

    def test_what_stands_in_for_a_dose_is_in_floor_units(self):
        dose = Margin(0.02, in_floors=False, dose="words replaced", least=0.5)
        assert dose.holding(1.0, None) == Margin(1.5, in_floors=True)
        assert dose.holding(1.0, {0.01: 0.0, 0.05: 0.1}) == Margin(0.5, in_floors=True)
        assert dose.holding(1.0, {0.01: 0.1, 0.05: 5.0}) is dose
        assert default_policy().threshold("no.such").margin == Margin(1.5, in_floors=True)

    def test_a_dose_below_the_first_that_was_measured(self):
        assert Margin(0.005, in_floors=False, dose="words replaced").value(None, {0.01: 2.0, 0.05: 6.0}) == pytest.approx(1.0)

    def test_a_measure_has_doses_where_they_were_measured(self):
        metric = catalogue(Metric)["suffix.ing"]
        dose, units = Margin(0.01, in_floors=False, dose="words replaced"), Margin(2.0, in_floors=True)
        measured = Measure(
            metric, metric.id, 0.0, 3.0, damages_of({"words replaced": {0.01: {metric.id: 7.0, "vocab.hit": 1.0}}}, metric.id)
        )
        assert (measured.margin(dose), measured.margin(units)) == (pytest.approx(7.0), 6.0)
        unknown = Measure(metric, metric.id, 0.0, 3.0, damages_of(None, metric.id))
        assert (unknown.damages, unknown.margin(dose)) == (None, pytest.approx(4.5))

    @pytest.mark.parametrize(("side", "sign"), [(Side.MORE, 1.0), (Side.LESS, -1.0)])
    def test_what_lies_beyond_human_text_is_a_share_less_its_median(self, side, sign):
        metric = catalogue(Metric)["suffix.ing"]
        beyond = beyond_human(metric, 150.0, side=side)
        assert (beyond.proportion.offset, beyond.proportion.scale) == (-150.0 * sign, 10_000.0 * sign)
        further = beyond_human(beyond, 2.0, side=side)
        assert (further.proportion.offset, further.proportion.scale) == (sign * (-150.0 * sign - 2.0), 10_000.0)
        assert ("above" if side is Side.MORE else "below") in beyond.label

    def test_a_floor_unit_needs_the_median_and_the_tail(self):
        ends = [(None, None), (3.0, None), (None, 1.0), (3.0, 1.0)]
        assert [floor_unit(FloorSummary(1.0, 2.0, damage_p95=p95, damage_median=median)) for p95, median in ends] == [None] * 3 + [
            2.0
        ]
        assert floor_unit(None) is None
